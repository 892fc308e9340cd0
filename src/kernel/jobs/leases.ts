import type { Clock } from '../clock';
import type { Db } from '../db/pool';
import { type Claim, LEASE_MS } from './jobs';
import { renew } from './queries';

/** The leases of this process. One statement renews all of them while their handlers run. */
export interface Leases {
  readonly size: number;
  ids(): number[];
  hold(claim: Claim): AbortController;
  release(claim: Claim): void;
  /** Stops renewing and aborts the handlers that still run. */
  abandon(reason: string): void;
}

interface Held {
  claim: Claim;
  controller: AbortController;
  until: number;
}

const RENEW_EVERY_MS = LEASE_MS / 3;

/** Starts without leases; renews all every third of a lease, and aborts a handler whose lease has expired. */
export function leases(db: Db, clock: Clock): Leases {
  const held = new Map<number, Held>();
  let renewing = false;
  let beat: NodeJS.Timeout | undefined;

  async function renewAll(): Promise<void> {
    if (renewing) return;
    renewing = true;
    const current = [...held.values()];
    const until = clock.now().getTime() + LEASE_MS;
    const renewed = await renew(
      db,
      current.map(({ claim }) => claim),
      new Date(until),
    ).catch(() => new Set<number>());
    renewing = false;
    for (const lease of current) {
      if (renewed.has(lease.claim.id)) lease.until = until;
      else if (lease.until <= clock.now().getTime()) lease.controller.abort(new Error('The lease was lost.'));
    }
  }

  return {
    get size() {
      return held.size;
    },
    ids: () => [...held.keys()],
    hold(claim) {
      const controller = new AbortController();
      held.set(claim.id, { claim, controller, until: clock.now().getTime() + LEASE_MS });
      beat ??= setInterval(() => void renewAll(), RENEW_EVERY_MS);
      return controller;
    },
    release(claim) {
      if (held.get(claim.id)?.claim.attempts === claim.attempts) held.delete(claim.id);
      if (held.size > 0) return;
      clearInterval(beat);
      beat = undefined;
    },
    abandon(reason) {
      clearInterval(beat);
      for (const { controller } of held.values()) controller.abort(new Error(reason));
    },
  };
}
