import { backlog } from './claims';
import type { Clock } from './clock';
import type { Db } from './db';
import type { Standing } from './values';

/** As in package.json; every module of a process is of one version. */
export const VERSION = '0.1.0';

/**
 * How the module over this database stands, looked up anew each time.
 * @throws what the database throws where it cannot be reached
 */
export function standing(db: Db, clock: Clock): () => Promise<Standing> {
  const startedAt = clock.now().toISOString();
  return async () => {
    const { due, oldestSeconds, givenUp } = await backlog(db, clock.now());
    return {
      version: VERSION,
      started_at: startedAt,
      jobs: { due, oldest_due_seconds: Math.round(oldestSeconds * 10) / 10, given_up: givenUp },
    };
  };
}
