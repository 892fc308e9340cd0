import type * as z from 'zod';
import type { Heartbeat } from '../contract';
import { stateOf } from '../domain/heartbeats';
import type { HeartbeatRow } from '../store/heartbeats';
import type { PingShown } from '../store/pings';

const text = (at: Date | null): string | null => at?.toISOString() ?? null;

/** The state by the stored deadline, which no cron expression has to be read for. */
export const storedState = (row: HeartbeatRow, now: Date) =>
  stateOf(row, now, row.dueAt === null || row.downAt === null ? null : { dueAt: row.dueAt, downAt: row.downAt });

/** A ping as the API shows it, without its body. */
export const presentPing = ({ number, at, kind, exit_code, run_ms }: PingShown) => ({
  ...{ number, kind, exit_code, run_ms },
  at: at.toISOString(),
});

/** A heartbeat as the API shows it. @param recent its last pings, newest first */
export function presentHeartbeat(
  row: HeartbeatRow,
  recent: readonly PingShown[],
  { publicUrl, now }: { publicUrl: string; now: Date },
): z.input<typeof Heartbeat> {
  const { id, name, slug, team, service, severity, schedule, paused, pings, pulse } = row;
  const { down, outage, runs } = pulse;
  return {
    ...{ id, name, slug, team, service, severity, schedule, paused, pings },
    state: storedState(row, now),
    ping_url: `${publicUrl}/ping/${row.pingId}`,
    last_ping_at: text(row.lastPingAt),
    last_run_ms: row.lastRunMs,
    started_at: text(runs[0]?.at ?? null),
    due_at: text(row.dueAt),
    down_at: text(row.downAt),
    down_since: text(down?.since ?? null),
    down_cause: down?.cause ?? null,
    outage: outage && { from: outage.from.toISOString(), until: outage.until.toISOString() },
    recent: recent.map(presentPing),
    created_at: row.createdAt.toISOString(),
    created_by: row.createdBy,
  };
}
