import { pause } from '../children';
import type { Chance } from './chance';
import type { Client } from './client';

/** Jobs that report by pings whether they succeeded. */

const JOBS = 4;
const EVERY_MS = [800, 5_000] as const;
const FAILS = 0.4;
const DEADLINE_MS = 8_000;
const REPEATS_AFTER_MS = 500;
const DAY_S = 86_400;

export interface Heartbeats {
  /** The result of the last ping that was accepted, by the heartbeat's slug. */
  last: ReadonlyMap<string, 'success' | 'fail'>;
  stop(): Promise<void>;
}

/** @param url of the product */
export async function openHeartbeats(
  { client, chance }: { client: Client; chance: Chance },
  url: string,
): Promise<Heartbeats> {
  const last = new Map<string, 'success' | 'fail'>();
  let working = true;
  const made = await client.insist<{ key: string }>('POST', '/api/v1/ping-keys', { name: 'prove' });
  if (made === null) throw new Error('No ping key could be made.');

  /** Repeats a ping until it is accepted, because a job does not report twice by itself. */
  async function ping(slug: string, result: 'success' | 'fail'): Promise<void> {
    const address = `${url}/ping/${made?.body.key}/${slug}${result === 'fail' ? '/fail' : ''}`;
    for (;;) {
      const status = await fetch(address, { method: 'POST', signal: AbortSignal.timeout(DEADLINE_MS) }).then(
        (answer) => answer.status,
        () => null,
      );
      if (status === 200) break;
      if (status !== null && status !== 503) client.strange.push(`a ping → ${status}`);
      await pause(REPEATS_AFTER_MS);
    }
    last.set(slug, result);
  }

  async function job(n: number): Promise<void> {
    const slug = `job-${n}`;
    const schedule = { period: DAY_S, grace: DAY_S };
    await client.insist('POST', '/api/v1/heartbeats', { name: slug, slug, service: `nightly-${n}`, schedule });
    while (working) {
      await ping(slug, chance.happens(FAILS) ? 'fail' : 'success');
      await pause(chance.between(...EVERY_MS));
    }
  }
  const jobs = Array.from({ length: JOBS }, (_, n) => job(n + 1));
  return {
    last,
    async stop() {
      working = false;
      await Promise.all(jobs);
    },
  };
}
