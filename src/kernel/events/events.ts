import { type Db, notifyAfterCommit } from '../db/pool';
import type { Caller } from '../ports/contract';

/**
 * Vocabulary. An **event** records a change for the modules above; it is written in the transaction of the change. A
 * **cursor** is a position in the order of commits; only this file knows its form. A **follower** reads events after its
 * cursor. The actor of background jobs is `system`. Rules use the **kind** of the actor, because a person or a key can
 * have any name.
 */
export type ActorKind = Caller['kind'] | 'link';

/** The caller that causes an event. */
export type By = Pick<Caller, 'actor' | 'kind' | 'via'>;

/** An event before it is stored. */
export interface NewEvent<Kind extends string = string> {
  kind: Kind;
  /** The resource that changed: an id of the module that writes the event. */
  subject: string;
  /** A person's e-mail address, the name of an API key or an integration, or `system`. */
  actor: string;
  data: object;
  at: Date;
}

/** An event with the kind of its actor; null if only the name is known. */
export type AttributedEvent<Kind extends string = string> = NewEvent<Kind> & { actor_kind: ActorKind | null };

/** An event as the modules above read it: JSON, so instants are text. */
export interface RecordedEvent {
  cursor: string;
  kind: string;
  subject: string;
  actor: string;
  /** Null for events of earlier versions. */
  actor_kind: ActorKind | null;
  data: Record<string, unknown>;
  at: string;
}

export interface EventsPage {
  events: RecordedEvent[];
  /** The cursor for the next read; the requested one if there are no new events. */
  cursor: string | null;
}

/** The channel of Postgres that announces new events. */
export const EVENTS_CHANNEL = 'events';
/** As a cursor: returns no events, only the cursor of the newest event. */
export const LATEST = 'latest';
/** The actor of background jobs. */
export const SYSTEM_ACTOR = 'system';
/** The background jobs as the cause of an event. */
export const BY_SYSTEM: By = { actor: SYSTEM_ACTOR, kind: 'system' };
const PAGE = 500;

/** A storm writes hundreds of events per second; readers are woken once for all events of so many milliseconds. */
const TOGETHER_MS = 50;

/** Wakes readers after the commit. Call it if a store inserts events by its own statement. */
export const notifyReaders = (db: Db): void => notifyAfterCommit(db, EVENTS_CHANNEL, TOGETHER_MS);

/** The kind of an event's actor: `link` if the caller acted through a signed link. */
export const kindOf = ({ kind, via }: By): ActorKind => (via === 'link' ? via : kind);

/** Adds the actor's kind to events that `by` causes. Events of the batch whose actor is `system` keep that kind. */
export const attributed = <E extends NewEvent>(
  events: readonly E[],
  by: By,
): (E & Pick<AttributedEvent, 'actor_kind'>)[] =>
  events.map((event) => ({ ...event, actor_kind: event.actor === by.actor ? kindOf(by) : kindOfName(event.actor) }));

const kindOfName = (actor: string): ActorKind | null => (actor === SYSTEM_ACTOR ? 'system' : null);

/** Whether a background job caused an event. For events of earlier versions, which have no kind, the name decides. */
export const isSystemEvent = ({ actor, actor_kind }: Pick<RecordedEvent, 'actor' | 'actor_kind'>): boolean =>
  (actor_kind ?? kindOfName(actor)) === 'system';

/** Writes events in the caller's transaction; its commit wakes the readers. */
export async function record(trx: Db, events: readonly NewEvent[], by: By): Promise<void> {
  if (events.length === 0) return;
  await trx.raw(
    `insert into events (kind, subject, actor, actor_kind, data, at)
     select kind, subject, actor, actor_kind, data, at
       from jsonb_to_recordset(cast(? as jsonb))
         as e(kind text, subject text, actor text, actor_kind text, data jsonb, at timestamptz)`,
    [JSON.stringify(attributed(events, by))],
  );
  notifyReaders(trx);
}

/**
 * Reads the next events in the order of commits. Only transactions older than the oldest one in flight are read: that one
 * could commit later and would then be behind the cursor, so its events would be skipped. `pending` is true if such
 * unread events exist.
 */
export async function readEvents(
  db: Db,
  { after, limit = PAGE }: { after: string | null; limit?: number },
): Promise<EventsPage & { pending: boolean }> {
  const { xid, id } = positionOf(after);
  const { rows } = await db.raw(
    `with horizon as (
       select h.xid, h.xid > cast(? as xid8) as known, exists (select 1 from events where events.xid >= h.xid) as pending
         from (select pg_snapshot_xmin(pg_current_snapshot()) as xid) h)
     select h.pending, e.* from horizon h left join lateral (
       select id, xid::text as xid, kind, subject, actor, actor_kind, data, at from events
        where events.xid < pg_snapshot_xmin(pg_current_snapshot())
          and (events.xid, id) > (case when h.known then cast(? as xid8) else '0' end, cast(? as bigint))
          and (h.known or id > ?)
        order by events.xid, id limit ?) e on true
     order by cast(e.xid as xid8), e.id`,
    [xid, xid, id, id, Math.min(limit, PAGE)],
  );
  const events = rows.filter((row: EventRow) => row.id !== null).map(toEvent);
  return { events, cursor: events.at(-1)?.cursor ?? after, pending: rows[0].pending };
}

