import type { Caller } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import type { GatewayCaller } from '../auth/identity';
import type { LiveEvent, Source } from '../contract';
import { placeIn, placeText } from './cursor';
import type { Hub } from './hub';

export interface EventsPage {
  events: LiveEvent[];
  cursor: string;
  missed: Source[];
  silent: Source[];
}

/** The stream for whoever cannot stream: one page of it, waited for a while where there is nothing new. */
export async function eventsPage(
  hub: Hub,
  { after, wait_ms }: { after?: string | undefined; wait_ms: number },
  caller: Caller,
): Promise<EventsPage> {
  await hub.open();
  const { stillGood } = caller as GatewayCaller;
  const place = after === undefined ? null : placeIn(after);
  const listener = hub.listener(place ?? hub.now(), caller);
  const until = performance.now() + wait_ms;
  for (;;) {
    const wake = hub.nextWake();
    const { events, missed } = await listener.next();
    if ((await stillGood?.()) === false) {
      wake.cancel();
      throw new Problem('unauthenticated', 'Your access has changed. Ask again.');
    }
    const left = until - performance.now();
    if (place === null || events.length > 0 || missed.length > 0 || left <= 0 || hub.stopped()) {
      wake.cancel();
      return { events, missed, cursor: placeText(listener.place), silent: hub.silent() };
    }
    await wake.within(left);
  }
}
