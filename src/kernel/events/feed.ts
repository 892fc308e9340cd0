import { setTimeout as sleep } from 'node:timers/promises';
import { signal } from '../async/signal';
import { type Db, type Listener, listen } from '../db/pool';
import { EVENTS_CHANNEL, type EventsPage, LATEST, latestCursor, readEvents, renumberEvents } from './events';

/** Answers a module's `events({ after })`: a long poll woken by LISTEN on its own database. */
export interface EventsFeed {
  start(): Promise<void>;
  /** Answers everybody who waits with what there is. */
  stop(): Promise<void>;
  /** Waits up to `waitMs` for something newer than `after`. A feed that was not started answers at once. */
  wait(after: string | null, waitMs: number, limit?: number): Promise<EventsPage>;
}

export interface FeedOptions {
  db: Db;
  url: string;
  /** How long facts that are committed but not yet readable are waited for, even by who does not want to wait. */
  settleMs?: number;
  /** Called when this process or another has written something down, and when it may have been missed. */
  onNews?: () => void;
}

const LONGEST_WAIT_MS = 60_000;
/** Notifications are lost while the listening connection is; then the table is looked at this often. */
const LOOK_EVERY_MS = 5_000;
const LONGEST_SETTLING_NAP_MS = 50;

export function eventsFeed({ db, url, settleMs = 2_000, onNews = () => {} }: FeedOptions): EventsFeed {
  const waiting = signal();
  let listener: Listener | undefined;
  const awaken = (): void => {
    onNews();
    waiting.all();
  };

  /** Waits for the older transaction in flight that hides what is already committed: milliseconds, as a rule. */
  async function settled(after: string | null, limit?: number): Promise<EventsPage> {
    const until = performance.now() + settleMs;
    for (let nap = 1; ; nap = Math.min(nap * 2, LONGEST_SETTLING_NAP_MS)) {
      const { pending, ...page } = await readEvents(db, { after, ...(limit !== undefined && { limit }) });
      if (page.events.length > 0 || !pending || performance.now() >= until) return page;
      await sleep(nap);
    }
  }

  return {
    async start() {
      await renumberEvents(db);
      listener = listen({ url, channel: EVENTS_CHANNEL, onNotify: awaken, onConnect: awaken });
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
        const page = await settled(after, limit).catch((error: unknown) => {
          wake.cancel();
          throw error;
        });
        const left = until - performance.now();
        if (page.events.length > 0 || left <= 0 || listener === undefined) {
          wake.cancel();
          return page;
        }
        await wake.within(Math.min(left, LOOK_EVERY_MS));
      }
    },
  };
}
