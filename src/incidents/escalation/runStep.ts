import { type Db, withRetry } from '../../kernel/db/pool';
import { type AttributedEvent, attributed, BY_SYSTEM, type NewEvent } from '../../kernel/events/events';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Caller } from '../../kernel/ports/contract';
import { unavailable } from '../../kernel/ports/problem';
import type { Reach } from '../contract';
import type { Deps } from '../deps';
import { asksForMore } from '../domain/acknowledgements';
import { afterStep, isDeferrable, isPage, mayReach, type NextAction, type Skipping } from '../domain/escalation';
import { countingOf, longestOf, recipientOf } from '../domain/reach';
import { routeOf } from '../domain/routing';
import type { Entry } from '../domain/timeline';
import type { IncidentJob } from '../jobKinds';
import { eventOf } from '../records/recordEntries';
import { assignIfNobody, lockIncident } from '../store/changes';
import {
  type EscalationRow,
  escalationOf,
  lockEscalationOf,
  type Outcome,
  saveStepResult,
  type TakenStep,
} from '../store/escalation';
import type { NewGroup } from '../store/pages';
import { cancelOfEnough, wasAcknowledged } from './moreAcknowledgements';
import { type Responder, respondersOf } from './responders';
import { type Answer, type Ask, exhaustedEntry, stepEntry } from './stepEntries';

/** Runs a step: sends its pages through oncall, and saves the result. */

const ATTEMPTS = 8;
const NOBODY_ACKNOWLEDGED = 'No acknowledgment within SLA';

/**
 * Has oncall send the pages, then records the result and sets the next timer. A repeated run does nothing twice.
 * @throws Problem `unavailable` while oncall is away, or if the incident changes too often at once
 */
export async function sendStep(deps: Deps, taken: TakenStep, ask: Ask, caller: Caller): Promise<Answer> {
  const { incidentId, title, service, severity, step, round, context } = taken;
  const route = routeOf(taken.routing);
  const { reason, announce = false, assignee = null, spare = null } = ask;
  const answer = await deps.oncall.takeStep(
    {
      key: keyOf(taken),
      incident_id: incidentId,
      service,
      ...(route && { route }),
      title,
      description: context?.description ?? null,
      links: context?.links ?? [],
      severity,
      step,
      round,
      reason,
      assignee,
      announce,
      spare,
      acknowledged_by: taken.clock.acks.by.flatMap(({ email }) => email ?? []),
      by_hand: ask.by !== undefined,
      ...(ask.passed_over && { passed_over: ask.passed_over }),
    },
    caller,
  );
  await record(deps, taken, ask, answer, caller);
  return answer;
}

/** For a cancelled step: does nothing, or records its pages if they went out before the process stopped. */
export async function recordIfSent(deps: Deps, taken: TakenStep, ask: Ask, caller: Caller): Promise<void> {
  const answer = (await deps.oncall.takenStep({ key: keyOf(taken) }, caller)).taken;
  if (answer !== null) await record(deps, taken, ask, answer, caller);
}

async function record(deps: Deps, taken: TakenStep, ask: Ask, answer: Answer, caller: Caller): Promise<void> {
  const to = taken.unassigned ? await responderOf(deps, taken, answer, caller) : null;
  const recorded =
    to !== null || answer.wait_until !== null || isDeferrable(taken.severity)
      ? await lockAndSave(deps, taken, ask, answer, to)
      : await save(deps, taken, ask, answer);
  if (recorded && answer.wait_until === null && !mayReach(answer.told) && !answer.spared) deps.metrics.unreached();
}

/** The assignee of an unassigned incident: the primary of its team, even if the policy pages another person first. */
async function responderOf(
  deps: Deps,
  { step, service, routing }: TakenStep,
  { team, told }: Answer,
  caller: Caller,
): Promise<Responder> {
  const nobody = { team, assignee: null };
  if (step > 1 || team === null) return nobody;
  // The primary of another policy is not the one of the team.
  const primary = (routing?.policy ?? null) === null ? told.find(({ role }) => role === 'primary') : undefined;
  if (primary !== undefined) return { team, assignee: { name: primary.name, email: primary.email } };
  const responders = await respondersOf(deps, [{ service, team: routing?.team ?? null }], caller);
  const found = responders(service, routing?.team ?? null);
  return found.team === null ? nobody : found;
}

/** Optimistic, without a lock: an escalation is rarely changed while its step runs. */
async function save(deps: Deps, taken: TakenStep, ask: Ask, answer: Answer): Promise<boolean> {
  let read: EscalationRow | null = taken.clock;
  for (let attempt = 1; read !== null; attempt++) {
    if (await write(deps, deps.db, read, { taken, ask, answer })) return true;
    if (attempt === ATTEMPTS) throw unavailable('Too many changes of the same incident at once.');
    read = await escalationOf(deps.db, taken);
  }
  return false;
}

