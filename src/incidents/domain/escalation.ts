/** The rules of an escalation: what follows a step. Oncall decides which people a step notifies. */

const MINUTE_MS = 60_000;
/** Minutes until the policy restarts after a cycle that reached no one: the first, the second, every later time. */
const RETRY_MINUTES = [5, 15, 60] as const;
/** The limits of oncall's contract. */
const LAST_STEP = 100;
const LAST_ROUND = 10;

const RANK = { critical: 3, high: 2, medium: 1, low: 0 };
type Severity = keyof typeof RANK;

/** Whether a severity is higher than another. */
export const isHigher = (severity: Severity, than: Severity): boolean => RANK[severity] > RANK[than];

/** A place in a policy: a round is one pass through its steps, a cycle is all its rounds. */
export interface Position {
  /** From 1. */
  step: number;
  /** From 0. */
  round: number;
  /** From 0; counts the restarts. */
  cycle: number;
}

/** The first step of a new escalation. */
export const FIRST_POSITION: Position = { step: 1, round: 0, cycle: 0 };

/** The position of the step just taken, and the result of the steps before it. */
export interface Progress extends Position {
  reachedInRound: boolean;
  /** Consecutive earlier cycles that reached no one. */
  futile: number;
  /** The time of the regular retry if an extra cycle came before it; else null. */
  resumeAt: Date | null;
}

/** The next cycle of an exhausted policy. */
export interface Retry {
  next: Position;
  at: Date;
  /** Whether the cycle before it was an extra one: the back-off stays, and the fallback is not notified again. */
  afterExtra: boolean;
  /** The time of the regular retry after an extra cycle; else null. */
  resumeAt: Date | null;
}

/** The fields of a notified person or room that escalation decisions depend on. */
export interface StepTarget {
  role: string;
  reachable: boolean;
  /** The end of the quiet hours that hold the page. */
  held_until?: string | undefined;
}

/** The fields of oncall's answer that escalation decisions depend on. */
export interface StepAnswer {
  team: string | null;
  told: readonly StepTarget[];
  /** Whether the step left out a person because they know of the incident already. */
  spared?: boolean | undefined;
  /** If set, the step is deferred and runs again at this time. */
  wait_until: string | null;
  wait_minutes: number;
  steps: number;
  repeat: number;
  next_handoff_at: string | null;
  /** If its people take turns: how many others could be paged instead. */
  others_in_turn?: number | undefined;
}

/**
 * What follows a step. `step`: the next step, at once if this one reached no one. `ends`: no step is left, and the policy
 * is exhausted at `at`. `exhausted`: it is exhausted now, and restarts at `retry` unless that is null. `isSameTurn`: the same
 * step pages the next of its people, because the one in turn was not reached.
 */
export type NextAction =
  | { kind: 'step'; next: Position; at: Date; skips?: Skipping | undefined; inHand?: true; isSameTurn?: true }
  | { kind: 'ends'; at: Date }
  | { kind: 'exhausted'; retry: Retry | null };

/** Whether a notification is a page that a person can receive: a message in a room is not, and mock reaches no one. */
export const isPage = ({ role, reachable, held_until }: StepTarget): boolean =>
  role !== 'room' && reachable && held_until === undefined;

/** Whether a step may reach a person. Whether it did depends on its notifications. */
export const mayReach = (told: readonly StepTarget[]): boolean => told.some(isPage);

/** Whether an escalation waits for support hours: the scheduled step is the one it took last. */
export const waitsForSupport = ({ step, round, cycle, armed }: Position & { armed: Position | null }): boolean =>
  armed !== null && armed.step === step && armed.round === round && armed.cycle === cycle;

/** Whether a severity waits for support hours, if the policy has them: medium and low do. */
export const isDeferrable = (severity: Severity): boolean => RANK[severity] < RANK.high;

/**
 * A step whose only target is the person who reopened the incident is skipped at once, because that person knows of it.
 * The first step with another target runs. If the round has no such step, the person is assumed to work on the incident
 * for the time that step 1 waits; then the policy restarts at step 1 and pages them.
 */
export interface Skipping {
  /** When the wait of step 1 would have ended; ISO 8601. */
  until: string;
}

/**
 * What follows a step while its pages may still be accepted. `skipped`: the steps before it in this round meant only the
 * person who reopened the incident.
 */
