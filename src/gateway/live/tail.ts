import { pollLoop } from '../../kernel/async/loop';
import { type EventsPage, LATEST, type RecordedEvent } from '../../kernel/events/events';
import type { Log } from '../../kernel/observe/observe';
import type { Source } from '../contract';

/** The long poll of a module, through its port. */
export type ReadEvents = (after: string | null, waitMs: number, limit: number) => Promise<EventsPage>;

/** The newest events of one source in memory, so that one long poll serves all streams of this process. */
export interface Tail {
  start(): void;
  stop(): void;
  /** The cursor of the newest event; undefined until the source has answered. */
  position(): string | null | undefined;
  /** Whether the source does not answer, so that its data may be old. */
  silent(): boolean;
  /** The events after `cursor`: from memory, or from the source if they are older than memory. */
  since(cursor: string | null): Promise<EventsPage>;
}

export interface TailOptions {
  source: Source;
  read: ReadEvents;
  log: Log;
  /** Called after new events, and when the source stops or starts to answer. */
  onNews: () => void;
}

/** Short, so that a source that hangs is noticed soon. */
const LONG_POLL_MS = 5_000;
const PAGE = 200;
const KEPT = 500;
const MIN_PAUSE_MS = 250;
const MAX_WAIT_MS = 5_000;
/** Retries come so often that events of a restarted module arrive within two seconds. */
const MAX_PAUSE_MS = 1_500;

/** Starts at the newest event of a source. */
export function tail({ source, read, log, onNews }: TailOptions): Tail {
  const loop = pollLoop({ poll, maxWaitMs: MAX_WAIT_MS, maxPauseMs: MAX_PAUSE_MS, onFailure });
  let kept: RecordedEvent[] = [];
  /** The cursor before the oldest event in memory. */
  let base: string | null = null;
  let position: string | null | undefined;
  let silent = false;
  let stopped = false;

  function onFailure(error: unknown, inARow: number): void {
    if (inARow === 1) log.warn({ err: error, source }, 'event stream: a module does not answer; retrying');
    if (silent) return;
    silent = true;
    onNews();
  }

  async function poll(): Promise<number> {
    const askedAt = performance.now();
    const page = position === undefined ? await read(LATEST, 0, 1) : await read(position, LONG_POLL_MS, PAGE);
    if (stopped) return MAX_WAIT_MS;
    const news = silent || position === undefined || page.events.length > 0;
    if (position === undefined) base = page.cursor;
    silent = false;
    keep(page);
    if (news) onNews();
    return news || performance.now() - askedAt >= MIN_PAUSE_MS ? 0 : MIN_PAUSE_MS;
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
      // The running long poll is not awaited; its answer is ignored.
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
