import { type Db, notifyAfterCommit } from '../db/pool';

/**
 * Vocabulary. A **job** is work that is enqueued in the transaction of the change that caused it, and runs after the
 * commit; it serves as outbox, retry and timer. A worker **claims** a job: it increments the **attempt** and takes a
 * **lease**. The attempt is a fencing token: only the worker with the latest attempt can complete or retry the job. A
 * job runs at least once, so handlers are idempotent.
 */
export interface Job<Kind extends string = string, Payload extends object = object> {
  kind: Kind;
  payload: Payload;
  /** When the job is due; now if absent. */
  runAt?: Date;
  /**
   * At most one job per key exists: enqueueing it again changes nothing. If the job is running, it runs once more
   * afterwards with the new payload, because the running attempt can have read the state too early.
   */
  key?: string;
  /** With a key: replaces `runAt` and payload of the existing job (resets a timer). */
  reschedule?: boolean;
}

/** The jobs of a module, from its payloads by kind: `type AlertJobs = JobOf<{ hand_over: { batch: string } }>`. */
export type JobOf<Kinds extends Record<string, object>> = {
  [Kind in keyof Kinds & string]: Job<Kind, Kinds[Kind]>;
}[keyof Kinds & string];

/** An attempt at a job. Only the latest attempt can complete or retry the job. */
export interface Claim {
  id: number;
  attempts: number;
}

/** A job as its handler gets it. */
export interface RunningJob extends Claim {
  kind: string;
  key: string | null;
  runAt: Date;
  /** Failures so far; 0 for the first attempt. */
  failures: number;
  /** Aborted if the lease is lost, the handler exceeds its time limit, or the worker stops and no longer waits. */
  signal: AbortSignal;
}

/** Handlers by kind. */
export type Handlers = Record<string, (payload: never, job: RunningJob) => Promise<void>>;

/** Handlers of a module whose payloads are `Kinds`, one for each kind. */
export type HandlersOf<Kinds extends Record<string, object>> = {
  [Kind in keyof Kinds]: (payload: Kinds[Kind], job: RunningJob) => Promise<void>;
};

/** Thrown by a handler that knows when to retry. It does not count as a failure, so the back-off does not grow. */
export class RetryIn extends Error {
  override readonly name = 'RetryIn';

  constructor(
    readonly delayMs: number,
    reason: string,
    /** The module that did not answer. The job runs when that module is back, if that is earlier. */
    readonly waitsFor?: string,
  ) {
    super(reason);
  }
}

/** The channel of Postgres that announces new jobs. */
export const JOBS_CHANNEL = 'jobs';
/** How long a claim is valid without renewal. */
export const LEASE_MS = 5_000;

const KEEP_EXISTING = `
  update set again_at = coalesce(jobs.again_at, excluded.run_at), payload = excluded.payload
   where jobs.leased_until is not null`;

const REPLACE_EXISTING = `
  update set payload = excluded.payload, failures = 0, gave_up_at = null, last_error = null, waits_for = null,
         run_at = case when jobs.leased_until is null then excluded.run_at else jobs.run_at end,
         again_at = case when jobs.leased_until is null then null else excluded.run_at end`;

/** Enqueues jobs in the caller's transaction; its commit wakes the workers. */
export async function enqueue(trx: Db, now: Date, jobs: readonly Job[]): Promise<void> {
  if (jobs.length === 0) return;
  await insert(trx, now, KEEP_EXISTING, firstOfEachKey(jobs.filter((job) => !job.reschedule)));
  await insert(trx, now, REPLACE_EXISTING, lastOfEachKey(jobs.filter((job) => job.reschedule)));
  notifyAfterCommit(trx, JOBS_CHANNEL);
}

/**
 * Enqueues jobs that this process has already claimed: the caller does the work right after the commit and calls
 * `complete`. If the process dies, the lease expires and a worker runs the jobs. The lease is not renewed, so `leaseMs`
 * must cover the work; if it expires too early, the work is done twice.
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

/** The payloads of a kind's jobs whose `field` is one of these texts. Reads all jobs, so it is for rare changes. */
export async function payloadsOf<Payload extends object>(
  db: Db,
  kind: string,
  field: keyof Payload & string,
  values: readonly string[],
): Promise<Payload[]> {
  if (values.length === 0) return [];
  const { rows } = await db.raw('select payload from jobs where kind = ? and payload->>? = any(cast(? as text[]))', [
    kind,
    field,
    [...values],
  ]);
  return rows.map(({ payload }: { payload: Payload }) => payload);
}

/**
 * Completes jobs in the caller's transaction; a handler uses it to have its effect exactly once. Returns the ids of the
 * completed jobs. If one is missing, the caller has lost its lease and must roll back.
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
 * SQL for a completed job whose key was enqueued again in the meantime: the job runs once more. It gets a new attempt,
 * because its worker completes the old one again when the handler returns, and that must not change the job.
 */
export const RESCHEDULED = `
  attempts = jobs.attempts + 1, run_at = jobs.again_at, again_at = null, leased_until = null, failures = 0, gave_up_at = null, last_error = null`;

/** An upsert must not contain a key twice. All transactions use the same order of keys, so that they do not deadlock. */
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
