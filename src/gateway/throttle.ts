import type { Clock } from '../kernel/clock';
import { minutes } from '../kernel/clock';
import type { Db } from '../kernel/db';
import { Problem } from '../kernel/problem';
import { hashOf, waitMs } from './domain';
import { forgive, hit, hitsOf } from './store/hits';

/** Bounds guessing: ten attempts in five minutes per name and address, forgiven by one that succeeds. */
export interface Throttle {
  /**
   * Counts the attempt before it is made, so that many at once are no way around.
   * @throws Problem `too-many`
   */
  attempt(who: string, address: string): Promise<void>;
  succeeded(who: string, address: string): Promise<void>;
}

const WINDOW = { limit: 10, windowMs: minutes(5) };

export function createThrottle(db: Db, clock: Clock): Throttle {
  const keyOf = (who: string, address: string) =>
    `login:${hashOf(`${who.toLowerCase()}\n${address}`).toString('base64url')}`;
  return {
    async attempt(who, address) {
      const key = keyOf(who, address);
      const now = clock.now();
      if (await hit(db, key, WINDOW, now)) return;
      const row = await hitsOf(db, key);
      const wait = row === undefined ? 1_000 : waitMs(row, now, WINDOW);
      throw new Problem('too-many', 'Too many attempts to log in. Try again later.', {
        retry_after_seconds: Math.max(1, Math.ceil(wait / 1_000)),
      });
    },
    async succeeded(who, address) {
      await forgive(db, keyOf(who, address));
    },
  };
}
