import type { Db } from '../../kernel/db/pool';
import { type By, type NewEvent, record } from '../../kernel/events/events';
import type { OncallEvent, OncallHistory } from '../contract';

/** The history of a team. Each entry is stored twice: for people as history, and for higher modules as an event. */
export interface HistoryEntry {
  event_type: OncallHistory;
  team: string;
  actor: string;
  details: Record<string, unknown>;
  at: Date;
}

export interface HistoryRow extends Omit<HistoryEntry, 'event_type'> {
  event_type: string;
  id: string;
}

/** A CTE for other statements; a `where` may follow. */
export const INSERT_HISTORY = `
  insert into history (event_type, team, actor, details, at)
  select event_type, team, actor, details, at
    from jsonb_to_recordset(cast(:entries as jsonb))
      as h(event_type text, team text, actor text, details jsonb, at timestamptz)`;

/** Inserts entries in the transaction of the caller. */
export async function recordHistory(trx: Db, entries: readonly HistoryEntry[], by: By): Promise<void> {
  if (entries.length === 0) return;
  await trx.raw(INSERT_HISTORY, { entries: JSON.stringify(entries) });
  await record(trx, entries.map(eventOf), by);
}

/** The event of a history entry. */
export const eventOf = ({ event_type, team, actor, details, at }: HistoryEntry): NewEvent<OncallEvent> => ({
  kind: event_type,
  subject: team,
  actor,
  data: details,
  at,
});

export interface HistoryFilter {
  team?: string | undefined;
  event_type?: string | undefined;
  page: number;
  per_page: number;
}

/** A page of the history, oldest first; page 1 holds the newest rows. */
export async function readHistory(
  db: Db,
  { team, event_type, page, per_page }: HistoryFilter,
): Promise<{ total: number; rows: HistoryRow[] }> {
  const where = { ...(team !== undefined && { team }), ...(event_type !== undefined && { event_type }) };
  const rows: HistoryRow[] = await db('history')
    .where(where)
    .orderBy([
      { column: 'at', order: 'desc' },
      { column: 'seq', order: 'desc' },
    ])
    .limit(per_page)
    .offset((page - 1) * per_page)
    .select('id', 'event_type', 'team', 'actor', 'details', 'at');
  return { total: await countHistory(db, where), rows: rows.reverse() };
}

async function countHistory(db: Db, where: { team?: string; event_type?: string }): Promise<number> {
  if (where.team !== undefined) {
    const { rows } = await db.raw(
      `select count(*)::int as total from history where team = :team${where.event_type === undefined ? '' : ' and event_type = :event_type'}`,
      where,
    );
    return rows[0].total;
  }
  const totals = await historyTotals(db);
  return where.event_type === undefined
    ? Object.values(totals).reduce((sum, n) => sum + n, 0)
    : (totals[where.event_type] ?? 0);
}

/** The number of entries of each type, from counters. */
export async function historyTotals(db: Db): Promise<Record<string, number>> {
  const rows = await db('history_tallies')
    .groupBy('event_type')
    .havingRaw('sum(total) > 0')
    .orderBy('event_type')
    .select('event_type', db.raw('sum(total)::int as total'));
  return Object.fromEntries(rows.map(({ event_type, total }) => [event_type, total]));
}
