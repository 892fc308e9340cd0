import { hash, verify } from '@node-rs/argon2';
import { unavailable } from '../../kernel/ports/problem';

/** Password hashes. One costs 20 MB and 40 ms on purpose; two run at a time, so that many logins do not starve other work. */
export interface Passwords {
  /** argon2id with a salt. @throws Problem `unavailable` if too many wait */
  hash(password: string): Promise<string>;
  /** Whether the password matches. For an unknown user (undefined) it is false, after the same time. */
  matches(password: string, stored: string | undefined): Promise<boolean>;
}

const AT_A_TIME = 2;
const WAITING_AT_MOST = 32;
const ARGON2ID = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** A hash that no password matches, with the usual parameters, so that an unknown user name takes the same time. */
const HASH_OF_NO_USER =
  '$argon2id$v=19$m=19456,t=2,p=1$dG9jc2luLW5vYm9keS1oZXJl$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

/** @param waitingAtMost how many calls may wait for a slot */
export function createPasswords(waitingAtMost = WAITING_AT_MOST): Passwords {
  const queue = slots(AT_A_TIME, waitingAtMost);
  return {
    hash: (password) => queue(() => hash(password, ARGON2ID)),
    matches: (password, stored) =>
      queue(async () => (await verify(stored ?? HASH_OF_NO_USER, password)) && stored !== undefined),
  };
}

function slots(atATime: number, waitingAtMost: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= atATime) {
      if (waiting.length >= waitingAtMost) throw unavailable('Too many logins at this moment. Try again.', 2);
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // The slot goes straight to the next waiting call, so that a new call does not overtake it.
      if (next) next();
      else running -= 1;
    }
  };
}
