import { randomUUID } from 'node:crypto';
import type { Db } from '../../kernel/db/pool';
import type { Entry } from '../domain/timeline';

/** The append-only timeline of incidents, and their notes. */

/** A stored entry. */
export interface TimelineRow {
  id: string;
  event_type: string;
  actor: string;
  detail: Record<string, unknown>;
  created_at: Date;
}

const ACTOR_LENGTH = 255;

/** Cuts the name of an actor to the width of the column. */
export const actorOf = (actor: string): string => actor.slice(0, ACTOR_LENGTH).toWellFormed();

/** Entries as rows, for statements that insert many at once. */
export const entryRows = (entries: readonly Entry[]) =>
  entries.map(({ incidentId, eventType, actor, detail, at }) => ({
    incident_id: incidentId,
    event_type: eventType,
    actor: actorOf(actor),
    detail,
    created_at: at,
  }));

const insertOf = (entries: string) => `
  insert into incident_timeline (incident_id, event_type, actor, detail, created_at)
  select incident_id, event_type, actor, detail, created_at
    from jsonb_to_recordset(cast(${entries} as jsonb))
      as t(incident_id uuid, event_type text, actor text, detail jsonb, created_at timestamptz)`;

/** Inserts the entries of one positional value. */
export const INSERT_ENTRIES = insertOf('?');
/** The same for a statement with named values; a `where` can follow. */
export const INSERT_NAMED_ENTRIES = insertOf(':entries');

/** Inserts entries. */
export async function insertEntries(trx: Db, entries: readonly Entry[]): Promise<void> {
  if (entries.length > 0) await trx.raw(INSERT_ENTRIES, [JSON.stringify(entryRows(entries))]);
}

/** Inserts the entries of existing incidents only; events of other modules may be about unknown ones. */
export async function insertEntriesIfKnown(trx: Db, entries: readonly Entry[]): Promise<void> {
  if (entries.length === 0) return;
  await trx.raw(`${INSERT_ENTRIES} where exists (select 1 from incidents i where i.id = t.incident_id)`, [
    JSON.stringify(entryRows(entries)),
  ]);
}

const FROM_MACHINES = `event_type in ('alert_correlated', 'alert_resolved', 'alert_acknowledged', 'alert_expired')`;
const COLUMNS = 'id, event_type, actor, detail, created_at, seq';

/**
 * The timeline of an incident, oldest first, in the order of the inserts: times can differ from it, because a transaction
 * may wait for the incident after it read the clock. At most `limit` entries of alerts and `limit` other entries, the
 * newest of each, so that a storm does not hide the acknowledgement.
 */
export async function timelineOf(
  db: Db,
  incidentId: string,
  limit: number,
): Promise<{ total: number; rows: TimelineRow[] }> {
  const newest = (which: string) =>
    `(select ${COLUMNS} from incident_timeline where incident_id = ? and ${which}
       order by created_at desc, seq desc limit ?)`;
  const [counted, { rows }] = await Promise.all([
    db.raw('select count(*)::int as total from incident_timeline where incident_id = ?', [incidentId]),
    db.raw(`select * from (${newest(`not ${FROM_MACHINES}`)} union all ${newest(FROM_MACHINES)}) t order by seq`, [
      incidentId,
      limit,
      incidentId,
      limit,
    ]),
  ]);
  return { total: counted.rows[0].total, rows };
}

/** The newest entry of one of these types, which people and steps write; undefined if there is none. */
export async function latestEntry(
  db: Db,
  incidentId: string,
  types: readonly Entry['eventType'][],
): Promise<TimelineRow | undefined> {
  const { rows } = await db.raw(
    `select ${COLUMNS} from incident_timeline
      where incident_id = ? and not ${FROM_MACHINES} and event_type = any(cast(? as text[]))
      order by created_at desc, seq desc limit 1`,
    [incidentId, [...types]],
  );
  return rows[0];
}

/** A stored note. */
export interface NoteRow {
  id: string;
  author: string;
  /** The user or key that wrote it; null in rows of earlier versions. */
  actor: string | null;
  content: string;
  created_at: Date;
}

/** Inserts a note. */
export async function insertNote(
  trx: Db,
  note: { incidentId: string; author: string; actor: string; content: string; at: Date },
): Promise<NoteRow> {
  const row = {
    id: randomUUID(),
    author: note.author,
    actor: actorOf(note.actor),
    content: note.content,
    created_at: note.at,
  };
  await trx('incident_notes').insert({ ...row, incident_id: note.incidentId });
  return row;
}

/** The newest `limit` notes, oldest first. */
export async function notesOf(db: Db, incidentId: string, limit: number): Promise<NoteRow[]> {
  const rows = await db('incident_notes')
    .where({ incident_id: incidentId })
    .orderBy([
      { column: 'created_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .limit(limit)
    .select('id', 'author', 'actor', 'content', 'created_at');
  return rows.reverse();
}
