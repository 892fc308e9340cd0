import type { Clock } from '../../kernel/clock';
import { minutes } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { networkOf } from '../../kernel/http/address';
import { Problem } from '../../kernel/ports/problem';
import { hashOf, type Window, waitMs } from '../domain';
import { forgive, giveBack, hit, hitsOf } from '../store/rateLimits';

/** An attempt to log in or to use another secret. */
export interface Attempt {
  /** The user name as typed, or the name of another secret. */
  account: string;
  address: string;
  /** Whether the device or the network has logged in to this account before. */
  known: boolean;
}

/**
 * Limits guesses per account and network, per network, and per account. The limit per account does not count known devices
 * and networks, so that a stranger cannot lock out the owner. IPv6 addresses count by /64.
 */
export interface Throttle {
  /**
   * Counts the attempt before it is made, so that many attempts at once do not pass.
   * @throws Problem `too-many`
   */
  attempt(attempt: Attempt): Promise<void>;
  /** Takes a successful attempt out of the counts, and clears those of its account and network. */
  succeeded(attempt: Attempt): Promise<void>;
}

const PER_ACCOUNT_AND_NETWORK: Window = { limit: 10, windowMs: minutes(5) };
/** Many people may share an address; successful attempts are taken out again. */
const PER_NETWORK: Window = { limit: 100, windowMs: minutes(5) };
const PER_ACCOUNT: Window = { limit: 30, windowMs: minutes(15) };

/** A throttle whose counts are in the database, shared by all processes. */
export function createThrottle(db: Db, clock: Clock): Throttle {
  const digest = (...parts: string[]): string => hashOf(parts.join('\n')).toString('base64url');
  const bucketsOf = ({ account, address, known }: Attempt): { key: string; window: Window }[] => {
    const [name, network] = [account.toLowerCase(), networkOf(address)];
    return [
      { key: `login:${digest(name, network)}`, window: PER_ACCOUNT_AND_NETWORK },
      { key: `login-network:${digest(network)}`, window: PER_NETWORK },
      ...(known ? [] : [{ key: `login-account:${digest(name)}`, window: PER_ACCOUNT }]),
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
