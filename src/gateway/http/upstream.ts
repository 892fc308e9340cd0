import type { RequestHandler } from 'express';
import { withTimeout } from '../../kernel/async/withTimeout';
import { SERVICE_NAMES } from '../../kernel/modules';
import type { Route } from '../../kernel/ports/contract';
import type { FastIntake } from '../../kernel/ports/fastIntake';

/** A module as the gateway knows it, whether it lives here or elsewhere. */
export interface Upstream {
  /** Operations of its contract and vendor doors: who may knock where. */
  doors: Record<string, Route>;
  /** Its own router, or the proxy to it. */
  door: RequestHandler;
  /** Where it lives here: its intake by path, past its router. */
  quick?: ReadonlyMap<string, FastIntake>;
  health(): Promise<Health>;
}

export type Health = { status: 'up'; code: number } | { status: 'down' };

/** The modules behind the gateway. */
const BEHIND = ['alerts', 'incidents', 'oncall', 'notify'] as const;
export type Upstreams = Record<(typeof BEHIND)[number], Upstream>;

const DEADLINE_MS = 3_000;

/** Any answer counts as up, also a bad one: it says that somebody is there. */
export const remoteHealth =
  (url: string): Upstream['health'] =>
  async () => {
    try {
      const response = await fetch(`${url.replace(/\/+$/, '')}/health`, {
        signal: AbortSignal.timeout(DEADLINE_MS),
        redirect: 'manual',
      });
      await response.body?.cancel();
      return { status: 'up', code: response.status };
    } catch {
      return { status: 'down' };
    }
  };

/** Asks all at once; who does not answer within the deadline is down. */
export async function healthOfAll(
  houses: Upstreams,
  deadlineMs = DEADLINE_MS,
): Promise<Record<(typeof SERVICE_NAMES)[keyof Upstreams], Health>> {
  const healthOf = (name: keyof Upstreams): Promise<Health> =>
    withTimeout(houses[name].health(), deadlineMs).catch((): Health => ({ status: 'down' }));
  const healths = await Promise.all(BEHIND.map(healthOf));
  return Object.fromEntries(BEHIND.map((name, at) => [SERVICE_NAMES[name], healths[at]])) as never;
}
