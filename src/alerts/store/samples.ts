import type { Db } from '../../kernel/db/pool';

/** The latest payload of an integration, as JSON. */
export interface SampleRow {
  at: Date;
  payload: string;
}

/** Keeps a payload in place of the earlier one of its integration. */
export async function writeSample(db: Db, integrationId: string, { at, payload }: SampleRow): Promise<void> {
  // Postgres refuses this character, also in JSON as text.
  const text = payload.replaceAll('\0', '');
  await db('integration_samples')
    .insert({ integration_id: integrationId, at, payload: text })
    .onConflict('integration_id')
    .merge();
}

/** The payload of an integration that was kept after `since`; undefined if there is none. */
export const sampleOf = (db: Db, integrationId: string, since: Date): Promise<SampleRow | undefined> =>
  db('integration_samples').where({ integration_id: integrationId }).where('at', '>', since).first('at', 'payload');

/** Deletes payloads that were kept before `before`. */
export const forgetSamples = (db: Db, before: Date): Promise<number> =>
  db('integration_samples').where('at', '<', before).delete();
