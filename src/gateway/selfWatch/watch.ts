import type { Registry } from 'prom-client';
import { type Loop, pollLoop } from '../../kernel/async/loop';
import { withTimeout } from '../../kernel/async/withTimeout';
import { days, seconds } from '../../kernel/clock';
import { outgoing } from '../../kernel/http/outgoing';
import { systemCaller } from '../../kernel/ports/contract';
import type { ChannelName } from '../../notify/contract';
import type { Deps } from '../deps';
import { LOOK_AT_LEAST_MS, noticeOf, type Outage } from './judge';
import { type Look, look } from './look';
import { watchMetrics } from './metrics';
import { changeWatch, noteNotice, switchOff, unnoticed } from './store';

/**
 * The **self-watch**: every SELF_WATCH_SECONDS a walk goes through all modules (see `kernel/ports/walk.ts`). While walks
 * arrive in time, HEARTBEAT_URL gets a request for each; if one is late, the fallback is notified.
 */
export interface SelfWatch extends Pick<Loop, 'start' | 'stop'> {
  /** Looks once, for tests; returns how much changed. */
  drain(): Promise<number>;
}

export interface SelfWatchDeps extends Pick<Deps, 'db' | 'clock' | 'log' | 'ports' | 'settings'> {
  registry: Registry;
}

const PING_WITHIN_MS = seconds(10);
const NOTIFY_WITHIN_MS = seconds(15);
/** A notice that could not go out for so long after the end of the outage is of no use. */
const NOTICE_FOR_MS = days(1);

export function selfWatch(deps: SelfWatchDeps): SelfWatch {
  const { db, clock, log, settings } = deps;
  const isOn = settings.selfWatchSeconds > 0;
  const metrics = watchMetrics(deps.registry, settings.selfWatchSeconds);
  const client = outgoing(settings.outgoingAllow);
  const pings = new Set<Promise<void>>();
  /** The outage whose notice failed, so that each failure is logged once. */
  let unsent = '';

  /** Sends one request to HEARTBEAT_URL. The URL is a secret, so only the reason of a failure is logged. */
  async function ping(url: string): Promise<void> {
    const request = { url, method: 'GET' as const, timeoutMs: PING_WITHIN_MS, trusted: true };
    const answer = await client.send(request);
    const failure = 'failure' in answer ? answer.failure : answer.status >= 300 ? `status_${answer.status}` : null;
    metrics.pinged(failure !== null);
    if (failure !== null) log.warn({ reason: failure }, 'HEARTBEAT_URL did not accept the request');
    await changeWatch(db, { pinged_at: clock.now(), ping_failure: failure });
  }

  function beginPing(url: string): void {
    const sending = ping(url)
      .catch((error) => log.warn({ err: error }, 'the result of the request to HEARTBEAT_URL was not saved'))
      .finally(() => pings.delete(sending));
    pings.add(sending);
  }

  function report({ judged, turned, outage }: Look): void {
    for (const { id, verdict, duration_ms } of judged) {
      if (verdict === 'late' || verdict === 'lost') log.error({ walk: id }, `a walk of the self-watch is ${verdict}`);
      else log.debug({ walk: id, verdict, durationMs: duration_ms }, 'a walk of the self-watch arrived');
    }
    if (turned === 'failed')
      log.error({ stuckAt: outage?.stuck_at }, 'the self-watch fails; pages may be late or lost');
    if (turned === 'recovered') log.info('the self-watch passes again');
  }

  /** Notifies the fallback. The key makes it one message, whichever gateway sends it and however often it tries. */
  async function sendNotices(): Promise<number> {
    const target = settings.fallbackTarget;
    if (target === null) return 0;
    const outages = await unnoticed(db, new Date(clock.now().getTime() - NOTICE_FOR_MS));
    let sent = 0;
    for (const outage of outages) if (await sendNotice(outage, target)) sent += 1;
    return sent;
  }

  async function sendNotice(outage: Outage, target: string): Promise<boolean> {
    const state = outage.ended_at === null ? 'failed' : 'recovered';
    const message = {
      incident_id: 'self-watch',
      channel: target.slice(0, target.indexOf(':')) as ChannelName,
      recipient: target.slice(target.indexOf(':') + 1),
      message: noticeOf(outage, settings.publicUrl),
      severity: state === 'failed' ? 'critical' : null,
    };
    const caller = { ...systemCaller('self-watch'), idempotencyKey: `self-watch:${outage.id}:${state}` };
    try {
      await withTimeout(deps.ports.notify.notify(message, caller), NOTIFY_WITHIN_MS);
      await noteNotice(db, outage, clock.now());
      return true;
    } catch (error) {
      if (unsent !== caller.idempotencyKey) log.error({ err: error }, 'the fallback could not be notified; retrying');
      unsent = caller.idempotencyKey;
      return false;
    }
  }

  async function once(): Promise<{ looked: Look; sent: number }> {
    const looked = await look(deps);
    metrics.looked(looked);
    report(looked);
    const passed = looked.judged.some(({ verdict }) => verdict === 'passed');
    if (passed && looked.outage === null && settings.heartbeatUrl !== null) beginPing(settings.heartbeatUrl);
    return { looked, sent: await sendNotices() };
  }

  const loop = pollLoop({
    poll: async () => (await once()).looked.waitMs,
    maxWaitMs: LOOK_AT_LEAST_MS,
    onFailure: (error, inARow) => inARow === 1 && log.warn({ err: error }, 'the self-watch cannot look; retrying'),
  });

  return {
    start() {
      if (isOn) loop.start();
      else
        switchOff(db, clock.now()).catch((error) => log.warn({ err: error }, 'the self-watch is off, but not reset'));
    },
    async stop() {
      await loop.stop();
      await client.close();
      await Promise.all(pings);
    },
    async drain() {
      if (!isOn) return 0;
      const { looked, sent } = await once();
      await Promise.all(pings);
      return looked.judged.length + sent + (looked.began ? 1 : 0);
    },
  };
}
