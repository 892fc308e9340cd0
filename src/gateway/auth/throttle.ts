import type { Clock } from '../../kernel/clock';
import { minutes } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { networkOf } from '../../kernel/http/address';
import { Problem } from '../../kernel/ports/problem';
import { hashOf, type Window, waitMs } from '../domain';
import { forgive, giveBack, hit, hitsOf } from '../store/rateLimits';

/** An attempt to prove who one is. */
export interface Attempt {
  /** The account as it was typed, or the name of another secret. */
  who: string;
  address: string;
  /** The device or the network has logged in to this account before. */
  known: boolean;
}

/**
 * Bounds guessing: per name and network, per network, and per account. The bound of the account does not count known
 * devices and networks, so a stranger who uses it up does not lock out its owner. IPv6 counts by /64.
 */
export interface Throttle {
  /**
   * Counts the attempt before it is made, so that many at once are no way around.
   * @throws Problem `too-many`
   */
  attempt(attempt: Attempt): Promise<void>;
  succeeded(attempt: Attempt): Promise<void>;
}

const OF_NAME_AND_NETWORK: Window = { limit: 10, windowMs: minutes(5) };
/** Many people may share an address; only failures count in the end. */
const OF_NETWORK: Window = { limit: 100, windowMs: minutes(5) };
const OF_ACCOUNT: Window = { limit: 30, windowMs: minutes(15) };

export function createThrottle(db: Db, clock: Clock): Throttle {
  const digest = (...parts: string[]): string => hashOf(parts.join('\n')).toString('base64url');
  const bucketsOf = ({ who, address, known }: Attempt): { key: string; window: Window }[] => {
    const [name, network] = [who.toLowerCase(), networkOf(address)];
    return [
      { key: `login:${digest(name, network)}`, window: OF_NAME_AND_NETWORK },
      { key: `login-network:${digest(network)}`, window: OF_NETWORK },
      ...(known ? [] : [{ key: `login-account:${digest(name)}`, window: OF_ACCOUNT }]),
    ];
  };

  async function count(key: string, window: Window): Promise<void> {
    const now = clock.now();
    if (await hit(db, key, window, now)) return;
    const row = await hitsOf(db, key);
    const wait = row === undefined ? 1_000 : waitMs(row, now, window);
    throw new Problem('too-many', 'Too many attempts to log in. Try again later.', {
      retry_after_seconds: Math.max(1, Math.ceil(wait / 1_000)),
    });
  }

  return {
    async attempt(attempt) {
      for (const { key, window } of bucketsOf(attempt)) await count(key, window);
    },
    async succeeded(attempt) {
      const [own, ...shared] = bucketsOf(attempt);
      if (own !== undefined) await forgive(db, own.key);
      for (const { key } of shared) await giveBack(db, key);
    },
  };
}
