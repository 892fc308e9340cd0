import type { Caller, Port, Service } from '../../kernel/ports/contract';
import { invalid, Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import type { OncallContract } from '../../oncall/contract';
import type { IncidentsContract } from '../contract';
import type { Deps } from '../deps';
import {
  afterStep,
  FIRST_POSITION,
  mayReach,
  type NextAction,
  type Position,
  type Progress,
} from '../domain/escalation';
import { routeOf } from '../domain/routing';
import { scheduledStep } from '../store/summary';

/**
 * The preview of an escalation without an acknowledgement, by the same rules and the same answers of oncall as its
 * steps.
 */

type Foreseeing = Pick<Service<IncidentsContract>, 'previewEscalation' | 'previewDraft' | 'previewIncident'>;
type Preview = Awaited<ReturnType<Foreseeing['previewEscalation']>>;
type Answer = Awaited<ReturnType<Port<OncallContract>['foreseeStep']>>;
type Input = Parameters<Foreseeing['previewEscalation']>[0] & Partial<Parameters<Foreseeing['previewDraft']>[0]>;
type Asked = Omit<Input, 'at'>;
type Told = Preview['steps'][number]['told'][number];

/** More steps than any policy runs, with all rounds and as many deferrals to support hours. */
const MOST_STEPS = 500;
/** The most people and rooms of one preview. */
const MOST_NAMED = 10_000;

const tooWide = ({ policy, service }: Asked) =>
  invalid([
    {
      path: policy !== undefined ? 'policy' : service !== undefined ? 'service' : 'team',
      message: `This policy names more than ${MOST_NAMED} people in all its rounds. Use fewer rounds, or smaller teams`,
    },
  ]);

/** Where a preview begins. */
interface Start {
  turn: Position;
  at: Date;
  /** Whether the incident opens then, which also notifies the room of the team. */
  opens: boolean;
}

export function createPreview({ db, clock, oncall }: Pick<Deps, 'db' | 'clock' | 'oncall'>): Foreseeing {
  const ask = (
    { service, team, severity, policy, route_team, route_policy }: Asked,
    { turn: { step, round }, at, opens }: Start,
    reach: 'if_known' | 'unasked',
    caller: Caller,
  ) =>
    oncall.foreseeStep(
      {
        ...(service !== undefined && { service }),
        ...(team !== undefined && { team }),
        ...(policy !== undefined && { policy }),
        ...((route_team ?? route_policy) !== undefined && {
          route: { team: route_team ?? null, policy: route_policy ?? null },
        }),
        ...{ severity, step, round, announce: opens, at: at.toISOString(), reach },
      },
      caller,
    );

  async function course(asked: Asked, start: Start, caller: Caller): Promise<Preview> {
    const steps: Preview['steps'] = [];
    let named = 0;
    let due = start;
    let progress: Progress = { ...start.turn, reachedInRound: false, futile: 0, resumeAt: null };
    // If notify does not answer about one step, it is not asked about the others.
    let reach: 'if_known' | 'unasked' = 'if_known';
    for (;;) {
      const { turn, at } = due;
      const answer: Answer = await ask(asked, due, reach, caller);
      const { told } = answer;
      if (told.some(({ reach_unknown }) => reach_unknown)) reach = 'unasked';
      const assumed = told.map((each) => (each.reach_unknown ? { ...each, reachable: true } : each));
      progress = { ...progress, ...turn, reachedInRound: progress.reachedInRound && turn.step > 1 };
      const after: NextAction = afterStep(progress, { ...answer, told: assumed }, at);
      steps.push(lineOf(turn, at, answer, after));
      named += told.length;
      if (named > MOST_NAMED) throw tooWide(asked);
      progress.reachedInRound ||= mayReach(assumed);
      if (after.kind === 'step' && steps.length < MOST_STEPS) due = { turn: after.next, at: after.at, opens: false };
      else
        return {
          ...{ severity: asked.severity, team: answer.team, at: start.at.toISOString(), steps },
          ...endOf(after, at),
        };
    }
  }

  function foresee({ at: given, ...asked }: Input, caller: Caller): Promise<Preview> {
    const at = given === undefined ? clock.now() : new Date(given.toUpperCase().replace(' ', 'T'));
    return course(asked, { turn: FIRST_POSITION, at, opens: true }, caller);
  }

  async function previewIncident({ id }: { id: string }, caller: Caller): Promise<Preview> {
    const known = idOf(id);
    const found = known === null ? undefined : await scheduledStep(db, known);
    if (found === undefined) throw new Problem('not-found', 'Incident not found');
    const { service, severity, routing, next } = found;
    if (next === null) throw new Problem('conflict', 'No step of this incident is scheduled');
    const { at, ...turn } = next;
    const { team = null, policy = null } = routeOf(routing) ?? {};
    const route = { ...(team !== null && { route_team: team }), ...(policy !== null && { route_policy: policy }) };
    return course(
      { service, severity, ...route },
      { turn, at: new Date(Math.max(at.getTime(), clock.now().getTime())), opens: false },
      caller,
    );
  }

  return { previewEscalation: foresee, previewDraft: foresee, previewIncident };
}

const MINUTE_MS = 60_000;

/** When notify sends a message of a step, if it can. */
function sentAt({ reachable, held_until, after_minutes = 0 }: Answer['told'][number], at: Date): { at?: string } {
  if (!reachable) return {};
  const begins = held_until === undefined ? at.getTime() : Date.parse(held_until);
  return { at: new Date(begins + after_minutes * MINUTE_MS).toISOString() };
}

const toldOf = (told: Answer['told'][number], at: Date): Told => ({ ...told, ...sentAt(told, at) });

const lineOf = (
  { step, round }: Position,
  at: Date,
  { why, told }: Answer,
  after: NextAction,
): Preview['steps'][number] => ({
  at: at.toISOString(),
  step,
  round,
  why,
  told: told.map((each) => toldOf(each, at)),
  next_at: (after.kind === 'exhausted' ? at : after.at).toISOString(),
});

const endOf = (after: NextAction, at: Date): Pick<Preview, 'exhausted_at' | 'again_at'> =>
  after.kind === 'exhausted'
    ? { exhausted_at: at.toISOString(), again_at: after.retry?.at.toISOString() ?? null }
    : { exhausted_at: after.at.toISOString(), again_at: null };
