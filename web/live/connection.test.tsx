/** @jest-environment @happy-dom/jest-environment */
import { Problem } from '../../src/kernel/ports/problem';
import { answerWith, type Ports } from '../ports';
import { me } from '../session';
import { ANA } from '../testing/page';
import { now } from '../ui/times';
import {
  connect,
  disconnect,
  isLive,
  lastHeartbeatAt,
  liveState,
  onEvent,
  onMissed,
  polling,
  seenAt,
  silent,
  tryNow,
} from './connection';

/** The connection with a fake stream, fake answers and a fake clock. */

type Told = Awaited<ReturnType<Ports['gateway']['events']>>;

/** An EventSource that the test controls. */
class Stream {
  static opened: Stream[] = [];
  static get last(): Stream {
    return Stream.opened.at(-1) as Stream;
  }
  onmessage: ((message: object) => void) | null = null;
  onerror: (() => void) | null = null;
  closed = false;
  private readonly named = new Map<string, (message: object) => void>();
  constructor(readonly url: string) {
    Stream.opened.push(this);
  }
  addEventListener(name: string, hears: (message: object) => void): void {
    this.named.set(name, hears);
  }
  close(): void {
    this.closed = true;
  }
  fact(id: string, subject: string): void {
    this.onmessage?.({ lastEventId: id, data: JSON.stringify(factOf(subject)) });
  }
  says(name: string, data: object, id = ''): void {
    this.named.get(name)?.({ lastEventId: id, data: JSON.stringify(data) });
  }
  fails(): void {
    this.onerror?.();
  }
}

const factOf = (subject: string) => ({
  id: subject,
  module: 'incidents' as const,
  kind: 'incident_created',
  subject,
  actor: 'system',
  data: {},
  at: '2026-03-28T02:00:00.000Z',
});
const nothing = (change: Partial<Told> = {}): Told =>
  ({ events: [], cursor: 'c1', missed: [], silent: [], ...change }) as Told;

let polls: unknown[];
let answersPoll: () => Promise<Told>;
let facts: string[];
let misses: unknown[];
let askedWho: number;
const stops: (() => void)[] = [];

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  jest.useFakeTimers({ now: Date.parse('2026-03-28T02:00:00.000Z') });
  Stream.opened = [];
  globalThis.EventSource = Stream as never;
  polls = [];
  facts = [];
  misses = [];
  askedWho = 0;
  answersPoll = async () => nothing();
  answerWith({
    gateway: {
      me: async () => {
        askedWho++;
        return ANA;
      },
      events: (input) => {
        polls.push(input);
        return answersPoll();
      },
    },
  });
  me.value = ANA;
  seenAt.value = null;
  stops.push(
    onEvent(({ subject }) => facts.push(subject)),
    onMissed((modules) => misses.push(modules)),
  );
  connect();
});
afterEach(() => {
  disconnect();
  for (const stop of stops.splice(0)) stop();
  jest.useRealTimers();
});

const beat = (quiet: string[] = [], id = 'c0') => Stream.last.says('heartbeat', { silent: quiet }, id);

describe('live', () => {
  test('is shown only after a first heartbeat', async () => {
    await pass(3_000);
    expect(liveState.value).toBe('stale');
    beat();
    expect(liveState.value).toBe('live');
  });

  test('ends ten seconds after the last heartbeat; after thirty the page is offline', async () => {
    beat();
    answersPoll = () => new Promise(() => {});
    await pass(9_000);
    expect(liveState.value).toBe('live');
    await pass(1_000);
    expect(liveState.value).toBe('stale');
    await pass(20_000);
    expect(liveState.value).toBe('offline');
    expect(lastHeartbeatAt.value).toBe(now.value - 30_000);
  });

  test('ends at once if the browser reports no network', () => {
    beat();
    dispatchEvent(new Event('offline'));
    expect(liveState.value).toBe('offline');
    dispatchEvent(new Event('online'));
    expect(Stream.opened).toHaveLength(2);
  });

  test('is not shown for stored answers of an earlier visit, until a fresh answer arrives', () => {
    beat();
    seenAt.value = '2026-03-27T22:00:00.000Z';
    expect(isLive.value).toBe(false);
    misses = [];
    beat();
    expect(isLive.value).toBe(true);
    expect(misses).toEqual(['all']);
  });

  test('names a module that does not answer, and fetches its data again once it does', () => {
    beat(['oncall']);
    expect(silent.value).toEqual(['oncall']);
    misses = [];
    beat([]);
    expect(silent.value).toEqual([]);
    expect(misses).toEqual([['oncall']]);
  });
});

