import { signal, type Wake } from '../../kernel/async/signal';
import type { RecordedEvent } from '../../kernel/events/events';
import { maySeeSecrets } from '../../kernel/mask';
import type { Log } from '../../kernel/observe/observe';
import type { Caller } from '../../kernel/ports/contract';
import { maskAnswer } from '../../kernel/ports/maskAnswer';
import { type LiveEvent, SOURCES, type Source } from '../contract';
import { type Cursors, cursorOfEach } from './cursor';
import { type ReadEvents, type Tail, tail } from './tail';
import { liveEventOf, maySee } from './toBrowser';

/** The next events for a listener, of all sources. */
export interface News {
  events: LiveEvent[];
  /** Sources with too many events, some of which were left out. */
  missed: Source[];
}

/** The merged events of all modules. Each gateway process reads them itself; a cursor is valid in every process. */
export interface Hub {
  /** Starts to read at the first call. Resolves when each source has answered or failed, after two seconds at most. */
  open(): Promise<void>;
  stop(): void;
  stopped(): boolean;
  /** The newest cursor of each source. */
  now(): Cursors;
  /** Sources that do not answer. */
  silent(): Source[];
  listener(cursors: Cursors, caller: Caller): Listener;
  /** Call it before reading, so that an event that comes in between wakes the reader. */
  nextWake(): Wake;
}

/** Reads the events that a caller may see, from its cursors on. */
export interface Listener {
  /** The cursors after the events that were read. */
  cursors: Cursors;
  next(): Promise<News>;
}

/** A client that missed more events fetches its data again; that is cheaper than to send each event. */
const MAX_BEHIND = 500;
const OPEN_WITHIN_MS = 2_000;

/** @param readers the long poll of each source */
export function createHub(readers: Record<Source, ReadEvents>, log: Log): Hub {
  const waiting = signal();
  let stopped = false;
  let opening: Promise<void> | undefined;

  const tails = Object.fromEntries(
    SOURCES.map((source) => [source, tail({ source, read: readers[source], log, onNews: waiting.all })]),
  ) as Record<Source, Tail>;
  const allAnswered = (): boolean =>
    SOURCES.every((source) => tails[source].silent() || tails[source].position() !== undefined);

  async function begin(): Promise<void> {
    for (const source of SOURCES) tails[source].start();
    const until = performance.now() + OPEN_WITHIN_MS;
    while (!allAnswered() && performance.now() < until) await hub.nextWake().within(until - performance.now());
  }

  const hub: Hub = {
    open() {
      opening ??= begin();
      return opening;
    },
    stop() {
      stopped = true;
      for (const source of SOURCES) tails[source].stop();
      waiting.all();
    },
    stopped: () => stopped,
    now: () => cursorOfEach((source) => tails[source].position()),
    silent: () => SOURCES.filter((source) => tails[source].silent()),
    listener: (cursors, caller) => listener(tails, cursors, caller),
    nextWake: waiting.next,
  };
  return hub;
}

function listener(tails: Record<Source, Tail>, begin: Cursors, caller: Caller): Listener {
  const cursors = { ...begin };
  const sent = cursorOfEach(() => undefined) as unknown as Record<Source, number | undefined>;

  /** Reads one source. A source that does not answer has no events now and does not delay the others. */
  async function readFrom(source: Source): Promise<{ events: RecordedEvent[]; missed: boolean }> {
    const present = tails[source].position();
    if (present === undefined) return { events: [], missed: false };
    const from = cursors[source];
    if (from === undefined) return skipTo(source, present);
    const page = await tails[source].since(from).catch(() => ({ events: [], cursor: from }));
    const behind = page.events.length > 0 && page.cursor !== tails[source].position();
    sent[source] = behind ? (sent[source] ?? 0) + page.events.length : 0;
    return (sent[source] ?? 0) > MAX_BEHIND
      ? skipTo(source, tails[source].position() as string | null)
      : { events: page.events, missed: false };
  }

  function skipTo(source: Source, to: string | null) {
    cursors[source] = to;
    sent[source] = 0;
    return { events: [], missed: true };
  }

  return {
    cursors,
    async next() {
      const news: News = { events: [], missed: [] };
      const pages = await Promise.all(SOURCES.map(async (source) => ({ source, ...(await readFrom(source)) })));
      for (const { source, events, missed } of pages) {
        if (missed) news.missed.push(source);
        for (const event of events) {
          cursors[source] = event.cursor;
          if (maySee(caller, source, event)) news.events.push(liveEventOf(source, event, cursors));
        }
      }
      if (!maySeeSecrets(caller.role)) news.events = await maskAnswer(news.events);
      return news;
    },
  };
}
