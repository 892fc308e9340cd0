import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import type { EventsFeed } from '../../kernel/events/feed';
import type { Port } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import type { NotifyContract } from '../../notify/contract';
import type { OncallMetrics } from '../metrics';

/** What the answers of this module are made with. */
export interface ServiceDeps {
  db: Db;
  clock: Clock;
  metrics: OncallMetrics;
  feed: EventsFeed;
  notify: Port<NotifyContract>;
  defaultTeam: string | null;
  /** Where people reach us, without a slash at its end. */
  publicUrl: string;
  defaultOverrideHours: number;
  /** How long before a hand-off people are told, unless a team says otherwise; 0 switches hand-off notices off. */
  handoffNoticeMinutes: number;
}

export const noSchedule = (team: string): Problem => new Problem('not-found', `No schedule found for team '${team}'`);
