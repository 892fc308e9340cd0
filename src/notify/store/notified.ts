import type { Db } from '../../kernel/db/pool';
import type { Claim } from '../../kernel/jobs/jobs';
import type { ChannelName, IncidentOutcome } from '../contract';
import type { Notification } from './notifications';

export type Notified = Pick<Notification, 'channel' | 'recipient' | 'person_name' | 'person_email'> & {
  audience: 'person' | 'room';
  /** The address in one spelling, which orders the list. */
  address: string;
};

export interface NotifiedAsk {
  incidentId: string;
  /** E-mail addresses, in lower case, of people who are left out. Rooms are never left out. */
  except: readonly string[];
  /** The last one of the chunk before. */
  after: Pick<Notified, 'channel' | 'address'> | null;
  limit: number;
  /** Channels without notices: those that reach no one, and those that cost a call or a text message. */
  without: readonly ChannelName[];
  /** Channels on which two spellings that differ in upper and lower case are one address. */
  ignoringCase: readonly ChannelName[];
}

/** A room gets so many notices about one incident, however often it changes. */
const MOST_NOTICES = 20;

/** Spellings of one mailbox that differ in case are one address; a URL is not the same in another case. */
const ADDRESS = 'case when channel = any(:ignoringCase) then lower(recipient) else recipient end';

/**
 * The addresses that a message about an incident was sent to, each once and in a stable order. A room that
 * is also a person's address counts as the room.
 */
export async function notifiedAddresses(
  db: Db,
  { incidentId, except, after, limit, without, ignoringCase }: NotifiedAsk,
): Promise<Notified[]> {
  const { rows } = await db.raw(
    distinctAddresses(
      `status in ('sent', 'delivered') and audience <> 'direct' and outcome is null
       and (audience <> 'room' or (
             select count(*) from notifications notice
              where notice.incident_id = notifications.incident_id and notice.outcome is not null
                and notice.channel = notifications.channel and notice.recipient = notifications.recipient) < ${MOST_NOTICES})`,
    ),
    valuesOf({ incidentId, except, after, limit, without, ignoringCase }),
  );
  return rows;
}

/**
 * The addresses that a notice of one of these outcomes went out to and that got no correction since. A notice whose
 * delivery was under way when it was cancelled counts, because it is unknown whether it arrived. Until the transaction
 * ends, another correction of the incident waits.
 */
export async function misinformedAddresses(
  trx: Db,
  { outcomes, before, ...ask }: NotifiedAsk & { outcomes: readonly IncidentOutcome[]; before: string | null },
): Promise<Notified[]> {
  await trx.raw('select pg_advisory_xact_lock(hashtext(?))', [ask.incidentId]);
  const { rows } = await trx.raw(
    distinctAddresses(
      `outcome = any(:outcomes) and created_at < coalesce(cast(:before as timestamptz), 'infinity')
       and (status in ('sent', 'delivered') or status = 'cancelled' and exists (
             select 1 from attempts
              where notification_id = notifications.id and coalesce(attempts.outcome, 'unknown') = 'unknown'))
       and not exists (
             select 1 from notifications later
              where later.incident_id = notifications.incident_id and later.outcome = 'taken_back'
                and later.channel = notifications.channel and later.recipient = notifications.recipient
                and later.created_at >= notifications.created_at)`,
    ),
    { ...valuesOf(ask), outcomes: [...outcomes], before },
  );
  return rows;
}

/** Each address of the matching notifications of one incident once: a chunk after the last address of the chunk before. */
const distinctAddresses = (matching: string): string =>
  `select distinct on (channel, address) channel, address, recipient, audience, person_name, person_email
     from (select *, ${ADDRESS} as address from notifications
            where incident_id = :incidentId and channel <> all(:without) and ${matching}) n
    where (channel, address) > (:channel, :address)
      and (audience = 'room' or not (lower(recipient) = any(:except) or lower(coalesce(person_email, '')) = any(:except)))
    order by channel, address, audience desc, created_at, id limit :limit`;

const valuesOf = ({ incidentId, except, after, limit, without, ignoringCase }: NotifiedAsk) => ({
  incidentId,
  except: [...except],
  channel: after?.channel ?? '',
  address: after?.address ?? '',
  limit,
  without: [...without],
  ignoringCase: [...ignoringCase],
});

/** Locks the job of an outcome until the transaction ends; false if it was deleted or another worker runs it now. */
export async function lockOutcomeJob(trx: Db, { id, attempts }: Claim): Promise<boolean> {
  const job = await trx('jobs').select('id').where({ id, attempts }).forUpdate().first();
  return job !== undefined;
}
