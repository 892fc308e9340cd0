import type { Db } from '../../kernel/db/pool';
import type { PublishedEvent } from '../domain/feedEvents';

/** Published calendars, and the events that were published for their shifts. */

export type Subject = { schedule_id: string } | { email: string };

/** The publication of a schedule or a person, inserted if it does not exist, and locked until the transaction ends. */
export async function lockOrCreatePublication(trx: Db, subject: Subject, now: Date): Promise<number> {
  const [column] = Object.keys(subject) as ['schedule_id' | 'email'];
  const [row] = await trx('publications')
    .insert({ ...subject, changed_at: now })
    .onConflict(column)
    .merge([column])
    .returning('id');
  return row.id;
}

/** Locks a publication and returns when its events last changed; undefined if it was deleted. */
export const lockPublication = (trx: Db, id: number): Promise<{ changed_at: Date } | undefined> =>
  trx('publications').where({ id }).forUpdate().first('changed_at');

/** When the events of a publication last changed; undefined if it was deleted. */
export const publicationOf = (db: Db, id: number): Promise<{ changed_at: Date } | undefined> =>
  db('publications').where({ id }).first('changed_at');

/** Deletes a publication if no feed uses it. The caller has locked it. */
export const deleteIfUnused = (trx: Db, id: number): Promise<number> =>
  trx('publications')
    .where({ id })
    .whereNotExists(trx('feeds').where({ publication_id: id }).select('id'))
    .delete();

const COLUMNS = ['uid', 'key', 'starts_at', 'ends_at', 'summary', 'description', 'sequence', 'cancelled', 'changed_at'];

/** The events of a publication. */
export const eventsOf = (db: Db, publicationId: number): Promise<PublishedEvent[]> =>
  db('published_events').where({ publication_id: publicationId }).orderBy(['starts_at', 'uid']).select(COLUMNS);

export interface Changes {
  changed: readonly PublishedEvent[];
  gone: readonly PublishedEvent[];
}

/**
 * Stores changed events, deletes the others, and returns the time of the change. The caller has locked the publication.
 */
export async function writeEvents(trx: Db, id: number, { changed, gone }: Changes, now: Date): Promise<Date> {
  await trx.raw(
    `insert into published_events (publication_id, ${COLUMNS.join(', ')})
     select cast(:id as bigint), ${COLUMNS.join(', ')}
       from jsonb_to_recordset(cast(:events as jsonb)) as e(uid uuid, key text, starts_at timestamptz, ends_at timestamptz,
         summary text, description text, sequence int, cancelled boolean, changed_at timestamptz)
     on conflict (uid) do update set starts_at = excluded.starts_at, ends_at = excluded.ends_at,
       summary = excluded.summary, description = excluded.description, sequence = excluded.sequence,
       cancelled = excluded.cancelled, changed_at = excluded.changed_at`,
    { id, events: JSON.stringify(changed) },
  );
  await trx.raw(
    `delete from published_events where publication_id = :id
        and uid in (select cast(u as uuid) from jsonb_array_elements_text(cast(:gone as jsonb)) as g(u))`,
    { id, gone: JSON.stringify(gone.map(({ uid }) => uid)) },
  );
  const [row] = await trx('publications')
    .where({ id })
    .update({ changed_at: trx.raw('greatest(changed_at, ?)', [now]) })
    .returning('changed_at');
  return row.changed_at;
}

/** Deletes events that ended before an instant. Only calendars that were not fetched since have them. */
export const forgetPublished = (db: Db, before: Date): Promise<number> =>
  db('published_events').where('ends_at', '<', before).delete();