describe('a stream that ended', () => {
  test('is opened again with the id of the last event', async () => {
    beat();
    Stream.last.fact('c7', 'an incident');
    Stream.last.fails();
    await pass(1_000);
    expect(Stream.opened.map(({ url }) => url)).toEqual(['/api/v1/events', '/api/v1/events?after=c7']);
    expect(Stream.opened[0]?.closed).toBe(true);
    expect(facts).toEqual(['an incident']);
  });

  test('is retried after growing waits, which start again after a success', async () => {
    Stream.last.fails();
    await pass(999);
    expect(Stream.opened).toHaveLength(1);
    await pass(1);
    Stream.last.fails();
    await pass(1_999);
    expect(Stream.opened).toHaveLength(2);
    await pass(1);
    beat();
    Stream.last.fails();
    await pass(1_000);
    expect(Stream.opened).toHaveLength(4);
  });

  test('is given up ten seconds after its last heartbeat, although the browser keeps it open', async () => {
    beat();
    await pass(11_500);
    expect(Stream.opened.length).toBeGreaterThan(1);
    expect(Stream.opened[0]?.closed).toBe(true);
  });

  test('fetches all data again if the server cannot send the missed events', () => {
    beat();
    misses = [];
    Stream.last.says('missed', { modules: ['alerts'] }, 'c9');
    expect(misses).toEqual([['alerts']]);
  });

  test('because the session ended asks for the user, which leads to the login', async () => {
    beat();
    Stream.last.says('ended', { reason: 'session_ended' });
    await pass(0);
    expect([Stream.last.closed, askedWho]).toEqual([true, 1]);
  });
});

describe('without any stream', () => {
  const refuse = async () => {
    for (const wait of [1_000, 2_000, 5_000]) {
      Stream.last.fails();
      await pass(wait);
    }
  };
  const once = async (told: Told) => {
    if (polls.length > 1) return new Promise<never>(() => {});
    return told;
  };

  test('events are polled, each time from the end of the last answer', async () => {
    answersPoll = async () => {
      if (polls.length > 2) return new Promise(() => {});
      return nothing({ events: [factOf(`fact ${polls.length}`)], cursor: `c${polls.length}` } as never);
    };
    await refuse();
    await pass(500);
    expect(facts).toEqual(['fact 1', 'fact 2']);
    expect(polls.slice(1)).toEqual([
      { after: 'c1', wait_ms: 3_000 },
      { after: 'c2', wait_ms: 3_000 },
    ]);
    expect([liveState.value, polling.value]).toEqual(['live', true]);
  });

  test('a stream replaces the polling as soon as the server is back', async () => {
    answersPoll = () => once(nothing());
    await refuse();
    expect(polling.value).toBe(true);
    expect(Stream.last.url).toBe('/api/v1/events?after=c1');
    beat([], 'c2');
    await pass(9_000);
    expect([polling.value, polls.length, Stream.last.closed]).toEqual([false, 1, false]);
  });

  test('an answer that arrives after the stream opened changes nothing', async () => {
    let late: (told: Told) => void = () => {};
    answersPoll = () => (polls.length === 1 ? Promise.resolve(nothing()) : new Promise((resolve) => (late = resolve)));
    await refuse();
    await pass(250);
    beat([], 'c9');
    late(nothing({ events: [factOf('known already')] } as never));
    await pass(0);
    expect(facts).toEqual([]);
    expect(polling.value).toBe(false);
  });

  test('a stream is tried every minute beside the polling, and its failure does not stop the polling', async () => {
    answersPoll = async () => {
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      return nothing();
    };
    await refuse();
    await pass(3_500);
    const streams = Stream.opened.length;
    Stream.last.fails();
    await pass(50_000);
    expect(Stream.opened.length).toBe(streams);
    await pass(15_000);
    expect(Stream.opened.length).toBe(streams + 1);
    Stream.last.fails();
    const before = polls.length;
    await pass(10_000);
    expect(polls.length).toBeGreaterThan(before + 1);
    expect([liveState.value, polling.value]).toEqual(['live', true]);
  });

  test('if polling fails too, nothing is live and a stream is tried first', async () => {
    await refuse();
    Stream.last.fails();
    const streams = Stream.opened.length;
    answersPoll = () => Promise.reject(new Problem('unavailable', 'Gone', { offline: true }));
    await pass(2_500);
    expect(polling.value).toBe(false);
    expect(Stream.opened.length).toBe(streams + 1);
  });

  test('a retry by hand opens a stream at once', async () => {
    await refuse();
    const streams = Stream.opened.length;
    tryNow();
    expect(Stream.opened.length).toBe(streams + 1);
    expect(polling.value).toBe(false);
  });
});
