import type { Db } from '../../kernel/db/pool';
import type { Incident, Status } from '../contract';
import { idsBeginning, isEverything, type Order, type Search, totalOf, wordsOf } from '../domain/search';
import { INCIDENT_COLUMNS, type IncidentRow, toIncident } from './rows';
import { countsOf } from './totals';

/** Lists of incidents: filters, sort order, and counts by status. */

/** Must equal the expression of the index `incidents_searchable`, or Postgres does not use it. */
const SEARCHABLE = `to_tsvector('simple', translate(
  i.title || ' ' || i.service || ' ' || coalesce(i.assigned_to, '') || ' ' || coalesce(i.assignee_email, '') || ' ' || coalesce(i.team, ''),
  '!"#$%&''()*+,-./:;<=>\\?@[\\]^_\`{|}~', '                                '))`;

/** A part of a `where` clause, with its values. */
export interface Condition {
  sql: string;
  values: unknown[];
}

/** Combines conditions by `and`. */
export const where = (conditions: readonly Condition[]): Condition => ({
  sql: conditions.map(({ sql }) => `(${sql})`).join(' and ') || 'true',
  values: conditions.flatMap(({ values }) => values),
});

/** The conditions of a search, except for the statuses. */
export function conditionsOf({
  severities,
  reaches,
  service,
  team,
  assignee,
  mine,
  from,
  to,
  text,
}: Search): Condition[] {
  const conditions: (Condition | false)[] = [
    severities !== undefined && { sql: 'i.severity = any(?)', values: [severities] },
    reaches !== undefined && { sql: 'i.reach = any(?)', values: [reaches] },
    service !== undefined && { sql: 'i.service = ?', values: [service] },
    team !== undefined && { sql: 'i.team = ?', values: [team] },
    assignee !== undefined && belongsTo(assignee, assignee.toLowerCase()),
    mine !== undefined && belongsTo(mine.name, mine.email),
    from !== undefined && { sql: 'i.created_at >= ?', values: [from] },
    to !== undefined && { sql: 'i.created_at < ?', values: [to] },
    text !== undefined && matchesText(text),
  ];
  return conditions.filter((condition) => condition !== false);
}

const belongsTo = (name: string, email: string | null): Condition => ({
  sql: 'i.assigned_to = ? or i.assignee_email = ?',
  values: [name, email],
});

function matchesText(text: string): Condition {
  const ids = idsBeginning(text);
  const words = wordsOf(text);
  const ways: Condition[] = [];
  if (ids !== null) ways.push({ sql: 'i.id between ? and ?', values: ids });
  if (words !== null) ways.push({ sql: `${SEARCHABLE} @@ to_tsquery('simple', ?)`, values: [words] });
  return { sql: ways.map(({ sql }) => sql).join(' or ') || 'false', values: ways.flatMap(({ values }) => values) };
}

const rank = (column: string, words: readonly string[]): string =>
  `case i.${column} ${words.map((word, at) => `when '${word}' then ${at}`).join(' ')} end`;

const SEVERITY_RANK = rank('severity', ['low', 'medium', 'high', 'critical']);
/** Highest is worst: no one was reached. */
const REACH_RANK = rank('reach', ['reached', 'not_paged', 'pending', 'no_one']);

const SORTED_BY: Record<Order['by'], string> = {
  created_at: 'i.created_at',
  updated_at: 'i.updated_at',
  severity: SEVERITY_RANK,
  status: rank('status', ['resolved', 'in_progress', 'acknowledged', 'open']),
  reach: REACH_RANK,
  /**
   * Severity, then reach; resolved incidents are below all others. The index `incidents_urgency` has this expression.
   */
  urgency: `case when i.status = 'resolved' then -1 else 4 * (${SEVERITY_RANK}) + (${REACH_RANK}) end`,
};

/** Equal values are sorted newest first, so that the order is the same on every page. */
function orderBy({ by, direction }: Order): string {
  if (by === 'created_at') return `i.created_at ${direction}, i.id ${direction}`;
  return `${SORTED_BY[by]} ${direction}, i.created_at desc, i.id desc`;
}

/**
 * The matching rows, before they are counted or sorted. A text search is materialized, so that Postgres uses the text
 * index. Otherwise it may scan another index and parse the title of every row.
 */
const matching = (search: Search, columns: string, sql: string): string =>
  search.text === undefined
    ? `(select ${columns} from incidents i where ${sql}) i`
    : `(with hits as materialized (select ${columns} from incidents i where ${sql}) select * from hits) i`;

/** A page of a list. */
export interface Found {
  total: number;
  counts: Record<Status, number>;
  incidents: Incident[];
}

/** A page of the matching incidents, and the counts by status; the status filter does not narrow the counts. */
export async function searchIncidents(
  db: Db,
  search: Search,
  order: Order,
  { page, per_page }: { page: number; per_page: number },
): Promise<Found> {
  const { sql, values } = where([
    ...conditionsOf(search),
    ...(search.statuses === undefined ? [] : [{ sql: 'i.status = any(?)', values: [search.statuses] }]),
  ]);
  const [counts, { rows }] = await Promise.all([
    countsFor(db, search),
    // The page is cut before the join with escalations, so that a deep page does not join the rows that it skips.
    db.raw(
      `select ${INCIDENT_COLUMNS}
         from (select * from ${matching(search, '*', sql)} order by ${orderBy(order)} limit ? offset ?) i
              left join escalations e on e.incident_id = i.id
        order by ${orderBy(order)}`,
      [...values, per_page, (page - 1) * per_page] as never[],
    ),
  ]);
  return { total: totalOf(counts, search.statuses), counts, incidents: (rows as IncidentRow[]).map(toIncident) };
}

/** A search by status alone reads the stored totals, because a page that polls must not count a million rows. */
async function countsFor(db: Db, search: Search): Promise<Record<Status, number>> {
  if (isEverything(search)) return countsOf(db);
  const { sql, values } = where(conditionsOf(search));
  const { rows } = await db.raw(
    `select i.status, count(*)::int as count from ${matching(search, 'i.status', sql)} group by i.status`,
    values as never[],
  );
  const counts: Record<Status, number> = { open: 0, acknowledged: 0, in_progress: 0, resolved: 0 };
  for (const { status, count } of rows as { status: Status; count: number }[]) counts[status] = count;
  return counts;
}
