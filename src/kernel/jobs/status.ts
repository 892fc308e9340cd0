import { version } from '../../../package.json';
import type { Clock } from '../clock';
import type { Db } from '../db/pool';
import type { ModuleStatus } from '../ports/values';
import { backlog } from './queries';

/** The version of all modules of this process, from package.json. */
export const VERSION = version;

/**
 * Returns a function that reads the status of the module with this database.
 * @throws the error of the database if it cannot be reached
 */
export function moduleStatus(db: Db, clock: Clock): () => Promise<ModuleStatus> {
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
