import type { Db } from '../../kernel/db/pool';
import type { RecordColumn, RecordFilter, RecordSearch } from '../domain/vendorRecords';
import type { VendorRecordRow } from './vendorRecords';

/** The columns by which records are found and sorted. */
const COLUMN: Record<RecordColumn, string> = {
  key: 'r.key',
  number: 'r.number',
  message: 'a.message',
  status: 'a.status',
  severity: 'a.severity',
  count: 'a.count',
  created_at: 'a.created_at',
  changed_at: 'greatest(r.changed_at, a.last_seen_at)',
  last_seen_at: 'a.last_seen_at',
};

/** Filters have no index of their own: only so many of the newest records of an integration are scanned. */
const MAX_SCANNED = 20_000;

function conditionOf(filter: RecordFilter): { sql: string; values: unknown[] } {
  if ('field' in filter) {
    const { field, value } = filter;
    return { sql: 'r.fields @> cast(? as jsonb)', values: [JSON.stringify({ [field]: value })] };
  }
  if (filter.op === 'contains') {
    const pattern = `%${filter.value.toLowerCase().replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
    return { sql: `lower(${COLUMN[filter.column]}) like ?`, values: [pattern] };
  }
  return { sql: `${COLUMN[filter.column]} ${filter.op} ?`, values: [filter.value] };
}

function found(integrationId: string, filters: readonly RecordFilter[]): { sql: string; values: unknown[] } {
  const conditions = filters.map(conditionOf);
  return {
    sql: `(select * from vendor_records where integration_id = ? order by number desc limit ${MAX_SCANNED}) r
          join alerts a on a.id = r.alert_id ${conditions.map(({ sql }, at) => `${at === 0 ? 'where' : 'and'} ${sql}`).join(' ')}`,
    values: [integrationId, ...conditions.flatMap(({ values }) => values)],
  };
}

/** A page of the records of an integration that a search finds, among its newest 20,000. */
export async function searchRecords(
  db: Db,
  integrationId: string,
  { filters, sort, order, limit, offset }: RecordSearch,
): Promise<VendorRecordRow[]> {
  const { sql, values } = found(integrationId, filters);
  const { rows } = await db.raw(
    `select r.* from ${sql} order by ${COLUMN[sort]} ${order}, r.number ${order} limit ? offset ?`,
    [...values, limit, offset] as never[],
  );
  return (rows as VendorRecordRow[]).map((row) => ({ ...row, number: Number(row.number) }));
}

/** How many records a search finds. */
export async function countRecords(db: Db, integrationId: string, filters: readonly RecordFilter[]): Promise<number> {
  const { sql, values } = found(integrationId, filters);
  const { rows } = await db.raw(`select count(*)::int as count from ${sql}`, values as never[]);
  return rows[0].count;
}
