import type { Clock } from '../kernel/clock';
import type { Db } from '../kernel/db/pool';
import type { Log } from '../kernel/observe/observe';
import type { Port } from '../kernel/ports/contract';
import type { NotifyContract } from '../notify/contract';
import type { OncallContract } from '../oncall/contract';
import type { IncidentMetrics } from './metrics';

/** What the functions of this module share. */
export interface Deps {
  db: Db;
  clock: Clock;
  log: Log;
  oncall: Port<OncallContract>;
  notify: Port<NotifyContract>;
  metrics: IncidentMetrics;
  correlationWindowMinutes: number;
  fallbackTarget: string | null;
  /** Milliseconds after which a page that was not accepted counts as not reached. */
  reachedWithinMs: number;
  /** Whether paged people get a notice of the acknowledgement and the resolution. */
  notifyOutcome: boolean;
  retentionDays: number;
  auditDays: number;
  /** Wakes this process's worker after a commit that enqueued jobs. */
  poke(): void;
}
