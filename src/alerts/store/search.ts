import type { Db } from '../../kernel/db/pool';
import type { Severity } from '../../kernel/ports/values';
import { type AlertRow, COLUMNS } from './alerts';

/** Filters of a search; all of them must match. */
export interface Search {
  service?: string | undefined;
  severity?: string | undefined;
  status?: string | undefined;
  incident_id?: string | undefined;
  affected_by?: string | undefined;
  source?: string | undefined;
  integration_id?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  /** The alert must have all of them. */
  labels?: readonly { key: string; value: string }[];
  /** Text within message, service or source, or the beginning of the id. */
  q?: string | undefined;
}

export const SORTED_BY = {
  created_at: 'alerts.created_at',
  last_seen_at: 'alerts.last_seen_at',
  count: 'alerts.count',
  severity: "case alerts.severity when 'low' then 0 when 'medium' then 1 when 'high' then 2 when 'critical' then 3 end",
} as const;

export interface Order {
  by: keyof typeof SORTED_BY;
  direction: 'asc' | 'desc';
}

/** Text and labels have no index, because every report would pay for it. Only so many of the newest alerts are scanned. */
const MAX_SCANNED = 50_000;

interface Condition {
  sql: string;
  values: unknown[];
}

/** The state of an alert that fires although a person resolved its incident. */
export const INCIDENT_RESOLVED = 'incident_resolved';
const FIRING_RESOLVED = `alerts.status = 'firing'
  and exists (select 1 from incident_resolutions r where r.incident_id = alerts.incident_id)`;
export const WAITING = 'waiting';
export const AFFECTED = 'affected';
export const MUTED = 'muted';
export const FLAPPING = 'flapping';
/** The states of firing alerts that are no column: muted, held or flapping. */
const COMPUTED = new Map([
  [MUTED, `alerts.status = 'firing' and alerts.muted_by is not null and alerts.hold_key is null`],
  [WAITING, `alerts.status = 'firing' and alerts.hold_key is not null`],
  // An incident of an upstream mutes them.
  [
    AFFECTED,
    `alerts.status = 'firing' and exists (select 1 from mutes m where m.id = alerts.muted_by and m.cause = 'upstream')`,
  ],
  [
    FLAPPING,
    `alerts.status = 'firing' and alerts.fingerprint in (
       select fingerprint from identity_changes where flapping_since is not null)`,
  ],
]);

const EXACT = ['service', 'severity', 'status', 'incident_id', 'source', 'integration_id'] as const;

function indexedFilters(search: Search): Condition {
  const parts: Condition[] = EXACT.flatMap((name) => {
    if (search[name] === undefined) return [];
    if (name === 'status' && search.status === INCIDENT_RESOLVED) return [{ sql: FIRING_RESOLVED, values: [] }];
    const computed = name === 'status' ? COMPUTED.get(search.status ?? '') : undefined;
    if (computed !== undefined) return [{ sql: computed, values: [] }];
    return [{ sql: `alerts.${name} = ?`, values: [search[name]] }];
  });
  if (search.affected_by !== undefined) parts.push({ sql: 'alerts.muted_by = ?', values: [search.affected_by] });
  if (search.from !== undefined) parts.push({ sql: 'alerts.created_at >= ?', values: [search.from] });
  if (search.to !== undefined) parts.push({ sql: 'alerts.created_at < ?', values: [search.to] });
  return allOf(parts);
}

