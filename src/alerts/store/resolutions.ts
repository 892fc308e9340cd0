import type { Db } from '../../kernel/db/pool';

/** An incident that a person resolved, although its alerts can still be firing. */
export interface Resolution {
  incident_id: string;
  resolved_by: string;
  resolved_at: Date;
}

/** Stores resolutions; a newer one of the same incident replaces the older. */
export const addResolutions = async (trx: Db, resolutions: readonly Resolution[]): Promise<void> => {
  if (resolutions.length === 0) return;
  await trx('incident_resolutions').insert(resolutions).onConflict('incident_id').merge();
};

/** Deletes the resolutions of incidents that are open again. */
export const removeResolutions = (trx: Db, incidentIds: readonly string[]): Promise<number> =>
  trx('incident_resolutions')
    .whereIn('incident_id', incidentIds as string[])
    .delete();

/** Resolutions by the ids of their incidents. */
export async function resolutionsOf(db: Db, incidentIds: readonly string[]): Promise<Map<string, Resolution>> {
  if (incidentIds.length === 0) return new Map();
  const rows: Resolution[] = await db('incident_resolutions').whereIn('incident_id', incidentIds as string[]);
  return new Map(rows.map((row) => [row.incident_id, row]));
}

/** Deletes resolutions older than `before` whose incidents have no firing alert. */
export const forgetResolutions = (db: Db, before: Date): Promise<number> =>
  db('incident_resolutions')
    .where('resolved_at', '<', before)
    .whereNotExists(
      db('alerts').whereRaw(`alerts.incident_id = incident_resolutions.incident_id and alerts.status = 'firing'`),
    )
    .delete();
