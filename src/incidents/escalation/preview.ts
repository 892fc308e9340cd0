import type { Caller, Port, Service } from '../../kernel/ports/contract';
import { invalid } from '../../kernel/ports/problem';
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

/**
 * The preview of an escalation without an acknowledgement, by the same rules and the same answers of oncall as its
 * steps.
 */

type Foreseeing = Pick<Service<IncidentsContract>, 'previewEscalation' | 'previewDraft'>;
type Preview = Awaited<ReturnType<Foreseeing['previewEscalation']>>;
type Answer = Awaited<ReturnType<Port<OncallContract>['foreseeStep']>>;
type Input = Parameters<Foreseeing['previewEscalation']>[0] & Partial<Parameters<Foreseeing['previewDraft']>[0]>;
type Asked = Omit<Input, 'at'>;

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

export function createPreview({ clock, oncall }: Pick<Deps, 'clock' | 'oncall'>): Foreseeing {
  const ask = (
    { service, team, severity, policy }: Asked,
    { step, round }: Position,
    at: Date,
    first: boolean,
    caller: Caller,
  ) =>
    oncall.foreseeStep(
      {
        ...(service !== undefined && { service }),
        ...(team !== undefined && { team }),
        ...(policy !== undefined && { policy }),
        ...{ severity, step, round, announce: first, at: at.toISOString() },
      },
      caller,
    );

  async function foresee({ at: given, ...asked }: Input, caller: Caller): Promise<Preview> {
    const opens = given === undefined ? clock.now() : new Date(given.toUpperCase().replace(' ', 'T'));
    const steps: Preview['steps'] = [];
    let named = 0;
    let due: { turn: Position; at: Date } = { turn: FIRST_POSITION, at: opens };
    let course: Progress = { ...FIRST_POSITION, reachedInRound: false, futile: 0, resumeAt: null };
    for (;;) {
      const { turn, at } = due;
      const answer: Answer = await ask(asked, turn, at, steps.length === 0, caller);
      course = { ...course, ...turn, reachedInRound: course.reachedInRound && turn.step > 1 };
      const after: NextAction = afterStep(course, answer, at);
      steps.push(lineOf(turn, at, answer, after));
      named += answer.told.length;
      if (named > MOST_NAMED) throw tooWide(asked);
      course.reachedInRound ||= mayReach(answer.told);
      if (after.kind === 'step' && steps.length < MOST_STEPS) due = { turn: after.next, at: after.at };
      else return { severity: asked.severity, team: answer.team, at: opens.toISOString(), steps, ...endOf(after, at) };
    }
  }

  return { previewEscalation: foresee, previewDraft: foresee };
}

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
  told,
  next_at: (after.kind === 'exhausted' ? at : after.at).toISOString(),
});

const endOf = (after: NextAction, at: Date): Pick<Preview, 'exhausted_at' | 'again_at'> =>
  after.kind === 'exhausted'
    ? { exhausted_at: at.toISOString(), again_at: after.retry?.at.toISOString() ?? null }
    : { exhausted_at: after.at.toISOString(), again_at: null };
