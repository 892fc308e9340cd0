import type { Knex } from 'knex';
import type { Db } from '../../kernel/db/pool';
import type { StoredAttempt } from './attempts';
import type { Notification } from './notifications';

/** Lists of notifications, newest first, and their counts. */

export interface Filter {
  /** Several, separated by commas. */
  channel?: string | undefined;
  status?: string | undefined;
  incident_id?: string | undefined;
  recipient?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  q?: string | undefined;
  /** Of these channels, and of URLs, no recipient is found: the caller may not see it whole. */
  concealed?: string[] | undefined;
}

/** Messages have no index, because it would slow every page down; the search reads this many of the newest ones. */
const LOOKED_THROUGH = 50_000;

const NEWEST_FIRST = [
  { column: 'created_at', order: 'desc' },
  { column: 'id', order: 'desc' },
];

const CONCEALED = `(channel = any(?) or recipient ilike 'http%')`;

const listed = (text: string): string[] => text.split(',').map((part) => part.trim());

function matching(db: Db, { q, ...filter }: Filter): Knex.QueryBuilder {
  const sure = indexed(db, filter);
  if (q === undefined || q === '') return sure;
  const pattern = `%${q.toLowerCase().replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
  const newest = sure.orderBy(NEWEST_FIRST).limit(LOOKED_THROUGH).as('notifications');
  const { concealed } = filter;
  const recipient = concealed === undefined ? 'recipient' : `case when ${CONCEALED} then '' else recipient end`;
  return db.from(newest).whereRaw(
    `lower(message || ' ' || ${recipient} || ' ' || incident_id || ' ' ||
           coalesce(person_name, '') || ' ' || coalesce(person_email, '')) like ?`,
    [...(concealed === undefined ? [] : [concealed]), pattern],
  );
}

function indexed(db: Db, { channel, status, incident_id, recipient, from, to, concealed }: Filter) {
  const query = db('notifications');
  if (channel !== undefined) query.whereIn('channel', listed(channel));
  if (status !== undefined) query.whereIn('status', listed(status));
  if (incident_id !== undefined) query.where({ incident_id });
  if (recipient !== undefined) {
    query.where({ recipient });
    if (concealed !== undefined) query.whereRaw(`not ${CONCEALED}`, [concealed]);
  }
  if (from !== undefined) query.where('created_at', '>=', from);
  if (to !== undefined) query.where('created_at', '<', to);
  return query;
}

/** One page of what matches. The order is walked in an index; only the page's own rows are read. */
export async function pageOfNotifications(
  db: Db,
  filter: Filter,
  page: { limit: number; offset: number },
): Promise<Notification[]> {
  const ids = matching(db, filter).select('id').orderBy(NEWEST_FIRST).limit(page.limit).offset(page.offset);
  return db('notifications').whereIn('id', ids).orderBy(NEWEST_FIRST);
}

/** How many match. A filter by channel and status alone is counted from the tallies; any other one matches few rows of an index. */
export async function countNotifications(db: Db, filter: Filter): Promise<number> {
  const { channel, status, concealed: _, ...narrowing } = filter;
  const counted = Object.values(narrowing).every((value) => value === undefined || value === '');
  if (!counted) {
    const [row] = await matching(db, filter).select(db.raw('count(*) as n'));
    return row.n;
  }
  const query = db('tallies').select(db.raw('coalesce(sum(change), 0)::bigint as n'));
  if (channel !== undefined) query.whereIn('channel', listed(channel));
  if (status !== undefined) query.whereIn('status', listed(status));
  const [row] = await query;
  return row.n;
}

const ATTEMPTS_SHOWN = 2_000;

/** The attempts at several notifications, in order. */
export const attemptsOfAll = (
  db: Db,
  ids: readonly string[],
): Promise<(StoredAttempt & { notification_id: string })[]> =>
  db('attempts')
    .whereIn('notification_id', ids as string[])
    .orderBy(['started_at', 'attempt'])
    .limit(ATTEMPTS_SHOWN);
