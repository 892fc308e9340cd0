import type { Db } from '../../kernel/db/pool';
import type { ChannelName } from '../contract';
import type { ShownState } from '../domain/incidentMessage';

/** Sent messages that are updated in place as their incident changes. */

export interface IncidentMessage {
  notification_id: string;
  incident_id: string;
  channel: ChannelName;
  recipient: string;
  audience: 'room' | 'person';
  provider_ref: string;
  shown: ShownState | null;
  due_at: Date | null;
  failures: number;
  failing_since: Date | null;
  sent_again: boolean;
  details: number;
  created_at: Date;
}

/** An address on a channel: one room, or one person. */
export type Place = Pick<IncidentMessage, 'channel' | 'recipient'>;

/**
 * Keeps a message that was sent, if `:keep`; a condition follows. It is due, because the state can have changed since the
 * message was made.
 */
export const KEEP_MESSAGE = `
  insert into incident_messages
    (notification_id, incident_id, channel, recipient, audience, provider_ref, shown, due_at, created_at)
  select id, incident_id, n.channel, n.recipient, audience, cast(:ref as text), nullif(cast(:shown as jsonb), 'null'),
         cast(:now as timestamptz), cast(:now as timestamptz)
    from notifications n where n.id = :id and cast(:keep as boolean) and cast(:ref as text) is not null`;

/** Makes the messages of an incident due, and returns their addresses. `afresh`: also those that show the latest state. */
export async function makeDue(
  trx: Db,
  incident_id: string,
  { now, afresh = false }: { now: Date; afresh?: boolean },
): Promise<Place[]> {
  const { rows } = await trx.raw(
    `with due as (
       update incident_messages set due_at = coalesce(due_at, ?) ${afresh ? ', shown = null' : ''}
        where incident_id = ? and not ended returning channel, recipient)
     select distinct channel, recipient from due order by channel, recipient`,
    [now, incident_id],
  );
  return rows;
}

/** One message that can still be updated. */
export const incidentMessage = (trx: Db, notification_id: string): Promise<IncidentMessage | undefined> =>
  trx('incident_messages').where({ notification_id, ended: false }).first();

/** The message of an address that has been due longest; undefined if none is due. */
export const firstDue = (trx: Db, place: Place, now: Date): Promise<IncidentMessage | undefined> =>
  trx('incident_messages')
    .where({ channel: place.channel, recipient: place.recipient })
    .where('due_at', '<=', now)
    .orderBy(['due_at', 'created_at', 'notification_id'])
    .first();

/** When the next message of an address is due; null if none is. */
export async function nextDueAt(trx: Db, { channel, recipient }: Place): Promise<Date | null> {
  const row = await trx('incident_messages').where({ channel, recipient }).whereNotNull('due_at').min('due_at as at');
  return row[0]?.at ?? null;
}

/** When the next update of an address can be made; null if none was made yet. */
export async function freeAt(trx: Db, { channel, recipient }: Place): Promise<Date | null> {
  const row = await trx('incident_messages').where({ channel, recipient }).whereNotNull('free_at').max('free_at as at');
  return row[0]?.at ?? null;
}

export const saveMessage = (
  trx: Db,
  notification_id: string,
  change: Partial<
    Pick<IncidentMessage, 'provider_ref' | 'due_at' | 'failures' | 'failing_since' | 'sent_again' | 'details'>
  > & { shown?: ShownState; free_at?: Date; last_error?: string | null; ended?: boolean },
): Promise<number> =>
  trx('incident_messages')
    .where({ notification_id })
    .update({ ...change, ...(change.shown && { shown: JSON.stringify(change.shown) }) });

/** The provider's reference of a message that was sent again, for later messages of its thread. */
export const renameMessage = (trx: Db, id: string, provider_ref: string): Promise<number> =>
  trx('notifications').where({ id }).update({ provider_ref });

/** The first message of its incident at its address, to which the thread belongs. */
export async function beginsThread(trx: Db, { notification_id, incident_id, channel, recipient }: IncidentMessage) {
  const first = await trx('incident_messages')
    .where({ incident_id, channel, recipient })
    .orderBy(['created_at', 'notification_id'])
    .first('notification_id');
  return first?.notification_id === notification_id;
}

/** Deletes messages that were sent before an instant, which are not updated any more; returns how many. */
export const forgetMessages = (db: Db, before: Date): Promise<number> =>
  db('incident_messages').where('created_at', '<', before).delete();
