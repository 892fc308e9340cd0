import type { Alert } from './contract';
import type { AlertRow } from './store/alerts';

/** An alert as the contract says it. */
export const shown = ({ reported_by: _, ...row }: AlertRow): Alert => ({
  ...row,
  timestamp: row.timestamp.toISOString(),
  created_at: row.created_at.toISOString(),
  last_seen_at: row.last_seen_at.toISOString(),
  ended_at: row.ended_at?.toISOString() ?? null,
});
