import type { Db } from '../../kernel/db/pool';
import { ENQUEUE, notifyAfter, type Parts, RECORD, valuesOf } from '../../kernel/jobs/sqlParts';
import type { ChannelName, IncidentOutcome, MESSAGE_KINDS, NOTIFICATION_STATUSES, Notice } from '../contract';
import { INCIDENT_STATE, type IncidentStateRow } from './incidentStates';

export type Status = (typeof NOTIFICATION_STATUSES)[number];
export type Audience = 'direct' | 'person' | 'room';

export interface Notification {
  id: string;
  incident_id: string;
  channel: ChannelName;
  recipient: string;
  message: string;
  severity: string | null;
  status: Status;
  reason: string | null;
  metadata: Record<string, unknown>;
  created_at: Date;
  first_attempt_at: Date | null;
  sent_at: Date | null;
  /** When a receipt reported that it arrived. */
  delivered_at: Date | null;
  /** Attempts begun. */
  attempts: number;
  /** The key of the command; null for a message that a user wrote. */
  told_key: string | null;
  told_to: number | null;
  audience: Audience;
  person_name: string | null;
  person_email: string | null;
  reachable: boolean;
  /** Set on a notice; null on any other message. */
  outcome: Notice | null;
  /** The provider's reference of a sent message. */
  provider_ref: string | null;
  /** Set on a verification code, a test or a drill. */
  kind: (typeof MESSAGE_KINDS)[number] | null;
  /** The contact method it goes to; null for an address of a schedule entry, a room, or a message by hand. */
  method_id: string | null;
  /** The page it belongs to, and the rule of the page, from 0; null if it is no page. */
  page_id: string | null;
  rule_no: number | null;
  /** When the bundle is made that this page waits for; null if it goes by itself. */
  gathered_until: Date | null;
  /** The notification that carries it together with other pages; its own id if it waited and went by itself. */
  bundle_id: string | null;
}

export type NewNotification = Pick<
  Notification,
  'id' | 'incident_id' | 'channel' | 'recipient' | 'message' | 'severity' | 'reason' | 'metadata' | 'audience'
> &
  Pick<Notification, 'person_name' | 'person_email' | 'reachable' | 'outcome' | 'kind'> &
  Pick<Notification, 'method_id' | 'page_id' | 'rule_no' | 'gathered_until'> & {
    status: 'queued' | 'sent' | 'failed' | 'recorded';
    created_at: Date;
    told_key: string | null;
    told_to: number | null;
    told_address: number | null;
  };

const COLUMNS = [
  'id',
  'incident_id',
  'channel',
  'recipient',
  'message',
  'severity',
  'status',
  'reason',
  'metadata',
  'created_at',
  'audience',
  'person_name',
  'person_email',
  'reachable',
  'told_key',
  'told_to',
  'told_address',
  'outcome',
  'kind',
  'method_id',
  'page_id',
  'rule_no',
  'gathered_until',
].join(', ');

/**
 * Stores the notifications of one command with its events and jobs, or none of them if the command was stored before, and
 * the state of its incident. A message that is `sent` at once gets an attempt. Returns whether they were stored.
 */
export async function storeNotifications(
  db: Db,
  now: Date,
  rows: readonly NewNotification[],
  parts: Parts & { incident?: IncidentStateRow | undefined },
): Promise<boolean> {
  const { rows: stored } = await db.raw(
    `with given as (
       select * from rows from (jsonb_to_recordset(cast(:rows as jsonb)) as (
         id uuid, incident_id text, channel text, recipient text, message text, severity text, status text,
         reason text, metadata jsonb, created_at timestamptz, audience text, person_name text, person_email text,
         reachable boolean, told_key text, told_to int, told_address int, outcome text, kind text,
         method_id uuid, page_id uuid, rule_no int, gathered_until timestamptz)) with ordinality as g(${COLUMNS}, place)),
     first as (
       insert into notifications (${COLUMNS}, sent_at)
       select ${COLUMNS}, case when status = 'sent' then created_at end from given where place = 1
       on conflict (told_key, told_to, told_address) do nothing returning id),
     rest as (
       insert into notifications (${COLUMNS}, sent_at)
       select ${COLUMNS}, case when status = 'sent' then created_at end from given
        where place > 1 and exists (select 1 from first)),
     tried as (
       insert into attempts (notification_id, attempt, outcome, started_at, duration_ms)
       select id, 1, 'sent', created_at, 0 from given where status = 'sent' and exists (select 1 from first)),
     shown as (${INCIDENT_STATE}),
     noted as (${RECORD} where exists (select 1 from first)),
     enqueued as (${ENQUEUE} where exists (select 1 from first))
     select id from first`,
    {
      rows: JSON.stringify(rows),
      incidents: JSON.stringify(parts.incident ? [parts.incident] : []),
      ...valuesOf(now, parts),
    },
  );
  if (stored.length > 0) notifyAfter(db, now, parts);
  return stored.length > 0;
}

/** The notifications of a command, in the order of its targets. */
export const notificationsOfCommand = (db: Db, key: string): Promise<Notification[]> =>
  db('notifications').where({ told_key: key }).orderBy(['told_to', 'told_address']);

export const notificationById = (db: Db, id: string): Promise<Notification | undefined> =>
  db('notifications').where({ id }).first();

export interface Tally {
  channel: string;
  severity: string;
  status: Status;
  n: number;
}

/** How many there are of each sort. */
export const tallies = async (db: Db): Promise<Tally[]> =>
  db('tallies')
    .select('channel', 'severity', 'status', db.raw('sum(change)::bigint as n'))
    .groupBy('channel', 'severity', 'status')
    .havingRaw('sum(change) <> 0');

/** Cancels queued notifications of this incident, created before `createdBefore`; a delivery under way can still end as sent. */
export async function cancelWaiting(
  trx: Db,
  incidentId: string,
  {
    reason,
    createdBefore,
    person,
    outcome,
  }: {
    reason: string;
    createdBefore: string | undefined;
    person: string | undefined;
    outcome: IncidentOutcome | undefined;
  },
): Promise<Pick<Notification, 'id' | 'channel' | 'recipient'>[]> {
  const waiting = trx('notifications').where({ incident_id: incidentId, status: 'queued' });
  if (createdBefore !== undefined) waiting.where('created_at', '<', createdBefore);
  if (person !== undefined) waiting.whereRaw('lower(person_email) = ?', [person.toLowerCase()]);
  if (outcome !== undefined) waiting.where({ outcome });
  return waiting
    .update({ status: 'cancelled', reason, next_attempt_at: null })
    .returning(['id', 'channel', 'recipient']);
}

/** Deletes the jobs that would store notices of an outcome of this incident. */
export async function forgetOutcome(
  trx: Db,
  incidentId: string,
  outcome: IncidentOutcome,
  before: string | undefined,
): Promise<void> {
  const waiting = trx('jobs')
    .where({ kind: 'outcome' })
    .whereRaw(`payload ->> 'incident_id' = ? and payload ->> 'outcome' = ?`, [incidentId, outcome]);
  if (before !== undefined) waiting.where('created_at', '<', before);
  await waiting.delete();
}
