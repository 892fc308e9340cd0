import type { Db } from '../../kernel/db/pool';
import type { Claim } from '../../kernel/jobs/jobs';
import { ENQUEUE, notifyAfter, type Parts, RECORD, valuesOf } from '../../kernel/jobs/sqlParts';
import type { ChannelName } from '../contract';
import type { NextState, Outcome } from '../domain';
import type { ShownState } from '../domain/incidentMessage';
import { CHANGES_BY_SUCCESS } from './channels';
import { KEEP_MESSAGE } from './incidentMessages';
import type { Notification } from './notifications';

export interface StoredAttempt {
  attempt: number;
  /** Null while under way, or if the process died in it and no later attempt was made. */
  outcome: 'sent' | 'failed' | 'unknown' | null;
  reason: string | null;
  receipt: string | null;
  started_at: Date;
  duration_ms: number | null;
}

const SHOWN_AT_MOST = 100;

export interface Begun extends Notification {
  first_attempt_at: Date;
  /** The state of the incident; null if it is unknown. */
  incident: ShownState | null;
}

/**
 * A room gets the same message about an incident once within 30 s, for example if the room of a rule is that of the team. The
 * reason of the second one is `room_has_message`. Later ones, such as those of a next round, are sent.
 */
const REPEATED = `
  update notifications n set status = 'cancelled', reason = 'room_has_message', next_attempt_at = null
   where id = :id and status = 'queued' and attempts = 0 and audience = 'room' and outcome is null and kind is null
     and exists (
       select 1 from notifications o
        where o.incident_id = n.incident_id and o.id <> n.id and o.channel = n.channel and o.recipient = n.recipient
          and o.audience = 'room' and o.outcome is null and o.kind is null
          and o.message = n.message and o.severity is not distinct from n.severity
          and o.created_at between n.created_at - interval '30 seconds' and n.created_at + interval '30 seconds'
          and (o.status in ('sent', 'delivered') or o.status = 'queued' and (o.created_at, o.id) < (n.created_at, n.id)))
  returning id`;

/** Counts and stores an attempt before it is made. Undefined if the notification is not queued any more. */
export async function beginAttempt(db: Db, id: string, now: Date): Promise<Begun | undefined> {
  const { rows } = await db.raw(
    `with repeated as (${REPEATED}),
     mine as (
       update notifications
          set attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, :now), next_attempt_at = null
        where id = :id and status = 'queued' and not exists (select 1 from repeated)
          and (kind is distinct from 'bundle' or exists (
            select 1 from notifications m where m.bundle_id = notifications.id and m.status = 'queued'))
       returning *),
     begun as (
       insert into attempts (notification_id, attempt, started_at) select id, attempts, :now from mine)
     select mine.*, (select state from incident_states s where s.incident_id = mine.incident_id) as incident from mine`,
    { id, now },
  );
  return rows[0];
}

/** Ends earlier attempts whose process died as `unknown`: the message may have been delivered. Returns how many. */
export const endInterruptedAttempts = (db: Db, id: string, before: number): Promise<number> =>
  db('attempts')
    .where({ notification_id: id, outcome: null })
    .where('attempt', '<', before)
    .update({ outcome: 'unknown', reason: 'interrupted' });

export interface Ended {
  id: string;
  channel: ChannelName;
  /** In one spelling for all spellings of the address. */
  recipient: string;
  attempt: number;
  startedAt: Date;
  durationMs: number;
  now: Date;
  /** The state that the message shows, if the message is updated in place from now on; absent if it is not. */
  shown?: { state: ShownState | null } | undefined;
}

/** A sent message is sent, even if it was cancelled meanwhile. Any other result counts only from the latest attempt of a queued notification. */
const DECIDES = {
  sent: `status not in ('sent', 'delivered', 'undelivered')`,
  other: `status = 'queued' and attempts = :attempt`,
};

/**
 * Saves in one statement how an attempt ended: the notification, its events, the end of the attempt's own job and the job
 * of the next attempt. `decided` is false if the notification had ended before or a later attempt has begun.
 * `channelChanges`: whether a success changes the record of the channel.
 */
export async function endAttempt(
  db: Db,
  { id, channel, recipient, attempt, startedAt, durationMs, now, shown }: Ended,
  outcome: Outcome,
  next: NextState,
  { claim, ...parts }: Parts & { claim: Claim },
): Promise<{ decided: boolean; channelChanges: boolean }> {
  const { rows } = await db.raw(
    `with tried as (
       update attempts set outcome = :outcome, reason = :failure, receipt = :receipt, duration_ms = :durationMs
        where notification_id = :id and attempt = :attempt and started_at = :startedAt),
     mine as (
       update notifications set status = :status, reason = :reason, sent_at = :sentAt, next_attempt_at = :nextAt,
              provider_ref = coalesce(cast(:ref as text), provider_ref)
        where id = :id and ${next.status === 'sent' ? DECIDES.sent : DECIDES.other} returning id, page_id),
     -- A receipt came before the answer, which names the message at the provider.
     named as (
       update notifications set provider_ref = :ref
        where id = :id and cast(:ref as text) is not null and provider_ref is null and not (${DECIDES.sent})),
     -- A late acceptance reaches a page that had ended as not reached.
     reached as (
       update pages set state = 'done', reason = null
        where id = (select page_id from mine) and state = 'unreached' and :status = 'sent'),
     noted as (${RECORD} where exists (select 1 from mine)),
     kept as (${KEEP_MESSAGE} and exists (select 1 from mine)),
     done as (delete from jobs where id = :job and attempts = :claimed returning id),
     enqueued as (${ENQUEUE} where exists (select 1 from mine) and exists (select 1 from done))
     select exists (select 1 from mine) as decided, ${CHANGES_BY_SUCCESS} as changes`,
    {
      ...{ channel, recipient },
      ...{ id, attempt, startedAt, durationMs, outcome: outcome.outcome, status: next.status },
      failure: outcome.outcome === 'failed' ? outcome.reason : null,
      receipt: outcome.outcome === 'sent' ? outcome.receipt : null,
      ref: outcome.outcome === 'sent' ? (outcome.ref ?? null) : null,
      reason: next.status === 'sent' ? null : next.reason,
      sentAt: next.status === 'sent' ? now : null,
      nextAt: next.status === 'queued' ? next.nextAttemptAt : null,
      ...{ keep: shown !== undefined, now, shown: JSON.stringify(shown?.state ?? null) },
      ...{ job: claim.id, claimed: claim.attempts, ...valuesOf(now, parts) },
    },
  );
  const [{ decided, changes }] = rows;
  if (decided) notifyAfter(db, now, parts);
  return { decided, channelChanges: changes };
}

/** The latest attempts, in order. */
export async function attemptsOf(db: Db, id: string): Promise<StoredAttempt[]> {
  const rows: StoredAttempt[] = await db('attempts')
    .where({ notification_id: id })
    .orderBy('attempt', 'desc')
    .limit(SHOWN_AT_MOST);
  return rows.reverse();
}
