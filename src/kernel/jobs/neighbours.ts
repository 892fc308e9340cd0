import { pollLoop } from '../async/loop';
import { withTimeout } from '../async/withTimeout';
import type { Clock } from '../clock';
import type { Db } from '../db/pool';
import type { Log } from '../observe/observe';

/**
 * A job that failed because a neighbour did not answer runs when that neighbour is back, if that is before the end of its
 * back-off. While such jobs wait, each process sends the neighbour a small **probe** about twice a second. When a probe
 * succeeds after one has failed, the waiting jobs become due, and the worker runs them with its usual concurrency.
 */

/** Resolves if the neighbour is available; rejects or times out if it is not. */
export type Probe = () => Promise<unknown>;
/** Probes of the modules that this process calls, by module name. */
export type Probes = Readonly<Record<string, Probe>>;

export interface NeighbourWatchOptions {
  db: Db;
  clock: Clock;
  log: Log;
  probes: Probes;
  /** Called when waiting jobs have become due. */
  onReturn: () => void;
  /** Between 0 and 1; spreads the probes of several processes and the released jobs. */
  random?: () => number;
}

export interface NeighbourWatch {
  /** Milliseconds since the neighbour came back; null if there was no outage, or it is still down. */
  sinceReturn(neighbour: string): number | null;
  /** Starts to probe a neighbour for which a stored job now waits. */
  expect(neighbour: string): void;
  start(): void;
  stop(): Promise<void>;
  /** One round of probes; returns the milliseconds until the next one. */
  poll(): Promise<number>;
}

const PROBE_EVERY_MS = 500;
const PROBE_WITHIN_MS = 1_000;
const RELEASED_WITHIN_MS = 250;
const RELEASED_AT_ONCE = 1_000;
/** How often to look for jobs that another process left waiting. */
const NOTHING_TO_WATCH_MS = 10_000;

/** Watches the neighbours for which jobs of a database wait. */
export function neighbourWatch(options: NeighbourWatchOptions): NeighbourWatch {
  const { db, clock, log, probes, onReturn, random = Math.random } = options;
  /** The neighbours that jobs wait for; true if a probe has failed and none has succeeded since. */
  const away = new Map<string, boolean>();
  const backAt = new Map<string, Date>();
  const loop = pollLoop({ poll, maxWaitMs: NOTHING_TO_WATCH_MS, onFailure: () => undefined });

  async function probe(neighbour: string): Promise<void> {
    const answered = await withTimeout((probes[neighbour] as Probe)(), PROBE_WITHIN_MS).then(
      () => true,
      () => false,
    );
    if (!answered) away.set(neighbour, true);
    else if (away.get(neighbour)) await releaseJobs(neighbour);
  }

  async function releaseJobs(neighbour: string): Promise<void> {
    const now = clock.now();
    const jobs = await release(db, neighbour, now, random);
    away.set(neighbour, false);
    backAt.set(neighbour, now);
    log.info({ neighbour, jobs }, 'neighbour is back; waiting jobs are due');
    if (jobs > 0) onReturn();
  }

  async function poll(): Promise<number> {
    const wanted = await waitedFor(db);
    for (const neighbour of wanted) {
      // Another process left jobs waiting. This process has not probed the neighbour yet, so assume that it was down.
      if (Object.hasOwn(probes, neighbour) && !away.has(neighbour)) away.set(neighbour, true);
    }
    for (const neighbour of away.keys()) if (!wanted.has(neighbour)) away.delete(neighbour);
    await Promise.all([...away.keys()].map(probe));
    return away.size === 0 ? NOTHING_TO_WATCH_MS : PROBE_EVERY_MS * (0.75 + random() / 2);
  }

  return {
    sinceReturn(neighbour) {
      const at = backAt.get(neighbour);
      return at === undefined || away.get(neighbour) ? null : clock.now().getTime() - at.getTime();
    },
    expect(neighbour) {
      if (away.has(neighbour)) return;
      away.set(neighbour, false);
      loop.wake();
    },
    start: loop.start,
    stop: loop.stop,
    poll,
  };
}

async function waitedFor(db: Db): Promise<Set<string>> {
  const rows = await db('jobs').whereNotNull('waits_for').distinct('waits_for');
  return new Set(rows.map((row: { waits_for: string }) => row.waits_for));
}

/** Makes the jobs that wait for a neighbour due, spread over 250 ms; returns how many. Skips locked rows. */
async function release(db: Db, neighbour: string, now: Date, random: () => number): Promise<number> {
  for (let released = 0; ; ) {
    const runAt = new Date(now.getTime() + random() * RELEASED_WITHIN_MS);
    const { rowCount } = await db.raw(
      `with waiting as (
         select id from jobs where waits_for = ? and leased_until is null
          limit ${RELEASED_AT_ONCE} for update skip locked)
       update jobs set run_at = least(run_at, ?), waits_for = null from waiting where jobs.id = waiting.id`,
      [neighbour, runAt],
    );
    released += rowCount;
    if (rowCount < RELEASED_AT_ONCE) return released;
  }
}
