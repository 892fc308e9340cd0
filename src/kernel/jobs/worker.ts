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
  /** Call it right after a commit that promised jobs: saves the way through NOTIFY. */
  wake(): void;
  start(): void;
  /** Takes no further job and waits, for a bounded time, for those that run; what is left is another worker's. */
  stop(): Promise<void>;
  /** Runs what is due, one after the other, until nothing is; answers how many ran. For tests, which own time. */
  drain(): Promise<number>;
  /** Of the neighbours that jobs wait for. For tests, which own time. */
  neighbours: Pick<NeighbourWatch, 'poll'>;
}

export interface WorkerOptions {
  db: Db;
  /** Connection string of the same database, for LISTEN. */
  url: string;
  clock: Clock;
  log: Log;
  handlers: Handlers;
  /** How many handlers run at a time. */
  concurrency?: number;
  metrics?: MetricsOptions;
  /** A handler that takes longer has failed: its slot is wanted. */
  handlerLimitMs?: number;
  /** Jobs that could not reach one of these neighbours run as soon as it is back. */
  probes?: Probes | undefined;
  /** How long `stop` waits for handlers that still run. */
  stopWithinMs?: number;
}

/** A lease that lapsed, or a job whose nudge was lost with its process, is found this late at the latest. */
const MAX_POLL_MS = LEASE_MS;
/** A due job that could not be claimed is locked by a transaction: not something to ask for all the time. */
const BUSY_NAP_MS = 50;
const DRAIN_AT_MOST = 100_000;

const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 300_000;
/** An outage ends at some moment, and a page must not wait minutes beyond it. */
const LONGEST_REST_IN_OUTAGE_MS = 15_000;
const GIVE_UP_AFTER = 12;
const SLOW_TAIL_MS = 900_000;
const ERROR_LENGTH = 1_000;

/** How long a job rests after its nth failure: doubling from a second, spread so that many do not return as one. */
export function backoffMs(failures: number, random = Math.random()): number {
  if (failures >= GIVE_UP_AFTER) return SLOW_TAIL_MS * (0.75 + random / 2);
  return Math.min(FIRST_BACKOFF_MS * 2 ** (failures - 1), LONGEST_BACKOFF_MS) * (0.75 + random / 2);
}

/** Nothing is wrong with the job: its own database, or a neighbour, is away. */
const isOutage = (error: unknown): boolean =>
  asProblem(error) !== undefined || (error instanceof Problem && error.kind === 'unavailable');

export function jobWorker(options: WorkerOptions): JobWorker {
  const { db, url, clock, log, handlers, concurrency = 16, handlerLimitMs = 120_000, stopWithinMs = 10_000 } = options;
  const { probes = {} } = options;
  const kinds = Object.keys(handlers);
  const running = new Set<Promise<void>>();
  const held = leases(db, clock);
  const metrics = options.metrics && workerMetrics({ ...options.metrics, kinds }, () => backlog(db, clock.now()));
  const loop = pollLoop({ poll, maxWaitMs: MAX_POLL_MS, onFailure: tellOutage });
  const completed = completions(db, loop.wake);
  const neighbours = neighbourWatch({ db, clock, log, probes, onReturn: loop.wake });
  let listener: Listener | undefined;
  /** The last claim took as many as it could, so there may be more. */
  let moreWait = false;

  function tellOutage(error: unknown, inARow: number): void {
    if (inARow === 1) log.warn({ err: error }, 'jobs cannot be claimed; trying on');
  }

  const claimUpTo = (limit: number) =>
    claim(db, { now: clock.now(), kinds, limit, leaseMs: LEASE_MS, except: held.ids() });

  async function poll(): Promise<number> {
    const free = concurrency - running.size;
    if (free <= 0) moreWait = true;
    if (free <= 0) return MAX_POLL_MS;
    const jobs = await claimUpTo(free);
    for (const job of jobs) void begin(job);
    moreWait = jobs.length === free;
    // Slots may have come free while the claim was under way; otherwise the next job that ends calls for more.
    if (moreWait) return running.size < concurrency ? 0 : MAX_POLL_MS;
    const next = await nextTurn(db, kinds);
    if (next === null) return MAX_POLL_MS;
    const wait = next.getTime() - clock.now().getTime();
    return wait < -BUSY_NAP_MS ? BUSY_NAP_MS : Math.max(1, wait);
  }

  /** Runs one job to its end, which is written down; never rejects. */
  function begin(job: ClaimedJob): Promise<void> {
    const run = runOne(job).finally(() => {
      running.delete(run);
      if (moreWait) loop.wake();
    });
    running.add(run);
    return run;
  }

  async function runOne(job: ClaimedJob): Promise<void> {
    const controller = held.hold(job);
    metrics?.started(job.kind, clock.now().getTime() - job.runAt.getTime());
    const error = await attempt(job, controller);
    if (error === undefined) metrics?.ran(job.kind);
    const putOff = error === undefined ? undefined : hurried(later(job, error));
    await completed.add(putOff === undefined ? { claim: job } : { claim: job, putOff });
    held.release(job);
    if (putOff?.waitsFor) neighbours.expect(putOff.waitsFor);
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
   * The back-off for a neighbour begins again with its return: a call that hung since the outage, or that a service which
   * has just started did not answer in time, must not cost a rest as long as the outage was.
   */
  function hurried(putOff: Retry): Retry {
    const { waitsFor, runAt } = putOff;
    const sinceReturn = waitsFor === null ? null : neighbours.sinceReturn(waitsFor);
    if (sinceReturn === null) return putOff;
    const restMs = Math.max(FIRST_BACKOFF_MS, sinceReturn / 2) * (0.75 + Math.random() / 2);
    return { ...putOff, runAt: new Date(Math.min(runAt.getTime(), clock.now().getTime() + restMs)) };
  }

  /** Failed jobs are retried for ever, ever slower, and never in silence. */
  function later(job: ClaimedJob, error: unknown): Retry {
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
    metrics?.failed(job.kind);
    log[givesUp ? 'error' : 'warn']({ err: error, job: id, kind: job.kind, failures }, 'a job failed');
    const restMs = isOutage(error) ? Math.min(backoffMs(failures), LONGEST_REST_IN_OUTAGE_MS) : backoffMs(failures);
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
    throw new Error('Jobs promise each other without end.');
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
      const patience = new Promise<void>((over) => {
        deadline = setTimeout(over, stopWithinMs);
      });
      await Promise.race([Promise.all(running), patience]);
      clearTimeout(deadline);
      held.abandon('The worker stopped.');
      completed.abandon();
      metrics?.stop();
    },
  };
}
