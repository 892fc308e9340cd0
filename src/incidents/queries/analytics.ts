import type { Service } from '../../kernel/ports/contract';
import { invalid } from '../../kernel/ports/problem';
import type { IncidentsContract } from '../contract';
import type { Deps } from '../deps';
import { csvLine } from '../domain/csv';
import { type Search, searchOf } from '../domain/search';
import { before, type Span, spanOf } from '../domain/span';
import {
  type Day,
  daysWithin,
  type ExportRow,
  hoursOfWeek,
  incidentsWithin,
  noisiest,
  totalsWithin,
} from '../store/analytics';

/** Analytics, computed over all incidents of a span. */

type Input = Parameters<Service<IncidentsContract>['analytics']>[0];

const SERVICES_SHOWN = 20;
/** Rows per page of an export; a page takes some milliseconds. */
const EXPORT_PAGE = 500;

const INCIDENT_COLUMNS = [
  ...['id', 'title', 'service', 'severity', 'status', 'team', 'assigned_to', 'alert_count', 'created_at'],
  ...['acknowledged_at', 'resolved_at', 'mtta_seconds', 'mttr_seconds'],
] as (keyof ExportRow)[];

const DAY_COLUMNS = [
  ...['day', 'incidents', 'resolved', 'mtta_median', 'mtta_p90', 'mttr_median', 'mttr_p90'],
  ...['critical', 'high', 'medium', 'low'],
];

/** The operation `analytics` as JSON, and the same data as the lines of a CSV file. */
export function createAnalytics({ db, clock }: Pick<Deps, 'db' | 'clock'>) {
  function read(input: Input): { search: Search; span: Span } {
    const { service, team, severity } = input;
    const noCaller = { actor: '', email: null };
    return { search: searchOf({ service, team, severity }, noCaller), span: spanOf(input, clock.now()) };
  }

  async function analytics(input: Input) {
    const { search, span } = read(input);
    const zone = input.time_zone;
    const earlier = before(span);
    const [totals, previous, days, by_service, hours] = await Promise.all([
      totalsWithin(db, search, span),
      totalsWithin(db, search, earlier),
      daysWithin(db, search, span, zone),
      noisiest(db, search, span, SERVICES_SHOWN),
      hoursOfWeek(db, search, span, zone),
    ]).catch((error: unknown) => {
      throw asUnknownZone(error) ?? error;
    });
    return {
      ...instants(span),
      time_zone: zone,
      totals,
      previous: { ...instants(earlier), ...previous },
      days,
      by_service,
      hours,
    };
  }

  /** The lines of a file: one for each day, or one for each incident. */
  function csv(input: Input): { name: string; lines: AsyncGenerator<string> } {
    const { search, span } = read(input);
    const { from, to } = instants(span);
    const name = `${input.table}-${from.slice(0, 10)}-${to.slice(0, 10)}.csv`;
    const ofIncidents = () => incidentLines(incidentsWithin(db, search, span, EXPORT_PAGE));
    return { name, lines: input.table === 'days' ? dayLines(() => analytics(input)) : ofIncidents() };
  }

  return { analytics, csv };
}

export type Analytics = ReturnType<typeof createAnalytics>;

const instants = ({ from, to }: Span) => ({ from: from.toISOString(), to: to.toISOString() });

async function* incidentLines(pages: AsyncGenerator<ExportRow[]>): AsyncGenerator<string> {
  yield csvLine(INCIDENT_COLUMNS);
  for await (const page of pages)
    yield page.map((row) => csvLine(INCIDENT_COLUMNS.map((name) => exportValue(row[name])))).join('');
}

const exportValue = (value: string | number | Date | null) => (value instanceof Date ? value.toISOString() : value);

async function* dayLines(query: () => Promise<{ days: Day[] }>): AsyncGenerator<string> {
  yield csvLine(DAY_COLUMNS);
  const { days } = await query();
  yield days.map((day) => csvLine(cellsOf(day))).join('');
}

const cellsOf = ({ day, incidents, resolved, mtta, mttr, by_severity: s }: Day) => [
  ...[day, incidents, resolved, mtta.median, mtta.p90, mttr.median, mttr.p90],
  ...[s.critical, s.high, s.medium, s.low],
];

const INVALID_PARAMETER = '22023';

/** The 422 for a time zone that Node knows and Postgres does not; null for any other error. */
const asUnknownZone = (error: unknown) =>
  (error as { code?: string }).code === INVALID_PARAMETER
    ? invalid([{ path: 'time_zone', message: 'This time zone is not known here' }])
    : null;