function scannedFilters({ labels = [], q }: Search): Condition {
  const parts: Condition[] = labels.map(({ key, value }) => ({
    sql: 'alerts.labels ->> ? = ?',
    values: [key, value],
  }));
  if (q !== undefined && q !== '') {
    const pattern = `%${q.toLowerCase().replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
    parts.push({
      sql: `lower(alerts.message || ' ' || alerts.service || ' ' || coalesce(alerts.source, '')) like ? or alerts.id::text like ?`,
      values: [pattern, pattern.slice(1)],
    });
  }
  return allOf(parts);
}

const allOf = (parts: readonly Condition[]): Condition => ({
  sql: parts.map(({ sql }) => `(${sql})`).join(' and ') || 'true',
  values: parts.flatMap(({ values }) => values),
});

/**
 * The alerts that a search finds, as a table named `alerts`.
 * @param bounded limits the scan to the newest alerts even if all filters have an index
 */
function matches(search: Search, bounded: boolean): Condition {
  const exact = indexedFilters(search);
  const scanned = scannedFilters(search);
  if (scanned.values.length === 0 && !bounded) return { sql: `alerts where ${exact.sql}`, values: exact.values };
  return {
    sql: `(select * from alerts where ${exact.sql} order by created_at desc limit ${MAX_SCANNED}) alerts where ${scanned.sql}`,
    values: [...exact.values, ...scanned.values],
  };
}

/** A page of the alerts that a search finds, and how many it finds in all. */
export async function searchAlerts(
  db: Db,
  search: Search,
  { by, direction }: Order,
  { limit, offset }: { limit: number; offset: number },
): Promise<{ total: number; rows: AlertRow[] }> {
  const { sql, values } = matches(search, false);
  const then = by === 'created_at' ? direction : 'desc';
  const first = by === 'created_at' ? '' : `${SORTED_BY[by]} ${direction}, `;
  const [counted, page] = await Promise.all([
    db.raw(`select count(*)::int as total from ${sql}`, values as never[]),
    db.raw(
      `select ${COLUMNS.join(', ')} from ${sql} order by ${first}alerts.created_at ${then}, alerts.id ${then} limit ? offset ?`,
      [...values, limit, offset] as never[],
    ),
  ]);
  return { total: counted.rows[0].total, rows: page.rows };
}

/** How many alerts a search finds among the newest 50,000. */
export async function countFound(db: Db, search: Search): Promise<number> {
  const { sql, values } = matches(search, true);
  const { rows } = await db.raw(`select count(*)::int as count from ${sql}`, values as never[]);
  return rows[0].count;
}

export interface Facet {
  value: string;
  count: number;
}

const VALUES_SHOWN = 50;
const KEYS_SHOWN = 30;
const VALUES_OF_A_KEY = 10;

export interface Facets {
  counted: number;
  labels_counted: number;
  status: Facet[];
  service: Facet[];
  severity: Facet[];
  source: Facet[];
  labels: { key: string; count: number; values: Facet[] }[];
}

const FACETED = ['status', 'severity', 'service', 'source'] as const;
type Faceted = (typeof FACETED)[number];

/** Counts each combination of these columns. There are few of them, because alerts repeat each other. */
function countCombinations(search: Search, columns: readonly Faceted[]): Condition {
  const { sql, values } = matches(search, true);
  const named = columns.map((name) => `alerts.${name}`).join(', ');
  return { sql: `select ${named}, count(*)::int as n from ${sql} group by ${named}`, values };
}

/** Counts the values of a column without the filter by that column. */
function countWithoutFilter(search: Search, column: 'status' | 'severity'): Condition {
  if (search[column] === undefined) return { sql: valuesOf(column, 'found'), values: [] };
  const { sql, values } = countCombinations({ ...search, [column]: undefined }, [column]);
  return { sql: valuesOf(column, `(${sql}) others`), values };
}

const valuesOf = (column: Faceted, table: string): string =>
  `(select null as key, '${column}' as kind, ${column} as value, sum(n)::int as count, null::int as of_key
      from ${table} group by ${column} order by 4 desc, 3 limit ${VALUES_SHOWN})`;

/** Unpacking labels costs ten times as much as comparing columns, so they are counted in fewer alerts. */
const LABELS_COUNTED = 10_000;

/** The most common values of each column and label among the alerts that a search finds, with their counts. */
export async function facetsOf(db: Db, search: Search): Promise<Facets> {
  const all = countCombinations(search, FACETED);
  const newest = matches(search, true);
  const [status, severity] = [countWithoutFilter(search, 'status'), countWithoutFilter(search, 'severity')];
  const { rows } = await db.raw(
    `with found as materialized (${all.sql}),
     newest as materialized (
       select alerts.labels, count(*)::int as n
         from (select alerts.labels from ${newest.sql} order by alerts.created_at desc limit ${LABELS_COUNTED}) alerts
        group by 1),
     labelled as (select l.key, l.value, sum(n)::int as count from newest, jsonb_each_text(labels) l group by 1, 2),
     ranked as (
       select *, row_number() over (partition by key order by count desc, value) as place,
              sum(count) over (partition by key)::int as of_key from labelled)
     select null as key, 'counted' as kind, null as value, coalesce(sum(n), 0)::int as count, null::int as of_key
       from found
     union all select null, 'labels counted', null, coalesce(sum(n), 0)::int, null from newest
     union all ${valuesOf('service', 'found')}
     union all ${valuesOf('source', 'found')}
     union all (select key, 'label', value, count, of_key from ranked where place <= ${VALUES_OF_A_KEY}
                 order by of_key desc, key, count desc, value limit ${KEYS_SHOWN * VALUES_OF_A_KEY})
     union all ${severity.sql}
     union all ${status.sql}`,
    [...all.values, ...newest.values, ...severity.values, ...status.values] as never[],
  );
  return facetsIn(rows as FacetRow[]);
}

interface FacetRow {
  kind: 'counted' | 'labels counted' | 'status' | 'service' | 'severity' | 'source' | 'label';
  key: string | null;
  value: string | null;
  count: number;
  of_key: number | null;
}

function facetsIn(rows: readonly FacetRow[]): Facets {
  const of = (kind: FacetRow['kind']): Facet[] =>
    rows.filter((row) => row.kind === kind).map(({ value, count }) => ({ value: value ?? '', count }));
  const labels = new Map<string, Facets['labels'][number]>();
  for (const { kind, key, value, count, of_key } of rows) {
    if (kind !== 'label' || key === null) continue;
    const facet = labels.get(key) ?? { key, count: of_key ?? 0, values: [] };
    labels.set(key, facet);
    facet.values.push({ value: value ?? '', count });
  }
  return {
    counted: of('counted')[0]?.count ?? 0,
    labels_counted: of('labels counted')[0]?.count ?? 0,
    status: of('status'),
    service: of('service'),
    severity: of('severity'),
    source: of('source'),
    labels: [...labels.values()].slice(0, KEYS_SHOWN),
  };
}

export interface Counters {
  total: number;
  firing: number;
  /** Firing alerts whose incident a person resolved. */
  firing_incident_resolved: number;
  since: number;
  firing_by_severity: Record<Severity, number>;
}

/** Numbers of all alerts, of firing alerts, and of alerts created at or after `since`. */
export async function countersOf(db: Db, since: Date): Promise<Counters> {
  const { rows } = await db.raw(
    `select (select count(*) from alerts)::int as total,
            (select count(*) from alerts where created_at >= ?)::int as since,
            (select count(*) from incident_resolutions r join alerts a on a.incident_id = r.incident_id
              where a.status = 'firing')::int as firing_on,
            (select coalesce(jsonb_object_agg(severity, n), '{}') from (
               select severity, count(*)::int as n from alerts where status = 'firing' group by 1) s) as by_severity`,
    [since],
  );
  const { total, since: lately, firing_on, by_severity } = rows[0];
  const firing_by_severity: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0, ...by_severity };
  const firing = Object.values(firing_by_severity).reduce((sum, n) => sum + n, 0);
  return { total, firing, firing_incident_resolved: firing_on, since: lately, firing_by_severity };
}

export interface ReportRow {
  at: Date;
  reports: number;
  reported_by: string;
  integration_id: string | null;
}

/** The re-reports of an alert that are kept, newest first. */
export const reportsOf = (db: Db, alertId: string): Promise<ReportRow[]> =>
  db('alert_reports')
    .where({ alert_id: alertId })
    .orderBy([
      { column: 'at', order: 'desc' },
      { column: 'place', order: 'desc' },
    ])
    .select('at', 'reports', 'reported_by', 'integration_id');

/** Parses `key:value` pairs separated by commas; null if a pair has no colon or no key. */
export function labelsIn(text: string): { key: string; value: string }[] | null {
  const pairs = text.split(',').map((pair) => ({ at: pair.indexOf(':'), pair }));
  if (pairs.some(({ at }) => at < 1)) return null;
  return pairs.map(({ at, pair }) => ({ key: pair.slice(0, at).trim(), value: pair.slice(at + 1).trim() }));
}
