import { setTimeout as sleep } from 'node:timers/promises';
import { signal } from '../async/signal';
import { type Db, type Listener, listen } from '../db/pool';
import { EVENTS_CHANNEL, type EventsPage, LATEST, latestCursor, readEvents, renumberEvents } from './events';

/** Serves a module's operation `events({ after })`: a long poll that LISTEN on the module's database wakes. */
export interface EventsFeed {
  start(): Promise<void>;
  /** Answers all waiting readers with the events there are. */
  stop(): Promise<void>;
  /** Waits up to `waitMs` for events after the cursor. A feed that was not started does not wait. */
  wait(after: string | null, waitMs: number, limit?: number): Promise<EventsPage>;
}

export interface FeedOptions {
  db: Db;
  url: string;
  /** How long to wait for events that are committed but not readable yet, in milliseconds, even if `waitMs` is 0. */
  settleMs?: number;
  /** Called if any process has written events, and after a reconnect, when notifications can be lost. */
  onNews?: () => void;
}

const LONGEST_WAIT_MS = 60_000;
/** The table is read at least this often, because notifications are lost while the connection is. */
const POLL_EVERY_MS = 5_000;
const MAX_SETTLE_PAUSE_MS = 50;

/** Creates the feed of a module's database. */
export function eventsFeed({ db, url, settleMs = 2_000, onNews = () => {} }: FeedOptions): EventsFeed {
  const waiting = signal();
  let listener: Listener | undefined;
  const wakeAll = (): void => {
    onNews();
    waiting.all();
  };

  /** Reads a page; waits, mostly milliseconds, for an older transaction in flight that hides committed events. */
  async function readCommitted(after: string | null, limit?: number): Promise<EventsPage> {
    const until = performance.now() + settleMs;
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, MAX_SETTLE_PAUSE_MS)) {
      const { pending, ...page } = await readEvents(db, { after, ...(limit !== undefined && { limit }) });
      if (page.events.length > 0 || !pending || performance.now() >= until) return page;
      await sleep(pauseMs);
    }
  }

  return {
    async start() {
      await renumberEvents(db);
      listener = listen({ url, channel: EVENTS_CHANNEL, onNotify: wakeAll, onConnect: wakeAll });
    },
    async stop() {
      const open = listener;
      listener = undefined;
      waiting.all();
      await open?.stop();
    },
    async wait(after, waitMs, limit) {
      if (after === LATEST) return { events: [], cursor: await latestCursor(db) };
      const until = performance.now() + Math.min(waitMs, LONGEST_WAIT_MS);
      for (;;) {
        const wake = waiting.next();
        const page = await readCommitted(after, limit).catch((error: unknown) => {
          wake.cancel();
          throw error;
        });
        const left = until - performance.now();
        if (page.events.length > 0 || left <= 0 || listener === undefined) {
          wake.cancel();
          return page;
        }
        await wake.within(Math.min(left, POLL_EVERY_MS));
      }
    },
  };
}
