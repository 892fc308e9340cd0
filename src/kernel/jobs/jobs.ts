import { type Db, notifyAfterCommit } from '../db/pool';

/**
 * Vocabulary. A **job** is work promised in the transaction of the change that caused it and kept after the commit:
 * outbox, retry and timer are this one thing. A worker **claims** a job by counting its attempt and taking a **lease**
 * on it; the **attempt** is the fence: only who claimed the latest one can **settle** it (complete it, or put it off
 * after a failure). Delivery is at least once, so handlers are idempotent.
 */
export interface Job<Kind extends string = string, Payload extends object = object> {
  kind: Kind;
  payload: Payload;
  /** When it falls due; at once where absent. */
  runAt?: Date;
  /**
   * A second promise with the same key is the first one, for as long as that job stands. Promised again while it is
   * running, the job runs once more afterwards with the new payload: the running one may have read the state too early.
   */
  key?: string;
  /** With a key: moves the standing job to this `runAt` and payload instead (a timer that is wound up again). */
  reschedule?: boolean;
}

/** The jobs of a module whose payloads are `Kinds`: `type AlertJobs = JobOf<{ hand_over: { batch: string } }>`. */
export type JobOf<Kinds extends Record<string, object>> = {
  [Kind in keyof Kinds & string]: Job<Kind, Kinds[Kind]>;
}[keyof Kinds & string];

/** One attempt at a job; whoever holds the latest attempt may settle the job. */
export interface Claim {
  id: number;
  attempts: number;
}

export interface RunningJob extends Claim {
  kind: string;
  key: string | null;
  runAt: Date;
  /** Failures so far; 0 the first time. */
  failures: number;
  /** Aborted when the lease is lost, the time limit of a handler has passed, or the worker stops without waiting. */
  signal: AbortSignal;
}

export type Handlers = Record<string, (payload: never, job: RunningJob) => Promise<void>>;

/** Handlers of a module whose payloads are `Kinds`, one for each kind. */
export type HandlersOf<Kinds extends Record<string, object>> = {
  [Kind in keyof Kinds]: (payload: Kinds[Kind], job: RunningJob) => Promise<void>;
};

/** Thrown by a handler that knows when trying again makes sense. It is no failure: the pace of retries stays. */
export class RetryIn extends Error {
  override readonly name = 'RetryIn';

  constructor(
    readonly delayMs: number,
    reason: string,
    /** The module that did not answer: the job runs as soon as that module is back, if that is earlier. */
    readonly waitsFor?: string,
  ) {
    super(reason);
  }
}

export const JOBS_CHANNEL = 'jobs';
export const LEASE_MS = 5_000;

const FIRST_PROMISE_STANDS = `
  update set again_at = coalesce(jobs.again_at, excluded.run_at), payload = excluded.payload
   where jobs.leased_until is not null`;

const LAST_PROMISE_COUNTS = `
  update set payload = excluded.payload, failures = 0, gave_up_at = null, last_error = null, waits_for = null,
         run_at = case when jobs.leased_until is null then excluded.run_at else jobs.run_at end,
         again_at = case when jobs.leased_until is null then null else excluded.run_at end`;

/** Promises jobs in the caller's transaction; workers are woken by its commit. */
export async function enqueue(trx: Db, now: Date, jobs: readonly Job[]): Promise<void> {
  if (jobs.length === 0) return;
  await insert(trx, now, FIRST_PROMISE_STANDS, firstOfEachKey(jobs.filter((job) => !job.reschedule)));
  await insert(trx, now, LAST_PROMISE_COUNTS, lastOfEachKey(jobs.filter((job) => job.reschedule)));
  notifyAfterCommit(trx, JOBS_CHANNEL);
}

/**
 * Promises jobs that are already this process's own: the caller does the work itself right after the commit and ends
 * it with `complete`. Should the process die, the lease lapses and a worker takes over. The lease is not renewed, so
 * `leaseMs` must cover the work; a worker that takes over too early only does it twice.
 */
export async function enqueueClaimed(
  trx: Db,
  now: Date,
  jobs: readonly Pick<Job, 'kind' | 'payload'>[],
  leaseMs = LEASE_MS,
): Promise<Claim[]> {
  if (jobs.length === 0) return [];
  const { rows } = await trx.raw(
    `insert into jobs (kind, payload, run_at, created_at, attempts, leased_until)
     select j.kind, j.payload, ?, ?, 1, ?
       from jsonb_to_recordset(cast(? as jsonb)) as j(kind text, payload jsonb)
     returning id, attempts`,
    [now, now, new Date(now.getTime() + leaseMs), JSON.stringify(jobs.map(({ kind, payload }) => ({ kind, payload })))],
  );
  return rows.map((row: Claim) => ({ id: Number(row.id), attempts: row.attempts }));
}

/**
 * Ends jobs in the caller's transaction, also inside a handler that wants its effect exactly once. Returns the ids that
 * were still the caller's: who misses one of its own has lost the lease and should roll back.
 */
export async function complete(trx: Db, claims: readonly Claim[]): Promise<number[]> {
  if (claims.length === 0) return [];
  const { rows } = await trx.raw(
    `with mine as (
       select j.id, j.again_at
         from jobs j join unnest(cast(? as bigint[]), cast(? as int[])) as c(id, attempts)
           on j.id = c.id and j.attempts = c.attempts
        order by j.id for update of j),
     again as (
       update jobs set ${RESCHEDULED} from mine where jobs.id = mine.id and mine.again_at is not null),
     gone as (
       delete from jobs using mine where jobs.id = mine.id and mine.again_at is null)
     select id from mine`,
    [claims.map(({ id }) => id), claims.map(({ attempts }) => attempts)],
  );
  return rows.map((row: { id: number }) => Number(row.id));
}

/**
 * What becomes of a completed job whose key was promised again in the meantime. Its attempt is spent: the worker that
 * ran it settles it once more when the handler returns, and must not find it then.
 */
export const RESCHEDULED = `
  attempts = jobs.attempts + 1, run_at = jobs.again_at, again_at = null, leased_until = null, failures = 0, gave_up_at = null, last_error = null`;

/** One statement cannot meet the same key twice, and two transactions must meet keys in the same order. */
function lastOfEachKey(jobs: readonly Job[]): Job[] {
  const keyed = new Map(jobs.map((job) => [job.key, job]));
  keyed.delete(undefined);
  const inOrder = [...keyed.values()].sort((a, b) => ((a.key as string) < (b.key as string) ? -1 : 1));
  return [...jobs.filter((job) => job.key === undefined), ...inOrder];
}

const firstOfEachKey = (jobs: readonly Job[]): Job[] => {
  const taken = new Set<string>();
  return lastOfEachKey(jobs.filter(({ key }) => key === undefined || (!taken.has(key) && taken.add(key))));
};

async function insert(trx: Db, now: Date, onConflict: string, jobs: readonly Job[]): Promise<void> {
  if (jobs.length === 0) return;
  const rows = jobs.map(({ kind, payload, key, runAt }) => ({ kind, payload, key, run_at: runAt ?? now }));
  await trx.raw(
    `insert into jobs (kind, payload, key, run_at, created_at)
     select j.kind, j.payload, j.key, j.run_at, ?
       from jsonb_to_recordset(cast(? as jsonb)) as j(kind text, payload jsonb, key text, run_at timestamptz)
     on conflict (key) do ${onConflict}`,
    [now, JSON.stringify(rows)],
  );
}
