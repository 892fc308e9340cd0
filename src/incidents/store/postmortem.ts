import type { Db } from '../../kernel/db/pool';
import type { ActorKind } from '../../kernel/events/events';
import { actorOf } from './timeline';

/** The versions of post-mortems: append-only, with a limit for each incident. */

/** A version without its text. */
export interface SavedRow {
  version: number;
  actor: string;
  actor_kind: ActorKind;
  created_at: Date;
}

/** A version with its text. */
export interface VersionRow extends SavedRow {
  text: string;
}

const SAVED = ['version', 'actor', 'actor_kind', 'created_at'];

/** The latest version; null if none is saved. */
export async function latestVersion(db: Db, incidentId: string): Promise<VersionRow | null> {
  const row = await db('postmortem_versions')
    .where({ incident_id: incidentId })
    .orderBy('version', 'desc')
    .first(...SAVED, 'text');
  return row ?? null;
}

/** One version; null if it does not exist. */
export async function findVersion(db: Db, incidentId: string, version: number): Promise<VersionRow | null> {
  const row = await db('postmortem_versions')
    .where({ incident_id: incidentId, version })
    .first(...SAVED, 'text');
  return row ?? null;
}

/** All versions without their text, newest first. */
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
