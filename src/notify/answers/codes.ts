import { hours } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { unavailable } from '../../kernel/ports/problem';

/** Short codes by which a person names a page in a reply by text. Addresses are in their stored spelling. */

const NOT_REUSED_WITHIN_MS = hours(24);
/** An older code names no page, even if no other page has it. */
const VALID_MS = hours(7 * 24);
/** The largest code: more pages within a day have no code and are answered by their links. */
const LARGEST = 9_999;

export interface CodedPage {
  address: string;
  /** The incident, or the notification if it is about several incidents. */
  subject: string;
  notificationId: string;
}

/** So often another page may take the same code at the same time. */
const TRIES = 20;

/**
 * The code of a page: the one that its subject has at this address, or else the smallest that no other subject got within
 * 24 hours. Null if all are in use. One statement without a lock, because a message waits for it: if another page takes the
 * code first, it is tried again.
 * @throws Problem `unavailable` if other pages are first too often
 */
export async function giveCode(db: Db, page: CodedPage, now: Date): Promise<string | null> {
  const { address, subject, notificationId } = page;
  const free = new Date(now.getTime() - NOT_REUSED_WITHIN_MS);
  for (let tries = 1; tries <= TRIES; tries++) {
    const { rows } = await db.raw(
      `with live as materialized (
         select code, subject from answer_codes where address = :address and given_at > :free),
       chosen as (
         select coalesce(
           (select min(code) from live where subject = :subject),
           (select min(n) from generate_series(1, (select count(*) from live) + 1) as n
             where n <= ${LARGEST} and n not in (select code from live))) as code),
       given as (
         insert into answer_codes (address, code, subject, notification_id, given_at)
         select :address, code, :subject, :notificationId, :now from chosen where code is not null
         on conflict (address, code) do update
            set subject = excluded.subject, notification_id = excluded.notification_id,
                given_at = greatest(answer_codes.given_at, excluded.given_at)
          where answer_codes.subject = excluded.subject or answer_codes.given_at <= :free
         returning code)
       select (select code from chosen) as chosen, (select code from given) as given`,
      { address, subject, notificationId, free, now },
    );
    const { chosen, given } = rows[0];
    if (given !== null) return String(given);
    if (chosen === null) return null;
  }
  throw unavailable('Too many pages to the same address at once.');
}

/** The notification that a code names at an address; null if none does. */
export async function notificationOfCode(
  db: Db,
  { address, code }: { address: string; code: string },
  now: Date,
): Promise<string | null> {
  if (!/^[1-9]\d{0,3}$/.test(code)) return null;
  const row = await db('answer_codes')
    .select('notification_id')
    .where({ address, code: Number(code) })
    .where('given_at', '>', new Date(now.getTime() - VALID_MS))
    .first();
  return row?.notification_id ?? null;
}

/** Deletes the codes that name no page any more. */
export const forgetCodes = (db: Db, now: Date): Promise<number> =>
  db('answer_codes')
    .where('given_at', '<=', new Date(now.getTime() - VALID_MS))
    .delete();
