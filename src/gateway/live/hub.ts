import { signal, type Wake } from '../../kernel/async/signal';
import type { RecordedEvent } from '../../kernel/events/events';
import { masked, maySeeSecrets } from '../../kernel/mask';
import type { Log } from '../../kernel/observe/observe';
import type { Caller } from '../../kernel/ports/contract';
import { type LiveEvent, SOURCES, type Source } from '../contract';
import { type Place, placeOfEach } from './cursor';
import { type ReadEvents, type Tail, tail } from './tail';
import { factOf, maySee } from './toBrowser';

/** What a listener is told next, of all sources together. */
export interface News {
  events: LiveEvent[];
  /** Sources of which facts were left out. */
  missed: Source[];
}

/** All modules' facts, merged. Every gateway process follows for itself; what it shares with others are only cursors. */
export interface Hub {
  /** Begins to follow, if nobody has listened yet; resolves when the sources have said where they stand, or keep silent. */
  open(): Promise<void>;
  stop(): void;
  stopped(): boolean;
  /** Where the sources stand now. */
  now(): Place;
  silent(): Source[];
  listener(place: Place, caller: Caller): Listener;
  /** Begun before news are read, so that what comes meanwhile is noticed. */
  nextWake(): Wake;
}

export interface Listener {
  /** Moves with what is read. */
  place: Place;
  next(): Promise<News>;
}

/** Whoever was away for longer fetches everything again; that is cheaper than being told it fact by fact. */
const CATCHES_UP_AT_MOST = 500;
const OPEN_WITHIN_MS = 2_000;

export function createHub(readers: Record<Source, ReadEvents>, log: Log): Hub {
  const waiting = signal();
  let stopped = false;
  let opening: Promise<void> | undefined;

  const tails = Object.fromEntries(
    SOURCES.map((source) => [source, tail({ source, read: readers[source], log, onNews: waiting.all })]),
  ) as Record<Source, Tail>;
  const settled = (): boolean =>
    SOURCES.every((source) => tails[source].silent() || tails[source].position() !== undefined);

  async function begin(): Promise<void> {
    for (const source of SOURCES) tails[source].start();
    const until = performance.now() + OPEN_WITHIN_MS;
    while (!settled() && performance.now() < until) await hub.nextWake().within(until - performance.now());
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
    now: () => placeOfEach((source) => tails[source].position()),
    silent: () => SOURCES.filter((source) => tails[source].silent()),
    listener: (place, caller) => listener(tails, place, caller),
    nextWake: waiting.next,
  };
  return hub;
}

function listener(tails: Record<Source, Tail>, begin: Place, caller: Caller): Listener {
  const place = { ...begin };
  const told = placeOfEach(() => undefined) as unknown as Record<Source, number | undefined>;

  /** A source that keeps silent is heard when it speaks again; the others are not held up by it. */
  async function of(source: Source): Promise<{ events: RecordedEvent[]; missed: boolean }> {
    const present = tails[source].position();
    if (present === undefined) return { events: [], missed: false };
    const from = place[source];
    if (from === undefined) return jump(source, present);
    const page = await tails[source].since(from).catch(() => ({ events: [], cursor: from }));
    const behind = page.events.length > 0 && page.cursor !== tails[source].position();
    told[source] = behind ? (told[source] ?? 0) + page.events.length : 0;
    return (told[source] ?? 0) > CATCHES_UP_AT_MOST
      ? jump(source, tails[source].position() as string | null)
      : { events: page.events, missed: false };
  }

  function jump(source: Source, to: string | null) {
    place[source] = to;
    told[source] = 0;
    return { events: [], missed: true };
  }

  const shown = (fact: LiveEvent): LiveEvent => (maySeeSecrets(caller.role) ? fact : masked(fact));

  return {
    place,
    async next() {
      const news: News = { events: [], missed: [] };
      const pages = await Promise.all(SOURCES.map(async (source) => ({ source, ...(await of(source)) })));
      for (const { source, events, missed } of pages) {
        if (missed) news.missed.push(source);
        for (const event of events) {
          place[source] = event.cursor;
          if (maySee(caller, source, event)) news.events.push(shown(factOf(source, event, place)));
        }
      }
      return news;
    },
  };
}