/** The cursor of the newest readable event, for a follower that starts without history; null if there is none. */
export async function latestCursor(db: Db): Promise<string | null> {
  const { rows } = await db.raw(
    `select id, xid::text as xid from events where xid < pg_snapshot_xmin(pg_current_snapshot())
      order by events.xid desc, id desc limit 1`,
  );
  return rows[0] === undefined ? null : cursorOf(rows[0]);
}

/**
 * After a restore from another server, the transaction ids of the restored events can be in the future of this server, so
 * that no reader finds them. Gives them the id of this transaction; their order stays. Returns how many there were.
 */
export async function renumberEvents(db: Db): Promise<number> {
  const { rowCount } = await db.raw(
    'update events set xid = pg_current_xact_id() where xid > (select pg_snapshot_xmax(pg_current_snapshot()))',
  );
  return rowCount;
}

/** A connection outside the pools, as a backup or a restore uses it. */
interface Connection {
  query(sql: string, values: unknown[]): Promise<{ rows: { id: string }[] }>;
}

/**
 * Converts a cursor to an event id: all events up to that id were read. Restored events share one transaction id, so their
 * ids alone give the order. If two transactions wrote events alternately, an event can be read twice, but none is
 * skipped. Null for null.
 */
export async function positionById(connection: Connection, cursor: string | null): Promise<string | null> {
  if (cursor === null) return null;
  const { xid, id } = positionOf(cursor);
  const { rows } = await connection.query(
    `select case when cast($1 as xid8) >= pg_snapshot_xmin(pg_current_snapshot()) then cast($2 as bigint)
       else coalesce((select min(id) - 1 from events where (events.xid, id) > (cast($1 as xid8), cast($2 as bigint))),
                     (select greatest(max(id), cast($2 as bigint)) from events)) end as id`,
    [xid, id],
  );
  return String(rows[0]?.id);
}

/**
 * Deletes expired events in small transactions, oldest first; returns how many. Events of people and keys are the source of
 * the audit log and are kept longer than those of background jobs. Deletes at most `batch` × `batches` rows of each; the
 * next call deletes the rest.
 */
export async function deleteExpiredEvents(
  db: Db,
  before: { people: Date; system: Date },
  { batch = 1_000, batches = 100 }: { batch?: number; batches?: number } = {},
): Promise<number> {
  const people = await deleteBatches(db, `${CAUSE} <> 'system'`, before.people, batch, batches);
  return people + (await deleteBatches(db, `${CAUSE} = 'system'`, before.system, batch, batches));
}

/** The same expression as in the indexes of the migration; see `isSystemEvent`. */
const CAUSE = `coalesce(actor_kind, actor)`;

async function deleteBatches(db: Db, condition: string, before: Date, batch: number, batches: number): Promise<number> {
  let deleted = 0;
  for (let round = 0; round < batches; round++) {
    const count = await db.transaction(async (trx) => {
      await trx.raw("set local tocsin.retention = 'on'");
      const { rowCount } = await trx.raw(
        `delete from events where id in (select id from events where ${condition} and at < ? order by at limit ?)`,
        [before, batch],
      );
      return rowCount as number;
    });
    deleted += count;
    if (count < batch) break;
  }
  return deleted;
}

interface EventRow {
  id: number;
  xid: string;
  kind: string;
  subject: string;
  actor: string;
  actor_kind: ActorKind | null;
  data: Record<string, unknown>;
  at: Date;
}

const cursorOf = ({ xid, id }: { xid: string; id: number }): string => cursorAt(xid, id);

/** The cursor of the event `id` that the transaction `xid` wrote or restored. */
export const cursorAt = (xid: string, id: number | string): string => `${xid}.${id}`;

const toEvent = ({ kind, subject, actor, actor_kind, data, at, ...place }: EventRow): RecordedEvent => ({
  cursor: cursorOf(place),
  kind,
  subject,
  actor,
  actor_kind,
  data,
  at: at.toISOString(),
});

const CURSOR = /^(\d{1,19})\.(\d{1,18})$/;

/**
 * Parses a cursor. A cursor with a transaction id in the future comes from another server, before a restore. Event ids are
 * the same on both servers, so the query reads all events with a higher id. An invalid cursor reads from the beginning.
 */
function positionOf(cursor: string | null): { xid: string; id: string } {
  const [, xid, id] = CURSOR.exec(cursor ?? '') ?? [];
  return { xid: xid ?? '0', id: id ?? '0' };
}