export function afterStep(
  taken: Progress,
  answer: StepAnswer,
  now: Date,
  skipped: Skipping | undefined = undefined,
): NextAction {
  if (answer.wait_until !== null) {
    const { step, round, cycle } = taken;
    return { kind: 'step', next: { step, round, cycle }, at: later(now, new Date(answer.wait_until)) };
  }
  const at = new Date(now.getTime() + answer.wait_minutes * MINUTE_MS);
  if (!mayReach(answer.told)) {
    const skips = skipped ?? (answer.spared === true ? { until: at.toISOString() } : undefined);
    return skips === undefined ? afterNoOne(taken, answer, now) : afterSkipped(taken, answer, skips, now);
  }
  const next = nextPosition(taken, answer);
  return next === null ? { kind: 'ends', at } : { kind: 'step', next, at };
}

/** What follows a step that is skipped: the next one at once, or step 1 after its wait. */
function afterSkipped({ step, round, cycle }: Position, { steps }: StepAnswer, skips: Skipping, now: Date): NextAction {
  if (step < steps) return { kind: 'step', next: { step: step + 1, round, cycle }, at: now, skips };
  const at = later(now, new Date(skips.until));
  return { kind: 'step', next: { step: 1, round: 0, cycle: cycle + 1 }, at, inHand: true };
}

/**
 * What follows a step that reached no one: the next person of the same step at once if its people take turns, else the next
 * step at once, or the end of the policy.
 */
export function afterNoOne(taken: Progress, answer: Omit<StepAnswer, 'told' | 'wait_until'>, now: Date): NextAction {
  if ((answer.others_in_turn ?? 0) > 0) {
    const { step, round, cycle } = taken;
    return { kind: 'step', next: { step, round, cycle }, at: now, isSameTurn: true };
  }
  const next = nextPosition(taken, answer);
  if (next === null || isRetryUseless(taken, answer))
    return { kind: 'exhausted', retry: nextRetry(taken, answer, now) };
  return { kind: 'step', next, at: now };
}

const later = (a: Date, b: Date): Date => (a > b ? a : b);

/**
 * The step that a person requests: the scheduled one, else the one after the last step taken.
 * After the last step of the policy follows step 1 of the next round.
 */
export function stepByHand(taken: Position, armed: Position | null, steps: number | null): Position {
  if (armed !== null) return armed;
  const { step, round, cycle } = taken;
  if (step < Math.min(steps ?? LAST_STEP, LAST_STEP)) return { step: step + 1, round, cycle };
  return { step: 1, round: Math.min(round + 1, LAST_ROUND), cycle };
}

function nextPosition(
  { step, round, cycle }: Position,
  { steps, repeat }: Pick<StepAnswer, 'steps' | 'repeat'>,
): Position | null {
  if (step < steps) return { step: step + 1, round, cycle };
  return round < repeat ? { step: 1, round: round + 1, cycle } : null;
}

/** A further step at once would give the same result: there is no team, or a whole round reached no one. */
const isRetryUseless = (taken: Progress, { team, steps }: Pick<StepAnswer, 'team' | 'steps'>): boolean =>
  team === null || (taken.step >= steps && !taken.reachedInRound);

/**
 * A policy that reached no one restarts at the next hand-off, at the latest after a pause that grows each time. After an
 * extra cycle, which ran before that because a channel works again or another responder can be paged, the regular time
 * stays.
 */
function nextRetry(
  { cycle, futile, reachedInRound, resumeAt }: Progress,
  { next_handoff_at }: Pick<StepAnswer, 'next_handoff_at'>,
  now: Date,
): Retry | null {
  if (reachedInRound) return null;
  const pause = RETRY_MINUTES[Math.min(futile, RETRY_MINUTES.length - 1)] as number;
  const afterExtra = resumeAt !== null && resumeAt > now;
  const regular = afterExtra ? resumeAt : new Date(now.getTime() + pause * MINUTE_MS);
  const handoff = next_handoff_at === null ? null : new Date(next_handoff_at);
  const at = handoff !== null && handoff > now && handoff < regular ? handoff : regular;
  const next = { step: 1, round: 0, cycle: cycle + 1 };
  return { next, at, afterExtra, resumeAt: afterExtra ? regular : null };
}
