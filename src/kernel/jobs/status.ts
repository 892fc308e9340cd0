import { version } from '../../../package.json';
import type { Clock } from '../clock';
import type { Db } from '../db/pool';
import type { ModuleStatus } from '../ports/values';
import { backlog } from './queries';

/** Every module of a process is of this version. */
export const VERSION = version;

/**
 * How the module over this database stands, looked up anew each time.
 * @throws what the database throws where it cannot be reached
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
