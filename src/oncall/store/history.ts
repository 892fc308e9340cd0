import type { Db } from '../../kernel/db';
import { record } from '../../kernel/events';

/** What happened to a team: once for people to read (history), once for the modules above to follow (events). */
export interface Happening {
  event_type: string;
  team: string;
  actor: string;
  details: Record<string, unknown>;
  at: Date;
}

export interface HistoryRow extends Happening {
  id: string;
}

/** Writes it down in the caller's transaction. */
export async function remember(trx: Db, happenings: readonly Happening[]): Promise<void> {
  if (happenings.length === 0) return;
  await trx('history').insert(happenings.map((each) => ({ ...each, details: JSON.stringify(each.details) })));
  await record(
    trx,
    happenings.map(({ event_type, team, actor, details, at }) => ({
      kind: event_type,
      subject: team,
      actor,
      data: details,
      at,
    })),
  );
}

export interface HistoryFilter {
  team?: string | undefined;
  event_type?: string | undefined;
  limit: number;
}

/** The last `limit`, oldest first. */
export async function readHistory(db: Db, { team, event_type, limit }: HistoryFilter): Promise<HistoryRow[]> {
  const rows: HistoryRow[] = await db('history')
    .where({ ...(team !== undefined && { team }), ...(event_type !== undefined && { event_type }) })
    .orderBy([
      { column: 'at', order: 'desc' },
      { column: 'seq', order: 'desc' },
    ])
    .limit(limit)
    .select('id', 'event_type', 'team', 'actor', 'details', 'at');
  return rows.reverse();
}

/** How much of each type there is, without counting it. */
export async function historyTotals(db: Db): Promise<Record<string, number>> {
  const rows = await db('history_tallies')
    .groupBy('event_type')
    .havingRaw('sum(total) > 0')
    .orderBy('event_type')
    .select('event_type', db.raw('sum(total)::int as total'));
  return Object.fromEntries(rows.map(({ event_type, total }) => [event_type, total]));
}
