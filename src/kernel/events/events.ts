import { type Db, notifyAfterCommit } from '../db/pool';
import type { Caller } from '../ports/contract';

/**
 * Vocabulary. An **event** is a fact a module wrote down, in the transaction of the change, for those above it. A
 * **cursor** is a place in the order of commits, opaque to everybody but this file. A **follower** reads on from its
 * cursor. The actor of what nobody in particular did is `system`: the clockwork. Rules go by the actor's **kind**, because
 * a person or a key may bear any name.
 */
export type ActorKind = Caller['kind'] | 'link';

/** The caller that causes an event. */
export type By = Pick<Caller, 'actor' | 'kind' | 'via'>;

export interface NewEvent<Kind extends string = string> {
  kind: Kind;
  /** What it is about: an id of the module that writes. */
  subject: string;
  /** A person's address, a key's or an integration's name, or `system`. */
  actor: string;
  data: object;
  at: Date;
}

/** An event with the kind of its actor; null if only the name is known. */
export type AttributedEvent<Kind extends string = string> = NewEvent<Kind> & { actor_kind: ActorKind | null };

/** As it travels to the modules above: JSON, so instants are text. */
export interface RecordedEvent {
  cursor: string;
  kind: string;
  subject: string;
  actor: string;
  /** Null for events that an earlier version wrote. */
  actor_kind: ActorKind | null;
  data: Record<string, unknown>;
  at: string;
}

export interface EventsPage {
  events: RecordedEvent[];
  /** Where to read on; what was asked with, where there is nothing new. */
  cursor: string | null;
}

export const EVENTS_CHANNEL = 'events';
/** Asked for as a cursor: no facts, only where the newest that can be read stands. */
export const LATEST = 'latest';
export const SYSTEM_ACTOR = 'system';
/** The background jobs as the cause of an event. */
export const BY_SYSTEM: By = { actor: SYSTEM_ACTOR, kind: 'system' };
const PAGE = 500;

/** Facts come by the hundred a second in a storm; whoever reads on wants them soon, and not one by one. */
const TOGETHER_MS = 50;

export const notifyReaders = (db: Db): void => notifyAfterCommit(db, EVENTS_CHANNEL, TOGETHER_MS);

export const kindOf = ({ kind, via }: By): ActorKind => via ?? kind;

/** Adds the kind of the actor to events that `by` causes; what the clockwork adds on the way stays the clockwork's. */
export const attributed = <E extends NewEvent>(
  events: readonly E[],
  by: By,
): (E & Pick<AttributedEvent, 'actor_kind'>)[] =>
  events.map((event) => ({ ...event, actor_kind: event.actor === by.actor ? kindOf(by) : kindOfName(event.actor) }));

const kindOfName = (actor: string): ActorKind | null => (actor === SYSTEM_ACTOR ? 'system' : null);

/** Whether a background job caused an event. Events of earlier versions have no kind; their name decides. */
export const isSystemEvent = ({ actor, actor_kind }: Pick<RecordedEvent, 'actor' | 'actor_kind'>): boolean =>
  (actor_kind ?? kindOfName(actor)) === 'system';

/** Writes events in the caller's transaction; readers are woken by its commit. */
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
 * Reads on in the order of commits. Facts of transactions younger than the oldest one in flight are left for later:
 * that one may still commit, and would then lie behind the cursor for ever. `pending` says that there are such.
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

/** The cursor of the newest fact that can be read: where a follower starts that wants no history. */
export async function latestCursor(db: Db): Promise<string | null> {
  const { rows } = await db.raw(
    `select id, xid::text as xid from events where xid < pg_snapshot_xmin(pg_current_snapshot())
      order by events.xid desc, id desc limit 1`,
  );
  return rows[0] === undefined ? null : cursorOf(rows[0]);
}

/**
 * After a restore from another server, transaction numbers of the restored facts lie in this server's future, where no
 * reader reaches. They take this transaction's number and keep their order. Answers how many there were.
 */
export async function renumberEvents(db: Db): Promise<number> {
  const { rowCount } = await db.raw(
    'update events set xid = pg_current_xact_id() where xid > (select pg_snapshot_xmax(pg_current_snapshot()))',
  );
  return rowCount;
}

/** A connection of a backup or a restore, which stand beside the pools. */
interface Connection {
  query(sql: string, values: unknown[]): Promise<{ rows: { id: string }[] }>;
}

/**
 * The cursor as an id: everything up to it was read. Restored facts all bear one transaction's number, so there the ids
 * alone are their order. Of two facts that were written crosswise one may be read once more, and none is skipped.
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
 * Forgets old facts in small transactions, oldest first; answers how many. People's and keys' facts are the audit log
 * and are kept longer than the clockwork's. Bounded: what is left after `batches` is the next call's.
 */
export async function deleteExpiredEvents(
  db: Db,
  before: { people: Date; clockwork: Date },
  { batch = 1_000, batches = 100 }: { batch?: number; batches?: number } = {},
): Promise<number> {
  const people = await forget(db, `${CAUSE} <> 'system'`, before.people, batch, batches);
  return people + (await forget(db, `${CAUSE} = 'system'`, before.clockwork, batch, batches));
}

/** As the indexes of the migration spell it; see `isClockwork`. */
const CAUSE = `coalesce(actor_kind, actor)`;

async function forget(db: Db, whose: string, before: Date, batch: number, batches: number): Promise<number> {
  let forgotten = 0;
  for (let round = 0; round < batches; round++) {
    const gone = await db.transaction(async (trx) => {
      await trx.raw("set local tocsin.retention = 'on'");
      const { rowCount } = await trx.raw(
        `delete from events where id in (select id from events where ${whose} and at < ? order by at limit ?)`,
        [before, batch],
      );
      return rowCount as number;
    });
    forgotten += gone;
    if (gone < batch) break;
  }
  return forgotten;
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

/** The cursor behind the fact `id` that the transaction `xid` wrote, or restored. */
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
 * A cursor whose transaction lies in the future was given out by another server, before a restore; the ids are the
 * same there, so it is read as "everything with a higher id". What is no cursor at all reads from the beginning.
 */
function positionOf(cursor: string | null): { xid: string; id: string } {
  const [, xid, id] = CURSOR.exec(cursor ?? '') ?? [];
  return { xid: xid ?? '0', id: id ?? '0' };
}