/**
 * The variant with locks, for a step that can assign the incident, or whose incident can have an increased severity: that
 * ends a wait for support hours, and pages again after pages at the lower severity. Locks the incident first.
 */
const lockAndSave = (deps: Deps, taken: TakenStep, ask: Ask, answer: Answer, to: Responder | null): Promise<boolean> =>
  withRetry(deps.db, async (trx) => {
    const incident = await lockIncident(trx, taken.incidentId);
    const read = incident && (await lockEscalationOf(trx, taken));
    if (incident === null || read === null) return false;
    const now = deps.clock.now();
    const assigned = to === null ? [] : await assign(trx, taken, to, now);
    const urgent = isDeferrable(taken.severity) && !isDeferrable(incident.severity);
    if (answer.wait_until === null) return write(deps, trx, read, { taken, ask, answer, assigned, again: urgent });
    const heeded = isDeferrable(incident.severity) ? answer : { ...answer, wait_until: now.toISOString() };
    return write(deps, trx, read, { taken, ask, answer: heeded, assigned });
  });

interface StepResult {
  taken: TakenStep;
  ask: Ask;
  answer: Answer;
  /** The entries of an assignment in the same transaction. */
  assigned?: Entry[];
  /** The step runs again at once, because the severity rose meanwhile. */
  again?: boolean;
}

/** Saves the result of a step; false if the escalation changed since it was read. */
async function write(
  deps: Deps,
  to: Db,
  read: EscalationRow,
  { taken, ask, answer, assigned = [], again = false }: StepResult,
): Promise<boolean> {
  const at = deps.clock.now();
  const wanted = answer.acknowledgements ?? 1;
  const isLatest = read.turn === taken.turn && read.armed === null;
  const resumes = isLatest && !read.snoozed && read.state === 'stopped' && asksForMore(read.acks, wanted);
  const goesOn = isLatest && (read.state === 'running' || resumes);
  const { step, round, cycle } = read;
  const following: NextAction = again
    ? { kind: 'step', next: { step, round, cycle }, at }
    : afterStep(read, answer, at, skippedBefore(ask));
  const after = goesOn ? following : null;
  const pages = pagesOf(read, taken, ask, answer);
  const outcome = {
    steps: answer.steps,
    acknowledgements: wanted,
    resumes,
    // The acknowledgement ended the pending reach.
    reach: reachAfter(resumes && taken.reach === 'pending' ? { ...taken, reach: 'not_paged' } : taken, answer, after),
    pages,
    ...(after && { arms: armsOf(after) }),
  };
  const entries = [...assigned, stepEntry(taken, ask, answer, after, at)];
  if (after?.kind === 'exhausted') entries.push(exhaustedEntry(taken.incidentId, at, after.retry?.at ?? null));
  const judgedAt = new Date(at.getTime() + deps.reachedWithinMs * (pages?.rules ?? 1));
  const jobs = [
    ...(after === null ? [] : promisesOf(deps, taken, after, ask, again || answer.wait_until !== null)),
    ...(pages === null ? [] : [judgeAt(pages.key, taken.incidentId, judgedAt)]),
    ...(isLatest && !resumes && (await wasAcknowledged(to, read, taken, ask)) ? [cancelOfEnough(taken, at)] : []),
  ];
  const events = attributedTo(ask, entries.map(eventOf));
  const { written, early } = await saveStepResult(to, taken, { read, outcome, at, entries, events, jobs });
  // Results that arrived before are handled at once; if this process stops, the timer handles them.
  if (early && pages !== null) await enqueue(to, at, [judgeAt(pages.key, taken.incidentId, at)]);
  return written;
}

/** The actor of a step by hand is the person or key that requested it, even if a job completes it. */
const attributedTo = ({ by, by_kind = 'user' }: Ask, events: NewEvent[]): AttributedEvent[] =>
  attributed(events, BY_SYSTEM).map((event) => (event.actor === by ? { ...event, actor_kind: by_kind } : event));

/**
 * The jobs that follow a step. A policy that reached no one restarts later, and the fallback is notified each time, except
 * after an extra cycle.
 */
