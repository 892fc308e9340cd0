import { type Db, notifyAfterCommit } from '../db/pool';
import { type AttributedEvent, notifyReaders } from '../events/events';
import { JOBS_CHANNEL, type Job, LEASE_MS } from './jobs';

/**
 * Jobs and facts as parts of a statement of a store's own: on the way of a page every statement is a way to the server
 * and back, and a transaction of one statement needs neither BEGIN nor COMMIT. A `where` may follow each part. After the
 * statement, `wakeFor` does what `enqueue` and `record` do by themselves.
 */
export const ENQUEUE = `
  insert into jobs (kind, payload, run_at, created_at)
  select kind, payload, run_at, created_at
    from jsonb_to_recordset(cast(:jobs as jsonb)) as j(kind text, payload jsonb, run_at timestamptz, created_at timestamptz)`;

export const RECORD = `
  insert into events (kind, subject, actor, actor_kind, data, at)
  select kind, subject, actor, actor_kind, data, at
    from jsonb_to_recordset(cast(:events as jsonb))
      as e(kind text, subject text, actor text, actor_kind text, data jsonb, at timestamptz)`;

export interface Parts {
  /** Without keys: what becomes of a promise that is made twice is for `enqueue` to say. */
  jobs: readonly Pick<Job, 'kind' | 'payload' | 'runAt'>[];
  /** See `attributed`. */
  events: readonly AttributedEvent[];
}

/** What the parts read. */
export const valuesOf = (now: Date, { jobs, events }: Parts): { jobs: string; events: string } => ({
  jobs: JSON.stringify(
    jobs.map(({ kind, payload, runAt }) => ({ kind, payload, run_at: runAt ?? now, created_at: now })),
  ),
  events: JSON.stringify(events),
});

/** A worker looks at the next timer at least once in a lease, so that a later one needs nobody to be woken for it. */
const SOON_MS = 2 * LEASE_MS;

export function notifyAfter(db: Db, now: Date, { jobs, events }: Parts): void {
  const soon = jobs.some(({ runAt }) => runAt === undefined || runAt.getTime() - now.getTime() <= SOON_MS);
  if (soon) notifyAfterCommit(db, JOBS_CHANNEL);
  if (events.length > 0) notifyReaders(db);
}
