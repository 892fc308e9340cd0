import type { Db } from '../../kernel/db/pool';
import type { Notification } from '../store/notifications';

/** Rows of pages. */

export interface Page {
  id: string;
  told_key: string;
  told_to: number;
  incident_id: string;
  person_name: string;
  person_email: string;
  time_zone: string | null;
  urgency: 'high' | 'low';
  severity: string | null;
  message: string;
  metadata: Record<string, unknown>;
  state: 'active' | 'held' | 'done' | 'unreached' | 'cancelled';
  reason: string | null;
  rule_no: number;
  rule_at: Date;
  started_at: Date;
  held_until: Date | null;
  created_at: Date;
  /** Whether it goes to the address of the schedule entry, because the person had no usable contact method; null: no. */
  by_entry: boolean | null;
}

/** Inserts the pages of a command in one statement; 0 if the command was stored before. */
export async function insertPages(trx: Db, pages: readonly Page[]): Promise<number> {
  const { rowCount } = await trx.raw(
    `insert into pages
     select p.* from jsonb_populate_recordset(null::pages, cast(? as jsonb)) p
      where not exists (select 1 from notifications n where n.told_key = p.told_key)
     on conflict (told_key, told_to) do nothing`,
    [JSON.stringify(pages)],
  );
  return rowCount;
}

export const pagesOfCommand = (db: Db, key: string): Promise<Page[]> =>
  db('pages').where({ told_key: key }).orderBy('told_to');

export const pageById = (db: Db, id: string): Promise<Page | undefined> => db('pages').where({ id }).first();

/** The zone of the schedule by which each person was paged about an incident, by their address. */
export async function zonesOf(db: Db, incidentId: string): Promise<Map<string, string | null>> {
  const rows = await db('pages')
    .where({ incident_id: incidentId })
    .orderBy('created_at')
    .select('person_email', 'time_zone');
  return new Map(rows.map(({ person_email, time_zone }) => [person_email, time_zone]));
}

/** Locks a page until the transaction ends. */
export const lockPage = (trx: Db, id: string): Promise<Page | undefined> =>
  trx('pages').where({ id }).forUpdate().first();

export async function savePage(trx: Db, id: string, change: Partial<Page>): Promise<void> {
  await trx('pages').where({ id }).update(change);
}

/** Makes a page that was done active again, because a message of it did not arrive. */
export const reopenPage = (trx: Db, id: string): Promise<number> =>
  trx('pages').where({ id, state: 'done' }).update({ state: 'active' });

/** Makes a page that was not reached done, because an address accepted a message of it after all. */
export const reachPage = (trx: Db, id: string): Promise<number> =>
  trx('pages').where({ id, state: 'unreached' }).update({ state: 'done', reason: null });

/** The notifications of pages, in the order of their rules. */
export const notificationsOfPages = (db: Db, ids: readonly string[]): Promise<Notification[]> =>
  db('notifications')
    .whereRaw('page_id = any(cast(? as uuid[]))', [[...ids]])
    .orderBy(['page_id', 'rule_no', 'created_at', 'id']);

/** Ends the pages of an incident that are not over, created before an instant: no further rule starts. */
export async function cancelPages(
  trx: Db,
  incidentId: string,
  { reason, before, person }: { reason: string; before: string | undefined; person?: string | undefined },
): Promise<void> {
  const open = trx('pages').where({ incident_id: incidentId }).whereIn('state', ['active', 'held']);
  if (before !== undefined) open.where('created_at', '<', before);
  if (person !== undefined) open.where({ person_email: person.toLowerCase() });
  await open.update({ state: 'cancelled', reason });
}

/** Drops the held pages of an incident to people who get an urgent page instead. */
export async function dropHeld(trx: Db, incidentId: string, people: readonly string[]): Promise<void> {
  await trx('pages')
    .where({ incident_id: incidentId, state: 'held' })
    .whereRaw('person_email = any(cast(? as text[]))', [[...people]])
    .update({ state: 'cancelled', reason: 'replaced' });
}

/** The ids of the pages of a person that are not over. */
export async function openPagesOf(trx: Db, person: string): Promise<string[]> {
  const rows = await trx('pages').where({ person_email: person }).whereIn('state', ['active', 'held']).select('id');
  return rows.map(({ id }) => id);
}

/** The newest pages of an incident or a person. */
export async function newestPages(
  db: Db,
  { incident, person }: { incident?: string | undefined; person?: string | undefined },
  limit: number,
): Promise<Page[]> {
  const pages = db('pages')
    .orderBy(['created_at', 'id'].map((column) => ({ column, order: 'desc' })))
    .limit(limit);
  if (incident !== undefined) pages.where({ incident_id: incident });
  if (person !== undefined) pages.where({ person_email: person });
  return pages;
}

/** Deletes pages that are over, created before an instant. */
export const forgetPages = (db: Db, before: Date): Promise<number> =>
  db('pages').where('created_at', '<', before).whereNotIn('state', ['active', 'held']).delete();
