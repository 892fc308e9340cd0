import type { Clock } from '../kernel/clock';
import type { Db } from '../kernel/db/pool';
import type { Log } from '../kernel/observe/observe';
import type { Port } from '../kernel/ports/contract';
import type { NotifyContract } from '../notify/contract';
import type { OncallContract } from '../oncall/contract';
import type { IncidentMetrics } from './metrics';

/** What every room of this module works with. */
export interface Deps {
  db: Db;
  clock: Clock;
  log: Log;
  oncall: Port<OncallContract>;
  notify: Port<NotifyContract>;
  metrics: IncidentMetrics;
  correlationWindowMinutes: number;
  fallbackTarget: string | null;
  /** How long a page may take to be accepted before it counts as not reached (yet). */
  reachedWithinMs: number;
  /** Whether those who were paged learn who acknowledged and resolved. */
  notifyOutcome: boolean;
  retentionDays: number;
  auditDays: number;
  /** Wakes this process's worker after a commit that promised jobs. */
  poke(): void;
}
