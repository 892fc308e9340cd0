import type { Db } from '../../kernel/db/pool';

/** A stored setting with its sealed value. */
export interface SealedSetting {
  channel: string;
  name: string;
  value: string;
}

/** The channel of Postgres that announces changed settings. */
export const SETTINGS_CHANNEL = 'channel_settings';

/** All stored settings: a handful of rows. */
export const sealedSettings = (db: Db): Promise<SealedSetting[]> =>
  db('channel_settings').select('channel', 'name', 'value').orderBy(['channel', 'name']);

/** Stores settings in place of earlier ones. */
export async function storeSettings(trx: Db, rows: readonly SealedSetting[], now: Date, by: string): Promise<void> {
  if (rows.length === 0) return;
  await trx('channel_settings')
    .insert(rows.map((row) => ({ ...row, updated_at: now, updated_by: by })))
    .onConflict(['channel', 'name'])
    .merge();
}

/** Deletes stored settings of a channel; returns the names of those that were there. */
export async function deleteSettings(trx: Db, channel: string, names: readonly string[]): Promise<string[]> {
  const rows = await trx('channel_settings').where({ channel }).whereIn('name', names).delete().returning('name');
  return rows.map(({ name }: { name: string }) => name).sort();
}

/** Lets one process at a time change or generate settings, until its transaction ends. */
export async function lockSettings(trx: Db): Promise<void> {
  await trx.raw(`select pg_advisory_xact_lock(hashtext('channel_settings'))`);
}

/**
 * Wakes every process when the transaction commits. NOTIFY is part of the transaction, because changes are rare and none
 * may go unnoticed.
 */
export async function announceSettings(trx: Db): Promise<void> {
  await trx.raw('select pg_notify(?, ?)', [SETTINGS_CHANNEL, '']);
}
