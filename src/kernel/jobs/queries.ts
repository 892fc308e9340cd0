import type { Db } from '../db/pool';
import { type Claim, RESCHEDULED } from './jobs';

/** A job that the worker has claimed. The vocabulary is in `jobs.ts`. */
export interface ClaimedJob extends Claim {
  kind: string;
  payload: object;
  key: string | null;
  runAt: Date;
  failures: number;
}

/** A retry after a failure. `gaveUpAt` marks a job that an operator should look at; it is still retried. */
export interface Retry extends Claim {
  runAt: Date;
  failures: number;
  error: string;
  gaveUpAt: Date | null;
  /** The neighbour that did not answer. The job becomes due when it is back (see `neighbours.ts`). */
  waitsFor: string | null;
}

/** Counts stop at 100,000. */
export interface Backlog {
  due: number;
  oldestSeconds: number;
  givenUp: number;
}

const COUNTED_AT_MOST = 100_000;
/** When a job can be claimed: at its due time, or when its lease expires. */
const TURN = 'coalesce(leased_until, run_at)';

/** Which jobs to claim, and for how long. */
export interface Wanted {
  now: Date;
  kinds: string[];
  limit: number;
  leaseMs: number;
  /**
   * Jobs that this worker is running. If the worker was frozen, or its database unreachable, for longer than a lease, their
   * leases have expired, and a second claim would run them twice at once.
   */
  except: readonly number[];
  /** Claims the newest of the due jobs instead of the oldest. */
  newest?: boolean;
}

/** Claims due jobs, oldest first unless `newest`: new jobs, due timers, and jobs whose lease has expired. */
export async function claim(
  db: Db,
  { now, kinds, limit, leaseMs, except, newest = false }: Wanted,
): Promise<ClaimedJob[]> {
  const { rows } = await db.raw(
    `with turn as materialized (
       select id from jobs where ${TURN} <= ? and kind = any(?) and id <> all(cast(? as bigint[]))
        order by ${newest ? `${TURN} desc, id desc` : `${TURN}, id`} limit ? for update skip locked)
     update jobs set attempts = attempts + 1, leased_until = ?, waits_for = null
       from turn where jobs.id = turn.id
     returning jobs.id, kind, payload, key, attempts, failures, run_at as "runAt"`,
    [now, kinds, [...except], limit, new Date(now.getTime() + leaseMs)],
  );
  return rows
    .map((row: ClaimedJob) => ({ ...row, id: Number(row.id) }))
    .sort((a: ClaimedJob, b: ClaimedJob) => a.runAt.getTime() - b.runAt.getTime() || a.id - b.id);
}

/** When the next job of these kinds can be claimed, if there is one. */
export async function nextTurn(db: Db, kinds: string[]): Promise<Date | null> {
  const { rows } = await db.raw(`select ${TURN} as at from jobs where kind = any(?) order by ${TURN}, id limit 1`, [
    kinds,
  ]);
  return rows[0]?.at ?? null;
}

/**
 * Renews the leases of running jobs; returns the renewed ids. Locked rows are left for the next round: no worker can claim a
 * locked row, and waiting for it could let the other leases expire.
 */
export async function renew(db: Db, claims: readonly Claim[], until: Date): Promise<Set<number>> {
  const { rows } = await db.raw(
    `with mine as (
       select j.id from jobs j join unnest(cast(? as bigint[]), cast(? as int[])) as c(id, attempts)
           on j.id = c.id and j.attempts = c.attempts
        where j.leased_until is not null for update of j skip locked)
     update jobs set leased_until = ? from mine where jobs.id = mine.id returning jobs.id`,
    [...columns(claims), until],
  );
  return new Set(rows.map((row: Claim) => Number(row.id)));
}

/**
 * Completes jobs. Skips locked rows: `busy` are the jobs to complete later. `again` is true if the key of one was enqueued
 * again, so that it is due once more. A job with a later attempt is ignored (fencing).
 */
export async function finish(db: Db, claims: readonly Claim[]): Promise<{ busy: Set<number>; again: boolean }> {
  if (claims.length === 0) return { busy: new Set(), again: false };
  const { rows } = await db.raw(
    `with claimed as (select * from unnest(cast(? as bigint[]), cast(? as int[])) as c(id, attempts)),
     mine as (
       select j.id, j.again_at from jobs j join claimed c on j.id = c.id and j.attempts = c.attempts
          for update of j skip locked),
     again as (
       update jobs set ${RESCHEDULED} from mine where jobs.id = mine.id and mine.again_at is not null),
     gone as (
       delete from jobs using mine where jobs.id = mine.id and mine.again_at is null)
     select j.id, mine.id is null as busy, mine.again_at is not null as again
       from jobs j join claimed c on j.id = c.id and j.attempts = c.attempts left join mine on mine.id = j.id`,
    columns(claims),
  );
  return {
    busy: new Set(rows.flatMap((row: { id: number; busy: boolean }) => (row.busy ? [Number(row.id)] : []))),
    again: rows.some((row: { again: boolean }) => row.again),
  };
}

/** Releases failed jobs and saves when to retry them. */
export async function saveRetries(db: Db, failed: readonly Retry[]): Promise<void> {
  if (failed.length === 0) return;
  await db.raw(
    `update jobs set leased_until = null, run_at = f.run_at, failures = f.failures, last_error = f.error,
            gave_up_at = coalesce(jobs.gave_up_at, f.gave_up_at), waits_for = f.waits_for
       from jsonb_to_recordset(cast(? as jsonb)) as
            f(id bigint, attempts int, run_at timestamptz, failures int, error text, gave_up_at timestamptz, waits_for text)
      where jobs.id = f.id and jobs.attempts = f.attempts`,
    [
      JSON.stringify(
        failed.map(({ runAt, gaveUpAt, waitsFor, ...rest }) => ({
          ...rest,
          run_at: runAt,
          gave_up_at: gaveUpAt,
          waits_for: waitsFor,
        })),
      ),
    ],
  );
}

/** How many jobs are due, for how long, and how many were given up. */
export async function backlog(db: Db, now: Date): Promise<Backlog> {
  const { rows } = await db.raw(
    `select (select count(*) from (select 1 from jobs where ${TURN} <= ? limit ${COUNTED_AT_MOST}) as d)::int as due,
            (select run_at from jobs where ${TURN} <= ? order by ${TURN}, id limit 1) as oldest,
            (select count(*) from (select 1 from jobs where gave_up_at is not null limit ${COUNTED_AT_MOST}) as g)::int
              as "givenUp"`,
    [now, now],
  );
  const { due, oldest, givenUp } = rows[0];
  return { due, givenUp, oldestSeconds: oldest === null ? 0 : Math.max(0, (now.getTime() - oldest.getTime()) / 1_000) };
}

const columns = (claims: readonly Claim[]): [number[], number[]] => [
  claims.map(({ id }) => id),
  claims.map(({ attempts }) => attempts),
];
