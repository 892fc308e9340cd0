import { setTimeout as sleep } from 'node:timers/promises';
import type { Request, RequestHandler, Response } from 'express';
import { type Clock, seconds } from '../../kernel/clock';
import { invalid, Problem, unavailable } from '../../kernel/ports/problem';
import { callerOf } from '../../kernel/ports/router';
import { identityOf, isStillGood } from '../auth/authenticate';
import type { Identities } from '../auth/identity';
import type { GatewayMetrics } from '../metrics';
import { type Cursors, cursorText, noCursors, parseCursor } from './cursor';
import type { Hub, Listener } from './hub';

/** Server-sent events: the merged events for browsers, until their session ends. */

export interface Streams {
  /** Answers requests that accept `text/event-stream`; passes on all others. */
  handler: RequestHandler;
  /** Ends all streams, so that the process can stop. The browsers connect again. */
  release(): void;
  /** The number of open streams in this process. */
  open(): number;
}

export interface StreamsOptions {
  hub: Hub;
  identities: Identities;
  clock: Clock;
  metrics: GatewayMetrics;
  /** Milliseconds between heartbeats. A page without one for ten seconds shows that it is stale. Rights are checked as often. */
  heartbeatMs?: number;
  maxPerCredential?: number;
  maxTotal?: number;
  /** A client that does not read for so many milliseconds is disconnected; it can resume. */
  drainsWithinMs?: number;
}

const HEARTBEAT_MS = seconds(4);
/** A browser opens one stream per tab. */
const MAX_PER_CREDENTIAL = 20;
const MAX_TOTAL = 1_000;
const DRAINS_WITHIN_MS = seconds(10);
const RECONNECT_AFTER_MS = 1_000;

type Reason = 'session_ended' | 'restarting';

interface Stream {
  res: Response;
  listener: Listener;
  ending?: Reason;
}

type Limits = Required<Pick<StreamsOptions, 'heartbeatMs' | 'maxPerCredential' | 'maxTotal' | 'drainsWithinMs'>>;

/** The open streams of this process, by credential. */
interface Pool {
  open: Map<string, Set<Stream>>;
  total: number;
}

type StreamDeps = StreamsOptions & Limits & { pool: Pool };

/** @param options the hub, and the limits if not the defaults */
export function createStreams(options: StreamsOptions): Streams {
  const deps: StreamDeps = {
    ...options,
    heartbeatMs: options.heartbeatMs ?? HEARTBEAT_MS,
    maxPerCredential: options.maxPerCredential ?? MAX_PER_CREDENTIAL,
    maxTotal: options.maxTotal ?? MAX_TOTAL,
    drainsWithinMs: options.drainsWithinMs ?? DRAINS_WITHIN_MS,
    pool: { open: new Map(), total: 0 },
  };
  return {
    handler: async (req, res, next) => {
      if (req.accepts()[0] !== 'text/event-stream') return next();
      await answer(deps, req, res);
    },
    release() {
      for (const stream of [...deps.pool.open.values()].flatMap((mine) => [...mine])) stream.ending = 'restarting';
      deps.hub.stop();
    },
    open: () => deps.pool.total,
  };
}

async function answer(deps: StreamDeps, req: Request, res: Response): Promise<void> {
  const { hub } = deps;
  const resumed = resumeCursor(req);
  await hub.open();
  const listener = hub.listener(resumed ?? hub.now(), callerOf(res));
  const stream: Stream = { res, listener };
  enter(deps, identityOf(res)?.credential ?? '', stream);
  res.writeHead(200, HEADERS);
  if (req.method === 'HEAD') return void res.end();
  await run(deps, req, stream).catch(() => res.destroy());
}

/**
 * Adds a stream to the pool until its connection closes.
 * @throws Problem `too-many` if the credential has too many streams, `unavailable` if the process has
 */
function enter({ pool, metrics, maxPerCredential, maxTotal }: StreamDeps, credential: string, stream: Stream): void {
  const mine = pool.open.get(credential) ?? new Set();
  if (mine.size >= maxPerCredential) {
    throw new Problem('too-many', 'Too many event streams are open for this session or key.');
  }
  if (pool.total >= maxTotal) throw unavailable('Too many event streams are open.', 5);
  pool.open.set(credential, mine.add(stream));
  metrics.streams(++pool.total);
  stream.res.once('close', () => {
    mine.delete(stream);
    if (mine.size === 0 && pool.open.get(credential) === mine) pool.open.delete(credential);
    metrics.streams(--pool.total);
  });
}

/** Writes events and heartbeats until the client leaves, its rights change or the process stops. */
async function run(deps: StreamDeps, req: Request, stream: Stream): Promise<void> {
  const { hub, identities, heartbeatMs, drainsWithinMs } = deps;
  const { res, listener } = stream;
  const write = (text: string) => writeAndDrain(res, text, drainsWithinMs);
  await write(`retry: ${RECONNECT_AFTER_MS}\n\n${heartbeat(deps, stream)}`);
  for (let beatAt = performance.now() + heartbeatMs; !res.destroyed && stream.ending === undefined; ) {
    const wake = hub.nextWake();
    const { events, missed } = await listener.next();
    if (!(await isStillGood(identities, req, callerOf(res)))) {
      wake.cancel();
      stream.ending ??= 'session_ended';
      break;
    }
    const messages = events.map((event) => message({ id: event.id, data: JSON.stringify(event) }));
    const gaps = missed.length === 0 ? [] : [missing(listener, missed)];
    await write([...gaps, ...messages].join(''));
    if (events.length === 0) await wake.within(beatAt - performance.now());
    else wake.cancel();
    if (performance.now() < beatAt) continue;
    await write(heartbeat(deps, stream));
    beatAt = performance.now() + heartbeatMs;
  }
  if (res.destroyed) return;
  res.end(message({ event: 'ended', data: JSON.stringify({ reason: stream.ending }) }));
}

function heartbeat({ clock, hub }: StreamDeps, { listener }: Stream): string {
  const data = JSON.stringify({ at: clock.now().toISOString(), silent: hub.silent() });
  return message({ id: cursorText(listener.cursors), event: 'heartbeat', data });
}

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  // Without it nginx collects events before it sends them.
  'X-Accel-Buffering': 'no',
};

/**
 * The cursors to resume from: the header after a lost connection, else the query with which the page opened the stream.
 * @throws Problem `invalid` if the query has another form
 */
function resumeCursor(req: Request): Cursors | null {
  const header = req.get('last-event-id');
  if (header) return parseCursor(header) ?? noCursors();
  const { after } = req.query;
  if (after === undefined) return null;
  const cursors = parseCursor(String(after));
  if (cursors === null) throw invalid([{ path: 'after', message: 'Must be a cursor or id of an earlier answer' }]);
  return cursors;
}

function message({ id, event, data }: { id?: string; event?: string; data: string }): string {
  return `${event ? `event: ${event}\n` : ''}${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`;
}

const missing = (listener: Listener, modules: string[]): string =>
  message({ id: cursorText(listener.cursors), event: 'missed', data: JSON.stringify({ modules }) });

/** Writes and waits until the client has read, so that memory holds one page per client at most. */
async function writeAndDrain(res: Response, text: string, withinMs: number): Promise<void> {
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
