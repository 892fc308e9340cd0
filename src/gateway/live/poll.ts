import type { Caller } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import type { GatewayCaller } from '../auth/identity';
import type { LiveEvent, Source } from '../contract';
import { cursorText, parseCursor } from './cursor';
import type { Hub } from './hub';

/** The answer to a long poll. */
export interface EventsPage {
  events: LiveEvent[];
  cursor: string;
  missed: Source[];
  silent: Source[];
}

/**
 * The event stream as a long poll: the next page, after at most `wait_ms` milliseconds.
 * @throws Problem `unauthenticated` if the caller's rights changed while it waited
 */
export async function eventsPage(
  hub: Hub,
  { after, wait_ms }: { after?: string | undefined; wait_ms: number },
  caller: Caller,
): Promise<EventsPage> {
  await hub.open();
  const { stillGood } = caller as GatewayCaller;
  const cursors = after === undefined ? null : parseCursor(after);
  const listener = hub.listener(cursors ?? hub.now(), caller);
  const until = performance.now() + wait_ms;
  for (;;) {
    const wake = hub.nextWake();
    const { events, missed } = await listener.next();
    if ((await stillGood?.()) === false) {
      wake.cancel();
      throw new Problem('unauthenticated', 'Your access has changed. Send the request again.');
    }
    const left = until - performance.now();
    if (cursors === null || events.length > 0 || missed.length > 0 || left <= 0 || hub.stopped()) {
      wake.cancel();
      return { events, missed, cursor: cursorText(listener.cursors), silent: hub.silent() };
    }
    await wake.within(left);
  }
}
