import type { Db } from '../../kernel/db/pool';

/** Codes that link accounts. */

/** Saves the code of a person, instead of an earlier one. */
export async function saveLink(
  trx: Db,
  link: { code_hash: Buffer; person_email: string; created_by: string; expires_at: Date },
): Promise<void> {
  await deleteLinkOf(trx, link.person_email);
  await trx('account_links').insert(link);
}

/** Deletes the open code of a person. */
export const deleteLinkOf = (trx: Db, person: string): Promise<number> =>
  trx('account_links').where({ person_email: person }).delete();

/** Takes a code, which then is used up; undefined if it is unknown or has expired. */
export async function takeLink(
  trx: Db,
  codeHash: Buffer,
  now: Date,
): Promise<{ person_email: string; created_by: string } | undefined> {
  const rows = await trx('account_links')
    .where({ code_hash: codeHash })
    .where('expires_at', '>', now)
    .delete(['person_email', 'created_by']);
  return rows[0];
}

/** Deletes codes that have expired; returns how many. */
export const forgetLinks = (db: Db, now: Date): Promise<number> =>
  db('account_links').where('expires_at', '<=', now).delete();
