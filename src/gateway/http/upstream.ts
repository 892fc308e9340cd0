import type { RequestHandler } from 'express';
import { withTimeout } from '../../kernel/async/withTimeout';
import { SERVICE_NAMES } from '../../kernel/modules';
import type { Route } from '../../kernel/ports/contract';
import type { FastIntake } from '../../kernel/ports/fastIntake';

/** A module as the gateway reaches it, in this process or in another one. */
export interface Upstream {
  /** Operations of its contract and its vendor routes, with the access that each needs. */
  routes: Record<string, Route>;
  /** Its own router, or the proxy to it. */
  handler: RequestHandler;
  /** The fast intake by path, if the module is in this process. */
  fastIntake?: ReadonlyMap<string, FastIntake>;
  health(): Promise<Health>;
}

export type Health = { status: 'up'; code: number } | { status: 'down' };

/** The modules behind the gateway. */
const BEHIND = ['alerts', 'incidents', 'oncall', 'notify'] as const;
export type Upstreams = Record<(typeof BEHIND)[number], Upstream>;

const DEADLINE_MS = 3_000;

/** Health of a module in another process. Any answer counts as up, also an error: the process runs. */
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

/** Asks all modules at once; a module that does not answer within the deadline is down. */
export async function healthOfAll(
  upstreams: Upstreams,
  deadlineMs = DEADLINE_MS,
): Promise<Record<(typeof SERVICE_NAMES)[keyof Upstreams], Health>> {
  const healthOf = (name: keyof Upstreams): Promise<Health> =>
    withTimeout(upstreams[name].health(), deadlineMs).catch((): Health => ({ status: 'down' }));
  const healths = await Promise.all(BEHIND.map(healthOf));
  return Object.fromEntries(BEHIND.map((name, at) => [SERVICE_NAMES[name], healths[at]])) as never;
}
