import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import type { EventsFeed } from '../../kernel/events/feed';
import type { Port } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import type { NotifyContract } from '../../notify/contract';
import type { OncallMetrics } from '../metrics';

/** The dependencies of the operations of this module. */
export interface ServiceDeps {
  db: Db;
  clock: Clock;
  metrics: OncallMetrics;
  feed: EventsFeed;
  notify: Port<NotifyContract>;
  defaultTeam: string | null;
  /** The address of the installation, without a slash at its end. */
  publicUrl: string;
  defaultOverrideHours: number;
  /** How long before a hand-off people are notified, if a team has no value of its own; 0 switches notices off. */
  handoffNoticeMinutes: number;
}

/** The answer to a team without a schedule. */
export const noSchedule = (team: string): Problem => new Problem('not-found', `No schedule found for team '${team}'`);
