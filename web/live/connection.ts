import { computed, signal } from '@preact/signals';
import type { LiveEvent, Source } from '../../src/gateway/contract';
import { withBase } from '../base';
import { isOffline, listenToAnswers, ports, problemOf } from '../ports';
import { sessionEnded } from '../session';
import { now } from '../ui/times';

/**
 * One connection to the events of the server. *Live*: a heartbeat arrived within STALE_MS. *Stale*: none did.
 * *Offline*: none did for OFFLINE_MS, or there is no network. Data is never marked live while the connection is not;
 * when it is live again, missed data is fetched first.
 */
export const STALE_MS = 10_000;
export const OFFLINE_MS = 30_000;
const TICK_MS = 1_000;
const POLL_EVERY_MS = 3_000;
/** After so many failures in a row, assume that a proxy blocks streams. */
const STREAM_FAILURES = 3;
/** While events are polled, a stream is tried at once (the server may only have restarted), and then this often. */
const PROBE_EVERY_MS = 60_000;
const WHO_IS_HERE = '/api/v1/auth/me';
const AGAIN_AFTER_MS = [500, 1_000, 2_000, 5_000];

export type LiveState = 'live' | 'stale' | 'offline';

/** The instant of the last heartbeat on this browser's clock; null before the first. */
export const lastHeartbeatAt = signal<number | null>(null);
/** The instant of a stored answer of an earlier visit; null for a fresh one. */
export const seenAt = signal<string | null>(null);
/** Modules that do not answer the gateway. */
export const silent = signal<readonly Source[]>([]);
const begunAt = signal(Date.now());
const online = signal(true);
export const polling = signal(false);

export const liveState = computed<LiveState>(() => {
  if (!online.value) return 'offline';
  const since = now.value - (lastHeartbeatAt.value ?? begunAt.value);
  if (since >= OFFLINE_MS) return 'offline';
  return since >= STALE_MS || (lastHeartbeatAt.value === null && since >= 3_000) ? 'stale' : 'live';
});
export const isLive = computed(() => liveState.value === 'live' && seenAt.value === null);

type Listener = (event: LiveEvent) => void;
const listeners = new Set<Listener>();
const missedListeners = new Set<(modules: readonly Source[] | 'all') => void>();

/** Calls back for each event; returns a function that unsubscribes. */
export function onEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Calls back if events of these modules were missed, so that their data is fetched again. */
export function onMissed(listener: (modules: readonly Source[] | 'all') => void): () => void {
  missedListeners.add(listener);
  return () => void missedListeners.delete(listener);
}

export function publishEvent(event: LiveEvent): void {
  for (const listener of [...listeners]) listener(event);
}

function recordHeartbeat(silentNow?: readonly Source[]): void {
  const wasAway = liveState.peek() !== 'live' || seenAt.peek() !== null;
  now.value = Date.now();
  lastHeartbeatAt.value = now.value;
  seenAt.value = null;
  if (silentNow !== undefined && silentNow.join() !== silent.peek().join()) {
    const back = silent.peek().filter((source) => !silentNow.includes(source));
    silent.value = silentNow;
    if (back.length > 0) missed(back);
  }
  if (wasAway) missed('all');
}

function missed(modules: readonly Source[] | 'all'): void {
  for (const listener of [...missedListeners]) listener(modules);
}

let stream: EventSource | null = null;
let place: string | null = null;
let failures = 0;
let probeAt = 0;
let retry: ReturnType<typeof setTimeout> | undefined;
let ticking: ReturnType<typeof setInterval> | undefined;

/** Opens the connection; a second call does nothing. */
export function connect(): void {
  if (ticking !== undefined) return;
  begunAt.value = Date.now();
  now.value = begunAt.value;
  online.value = navigator.onLine !== false;
  ticking = setInterval(tick, TICK_MS);
  addEventListener('online', back);
  addEventListener('offline', away);
  addEventListener('visibilitychange', wake);
  listenToAnswers({
    refused: (problem) => {
      if (problem.kind === 'unauthenticated') sessionEnded();
    },
    answered: (instant, path) => {
      // The oldest of the answers on the screen. The question for the user shows no data and does not count.
      if (instant === null || path === WHO_IS_HERE) return;
      if (seenAt.peek() === null || instant < (seenAt.peek() as string)) seenAt.value = instant;
    },
  });
  openStream();
}

