import { setTimeout as sleep } from 'node:timers/promises';
import type { Request, RequestHandler, Response } from 'express';
import { type Clock, seconds } from '../../kernel/clock';
import { invalid, Problem, unavailable } from '../../kernel/ports/problem';
import { callerOf } from '../../kernel/ports/router';
import { identityOf, isStillGood } from '../auth/authenticate';
import type { Identities } from '../auth/identity';
import type { GatewayMetrics } from '../metrics';
import { nowhere, type Place, placeIn, placeText } from './cursor';
import type { Hub, Listener } from './hub';

/** Server-sent events: the merged facts to browsers, for as long as their session lasts. */

export interface Streams {
  /** Answers who accepts `text/event-stream`; passes everybody else on. */
  handler: RequestHandler;
  /** Hangs up on everybody, so that the process can stop; they come back to whoever answers then. */
  release(): void;
  /** How many are open in this process. */
  open(): number;
}

export interface StreamsOptions {
  hub: Hub;
  identities: Identities;
  clock: Clock;
  metrics: GatewayMetrics;
  /** A page that heard nothing for ten seconds calls itself stale. Sessions are looked at in the same pace. */
  heartbeatMs?: number;
  mostPerCredential?: number;
  mostInAll?: number;
  /** Whoever does not take what is written for so long is dropped, and resumes where it was. */
  readsWithinMs?: number;
}

const HEARTBEAT_MS = seconds(4);
/** Browsers open one for every tab. */
const MOST_PER_CREDENTIAL = 20;
const MOST_IN_ALL = 1_000;
const READS_WITHIN_MS = seconds(10);
const RECONNECT_AFTER_MS = 1_000;

type Reason = 'session_ended' | 'restarting';

interface Stream {
  res: Response;
  listener: Listener;
  ending?: Reason;
}

export function createStreams(options: StreamsOptions): Streams {
  const { hub, identities, clock, metrics } = options;
  const heartbeatMs = options.heartbeatMs ?? HEARTBEAT_MS;
  const readsWithinMs = options.readsWithinMs ?? READS_WITHIN_MS;
  const write = (res: Response, text: string) => written(res, text, readsWithinMs);
  const open = new Map<string, Set<Stream>>();
  let total = 0;

  /** @throws Problem `too-many` or `unavailable` where there are enough of them */
  function enter(credential: string, stream: Stream): void {
    const mine = open.get(credential) ?? new Set();
    if (mine.size >= (options.mostPerCredential ?? MOST_PER_CREDENTIAL)) {
      throw new Problem('too-many', 'Too many event streams are open for this session or key.');
    }
    if (total >= (options.mostInAll ?? MOST_IN_ALL)) throw unavailable('Too many event streams are open.', 5);
    open.set(credential, mine.add(stream));
    metrics.streams(++total);
    stream.res.once('close', () => leave(credential, mine, stream));
  }

  function leave(credential: string, mine: Set<Stream>, stream: Stream): void {
    mine.delete(stream);
    if (mine.size === 0 && open.get(credential) === mine) open.delete(credential);
    metrics.streams(--total);
  }

  function heartbeat({ listener }: Stream): string {
    const data = JSON.stringify({ at: clock.now().toISOString(), silent: hub.silent() });
    return message({ id: placeText(listener.place), event: 'heartbeat', data });
  }

  async function run(req: Request, stream: Stream): Promise<void> {
    const { res, listener } = stream;
    await write(res, `retry: ${RECONNECT_AFTER_MS}\n\n${heartbeat(stream)}`);
    for (let beatAt = performance.now() + heartbeatMs; !res.destroyed && stream.ending === undefined; ) {
      const wake = hub.nextWake();
      const { events, missed } = await listener.next();
      if (!(await isStillGood(identities, req, callerOf(res)))) {
        wake.cancel();
        stream.ending ??= 'session_ended';
        break;
      }
      const facts = events.map((event) => message({ id: event.id, data: JSON.stringify(event) }));
      const gaps = missed.length === 0 ? [] : [missing(listener, missed)];
      await write(res, [...gaps, ...facts].join(''));
      if (events.length === 0) await wake.within(beatAt - performance.now());
      else wake.cancel();
      if (performance.now() < beatAt) continue;
      await write(res, heartbeat(stream));
      beatAt = performance.now() + heartbeatMs;
    }
    if (res.destroyed) return;
    res.end(message({ event: 'ended', data: JSON.stringify({ reason: stream.ending }) }));
  }

  return {
    handler: async (req, res, next) => {
      if (req.accepts()[0] !== 'text/event-stream') return next();
      const resumed = resumedAt(req);
      await hub.open();
      const listener = hub.listener(resumed ?? hub.now(), callerOf(res));
      const stream: Stream = { res, listener };
      enter(identityOf(res)?.credential ?? '', stream);
      res.writeHead(200, HEADERS);
      if (req.method === 'HEAD') return void res.end();
      await run(req, stream).catch(() => res.destroy());
    },
    release() {
      for (const stream of [...open.values()].flatMap((mine) => [...mine])) stream.ending = 'restarting';
      hub.stop();
    },
    open: () => total,
  };
}

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  // Nginx would otherwise gather what is to be told at once.
  'X-Accel-Buffering': 'no',
};

/** The header is what the browser read last; the query, what the page had read before it opened the stream. */
function resumedAt(req: Request): Place | null {
  const header = req.get('last-event-id');
  if (header) return placeIn(header) ?? nowhere();
  const { after } = req.query;
  if (after === undefined) return null;
  const place = placeIn(String(after));
  if (place === null) throw invalid([{ path: 'after', message: 'Must be a cursor or id that was given out here' }]);
  return place;
}

function message({ id, event, data }: { id?: string; event?: string; data: string }): string {
  return `${event ? `event: ${event}\n` : ''}${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`;
}

const missing = (listener: Listener, modules: string[]): string =>
  message({ id: placeText(listener.place), event: 'missed', data: JSON.stringify({ modules }) });

/** Waits until the client took it, so that no more than a page is ever held for anybody. */
async function written(res: Response, text: string, withinMs: number): Promise<void> {
  if (text === '' || res.write(text)) return;
  const late = new AbortController();
  const drained = new Promise<void>((resolve) => {
    res.once('drain', resolve);
    res.once('close', resolve);
  });
  const slow = sleep(withinMs, undefined, { signal: late.signal }).then(() => res.destroy());
  await Promise.race([drained, slow.catch(() => undefined)]);
  late.abort();
}
