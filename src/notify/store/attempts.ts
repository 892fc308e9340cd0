import type { Db } from '../../kernel/db';
import type { Fate, Outcome } from '../domain';
import type { Notification } from './notifications';

export interface StoredAttempt {
  attempt: number;
  /** Null while under way, or where the process died in it and nobody tried again. */
  outcome: 'sent' | 'failed' | 'unknown' | null;
  reason: string | null;
  receipt: string | null;
  started_at: Date;
  duration_ms: number | null;
}

const SHOWN_AT_MOST = 100;

export interface Begun extends Notification {
  first_attempt_at: Date;
}

/** Counts and writes down an attempt before it is made. Undefined where nothing is to be delivered any more. */
export async function beginAttempt(db: Db, id: string, now: Date): Promise<Begun | undefined> {
  const { rows } = await db.raw(
    `with mine as (
       update notifications
          set attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, :now), next_attempt_at = null
        where id = :id and status = 'queued' returning *),
     begun as (
       insert into attempts (notification_id, attempt, started_at) select id, attempts, :now from mine)
     select * from mine`,
    { id, now },
  );
  return rows[0];
}

/** Earlier attempts that nobody ended: their process died, and whether the message got through is unknown. */
export const loseAttempts = (db: Db, id: string, before: number): Promise<number> =>
  db('attempts')
    .where({ notification_id: id, outcome: null })
    .where('attempt', '<', before)
    .update({ outcome: 'unknown', reason: 'interrupted' });

export interface Ended {
  id: string;
  attempt: number;
  startedAt: Date;
  durationMs: number;
  now: Date;
}

/**
 * Writes down how an attempt ended and what that makes of the notification; answers false where the fate was no longer
 * this attempt's to decide. That it was sent is true whatever happened meanwhile; anything else is only for the latest
 * attempt to say, and not of what was cancelled.
 */
export async function endAttempt(
  trx: Db,
  { id, attempt, startedAt, durationMs, now }: Ended,
  outcome: Outcome,
  fate: Fate,
): Promise<boolean> {
  await trx('attempts')
    .where({ notification_id: id, attempt, started_at: startedAt })
    .update({
      outcome: outcome.outcome,
      reason: outcome.outcome === 'failed' ? outcome.reason : null,
      receipt: outcome.outcome === 'sent' ? outcome.receipt : null,
      duration_ms: durationMs,
    });
  const row = trx('notifications').where({ id });
  if (fate.status === 'sent') {
    const sent = { status: 'sent', sent_at: now, reason: null, next_attempt_at: null };
    return (await row.whereNot({ status: 'sent' }).update(sent)) === 1;
  }
  const next = fate.status === 'queued' ? fate.nextAttemptAt : null;
  const { status, reason } = fate;
  return (
    (await row.where({ status: 'queued', attempts: attempt }).update({ status, reason, next_attempt_at: next })) === 1
  );
}

/** The latest attempts, in order. */
export async function attemptsOf(db: Db, id: string): Promise<StoredAttempt[]> {
  const rows: StoredAttempt[] = await db('attempts')
    .where({ notification_id: id })
    .orderBy('attempt', 'desc')
    .limit(SHOWN_AT_MOST);
  return rows.reverse();
}
