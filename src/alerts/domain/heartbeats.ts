import type { HeartbeatSchedule, HeartbeatState } from '../contract/heartbeats';
import { expectedAfter } from './heartbeatSchedule';

/**
 * A **heartbeat** is a job that checks in by a **ping**. Its **pulse** is the result of its pings so far. A ping is expected by
 * the schedule; if it does not arrive within the **grace**, the heartbeat is **down**. A **run** begins with a ping `start`
 * and ends with a ping `success` or `fail`. All functions are pure: the same pings and the same instant give the same state.
 */
export type PingKind = 'success' | 'start' | 'fail' | 'log';

/** A ping as far as it changes a pulse. */
export interface Beat {
  kind: PingKind;
  at: Date;
  /** Pairs the start of a run with its end; null if the client sends none. */
  rid: string | null;
  /** The exit code of a failed job, in words; null if unknown. */
  detail: string | null;
}

/** A run that has begun and has not ended. */
export interface Run {
  rid: string | null;
  at: Date;
}

/** Why a heartbeat is down: no ping arrived, a run did not end, or the job reported a failure. */
export type DownCause = 'missed' | 'unfinished' | 'failed';

/** A time during which no process of this module ran. */
export interface Outage {
  from: Date;
  until: Date;
}

export interface Pulse {
  /** The next ping is expected by the schedule from here on; null if no run has ended yet. */
  since: Date | null;
  /** Oldest first. */
  runs: readonly Run[];
  down: { since: Date; cause: DownCause; detail: string | null } | null;
  /** The outage of Tocsin itself after which the grace counts again. */
  outage: Outage | null;
}

/** A heartbeat as far as its state depends on it. */
export interface Beating {
  schedule: HeartbeatSchedule;
  paused: boolean;
  pulse: Pulse;
}

/** The pulse of a heartbeat without pings. */
export const NO_PULSE: Pulse = { since: null, runs: [], down: null, outage: null };

/** Most runs that are open at once; the oldest one is forgotten. */
export const MOST_RUNS = 20;

/**
 * The pulse after a ping.
 * @returns the pulse, and how long the run took in milliseconds; null if the ping ends no run that is known
 */
export function beat(pulse: Pulse, ping: Beat): { pulse: Pulse; runMs: number | null } {
  const { kind, at, rid } = ping;
  if (kind === 'log') return { pulse, runMs: null };
  const others = pulse.runs.filter((run) => run.rid !== rid);
  if (kind === 'start') return { pulse: { ...pulse, runs: [...others, { rid, at }].slice(-MOST_RUNS) }, runMs: null };
  const run = pulse.runs.find((each) => each.rid === rid);
  return {
    pulse: { since: at, runs: runsLeft(pulse, others, ping), down: downAfter(pulse, ping), outage: null },
    runMs: run === undefined ? null : Math.max(0, at.getTime() - run.at.getTime()),
  };
}

/** A failure, or an end without an id, ends all runs. Runs from before the heartbeat was down are overdue already. */
function runsLeft({ down }: Pulse, others: readonly Run[], { kind, rid }: Beat): readonly Run[] {
  if (kind === 'fail' || rid === null) return [];
  return down === null ? others : others.filter(({ at }) => at > down.since);
}

function downAfter({ down }: Pulse, { kind, at, detail }: Beat): Pulse['down'] {
  if (kind === 'success') return null;
  return { since: down?.since ?? at, cause: 'failed', detail };
}

/** When a ping is due, and when the heartbeat counts as down without one. */
export interface Deadline {
  dueAt: Date;
  downAt: Date;
  cause: Exclude<DownCause, 'failed'>;
}

const earlier = (one: Date, other: Date): Date => (other < one ? other : one);
const later = (one: Date, other: Date): Date => (other > one ? other : one);
const plus = (at: Date, seconds: number): Date => new Date(at.getTime() + seconds * 1_000);

/** The deadline of a heartbeat that is not down; null if none runs: it is paused, was never seen, or is down already. */
export function deadlineOf({ schedule, paused, pulse }: Beating): Deadline | null {
  const { since, runs, down, outage } = pulse;
  if (paused || down !== null) return null;
  const expected = since === null ? null : expectedAfter(schedule, since);
  const begun = runs.map(({ at }) => at).reduce<Date | null>((first, at) => (first ? earlier(first, at) : at), null);
  if (expected === null && begun === null) return null;
  const dueAt = earlier(expected ?? (begun as Date), begun ?? (expected as Date));
  const from = outage === null ? dueAt : later(dueAt, outage.until);
  return { dueAt, downAt: plus(from, schedule.grace), cause: dueAt === expected ? 'missed' : 'unfinished' };
}

/**
 * The state at an instant.
 * @param deadline of the heartbeat, computed or stored
 */
export function stateOf(
  heartbeat: Omit<Beating, 'schedule'>,
  now: Date,
  deadline: Pick<Deadline, 'dueAt' | 'downAt'> | null,
): HeartbeatState {
  const { paused, pulse } = heartbeat;
  if (paused) return 'paused';
  if (pulse.down !== null) return 'down';
  if (deadline === null) return 'new';
  if (now >= deadline.downAt) return 'down';
  if (pulse.runs.length > 0) return 'started';
  return now >= deadline.dueAt ? 'late' : 'up';
}

/** The pulse at an instant: down, if the deadline has passed. */
export function lookAt(heartbeat: Beating, now: Date): Pulse {
  const deadline = deadlineOf(heartbeat);
  if (deadline === null || now < deadline.downAt) return heartbeat.pulse;
  return { ...heartbeat.pulse, down: { since: deadline.downAt, cause: deadline.cause, detail: null } };
}

/**
 * The pulse after an outage of Tocsin itself. If a ping was due during the outage, or the deadline fell into it, the ping
 * may have been lost, so the grace counts again from the end of the outage.
 */
export function spare(heartbeat: Beating, outage: Outage): Pulse {
  const deadline = deadlineOf(heartbeat);
  const within = (at: Date): boolean => at >= outage.from && at <= outage.until;
  if (deadline === null || !(within(deadline.dueAt) || within(deadline.downAt))) return heartbeat.pulse;
  return { ...heartbeat.pulse, outage };
}

/**
 * The pulse after a pause or a change of the schedule: a ping is expected as if one had arrived now. A heartbeat that was
 * never seen stays so.
 */
export function restart(pulse: Pulse, now: Date): Pulse {
  if (pulse.since === null && pulse.runs.length === 0) return NO_PULSE;
  return { since: now, runs: [], down: null, outage: null };
}

/** When a heartbeat that is down at `from` is reported again: after each period, so that an alert resolved by hand returns. */
export const repeatAt = (schedule: HeartbeatSchedule, from: Date): Date | null => expectedAfter(schedule, from);
