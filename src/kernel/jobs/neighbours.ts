import { pollLoop } from '../async/loop';
import { withTimeout } from '../async/withTimeout';
import type { Clock } from '../clock';
import type { Db } from '../db/pool';
import type { Log } from '../observe/observe';

/**
 * Jobs that failed because a neighbour did not answer wait for that neighbour, not for the rest of their back-off. While
 * such jobs exist, each process sends the neighbour one small **probe** about twice a second, however many jobs wait. When
 * a probe is answered after one was not, the waiting jobs fall due. The worker then runs them with its usual concurrency.
 */

/** Resolves if the neighbour can work; rejects, or takes too long, if it cannot. */
export type Probe = () => Promise<unknown>;
/** The probes of the modules that this process calls, by the module's name. */
export type Probes = Readonly<Record<string, Probe>>;

export interface NeighbourWatchOptions {
  db: Db;
  clock: Clock;
  log: Log;
  probes: Probes;
  /** Called when waiting jobs have fallen due. */
  onReturn: () => void;
  /** Between 0 and 1; spreads the probes of several processes and the released jobs. */
  random?: () => number;
}

export interface NeighbourWatch {
  /** Milliseconds since the neighbour came back; null if it did not, or is away. */
  sinceReturn(neighbour: string): number | null;
  /** Starts the probes of a neighbour that a stored job now waits for. */
  expect(neighbour: string): void;
  start(): void;
  stop(): Promise<void>;
  /** One round of probes; answers how many milliseconds later the next one is due. */
  poll(): Promise<number>;
}

const PROBE_EVERY_MS = 500;
const PROBE_WITHIN_MS = 1_000;
const RELEASED_WITHIN_MS = 250;
const RELEASED_AT_ONCE = 1_000;
/** Jobs that another process left behind are found this late at the latest. */
const NOTHING_TO_WATCH_MS = 10_000;

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
    else if (away.get(neighbour)) await welcome(neighbour);
  }

  async function welcome(neighbour: string): Promise<void> {
    const now = clock.now();
    const jobs = await release(db, neighbour, now, random);
    away.set(neighbour, false);
    backAt.set(neighbour, now);
    log.info({ neighbour, jobs }, 'a neighbour answers again; the jobs that waited for it run');
    if (jobs > 0) onReturn();
  }

  async function poll(): Promise<number> {
    const wanted = await waitedFor(db);
    for (const neighbour of wanted) {
      // Left behind by another process: whether the neighbour was away until now is not known here.
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

/** Makes the jobs that wait for a neighbour due, spread over a moment; answers how many. Never waits for a lock. */
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
