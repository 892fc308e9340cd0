import { type Db, notifyAfterCommit } from '../db/pool';
import { type AttributedEvent, notifyReaders } from '../events/events';
import { JOBS_CHANNEL, type Job, LEASE_MS } from './jobs';

/**
 * SQL parts that insert jobs and events, for a statement of a store. On the paging path every statement costs a round trip,
 * and a single statement needs neither BEGIN nor COMMIT. A `where` may follow each part. After the statement, call
 * `notifyAfter`, as `enqueue` and `record` do themselves.
 */
export const ENQUEUE = `
  insert into jobs (kind, payload, run_at, created_at)
  select kind, payload, run_at, created_at
    from jsonb_to_recordset(cast(:jobs as jsonb)) as j(kind text, payload jsonb, run_at timestamptz, created_at timestamptz)`;

/** Inserts the events of `:events`. */
export const RECORD = `
  insert into events (kind, subject, actor, actor_kind, data, at)
  select kind, subject, actor, actor_kind, data, at
    from jsonb_to_recordset(cast(:events as jsonb))
      as e(kind text, subject text, actor text, actor_kind text, data jsonb, at timestamptz)`;

/** The rows that the parts insert. */
export interface Parts {
  /** Jobs without keys: only `enqueue` handles a key that already exists. */
  jobs: readonly Pick<Job, 'kind' | 'payload' | 'runAt'>[];
  /** Made by `attributed`. */
  events: readonly AttributedEvent[];
}

/** The values of the parameters `:jobs` and `:events`. */
export const valuesOf = (now: Date, { jobs, events }: Parts): { jobs: string; events: string } => ({
  jobs: JSON.stringify(
    jobs.map(({ kind, payload, runAt }) => ({ kind, payload, run_at: runAt ?? now, created_at: now })),
  ),
  events: JSON.stringify(events),
});

/** A worker polls at least once per lease, so a job that is due later needs no notification. */
const SOON_MS = 2 * LEASE_MS;

/** Notifies workers and event readers after the commit of a statement with these parts. */
export function notifyAfter(db: Db, now: Date, { jobs, events }: Parts): void {
  const soon = jobs.some(({ runAt }) => runAt === undefined || runAt.getTime() - now.getTime() <= SOON_MS);
  if (soon) notifyAfterCommit(db, JOBS_CHANNEL);
  if (events.length > 0) notifyReaders(db);
}
