import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from '../kernel/db/pool';
import { type RecordedEvent, readEvents } from '../kernel/events/events';

const PAUSE_MS = 5;

/**
 * All events that were committed so far, oldest first. An event is readable only when all older transactions have ended,
 * of whatever database of the server, and test files share one server. So one page of the feed can lack an event whose
 * request was answered, and the newest cursor can lie before an earlier event. This function waits until nothing is hidden.
 */
export async function eventsSoFar(db: Db): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for (let after: string | null = null; ; ) {
    const { pending, ...page } = await readEvents(db, { after });
    events.push(...page.events);
    if (page.events.length === 0 && !pending) return events;
    if (page.events.length === 0) await sleep(PAUSE_MS);
    after = page.cursor;
  }
}
