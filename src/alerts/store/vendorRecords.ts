import type { Db } from '../../kernel/db/pool';
import type { LogPage } from '../domain/vendorRecords';

/** A row of the table `vendor_records`. */
export interface VendorRecordRow {
  alert_id: string;
  integration_id: string;
  fingerprint: string;
  number: number;
  key: string;
  fields: Record<string, unknown>;
  created_at: Date;
  changed_at: Date;
}

/** An entry of the log of a record. */
export interface VendorLogRow {
  id: number;
  kind: 'log' | 'note';
  at: Date;
  author: string;
  text: string;
}

const COLUMNS = [
  'alert_id',
  'integration_id',
  'fingerprint',
  'number',
  'key',
  'fields',
  'created_at',
  'changed_at',
].map((name) => `r.${name}`);
const toRow = (row: VendorRecordRow): VendorRecordRow => ({ ...row, number: Number(row.number) });

/** The record of an alert; null if it has none. */
export async function recordOf(db: Db, alertId: string): Promise<VendorRecordRow | null> {
  const row = await db('vendor_records as r').where({ alert_id: alertId }).first(COLUMNS);
  return row === undefined ? null : toRow(row);
}

/** The id of the alert whose record has this number; null if the integration has none. */
export async function alertOfNumber(db: Db, integrationId: string, number: number): Promise<string | null> {
  const row = await db('vendor_records').where({ integration_id: integrationId, number }).first('alert_id');
  return row?.alert_id ?? null;
}

/** Locks the record of an alert; creates it without fields if the alert has none. */
export async function lockRecord(
  trx: Db,
  {
    alertId,
    integrationId,
    fingerprint,
    key,
    now,
  }: { alertId: string; integrationId: string; fingerprint: string; key: string; now: Date },
): Promise<VendorRecordRow> {
  await trx.raw(
    `insert into vendor_records (alert_id, integration_id, fingerprint, key, fields, created_at, changed_at)
     values (:alertId, :integrationId, :fingerprint, :key, '{}', :now, :now) on conflict (alert_id) do nothing`,
    { alertId, integrationId, fingerprint, key, now },
  );
  const row = await trx('vendor_records as r').where({ alert_id: alertId }).forUpdate().first(COLUMNS);
  return toRow(row);
}

/** The newest record of a condition; null if it has none. */
export async function newestRecordOf(db: Db, fingerprint: string): Promise<VendorRecordRow | null> {
  const row = await db('vendor_records as r').where({ fingerprint }).orderBy('number', 'desc').first(COLUMNS);
  return row === undefined ? null : toRow(row);
}

/** Saves the fields of a locked record. */
export const saveFields = (trx: Db, alertId: string, fields: object, now: Date): Promise<number> =>
  trx('vendor_records')
    .where({ alert_id: alertId })
    .update({ fields: JSON.stringify(fields), changed_at: now });

/** Entries of a record that are kept. */
const LOG_KEPT = 200;

/** Appends entries to the log of an alert, and deletes the oldest beyond 200. */
export async function appendLog(
  trx: Db,
  alertId: string,
  entries: readonly Pick<VendorLogRow, 'kind' | 'author' | 'text'>[],
  now: Date,
): Promise<void> {
  if (entries.length === 0) return;
  await trx('vendor_log').insert(entries.map((entry) => ({ ...entry, alert_id: alertId, at: now })));
  await trx.raw(
    `delete from vendor_log where alert_id = :alertId
        and id <= (select id from vendor_log where alert_id = :alertId order by id desc offset ${LOG_KEPT} limit 1)`,
    { alertId },
  );
}

/** Entries of the log of an alert. */
export async function logOf(db: Db, alertId: string, { kind, order, limit, after }: LogPage): Promise<VendorLogRow[]> {
  const query = db('vendor_log').where({ alert_id: alertId });
  if (kind !== undefined) query.where({ kind });
  if (after !== undefined) query.where('id', order === 'asc' ? '>' : '<', after);
  const rows = await query.orderBy('id', order).limit(limit).select('id', 'kind', 'at', 'author', 'text');
  return rows.map((row: VendorLogRow) => ({ ...row, id: Number(row.id) }));
}

/** The result of a request. */
export interface VendorRequestRow {
  id: string;
  alert_id: string | null;
  at: Date;
  result: Record<string, unknown>;
}

/** Saves the result of a request; a repeated request overwrites it. */
export const saveRequest = (
  db: Db,
  integrationId: string,
  { id, alert_id, at, result }: VendorRequestRow,
): Promise<unknown> =>
  db('vendor_requests')
    .insert({ integration_id: integrationId, id, alert_id, at, result: JSON.stringify(result) })
    .onConflict(['integration_id', 'id'])
    .merge();

/** The result of a request of this integration; null if there is none. */
export async function requestOf(db: Db, integrationId: string, id: string): Promise<VendorRequestRow | null> {
  const row = await db('vendor_requests')
    .where({ integration_id: integrationId, id })
    .first('id', 'alert_id', 'at', 'result');
  return row ?? null;
}

/** Deletes results of requests before `requestsBefore`, and records that were changed before it and whose alert is gone. */
export async function forgetVendorRecords(db: Db, before: Date, { batch = 1_000, batches = 200 } = {}): Promise<void> {
  const statements = [
    `delete from vendor_requests where ctid in (select ctid from vendor_requests where at < ? order by at limit ${batch})`,
    `with gone as (
       delete from vendor_records where alert_id in (
         select r.alert_id from vendor_records r
          where r.changed_at < ? and not exists (select 1 from alerts a where a.id = r.alert_id)
          order by r.changed_at limit ${batch})
       returning alert_id)
     delete from vendor_log where alert_id in (select alert_id from gone)`,
  ];
  const [requests, records] = statements as [string, string];
  for (let round = 0; round < batches; round++) {
    if ((await db.raw(requests, [before])).rowCount < batch) break;
  }
  await db.raw(records, [before]);
}
