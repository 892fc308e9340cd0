import { pollLoop } from '../async/loop';
import { withTimeout } from '../async/withTimeout';
import type { Clock } from '../clock';
import { asProblem, type Db, type Listener, listen } from '../db/pool';
import type { Log } from '../observe/observe';
import { Problem } from '../ports/problem';
import { completions } from './completions';
import { type Handlers, JOBS_CHANNEL, LEASE_MS, RetryIn, type RunningJob } from './jobs';
import { leases } from './leases';
import { type MetricsOptions, workerMetrics } from './metrics';
import { type NeighbourWatch, neighbourWatch, type Probes } from './neighbours';
import { backlog, type ClaimedJob, claim, nextTurn, type Retry } from './queries';

export interface JobWorker {
  /** Polls at once. Call it after a commit that enqueued jobs, to save the round trip of NOTIFY. */
  wake(): void;
  start(): void;
  /** Claims no further job and waits up to `stopWithinMs` for running ones. Another worker runs the rest after their lease. */
  stop(): Promise<void>;
  /** Runs all due jobs one after the other; returns how many. For tests, which control time. */
  drain(): Promise<number>;
  /** The watch of neighbours for which jobs wait. For tests, which control time. */
  neighbours: Pick<NeighbourWatch, 'poll'>;
}

export interface WorkerOptions {
  db: Db;
  /** Connection string of the same database, for LISTEN. */
  url: string;
  clock: Clock;
  log: Log;
  handlers: Handlers;
  /** How many handlers run at once. */
  concurrency?: number;
  /** How many handlers of one kind run at once; about `concurrency` if absent. Kinds that wait for different servers need it. */
  perKind?: number;
  /** Claimed before other kinds, and the newest of their due jobs first; every fourth time the oldest. */
  urgentKinds?: readonly string[];
  metrics?: MetricsOptions;
  /** A handler that runs longer is aborted and counts as failed. */
  handlerLimitMs?: number;
  /** Probes of neighbours. Jobs that could not reach one of them run as soon as it is back. */
  probes?: Probes | undefined;
  /** How long `stop` waits for handlers that still run. */
  stopWithinMs?: number;
}

/** The longest time until an expired lease, or a job whose notification was lost, is found. */
const MAX_POLL_MS = LEASE_MS;
/** The pause if a due job could not be claimed, because a transaction has locked it. */
const BUSY_PAUSE_MS = 50;
const DRAIN_AT_MOST = 100_000;

const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 300_000;
/** A page must not wait for minutes after the end of an outage. */
const MAX_OUTAGE_BACKOFF_MS = 15_000;
const GIVE_UP_AFTER = 12;
const SLOW_TAIL_MS = 900_000;
const ERROR_LENGTH = 1_000;

/**
 * The back-off after the nth failure, in milliseconds: it doubles from 1 s to 5 min, and is 15 min from the 12th failure on.
 * It varies by a quarter, so that jobs that failed together are not retried together.
 */
export function backoffMs(failures: number, random = Math.random()): number {
  if (failures >= GIVE_UP_AFTER) return SLOW_TAIL_MS * (0.75 + random / 2);
  return Math.min(FIRST_BACKOFF_MS * 2 ** (failures - 1), LONGEST_BACKOFF_MS) * (0.75 + random / 2);
}

/** The cause is not the job: its database or a neighbour is unreachable. */
const isOutage = (error: unknown): boolean =>
  asProblem(error) !== undefined || (error instanceof Problem && error.kind === 'unavailable');

/** How often the oldest urgent jobs are claimed instead of the newest. */
const OLDEST_EVERY = 4;
/** A claim of kinds that are almost full takes this many jobs, so that it is not one statement for each job. */
const FEWEST_CLAIMED = 4;

/** Kinds that differ after a colon are one series of the metrics. */
const labelOf = (kind: string): string => kind.split(':', 1)[0] as string;

