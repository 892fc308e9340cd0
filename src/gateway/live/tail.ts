import { pollLoop } from '../../kernel/async/loop';
import { type EventsPage, LATEST, type RecordedEvent } from '../../kernel/events/events';
import type { Log } from '../../kernel/observe/observe';
import type { Source } from '../contract';

/** The long poll of a module, through its port. */
export type ReadEvents = (after: string | null, waitMs: number, limit: number) => Promise<EventsPage>;

/** The newest facts of one source, kept in memory for everybody who listens here, so that a module is asked once. */
export interface Tail {
  start(): void;
  stop(): void;
  /** The cursor of the newest fact known here; undefined until the source has answered. */
  position(): string | null | undefined;
  /** The source does not answer, so that what is shown of it may be old. */
  silent(): boolean;
  /** What follows `cursor`: from memory, or asked of the source where memory does not reach back so far. */
  since(cursor: string | null): Promise<EventsPage>;
}

export interface TailOptions {
  source: Source;
  read: ReadEvents;
  log: Log;
  /** Called when there is something new to tell, or the source fell silent or speaks again. */
  onNews: () => void;
}

/** Short enough to notice soon that a source has frozen. */
const LONG_POLL_MS = 5_000;
const PAGE = 200;
const KEPT = 500;
const SHORTEST_PAUSE_MS = 250;
const LONGEST_NAP_MS = 5_000;
/** A module that is back is heard again within two seconds. */
const LONGEST_PAUSE_MS = 1_500;

export function tail({ source, read, log, onNews }: TailOptions): Tail {
  const loop = pollLoop({ poll, maxWaitMs: LONGEST_NAP_MS, maxPauseMs: LONGEST_PAUSE_MS, onFailure });
  let kept: RecordedEvent[] = [];
  /** The cursor before the first fact that is kept. */
  let base: string | null = null;
  let position: string | null | undefined;
  let silent = false;
  let stopped = false;

  function onFailure(error: unknown, inARow: number): void {
    if (inARow === 1) log.warn({ err: error, source }, 'the stream cannot hear a module; trying on');
    if (silent) return;
    silent = true;
    onNews();
  }

  async function poll(): Promise<number> {
    const asked = performance.now();
    const page = position === undefined ? await read(LATEST, 0, 1) : await read(position, LONG_POLL_MS, PAGE);
    if (stopped) return LONGEST_NAP_MS;
    const news = silent || position === undefined || page.events.length > 0;
    if (position === undefined) base = page.cursor;
    silent = false;
    keep(page);
    if (news) onNews();
    return news || performance.now() - asked >= SHORTEST_PAUSE_MS ? 0 : SHORTEST_PAUSE_MS;
  }

  function keep({ events, cursor }: EventsPage): void {
    position = cursor;
    kept.push(...events);
    const surplus = kept.length - KEPT;
    if (surplus <= 0) return;
    base = (kept[surplus - 1] as RecordedEvent).cursor;
    kept = kept.slice(surplus);
  }

  return {
    start: loop.start,
    stop() {
      stopped = true;
      // The long poll in hand is not waited for: what it brings is not looked at any more.
      void loop.stop();
    },
    position: () => position,
    silent: () => silent,
    async since(cursor) {
      if (position === undefined) return { events: [], cursor };
      const at = cursor === base ? -1 : kept.findLastIndex((event) => event.cursor === cursor);
      if (at < 0 && cursor !== base) return read(cursor, 0, PAGE);
      const events = kept.slice(at + 1);
      return { events, cursor: events.at(-1)?.cursor ?? cursor };
    },
  };
}