export function promisesOf(
  { fallbackTarget }: Pick<Deps, 'fallbackTarget'>,
  { incidentId: incident_id, turn }: Pick<TakenStep, 'incidentId' | 'turn'>,
  after: NextAction,
  ask: Pick<Ask, 'request_id' | 'trace' | 'assignee' | 'passed_over'> & { reason?: string },
  waited: boolean,
): IncidentJob[] {
  if (after.kind === 'ends') return [{ kind: 'exhaust', payload: { incident_id, turn }, runAt: after.at }];
  if (after.kind === 'step') {
    const { kind, payload } = nextStep(incident_id, turn + 1, ask, waited || after.skips !== undefined, after.skips);
    const { passed_over } = ask;
    return [
      { kind, payload: { ...payload, ...(after.isSameTurn && passed_over && { passed_over }) }, runAt: after.at },
    ];
  }
  if (after.retry === null) return [];
  const { next, at } = after.retry;
  const again = { ...nextStep(incident_id, turn + 1, { request_id: `retry-${incident_id}` }, false), runAt: at };
  if (fallbackTarget === null || after.retry.afterExtra) return [again];
  return [again, { kind: 'fallback', payload: { incident_id, cycle: next.cycle, target: fallbackTarget } }];
}

/** The job that decides at `runAt` whether pages reached a person. */
export const judgeAt = (key: string, incidentId: string, runAt: Date): IncidentJob => ({
  kind: 'judge_reach',
  payload: { key, incident_id: incidentId },
  runAt,
});

/** The pages of a step that a person can receive; null if there are none. */
function pagesOf(read: EscalationRow, taken: TakenStep, ask: Ask, { told, ...answer }: Answer): NewGroup | null {
  const pages = told.filter(isPage);
  if (pages.length === 0) return null;
  const counting = countingOf(pages);
  const recipients = [...new Set(pages.map(recipientOf))];
  const { team, wait_minutes, steps, repeat, next_handoff_at, others_in_turn } = answer;
  const tried = [...(ask.passed_over ?? []), ...told.flatMap(({ email }) => email ?? [])];
  const { cycle } = taken.clock.turn === taken.turn ? taken.clock : read;
  const inTurn = others_in_turn === undefined ? {} : { others_in_turn, tried };
  const goesBy = { team, wait_minutes, steps, repeat, next_handoff_at, ...inTurn };
  return {
    key: keyOf(taken),
    round: taken.round,
    cycle,
    counting,
    recipients,
    answer: goesBy,
    rules: longestOf(pages),
  };
}

/** The new reach of an incident after a step; null if it stays. */
function reachAfter(taken: TakenStep, { wait_until, told }: Answer, after: NextAction | null): Reach | null {
  const { reach, clock, turn } = taken;
  const become = (next: Reach): Reach | null => (next === reach ? null : next);
  if (wait_until !== null) return reach === 'pending' ? (turn > clock.firstTurn ? 'no_one' : 'not_paged') : null;
  if (mayReach(told)) return reach === 'reached' ? null : become('pending');
  // The person who reopened the incident works on it until step 1 runs again, so no page is due.
  if (after?.kind === 'step' && after.inHand === true) return become('not_paged');
  return after?.kind === 'exhausted' && after.retry !== null ? become('no_one') : null;
}

const skippedBefore = ({ skipping_until }: Ask): Skipping | undefined =>
  skipping_until === undefined ? undefined : { until: skipping_until };

const keyOf = ({ incidentId, turn }: TakenStep): string => `${incidentId}:${turn}`;

/** The timer of an escalation for what follows. */
export function armsOf(after: NextAction): NonNullable<Outcome['arms']> {
  if (after.kind === 'exhausted') {
    const { next = null, at = null, resumeAt = null, afterExtra = false } = after.retry ?? {};
    return { state: 'exhausted', next, at, resumeAt, counts: after.retry !== null && !afterExtra };
  }
  return {
    state: 'running',
    next: after.kind === 'step' ? after.next : null,
    at: after.at,
    resumeAt: null,
    counts: false,
  };
}

/** Step 1 assigns an incident that was opened without an assignee. */
async function assign(trx: Db, { incidentId }: TakenStep, { team, assignee }: Responder, at: Date): Promise<Entry[]> {
  if (!(await assignIfNobody(trx, incidentId, { team, assignee, at }))) return [];
  return [{ incidentId, eventType: 'assigned', actor: 'system', detail: { assigned_to: assignee?.name }, at }];
}

/** A deferred step runs again with the same payload, but does not notify the room a second time. */
const nextStep = (
  incidentId: string,
  turn: number,
  ask: Pick<Ask, 'request_id' | 'trace' | 'assignee' | 'spare'> & { reason?: string },
  again: boolean,
  skips?: Skipping,
): { kind: 'step'; payload: Ask } => ({
  kind: 'step',
  payload: {
    request_id: ask.request_id,
    ...(ask.trace !== undefined && { trace: ask.trace }),
    incident_id: incidentId,
    turn,
    reason: again && ask.reason !== undefined ? ask.reason : NOBODY_ACKNOWLEDGED,
    ...(again && ask.assignee && { assignee: ask.assignee }),
    ...(again && ask.spare && { spare: ask.spare }),
    ...(skips && { skipping_until: skips.until }),
  },
});
