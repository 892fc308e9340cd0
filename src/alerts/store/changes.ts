import type { Db } from '../../kernel/db/pool';

/** A row of the table `changes`. */
export interface ChangeRow {
  id: string;
  integration_id: string;
  service: string;
  summary: string;
  source: string;
  /** By the clock of the source, never later than `received_at`. */
  at: Date;
  received_at: Date;
  links: { text: string; url: string }[];
  details: Record<string, string>;
  reported_by: string;
}

/** Filters of a search; all of them must match. */
export interface ChangeSearch {
  service?: string | undefined;
  /** At or after this RFC 3339 instant. */
  from?: string | undefined;
  /** Before this RFC 3339 instant. */
  to?: string | undefined;
}

/** Days for which changes are kept. */
export const CHANGES_DAYS = 90;
/** Only so many of the newest changes are kept. */
const MOST_CHANGES = 100_000;

/** Inserts a change. */
export const addChange = (trx: Db, { links, details, ...row }: ChangeRow): Promise<unknown> =>
  trx('changes').insert({ ...row, links: JSON.stringify(links), details: JSON.stringify(details) });

/** A page of the changes that a search finds, newest first, and how many it finds in all. */
export async function searchChanges(
  db: Db,
  { service, from, to }: ChangeSearch,
  { limit, offset }: { limit: number; offset: number },
): Promise<{ total: number; rows: ChangeRow[] }> {
  const found = () => {
    const query = db('changes');
    if (service !== undefined) query.where({ service });
    if (from !== undefined) query.where('at', '>=', from);
    if (to !== undefined) query.where('at', '<', to);
    return query;
  };
  const [counted, rows] = await Promise.all([
    found().count('* as total').first(),
    found()
      .orderBy([
        { column: 'at', order: 'desc' },
        { column: 'id', order: 'desc' },
      ])
      .limit(limit)
      .offset(offset),
  ]);
  return { total: Number(counted?.['total'] ?? 0), rows };
}

/**
 * Deletes changes that were received before the cutoff, and those beyond the newest 100,000. Works in small statements,
 * oldest first; after `batches` the next call goes on.
 */
export async function forgetChanges(
  db: Db,
  before: Date,
  { most = MOST_CHANGES, batch = 1_000, batches = 200 }: { most?: number; batch?: number; batches?: number } = {},
): Promise<void> {
  const beyond = await db('changes').orderBy('received_at', 'desc').offset(most).first('received_at');
  for (let round = 0; round < batches; round++) {
    const old = db('changes').where('received_at', '<', before);
    if (beyond !== undefined) old.orWhere('received_at', '<=', beyond.received_at);
    const gone = await db('changes').whereIn('id', old.orderBy('received_at').limit(batch).select('id')).delete();
    if (gone < batch) return;
  }
}