/** How many handlers of each kind run. A kind can exceed its limit by less than `FEWEST_CLAIMED`. */
function kindSlots(perKind: number) {
  const taken = new Map<string, number>();
  const of = (kind: string): number => taken.get(kind) ?? 0;
  return {
    isFree: (kind: string): boolean => of(kind) < perKind,
    /** How many jobs of these kinds can be claimed, at most `free`. */
    room: (kinds: readonly string[], free: number): number =>
      Math.min(free, Math.max(FEWEST_CLAIMED, perKind - Math.max(...kinds.map(of)))),
    take: (kind: string): void => void taken.set(kind, of(kind) + 1),
    free: (kind: string): void => void taken.set(kind, of(kind) - 1),
  };
}

/** Creates the worker of a module's jobs. */
export function jobWorker(options: WorkerOptions): JobWorker {
  const { db, url, clock, log, handlers, concurrency = 16, handlerLimitMs = 120_000, stopWithinMs = 10_000 } = options;
  const { probes = {}, perKind = concurrency, urgentKinds = [] } = options;
  const kinds = Object.keys(handlers);
  const urgent = new Set(urgentKinds);
  const running = new Set<Promise<void>>();
  const slots = kindSlots(perKind);
  let claims = 0;
  const held = leases(db, clock);
  const metrics =
    options.metrics &&
    workerMetrics({ ...options.metrics, kinds: [...new Set(kinds.map(labelOf))] }, () => backlog(db, clock.now()));
  const loop = pollLoop({ poll, maxWaitMs: MAX_POLL_MS, onFailure: logOutage });
  const completed = completions(db, loop.wake);
  const neighbours = neighbourWatch({ db, clock, log, probes, onReturn: loop.wake });
  let listener: Listener | undefined;
  /** The last claim filled all free slots, so more jobs can be due. */
  let moreWait = false;

  function logOutage(error: unknown, inARow: number): void {
    if (inARow === 1) log.warn({ err: error }, 'jobs cannot be claimed; retrying');
  }

  const claimUpTo = (limit: number, of: readonly string[] = kinds, newest = false) =>
    claim(db, { now: clock.now(), kinds: [...of], limit, leaseMs: LEASE_MS, except: held.ids(), newest });

  /** Claims jobs of kinds with free slots, urgent ones first. `more`: a claim took all that it could, so more can be due. */
  async function claimFree(free: number): Promise<{ jobs: ClaimedJob[]; more: boolean }> {
    const open = kinds.filter(slots.isFree);
    const [first, rest] = [open.filter((kind) => urgent.has(kind)), open.filter((kind) => !urgent.has(kind))];
    claims++;
    const jobs: ClaimedJob[] = [];
    let more = false;
    for (const group of [first, rest].filter(({ length }) => length > 0)) {
      const room = slots.room(group, free - jobs.length);
      if (room <= 0) return { jobs, more: true };
      const claimed = await claimUpTo(room, group, group === first && claims % OLDEST_EVERY !== 0);
      more ||= claimed.length === room;
      jobs.push(...claimed);
    }
    return { jobs, more };
  }

  async function poll(): Promise<number> {
    const free = concurrency - running.size;
    if (free <= 0) moreWait = true;
    if (free <= 0) return MAX_POLL_MS;
    const { jobs, more } = await claimFree(free);
    for (const job of jobs) void begin(job);
    const open = kinds.filter(slots.isFree);
    moreWait = more || open.length < kinds.length;
    // If slots became free during the claim, claim again; otherwise the next job that ends wakes the loop.
    if (more) return running.size < concurrency && open.length > 0 ? 0 : MAX_POLL_MS;
    if (open.length === 0) return MAX_POLL_MS;
    const next = await nextTurn(db, open);
    if (next === null) return MAX_POLL_MS;
    const wait = next.getTime() - clock.now().getTime();
    return wait < -BUSY_PAUSE_MS ? BUSY_PAUSE_MS : Math.max(1, wait);
  }

  /** Runs one job and saves its result; never rejects. */
  function begin(job: ClaimedJob): Promise<void> {
    slots.take(job.kind);
    const run = runOne(job).finally(() => {
      running.delete(run);
      slots.free(job.kind);
      if (moreWait) loop.wake();
    });
    running.add(run);
    return run;
  }

  async function runOne(job: ClaimedJob): Promise<void> {
    const controller = held.hold(job);
    metrics?.started(labelOf(job.kind), clock.now().getTime() - job.runAt.getTime());
    const error = await attempt(job, controller);
    if (error === undefined) metrics?.ran(labelOf(job.kind));
    const retry = error === undefined ? undefined : afterReturn(retryOf(job, error));
    await completed.add(retry === undefined ? { claim: job } : { claim: job, retry });
    held.release(job);
    if (retry?.waitsFor) neighbours.expect(retry.waitsFor);
  }

  async function attempt({ payload, ...job }: ClaimedJob, controller: AbortController): Promise<unknown> {
    const handler = handlers[job.kind] as (payload: object, job: RunningJob) => Promise<void>;
    const abort = (error: Error): void => controller.abort(error);
    try {
      await withTimeout(handler(payload, { ...job, signal: controller.signal }), handlerLimitMs, abort);
      return undefined;
    } catch (error) {
      return error ?? new Error('The handler threw nothing.');
    }
  }

  /**
   * Shortens a retry to the time since the neighbour came back. A call that hung since the outage, or that timed out because
   * the service was still starting, must not back off for the length of the outage.
   */
  function afterReturn(retry: Retry): Retry {
    const { waitsFor, runAt } = retry;
    const sinceReturn = waitsFor === null ? null : neighbours.sinceReturn(waitsFor);
    if (sinceReturn === null) return retry;
    const restMs = Math.max(FIRST_BACKOFF_MS, sinceReturn / 2) * (0.75 + Math.random() / 2);
    return { ...retry, runAt: new Date(Math.min(runAt.getTime(), clock.now().getTime() + restMs)) };
  }

  /** When to retry a failed job. Jobs are retried without end, and each failure is logged. */
  function retryOf(job: ClaimedJob, error: unknown): Retry {
    const now = clock.now().getTime();
    const { id, attempts } = job;
    const text = (error instanceof Error ? error.message : String(error)).replaceAll('\0', '').slice(0, ERROR_LENGTH);
    if (error instanceof RetryIn) {
      return {
        id,
        attempts,
        failures: job.failures,
        runAt: new Date(now + error.delayMs),
        error: text,
        gaveUpAt: null,
        waitsFor: neighbourIn(error.waitsFor),
      };
    }
    const failures = job.failures + 1;
    const givesUp = failures >= GIVE_UP_AFTER;
    metrics?.failed(labelOf(job.kind));
    log[givesUp ? 'error' : 'warn']({ err: error, job: id, kind: job.kind, failures }, 'job failed');
    const restMs = isOutage(error) ? Math.min(backoffMs(failures), MAX_OUTAGE_BACKOFF_MS) : backoffMs(failures);
    const runAt = new Date(now + restMs);
    const waitsFor = neighbourIn(error instanceof Problem ? error.neighbour : undefined);
    return { id, attempts, failures, runAt, error: text, gaveUpAt: givesUp ? new Date(now) : null, waitsFor };
  }

  const neighbourIn = (name: string | undefined): string | null =>
    name !== undefined && Object.hasOwn(probes, name) ? name : null;

  async function drain(): Promise<number> {
    for (let ran = 0; ran < DRAIN_AT_MOST; ) {
      const jobs = await claimUpTo(concurrency);
      if (jobs.length === 0 && running.size === 0) return ran;
      if (jobs.length === 0) await Promise.all(running);
      for (const job of jobs) await begin(job);
      ran += jobs.length;
    }
    throw new Error('drain() stopped after 100,000 jobs: jobs keep enqueueing new jobs.');
  }

  return {
    wake: loop.wake,
    drain,
    neighbours,
    start() {
      loop.start();
      if (Object.keys(probes).length > 0) neighbours.start();
      listener = listen({
        url,
        channel: JOBS_CHANNEL,
        onNotify: loop.wake,
        onConnect: loop.wake,
      });
    },
    async stop() {
      await loop.stop();
      await neighbours.stop();
      await listener?.stop();
      let deadline: NodeJS.Timeout | undefined;
      const timeout = new Promise<void>((resolve) => {
        deadline = setTimeout(resolve, stopWithinMs);
      });
      await Promise.race([Promise.all(running), timeout]);
      clearTimeout(deadline);
      held.abandon('The worker stopped.');
      completed.abandon();
      metrics?.stop();
    },
  };
}
