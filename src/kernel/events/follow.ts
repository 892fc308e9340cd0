import { pollLoop } from '../async/loop';
import type { Clock } from '../clock';
import { asProblem, type Db } from '../db/pool';
import type { Log } from '../observe/observe';
import type { EventsPage, RecordedEvent } from './events';

/** Follows the events of a module below and handles each exactly once. */
export interface Follower {
  start(): void;
  /** Reads no further page; resolves when the current one is handled. */
  stop(): Promise<void>;
  /** Handles all readable events; returns how many. For tests, which control time. */
  drain(): Promise<number>;
}

export interface FollowOptions {
  /** The module's own database, which stores the cursor. */
  db: Db;
  /** The follower's name, unique in its module. */
  name: string;
  /** The module that is followed. */
  source: string;
  /** The long poll of the module below, through its port. */
  read: (after: string | null, waitMs: number, limit: number) => Promise<EventsPage>;
  /** Handles a page in the transaction that moves the cursor. It must not call a port; it enqueues a job instead. */
  handle: (trx: Db, events: RecordedEvent[]) => Promise<void>;
  /** Which events to handle; all if absent. A page without such events only moves the cursor. */
  concerns?: (event: RecordedEvent) => boolean;
  /** Pause after a page that was not full, in milliseconds, for work that is not urgent; 0 if absent. */
  restMs?: number;
  clock: Clock;
  log: Log;
}

const LONG_POLL_MS = 20_000;
/** So that a follower continues within two seconds after its source is back. */
const LONGEST_PAUSE_MS = 1_500;
const PAGE = 200;
/** The shortest time between two reads without events, if the source does not wait. */
const SHORTEST_PAUSE_MS = 250;
/** An event that failed this often is set aside, so that it does not block later ones. */
const TRIES = 5;
const ERROR_LENGTH = 1_000;

/** Lets a new follower begin with the events after `cursor`; one that has a cursor keeps it. */
export async function beginAt(
  { db, name, source }: Pick<FollowOptions, 'db' | 'name' | 'source'>,
  cursor: string | null,
): Promise<void> {
  await db('cursors').insert({ follower: name, source, cursor }).onConflict().ignore();
}

/** Creates a follower. Several processes may run it: the cursor is moved by compare and set, so each event is handled once. */
export function follow(options: FollowOptions): Follower {
  const { db, name, source, read, handle, concerns = () => true, restMs = 0, clock, log } = options;
  const loop = pollLoop({
    poll,
    maxWaitMs: LONG_POLL_MS,
    maxPauseMs: LONGEST_PAUSE_MS,
    onFailure: logOutage,
  });
  let stopped = false;
  let handling: Promise<number> | undefined;
  /** While it is above 0, events are read one by one, to find the one that fails. */
  let failures = 0;
  /** The last cursor that this process saved. It can be outdated, so a move compares it with the stored one. */
  let known: { cursor: string | null } | undefined;

  function logOutage(error: unknown, inARow: number): void {
    if (inARow === 1) log.warn({ err: error, follower: name, source }, 'cannot follow; retrying');
  }

  async function poll(): Promise<number> {
    const asked = performance.now();
    const after = await storedCursor();
    const page = await read(after, LONG_POLL_MS, failures > 0 ? 1 : PAGE);
    if (stopped) return LONG_POLL_MS;
    if (page.events.length === 0) return performance.now() - asked < SHORTEST_PAUSE_MS ? SHORTEST_PAUSE_MS : 0;
    handling = handlePage(after, page);
    await handling;
    return page.events.length < PAGE ? restMs : 0;
  }

  async function storedCursor(): Promise<string | null> {
    if (known !== undefined) return known.cursor;
    await db('cursors').insert({ follower: name, source, cursor: null }).onConflict().ignore();
    const row = await db('cursors').where({ follower: name, source }).first('cursor');
    return row?.cursor ?? null;
  }

  /** Handles a page; returns how many events, 0 if another process of this module was first. */
  async function handlePage(after: string | null, { events, cursor }: EventsPage): Promise<number> {
    try {
      const ours = events.filter(concerns);
      const handled = await moveCursor(after, cursor, ours.length === 0 ? undefined : (trx) => handle(trx, ours));
      failures = 0;
      return handled ? events.length : 0;
    } catch (error) {
      if (asProblem(error)?.kind === 'unavailable') throw error;
      failures += 1;
      const [event] = events;
      if (events.length > 1 || failures < TRIES || event === undefined) throw error;
      await moveCursor(after, cursor, (trx) => setAside(trx, event, error));
      failures = 0;
      return events.length;
    }
  }

  /** Moves the cursor from `after` to `to` in one transaction with `work`. False if the cursor is no longer `after`. */
  async function moveCursor(
    after: string | null,
    to: string | null,
    work?: (trx: Db) => Promise<void>,
  ): Promise<boolean> {
    known = undefined;
    const moved = await (work === undefined
      ? compareAndMove(db, after, to)
      : db.transaction(async (trx) => {
          if (!(await compareAndMove(trx, after, to))) return false;
          await work(trx);
          return true;
        }));
    if (moved) known = { cursor: to };
    return moved;
  }

  async function compareAndMove(on: Db, after: string | null, to: string | null): Promise<boolean> {
    const { rowCount } = await on.raw(
      'update cursors set cursor = ? where follower = ? and source = ? and cursor is not distinct from ?',
      [to, name, source, after],
    );
    return rowCount === 1;
  }

  async function setAside(trx: Db, event: RecordedEvent, error: unknown): Promise<void> {
    log.error(
      { err: error, follower: name, source, event: event.cursor, kind: event.kind },
      'event skipped after 5 failures; moved to events_set_aside',
    );
    await trx('events_set_aside').insert({
      follower: name,
      source,
      event: JSON.stringify(event),
      error: String(error).replaceAll('\0', '').slice(0, ERROR_LENGTH),
      at: clock.now(),
    });
  }

  return {
    start: loop.start,
    async stop() {
      stopped = true;
      // Do not wait for the running long poll: its result is ignored.
      void loop.stop();
      await handling?.catch(() => undefined);
    },
    async drain() {
      for (let handled = 0; ; ) {
        const after = await storedCursor();
        const page = await read(after, 0, failures > 0 ? 1 : PAGE);
        if (page.events.length === 0) return handled;
        handled += await handlePage(after, page);
      }
    },
  };
}
