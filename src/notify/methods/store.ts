import type { Db } from '../../kernel/db/pool';
import type { ChannelName } from '../contract';
import { COUNTED_MS, type Sends, type StoredCode } from './code';
import type { ContactMethod } from './method';

/** Rows of contact methods, their codes, and the messages that were sent to prove or test them. */

/** Serializes changes of the methods of one person until the transaction ends. */
export const lockPerson = async (trx: Db, person: string): Promise<void> => {
  await trx.raw(`select pg_advisory_xact_lock(hashtext('contact ' || ?))`, [person]);
};

/** The methods of a person, in their order. */
export const methodsOf = (db: Db, person: string): Promise<ContactMethod[]> =>
  db('contact_methods').where({ person_email: person }).orderBy(['position', 'created_at', 'id']);

/** The methods of many people, in their order. */
export const methodsOfAll = (db: Db, people: readonly string[]): Promise<ContactMethod[]> =>
  people.length === 0
    ? Promise.resolve([])
    : db('contact_methods')
        .whereRaw('person_email = any(cast(? as text[]))', [[...people]])
        .orderBy(['person_email', 'position', 'created_at', 'id']);

export const methodById = (db: Db, id: string): Promise<ContactMethod | undefined> =>
  db('contact_methods').where({ id }).first();

/** Locks a method until the transaction ends. */
export const lockMethod = (trx: Db, id: string): Promise<ContactMethod | undefined> =>
  trx('contact_methods').where({ id }).forUpdate().first();

/** The methods at an address, that of the person who proved it first. */
export const methodsAt = (db: Db, channel: ChannelName, key: string): Promise<ContactMethod[]> =>
  db('contact_methods').where({ channel, address_key: key }).orderByRaw('verified_at nulls last, created_at, id');

export type NewMethod = Pick<
  ContactMethod,
  'id' | 'person_email' | 'channel' | 'address' | 'address_key' | 'label' | 'position' | 'created_at' | 'created_by'
>;

/** Inserts a method; false if the person has it already. */
export async function insertMethod(trx: Db, method: NewMethod): Promise<boolean> {
  const rows = await trx('contact_methods')
    .insert(method)
    .onConflict(['person_email', 'channel', 'address_key'])
    .ignore()
    .returning('id');
  return rows.length > 0;
}

/** Claims a phone number for a person; false if it belongs to another one. A concurrent claim waits. */
export async function claimPhone(trx: Db, number: string, person: string): Promise<boolean> {
  const { rows } = await trx.raw(
    `insert into contact_phones (number, person_email) values (?, ?)
     on conflict (number) do update set number = excluded.number returning person_email`,
    [number, person],
  );
  return rows[0].person_email === person;
}

/** Frees the phone numbers of a person that none of their methods has any more. */
export async function freePhones(trx: Db, person: string): Promise<void> {
  await trx('contact_phones')
    .where({ person_email: person })
    .whereRaw('not exists (select 1 from contact_methods m where m.person_email = ? and m.address = number)', [person])
    .delete();
}

/** Saves the changed fields of a locked method. */
export async function saveMethod(trx: Db, id: string, change: Partial<ContactMethod>): Promise<void> {
  await trx('contact_methods').where({ id }).update(change);
}

/** Saves the order of the methods of a person. */
export async function saveOrder(trx: Db, ids: readonly string[]): Promise<void> {
  await trx.raw(
    `update contact_methods m set position = o.place - 1
       from unnest(cast(? as uuid[])) with ordinality as o(id, place) where m.id = o.id and m.position <> o.place - 1`,
    [[...ids]],
  );
}

export const deleteMethod = (trx: Db, id: string): Promise<number> => trx('contact_methods').where({ id }).delete();

/** Cancels the queued notifications to these methods. Returns their pages. */
export async function cancelQueuedTo(trx: Db, methodIds: readonly string[], reason: string): Promise<string[]> {
  const { rows } = await trx.raw(
    `update notifications set status = 'cancelled', reason = ?, next_attempt_at = null
      where method_id = any(cast(? as uuid[])) and status = 'queued' returning page_id`,
    [reason, [...methodIds]],
  );
  return rows.flatMap(({ page_id }: { page_id: string | null }) => page_id ?? []);
}

/** Replaces the code of a method. */
export async function saveCode(trx: Db, methodId: string, code: Omit<StoredCode, 'tries'>): Promise<void> {
  await trx('contact_codes')
    .insert({ method_id: methodId, ...code, tries: 0 })
    .onConflict('method_id')
    .merge();
}

/** Locks the code of a method until the transaction ends. */
export const lockCode = (trx: Db, methodId: string): Promise<StoredCode | undefined> =>
  trx('contact_codes').where({ method_id: methodId }).forUpdate().first();

export const countTry = async (trx: Db, methodId: string): Promise<void> => {
  await trx('contact_codes').where({ method_id: methodId }).increment('tries', 1);
};

export const dropCode = (trx: Db, methodId: string): Promise<number> =>
  trx('contact_codes').where({ method_id: methodId }).delete();

type SendTo = Pick<ContactMethod, 'person_email' | 'channel' | 'address_key'>;

/** The codes and tests to an address and of a person within the last hour. */
export async function sendsTo(trx: Db, { person_email, channel, address_key }: SendTo, now: Date): Promise<Sends> {
  const since = new Date(now.getTime() - COUNTED_MS);
  const { rows } = await trx.raw(
    `select (select max(at) from contact_sends where channel = :channel and address_key = :address_key) as latest,
            (select count(*) from contact_sends
              where channel = :channel and address_key = :address_key and at > :since)::int as "toAddress",
            (select count(*) from contact_sends where person_email = :person_email and at > :since)::int as "ofPerson"`,
    { person_email, channel, address_key, since },
  );
  return rows[0];
}

export async function addSend(trx: Db, { person_email, channel, address_key }: SendTo, at: Date): Promise<void> {
  await trx('contact_sends').insert({ person_email, channel, address_key, at });
}

/** Deletes records of codes and tests before an instant. */
export const forgetSends = (db: Db, before: Date): Promise<number> =>
  db('contact_sends').where('at', '<', before).delete();

/** Deletes the methods of a person, with their phone numbers and codes. Returns their ids. */
export async function deleteMethodsOf(trx: Db, person: string): Promise<string[]> {
  const rows = await trx('contact_methods').where({ person_email: person }).delete().returning('id');
  await trx('contact_phones').where({ person_email: person }).delete();
  await trx('contact_sends').where({ person_email: person }).delete();
  return rows.map(({ id }: { id: string }) => id);
}
