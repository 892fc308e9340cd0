import { hash, verify } from '@node-rs/argon2';
import { unavailable } from '../../kernel/ports/problem';

/** Hashing costs 20 MB and 40 ms on purpose. Few run at a time, so that a flood of logins starves nothing else. */
export interface Passwords {
  /** argon2id, salted. @throws Problem `unavailable` where too many wait */
  hash(password: string): Promise<string>;
  /** Whether it matches; of an unknown user (undefined) it never does, after the same work. */
  matches(password: string, stored: string | undefined): Promise<boolean>;
}

const AT_A_TIME = 2;
const WAITING_AT_MOST = 32;
const ARGON2ID = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** The hash of nobody's password, with the parameters of all others: an unknown name takes as long as a known one. */
const NOBODYS = '$argon2id$v=19$m=19456,t=2,p=1$dG9jc2luLW5vYm9keS1oZXJl$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

export function createPasswords(waitingAtMost = WAITING_AT_MOST): Passwords {
  const queue = slots(AT_A_TIME, waitingAtMost);
  return {
    hash: (password) => queue(() => hash(password, ARGON2ID)),
    matches: (password, stored) =>
      queue(async () => (await verify(stored ?? NOBODYS, password)) && stored !== undefined),
  };
}

function slots(atATime: number, waitingAtMost: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= atATime) {
      if (waiting.length >= waitingAtMost) throw unavailable('Too many people are logging in at this moment.', 2);
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // The slot is handed over as it is, so that nobody slips in between.
      if (next) next();
      else running -= 1;
    }
  };
}
