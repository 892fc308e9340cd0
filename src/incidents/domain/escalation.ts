/** The arithmetic of the escalation clock: what follows a step. Who is told is oncall's to say. */

const MINUTE_MS = 60_000;
/** A policy that reached nobody is tried again at least this often. */
const TRY_AGAIN_MS = 60 * MINUTE_MS;
/** Steps and rounds as far as oncall can be asked for them. */
const LAST_STEP = 100;
const LAST_ROUND = 10;

const RANK = { critical: 3, high: 2, medium: 1, low: 0 };
type Severity = keyof typeof RANK;

export const isHigher = (severity: Severity, than: Severity): boolean => RANK[severity] > RANK[than];

export interface Turn {
  step: number;
  round: number;
  cycle: number;
}

export const FIRST_TURN: Turn = { step: 1, round: 0, cycle: 0 };

/** What the clock remembers of the steps before the one just taken. */
export interface Course extends Turn {
  reachedSomebody: boolean;
  reachedInRound: boolean;
}

/** What of somebody who was told the clock goes by. */
export interface Told {
  role: string;
  reachable: boolean;
}

/** What of oncall's answer the clock goes by. */
export interface StepAnswer {
  team: string | null;
  told: readonly Told[];
  /** The same step is to be taken then instead. */
  wait_until: string | null;
  wait_minutes: number;
  steps: number;
  repeat: number;
  next_handoff_at: string | null;
}

/** `step`: at once where the one before told nobody. `ends`: there is no further step; at `at` the policy is exhausted. */
export type After =
  | { kind: 'step'; next: Turn; at: Date }
  | { kind: 'ends'; at: Date }
  | { kind: 'exhausted'; again: { next: Turn; at: Date } | null };

/** Whether a step told anybody who could act: a notice in a room is no page, and a paged room must exist. */
export const reachedSomebody = (told: readonly Told[]): boolean =>
  told.some(({ role, reachable }) => role !== 'room' && (role !== 'paged_room' || reachable));

/** Whether a clock waits to take the step once more that it took last, because support hours were over. */
export const waitsForSupport = ({ step, round, cycle, armed }: Turn & { armed: Turn | null }): boolean =>
  armed !== null && armed.step === step && armed.round === round && armed.cycle === cycle;

/** Severities that wait for support hours, where a policy has some. */
export const isPatient = (severity: Severity): boolean => RANK[severity] < RANK.high;

export function afterStep(taken: Course, answer: StepAnswer, now: Date): After {
  if (answer.wait_until !== null) {
    const { step, round, cycle } = taken;
    return { kind: 'step', next: { step, round, cycle }, at: later(now, new Date(answer.wait_until)) };
  }
  const reached = reachedSomebody(answer.told);
  const next = following(taken, answer);
  if (reached) {
    const at = new Date(now.getTime() + answer.wait_minutes * MINUTE_MS);
    return next === null ? { kind: 'ends', at } : { kind: 'step', next, at };
  }
  if (next === null || hopeless(taken, answer)) return { kind: 'exhausted', again: again(taken, answer, now) };
  return { kind: 'step', next, at: now };
}

const later = (a: Date, b: Date): Date => (a > b ? a : b);

/** The step a person asks for by hand: the armed one, else the one after the last, round and round. */
export function stepByHand(taken: Turn, armed: Turn | null, steps: number | null): Turn {
  if (armed !== null) return armed;
  const { step, round, cycle } = taken;
  if (step < Math.min(steps ?? LAST_STEP, LAST_STEP)) return { step: step + 1, round, cycle };
  return { step: 1, round: Math.min(round + 1, LAST_ROUND), cycle };
}

function following({ step, round, cycle }: Turn, { steps, repeat }: StepAnswer): Turn | null {
  if (step < steps) return { step: step + 1, round, cycle };
  return round < repeat ? { step: 1, round: round + 1, cycle } : null;
}

/** Asking again in the same instant gives the same answer: without a team, or when a whole round reached nobody. */
const hopeless = (taken: Course, { team, steps }: StepAnswer): boolean =>
  team === null || (taken.step >= steps && !taken.reachedInRound);

function again(taken: Course, answer: StepAnswer, now: Date): { next: Turn; at: Date } | null {
  if (taken.reachedSomebody) return null;
  const handoff = answer.next_handoff_at === null ? Number.POSITIVE_INFINITY : Date.parse(answer.next_handoff_at);
  const latest = now.getTime() + TRY_AGAIN_MS;
  const at = new Date(handoff > now.getTime() ? Math.min(handoff, latest) : latest);
  return { next: { step: 1, round: 0, cycle: taken.cycle + 1 }, at };
}
