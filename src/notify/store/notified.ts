import type { Db } from '../../kernel/db/pool';
import type { ChannelName } from '../contract';
import type { Notification } from './notifications';

export type Notified = Pick<Notification, 'channel' | 'recipient' | 'person_name' | 'person_email'> & {
  audience: 'person' | 'room';
  /** The address as it is told apart from others, in the order of the list. */
  address: string;
};

export interface NotifiedAsk {
  incidentId: string;
  /** E-mail addresses, in lower case, of people who are left out. Rooms are never left out. */
  except: readonly string[];
  /** The last one of the chunk before. */
  after: Pick<Notified, 'channel' | 'address'> | null;
  limit: number;
  /** Channels that reach no one. */
  recorders: readonly ChannelName[];
  /** Channels on which two spellings that differ in upper and lower case are one address. */
  ignoringCase: readonly ChannelName[];
}

/** Two spellings of one mailbox are one address; a URL is another one in other letters. */
const ADDRESS = 'case when channel = any(:ignoringCase) then lower(recipient) else recipient end';

/**
 * The addresses that a page or a notice of an incident really went out to, each once and in a stable order. A room that
 * is also a person's address counts as the room.
 */
export async function notifiedAddresses(
  db: Db,
  { incidentId, except, after, limit, recorders, ignoringCase }: NotifiedAsk,
): Promise<Notified[]> {
  const { rows } = await db.raw(
    `select distinct on (channel, address) channel, address, recipient, audience, person_name, person_email
       from (select *, ${ADDRESS} as address from notifications
              where incident_id = :incidentId and status = 'sent' and channel <> all(:recorders) and audience <> 'direct'
                and outcome is null) n
      where (channel, address) > (:channel, :address)
        and (audience = 'room' or not (lower(recipient) = any(:except) or lower(coalesce(person_email, '')) = any(:except)))
      order by channel, address, audience desc, created_at, id limit :limit`,
    {
      incidentId,
      except: [...except],
      channel: after?.channel ?? '',
      address: after?.address ?? '',
      limit,
      recorders: [...recorders],
      ignoringCase: [...ignoringCase],
    },
  );
  return rows;
}