export function disconnect(): void {
  clearInterval(ticking);
  clearTimeout(retry);
  ticking = undefined;
  stream?.close();
  stream = null;
  place = null;
  failures = 0;
  probeAt = 0;
  polling.value = false;
  lastHeartbeatAt.value = null;
  removeEventListener('online', back);
  removeEventListener('offline', away);
  removeEventListener('visibilitychange', wake);
}

const back = () => {
  online.value = true;
  tryNow();
};
const away = () => {
  online.value = false;
};
/** Timers sleep in a hidden page: check the clock before the state is used again. */
const wake = () => {
  if (document.visibilityState === 'visible') tick();
};

function tick(): void {
  now.value = Date.now();
  if (liveState.peek() === 'live' || stream === null) return;
  // An open connection without heartbeats is dead; the browser would wait much longer.
  if (now.peek() - (lastHeartbeatAt.peek() ?? begunAt.peek()) > STALE_MS) reopenSoon();
}

/** Retries at once, and then from the shortest wait. */
export function tryNow(): void {
  failures = 0;
  polling.value = false;
  clearTimeout(retry);
  openStream();
}

function openStream(): void {
  stream?.close();
  const after = place === null ? '' : `?after=${encodeURIComponent(place)}`;
  const opened = new EventSource(withBase(`/api/v1/events${after}`));
  stream = opened;
  opened.onmessage = (message) => {
    arrived(message);
    recordHeartbeat();
    publishEvent(JSON.parse(message.data) as LiveEvent);
  };
  opened.addEventListener('heartbeat', (message) => {
    arrived(message);
    recordHeartbeat((JSON.parse(message.data) as { silent: Source[] }).silent);
  });
  opened.addEventListener('missed', (message) => {
    arrived(message);
    missed((JSON.parse(message.data) as { modules: Source[] }).modules);
  });
  opened.addEventListener('ended', (message) => {
    const { reason } = JSON.parse((message as MessageEvent<string>).data) as { reason: string };
    if (reason === 'session_ended') void checkSession();
    reopenSoon();
  });
  opened.onerror = () => {
    if (stream !== opened) return;
    failures++;
    if (polling.peek()) {
      opened.close();
      stream = null;
      return;
    }
    void checkSession();
    reopenSoon();
  };
}

const arrived = ({ lastEventId }: MessageEvent<string>): void => {
  failures = 0;
  polling.value = false;
  if (lastEventId !== '') place = lastEventId;
};

function reopenSoon(): void {
  stream?.close();
  stream = null;
  clearTimeout(retry);
  const wait = AGAIN_AFTER_MS[Math.min(failures, AGAIN_AFTER_MS.length - 1)];
  retry = setTimeout(failures >= STREAM_FAILURES ? poll : openStream, wait);
}

/** A stream that ends without data was possibly refused; only a normal request returns the reason. */
async function checkSession(): Promise<void> {
  await ports.gateway.me({}).catch(() => undefined);
}

/** Whether a stream opened, or a retry by hand replaced this round. */
const isPolled = (): boolean => ticking !== undefined && failures >= STREAM_FAILURES;

/** Polls for events if no stream works. When polling fails too, a stream is tried first. */
async function poll(): Promise<void> {
  if (!isPolled()) return;
  try {
    const after = place;
    const answer = await ports.gateway.events({ ...(after !== null && { after }), wait_ms: POLL_EVERY_MS });
    if (!isPolled()) return;
    polling.value = true;
    place = answer.cursor;
    recordHeartbeat(answer.silent);
    if (answer.missed.length > 0) missed(answer.missed);
    for (const event of answer.events) publishEvent(event);
    if (Date.now() >= probeAt) {
      probeAt = Date.now() + PROBE_EVERY_MS;
      openStream();
    }
    retry = setTimeout(poll, answer.events.length > 0 ? 0 : 250);
  } catch (error) {
    if (!isPolled()) return;
    polling.value = false;
    probeAt = 0;
    failures = isOffline(problemOf(error)) ? 0 : STREAM_FAILURES;
    retry = setTimeout(failures === 0 ? openStream : poll, 2_000);
  }
}
