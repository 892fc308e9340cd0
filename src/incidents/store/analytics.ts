import type { Db } from '../../kernel/db/pool';
import type { Severity } from '../../kernel/ports/values';
import type { Status } from '../contract';
import type { Search } from '../domain/search';
import type { Span } from '../domain/span';
import { type Condition, conditionsOf, where } from './search';

/** Statistics over all incidents of a span, computed by the database. */

/** Seconds; null without an incident to measure. */
export interface Times {
  median: number | null;
  p90: number | null;
}

/** Counts and times of a span. */
export interface Totals {
  incidents: number;
  resolved: number;
  mtta: Times;
  mttr: Times;
}

/** The totals of one day. */
export interface Day extends Totals {
  day: string;
  by_status: Record<Status, number>;
  by_severity: Record<Severity, number>;
}

const TIMES = `
  percentile_cont(array[0.5, 0.9]) within group (order by i.mtta_seconds) as mtta,
  percentile_cont(array[0.5, 0.9]) within group (order by i.mttr_seconds) as mttr`;

const count = (column: string, words: readonly string[]): string =>
  words.map((word) => `count(*) filter (where i.${column} = '${word}')::int as ${word}`).join(', ');

const BY_STATUS = count('status', ['open', 'acknowledged', 'in_progress', 'resolved']);
const BY_SEVERITY = count('severity', ['critical', 'high', 'medium', 'low']);

interface Row {
  incidents: number;
  mtta: number[] | null;
  mttr: number[] | null;
  open: number;
  acknowledged: number;
  in_progress: number;
  resolved: number;
  critical: number;
  high: number;
  medium: number;
  low: number;
}

const EMPTY_ROW: Row = {
  incidents: 0,
  mtta: null,
  mttr: null,
  ...{ open: 0, acknowledged: 0, in_progress: 0, resolved: 0 },
  ...{ critical: 0, high: 0, medium: 0, low: 0 },
};

const within = (search: Search, { from, to }: Span): Condition => where(conditionsOf({ ...search, from, to }));
const tenths = (seconds: number | undefined): number | null =>
  seconds === undefined ? null : Math.round(seconds * 10) / 10;
const timesOf = (both: number[] | null): Times => ({ median: tenths(both?.[0]), p90: tenths(both?.[1]) });

const totalsOf = ({ incidents, resolved, mtta, mttr }: Row): Totals => ({
  incidents,
  resolved,
  mtta: timesOf(mtta),
  mttr: timesOf(mttr),
});

const shares = (row: Row): Pick<Day, 'by_status' | 'by_severity'> => ({
  by_status: {
    open: row.open,
    acknowledged: row.acknowledged,
    in_progress: row.in_progress,
    resolved: row.resolved,
  },
  by_severity: { critical: row.critical, high: row.high, medium: row.medium, low: row.low },
});

/** The totals of a span. */
export async function totalsWithin(
  db: Db,
  search: Search,
  span: Span,
): Promise<Totals & Pick<Day, 'by_status' | 'by_severity'>> {
  const { sql, values } = within(search, span);
  const { rows } = await db.raw(
    `select count(*)::int as incidents, ${BY_STATUS}, ${BY_SEVERITY}, ${TIMES} from incidents i where ${sql}`,
    values as never[],
  );
  const row = (rows[0] as Row | undefined) ?? EMPTY_ROW;
  return { ...totalsOf(row), ...shares(row) };
}

/** The totals of each day that the span touches, in the time zone; days without incidents are included. */
export async function daysWithin(db: Db, search: Search, span: Span, zone: string): Promise<Day[]> {
  const { sql, values } = within(search, span);
  const { rows } = await db.raw(
    `with counted as (
       select cast(i.created_at at time zone ? as date) as day, count(*)::int as incidents,
              ${BY_STATUS}, ${BY_SEVERITY}, ${TIMES}
         from incidents i where ${sql} group by 1)
     select to_char(d.day, 'YYYY-MM-DD') as date, counted.*
       from generate_series(cast(cast(? as timestamptz) at time zone ? as date),
                            cast((cast(? as timestamptz) - interval '1 millisecond') at time zone ? as date),
                            interval '1 day') as d(day)
            left join counted on counted.day = cast(d.day as date)
      order by d.day`,
    [zone, ...values, span.from, zone, span.to, zone] as never[],
  );
  return (rows as (Row & { date: string })[]).map(({ date, ...row }) => {
    const counted = row.incidents === null ? EMPTY_ROW : row;
    return { day: date, ...totalsOf(counted), ...shares(counted) };
  });
}

/** The totals of one service. */
export interface ServiceTotals extends Totals {
  service: string;
  alerts: number;
}

/** The services with the most incidents. */
export async function noisiest(db: Db, search: Search, span: Span, limit: number): Promise<ServiceTotals[]> {
  const { sql, values } = within(search, span);
  const { rows } = await db.raw(
    `select i.service, count(*)::int as incidents, count(i.resolved_at)::int as resolved,
            sum(i.alert_count)::int as alerts, ${TIMES}
       from incidents i where ${sql} group by i.service order by incidents desc, i.service limit ?`,
    [...values, limit] as never[],
  );
  return (rows as (Row & { service: string; alerts: number })[]).map(({ service, alerts, ...row }) => ({
    service,
    alerts,
    ...totalsOf(row),
  }));
}

/** Incidents opened in each hour of the week: seven rows from Monday, twenty-four hours each. */
export async function hoursOfWeek(db: Db, search: Search, span: Span, zone: string): Promise<number[][]> {
  const { sql, values } = within(search, span);
  const { rows } = await db.raw(
    `select extract(isodow from t)::int as day, extract(hour from t)::int as hour, count(*)::int as count
       from (select i.created_at at time zone ? as t from incidents i where ${sql}) local group by 1, 2`,
    [zone, ...values] as never[],
  );
  const week = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => 0));
  for (const { day, hour, count: n } of rows as { day: number; hour: number; count: number }[]) {
    (week[day - 1] as number[])[hour] = n;
  }
  return week;
}

/** A row of the CSV file of incidents. */
export interface ExportRow {
  id: string;
  title: string;
  service: string;
  severity: string;
  status: string;
  team: string | null;
  assigned_to: string | null;
  alert_count: number;
  created_at: Date;
  acknowledged_at: Date | null;
  resolved_at: Date | null;
  mtta_seconds: number | null;
  mttr_seconds: number | null;
}

/** The incidents of a span, oldest first, in pages of `batch` rows. */
export async function* incidentsWithin(db: Db, search: Search, span: Span, batch: number): AsyncGenerator<ExportRow[]> {
  const { sql, values } = within(search, span);
  let after: [Date, string] = [new Date(0), '00000000-0000-0000-0000-000000000000'];
  for (;;) {
    const { rows } = await db.raw(
      `select id, title, service, severity, status, team, assigned_to, alert_count, created_at, acknowledged_at,
              resolved_at, mtta_seconds, mttr_seconds
         from incidents i where ${sql} and (i.created_at, i.id) > (cast(? as timestamptz), cast(? as uuid))
        order by i.created_at, i.id limit ?`,
      [...values, ...after, batch] as never[],
    );
    const page = rows as ExportRow[];
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = [last.created_at, last.id];
  }
}
