import type { Db } from '../../kernel/db/pool';
import type { Status } from '../contract';

/** Stored counts and mean times over all incidents, so that a query costs the same with a million of them. */

/** What an incident adds to the totals; times in milliseconds. */
export interface Change {
  incidentId: string;
  resolved?: number;
  mttaMs?: number | null;
  mttrMs?: number | null;
}

/** Ids are random, so the first digit spreads incidents evenly over the shards. */
const shardOf = (incidentId: string): number => Number.parseInt(incidentId[0] as string, 16);

/** Adds to the totals, or subtracts. Must come last in a transaction, because all transactions share these rows. */
export async function addTotals(trx: Db, changes: readonly Change[], sign: 1 | -1 = 1): Promise<void> {
  const sums = new Map<number, [shard: number, resolved: number, ...spans: [number, number, number, number]]>();
  for (const { incidentId, resolved = 0, mttaMs, mttrMs } of changes) {
    const shard = shardOf(incidentId);
    const sum = sums.get(shard) ?? [shard, 0, 0, 0, 0, 0];
    sums.set(shard, sum);
    sum[1] += sign * resolved;
    addSpan(sum, 2, sign, mttaMs);
    addSpan(sum, 4, sign, mttrMs);
  }
  // In the order of the shards, so that two transactions do not deadlock.
  for (const [shard, ...values] of [...sums.values()].sort((a, b) => a[0] - b[0])) {
    await trx.raw(
      `update incident_totals
          set resolved = resolved + ?, mtta_count = mtta_count + ?, mtta_ms = mtta_ms + ?,
              mttr_count = mttr_count + ?, mttr_ms = mttr_ms + ?
        where shard = ?`,
      [...values, shard],
    );
  }
}

function addSpan(sum: number[], at: number, sign: 1 | -1, ms: number | null | undefined): void {
  if (ms === null || ms === undefined) return;
  sum[at] = (sum[at] as number) + sign;
  sum[at + 1] = (sum[at + 1] as number) + sign * ms;
}

/** The number of incidents in each status. */
export async function countsOf(db: Db): Promise<Record<Status, number>> {
  const { rows } = await db.raw(
    `select status, count(*)::int as count from incidents where status <> 'resolved' group by status
      union all select 'resolved', sum(resolved)::int from incident_totals`,
  );
  const counts: Record<Status, number> = { open: 0, acknowledged: 0, in_progress: 0, resolved: 0 };
  for (const { status, count } of rows as { status: Status; count: number }[]) counts[status] = count;
  return counts;
}

/** Mean times to acknowledge and to resolve, in milliseconds; null if none was measured. */
export async function meansOf(db: Db): Promise<{ mttaMs: number | null; mttrMs: number | null }> {
  const { rows } = await db.raw(
    `select (sum(mtta_ms) / nullif(sum(mtta_count), 0))::float8 as mtta,
            (sum(mttr_ms) / nullif(sum(mttr_count), 0))::float8 as mttr from incident_totals`,
  );
  return { mttaMs: rows[0].mtta, mttrMs: rows[0].mttr };
}
