import { minutes, seconds } from '../../kernel/clock';
import type { WalkStep } from '../../kernel/ports/walk';
import type { Source } from '../contract';

/** What the self-watch concludes from a walk. Pure. */

/** A walk that takes longer is late: a page of that time may be late too. */
export const LATE_AFTER_MS = minutes(1);
/** A walk that takes longer is lost: the gateway asks for it no more. */
const LOST_AFTER_MS = minutes(5);
/** If no gateway looked for longer, it is unknown what would have arrived in time. */
export const UNWATCHED_AFTER_MS = minutes(1);

export type Verdict = 'passed' | 'late' | 'lost' | 'interrupted';

/** A walk without a final verdict. */
export interface OpenWalk {
  id: string;
  started_at: Date;
  verdict: Verdict | null;
}

/** A change of a walk: only what is new. */
export interface Judged {
  verdict?: Verdict;
  arrived_at?: Date;
  duration_ms?: number;
}

/**
 * Judges a walk at `now`; null if nothing is new.
 * @param arrivedAt when it arrived in notify, by the clock of notify; undefined if it did not
 * @param unwatched no gateway looked for some time before `now`
 */
export function judge(
  walk: OpenWalk,
  { now, arrivedAt, unwatched }: { now: Date; arrivedAt: Date | undefined; unwatched: boolean },
): Judged | null {
  const age = now.getTime() - walk.started_at.getTime();
  if (arrivedAt !== undefined) {
    // The clocks of two machines differ; the time of this look is an upper bound.
    const duration_ms = Math.max(0, Math.min(age, arrivedAt.getTime() - walk.started_at.getTime()));
    const arrived = { arrived_at: arrivedAt, duration_ms };
    if (walk.verdict !== null) return arrived;
    return { ...arrived, verdict: duration_ms <= LATE_AFTER_MS ? 'passed' : unwatched ? 'interrupted' : 'late' };
  }
  if (unwatched) return { verdict: 'interrupted' };
  if (age > LOST_AFTER_MS) return { verdict: 'lost' };
  return age > LATE_AFTER_MS && walk.verdict === null ? { verdict: 'late' } : null;
}

/** How far a walk came in each module, highest first; `step` is null if the module does not answer. */
export type Trace = readonly { module: Source; step: WalkStep | null }[];

/**
 * The module at which a walk is stuck: the first one that does not answer, else the last one that has it. Null if it arrived.
 */
export function stuckAt(trace: Trace): Source | null {
  const gap = trace.findIndex(({ step }) => step === null || step.taken_at === null);
  if (gap > 0 && trace[gap]?.step !== null) return trace[gap - 1]?.module ?? null;
  const stuck = gap === -1 ? trace.findLast(({ step }) => step?.passed_at === null) : trace[gap];
  return stuck?.module ?? null;
}

const YOUNG_MS = seconds(15);
const LOOK_SOON_MS = seconds(1);
const LOOK_AGAIN_MS = seconds(5);
/** The longest time between two looks. */
export const LOOK_AT_LEAST_MS = seconds(10);

/** Milliseconds until the next look: soon while a walk has just begun. */
export function untilNextLook(open: readonly OpenWalk[], nextAt: Date, now: Date): number {
  const ages = open.map(({ started_at }) => now.getTime() - started_at.getTime());
  const again = ages.some((age) => age < YOUNG_MS) ? LOOK_SOON_MS : ages.length > 0 ? LOOK_AGAIN_MS : LOOK_AT_LEAST_MS;
  return Math.max(1, Math.min(again, nextAt.getTime() - now.getTime()));
}

/** A span in which walks were late or lost. */
export interface Outage {
  id: string;
  began_at: Date;
  ended_at: Date | null;
  stuck_at: Source | null;
}

/** The message about an outage, for the fallback. Equal for all gateways, so that it goes out once. */
export function noticeOf({ began_at, ended_at, stuck_at }: Outage, publicUrl: string): string {
  const since = `${utc(began_at)} UTC`;
  if (ended_at !== null) {
    return `Tocsin's self-watch passes again since ${utc(ended_at)} UTC. Its test alerts were late or lost from ${since} on.`;
  }
  const where = stuck_at === null ? '' : ` It is stuck at the module ${stuck_at}.`;
  return `Tocsin's self-watch fails: the test alert of ${since} did not arrive within a minute.${where} Pages may be late or lost. ${publicUrl}`;
}

/** As `2026-01-05 09:00`. */
const utc = (at: Date): string => at.toISOString().slice(0, 16).replace('T', ' ');
