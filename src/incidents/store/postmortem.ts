import type { Db } from '../../kernel/db/pool';
import type { ActorKind } from '../../kernel/events/events';
import { actorOf } from './timeline';

/** The versions of post-mortems: append-only, bounded per incident. */

export interface SavedRow {
  version: number;
  actor: string;
  actor_kind: ActorKind;
  created_at: Date;
}

export interface VersionRow extends SavedRow {
  text: string;
}

const SAVED = ['version', 'actor', 'actor_kind', 'created_at'];

export async function latestVersion(db: Db, incidentId: string): Promise<VersionRow | null> {
  const row = await db('postmortem_versions')
    .where({ incident_id: incidentId })
    .orderBy('version', 'desc')
    .first(...SAVED, 'text');
  return row ?? null;
}

export async function findVersion(db: Db, incidentId: string, version: number): Promise<VersionRow | null> {
  const row = await db('postmortem_versions')
    .where({ incident_id: incidentId, version })
    .first(...SAVED, 'text');
  return row ?? null;
}

/** Newest first, without their text. */
export const versionsOf = (db: Db, incidentId: string): Promise<SavedRow[]> =>
  db('postmortem_versions')
    .where({ incident_id: incidentId })
    .orderBy('version', 'desc')
    .select(...SAVED);

/** Inserts a version and deletes the oldest ones after the first, so that at most `most` are left. */
export async function insertVersion(
  trx: Db,
  incidentId: string,
  { version, text, actor, actor_kind, created_at }: VersionRow,
  most: number,
): Promise<VersionRow> {
  const row = { version, text, actor: actorOf(actor), actor_kind, created_at };
  await trx('postmortem_versions').insert({ ...row, incident_id: incidentId });
  await trx('postmortem_versions')
    .where({ incident_id: incidentId })
    .andWhere('version', '>', 1)
    .andWhere('version', '<=', version - (most - 1))
    .delete();
  return row;
}
