import { pollLoop } from '../async/loop';
import type { Clock } from '../clock';
import { asProblem, type Db } from '../db/pool';
import type { Log } from '../observe/observe';
import type { EventsPage, RecordedEvent } from './events';

/** Follows the facts of a module below and does with each, exactly once, what it means up here. */
export interface Follower {
  start(): void;
  /** Begins no further page and waits for the one that is being handled. */
  stop(): Promise<void>;
  /** Handles everything there is to read; answers how many facts. For tests, which own time. */
  drain(): Promise<number>;
}

export interface FollowOptions {
  /** The module's own database: it keeps the cursor. */
  db: Db;
  /** The follower's name, unique in its module. */
  name: string;
  /** The module that is followed. */
  source: string;
  /** The long poll of the module below, through its port. */
  read: (after: string | null, waitMs: number, limit: number) => Promise<EventsPage>;
  /** In one transaction with the cursor's move: both or neither. It calls no port; what must be sent is a job. */
  handle: (trx: Db, events: RecordedEvent[]) => Promise<void>;
  /** Which facts are handled; all where absent. A page without any only moves the cursor. */
  concerns?: (event: RecordedEvent) => boolean;
  /** How long to rest behind a page that was not full, where nothing hangs on every moment; 0 where absent. */
  restMs?: number;
  clock: Clock;
  log: Log;
}

const LONG_POLL_MS = 20_000;
/** A module that is back is followed again within two seconds. */
const LONGEST_PAUSE_MS = 1_500;
const PAGE = 200;
/** A source that answers at once although it has nothing is not asked in a tight loop. */
const SHORTEST_PAUSE_MS = 250;
/** So often a single fact may fail before it is put aside, so that it does not block those behind it for ever. */
const TRIES = 5;
const ERROR_LENGTH = 1_000;

export function follow(options: FollowOptions): Follower {
  const { db, name, source, read, handle, concerns = () => true, restMs = 0, clock, log } = options;
  const loop = pollLoop({
    poll,
    maxWaitMs: LONG_POLL_MS,
    maxPauseMs: LONGEST_PAUSE_MS,
    onFailure: tellOutage,
  });
  let stopped = false;
  let handling: Promise<number> | undefined;
  /** Since a page failed, facts are taken one by one, to find the one at fault. */
  let failures = 0;
  /** Where the cursor stands as far as this process knows. It may be wrong: whoever moves the cursor compares first. */
  let known: { cursor: string | null } | undefined;

  function tellOutage(error: unknown, inARow: number): void {
    if (inARow === 1) log.warn({ err: error, follower: name, source }, 'cannot follow; trying on');
  }

  async function poll(): Promise<number> {
    const asked = performance.now();
    const after = await place();
    const page = await read(after, LONG_POLL_MS, failures > 0 ? 1 : PAGE);
    if (stopped) return LONG_POLL_MS;
    if (page.events.length === 0) return performance.now() - asked < SHORTEST_PAUSE_MS ? SHORTEST_PAUSE_MS : 0;
    handling = take(after, page);
    await handling;
    return page.events.length < PAGE ? restMs : 0;
  }

  async function place(): Promise<string | null> {
    if (known !== undefined) return known.cursor;
    await db('cursors').insert({ follower: name, source, cursor: null }).onConflict().ignore();
    const row = await db('cursors').where({ follower: name, source }).first('cursor');
    return row?.cursor ?? null;
  }

  /** Handles a page; answers how many facts, 0 where another process of this module was there first. */
  async function take(after: string | null, { events, cursor }: EventsPage): Promise<number> {
    try {
      const ours = events.filter(concerns);
      const handled = await moving(after, cursor, ours.length === 0 ? undefined : (trx) => handle(trx, ours));
      failures = 0;
      return handled ? events.length : 0;
    } catch (error) {
      if (asProblem(error)?.kind === 'unavailable') throw error;
      failures += 1;
      const [event] = events;
      if (events.length > 1 || failures < TRIES || event === undefined) throw error;
      await moving(after, cursor, (trx) => setAside(trx, event, error));
      failures = 0;
      return events.length;
    }
  }

  /** Moves the cursor from `after` to `to` together with `work`, unless it no longer stands at `after`. */
  async function moving(after: string | null, to: string | null, work?: (trx: Db) => Promise<void>): Promise<boolean> {
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
    log.error({ err: error, follower: name, source, event: event.cursor, kind: event.kind }, 'a fact was put aside');
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
      // The long poll in hand is not waited for: what it brings is not looked at any more.
      void loop.stop();
      await handling?.catch(() => undefined);
    },
    async drain() {
      for (let handled = 0; ; ) {
        const after = await place();
        const page = await read(after, 0, failures > 0 ? 1 : PAGE);
        if (page.events.length === 0) return handled;
        handled += await take(after, page);
      }
    },
  };
}
