/** The arithmetic of the escalation clock: what follows a step. Who is told is oncall's to say. */

const MINUTE_MS = 60_000;
/** How long after a cycle that reached no one the policy is tried again: the first, the second, every later time. */
const RETRY_MINUTES = [5, 15, 60] as const;
/** Steps and rounds as far as oncall can be asked for them. */
const LAST_STEP = 100;
const LAST_ROUND = 10;

const RANK = { critical: 3, high: 2, medium: 1, low: 0 };
type Severity = keyof typeof RANK;

export const isHigher = (severity: Severity, than: Severity): boolean => RANK[severity] > RANK[than];

export interface Position {
  step: number;
  round: number;
  cycle: number;
}

export const FIRST_POSITION: Position = { step: 1, round: 0, cycle: 0 };

/** What the clock remembers of the steps before the one just taken. */
export interface Progress extends Position {
  reachedInRound: boolean;
  /** Cycles in a row, before this one, that reached no one. */
  futile: number;
}

/** What of somebody who was told the clock goes by. */
export interface StepTarget {
  role: string;
  reachable: boolean;
}

/** What of oncall's answer the clock goes by. */
export interface StepAnswer {
  team: string | null;
  told: readonly StepTarget[];
  /** A person whom the step means knows of the incident already and was not told. */
  spared?: boolean | undefined;
  /** The same step is to be taken then instead. */
  wait_until: string | null;
  wait_minutes: number;
  steps: number;
  repeat: number;
  next_handoff_at: string | null;
}

/** `step`: at once where the one before reached no one. `ends`: there is no further step; at `at` the policy is exhausted. */
export type NextAction =
  | { kind: 'step'; next: Position; at: Date }
  | { kind: 'ends'; at: Date }
  | { kind: 'exhausted'; retry: { next: Position; at: Date } | null };

/** Whether one of these is a page that may be accepted: a notice in a room is no page, and mock reaches no one. */
export const isPage = ({ role, reachable }: StepTarget): boolean => role !== 'room' && reachable;

/** Whether a step may reach a person; whether it did is for its notifications to say. */
export const mayReach = (told: readonly StepTarget[]): boolean => told.some(isPage);

/** Whether a step reached a person, or means one that knows of the incident already. */
export const reachedBy = ({ told, spared }: Pick<StepAnswer, 'told' | 'spared'>): boolean =>
  spared === true || mayReach(told);

/** Whether a clock waits to take the step once more that it took last, because support hours were over. */
export const waitsForSupport = ({ step, round, cycle, armed }: Position & { armed: Position | null }): boolean =>
  armed !== null && armed.step === step && armed.round === round && armed.cycle === cycle;

/** Severities that wait for support hours, where a policy has some. */
export const isDeferrable = (severity: Severity): boolean => RANK[severity] < RANK.high;

/** What follows a step as it is told, as long as its pages may still be accepted. */
export function afterStep(taken: Progress, answer: StepAnswer, now: Date): NextAction {
  if (answer.wait_until !== null) {
    const { step, round, cycle } = taken;
    return { kind: 'step', next: { step, round, cycle }, at: later(now, new Date(answer.wait_until)) };
  }
  if (!reachedBy(answer)) return afterNoOne(taken, answer, now);
  const next = nextPosition(taken, answer);
  const at = new Date(now.getTime() + answer.wait_minutes * MINUTE_MS);
  return next === null ? { kind: 'ends', at } : { kind: 'step', next, at };
}

/** What follows a step that reached no one: the next one at once, or the end of the policy. */
export function afterNoOne(taken: Progress, answer: Omit<StepAnswer, 'told' | 'wait_until'>, now: Date): NextAction {
  const next = nextPosition(taken, answer);
  if (next === null || isRetryUseless(taken, answer))
    return { kind: 'exhausted', retry: nextRetry(taken, answer, now) };
  return { kind: 'step', next, at: now };
}

const later = (a: Date, b: Date): Date => (a > b ? a : b);

/** The step a person asks for by hand: the armed one, else the one after the last, round and round. */
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

/** Asking again in the same instant gives the same answer: without a team, or when a whole round reached nobody. */
const isRetryUseless = (taken: Progress, { team, steps }: Pick<StepAnswer, 'team' | 'steps'>): boolean =>
  team === null || (taken.step >= steps && !taken.reachedInRound);

/** A round that reached no one is tried again: at the next hand-off, and ever more rarely. */
function nextRetry(
  taken: Progress,
  { next_handoff_at }: Pick<StepAnswer, 'next_handoff_at'>,
  now: Date,
): { next: Position; at: Date } | null {
  if (taken.reachedInRound) return null;
  const pause = RETRY_MINUTES[Math.min(taken.futile, RETRY_MINUTES.length - 1)] as number;
  const latest = now.getTime() + pause * MINUTE_MS;
  const handoff = next_handoff_at === null ? Number.POSITIVE_INFINITY : Date.parse(next_handoff_at);
  const at = new Date(handoff > now.getTime() ? Math.min(handoff, latest) : latest);
  return { next: { step: 1, round: 0, cycle: taken.cycle + 1 }, at };
}
