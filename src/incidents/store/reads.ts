import type { Db } from '../../kernel/db';
import type { Severity } from '../../kernel/values';
import type { AlertSnapshot, Incident } from '../contract';
import { INCIDENT_COLUMNS, type IncidentRow, toIncident, WITH_CLOCK } from './rows';
import { countsOf } from './totals';

/** What is read of incidents without changing them. */

export async function findIncident(db: Db, id: string): Promise<Incident | null> {
  const { rows } = await db.raw(`select ${INCIDENT_COLUMNS} from ${WITH_CLOCK} where i.id = ?`, [id]);
  return rows[0] === undefined ? null : toIncident(rows[0] as IncidentRow);
}

export interface Filter {
  status?: string | undefined;
  service?: string | undefined;
  severity?: string | undefined;
}

/** A page of incidents, newest first, and how many there are. */
export async function listIncidents(
  db: Db,
  filter: Filter,
  { page, per_page }: { page: number; per_page: number },
): Promise<{ total: number; incidents: Incident[] }> {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined) as [string, string][];
  const where = given.map(([column]) => `i.${column} = ?`).join(' and ') || 'true';
  const values = given.map(([, value]) => value);
  const [total, { rows }] = await Promise.all([
    countIncidents(db, filter, where, values),
    // The page is cut before the clocks are joined, so that a deep page does not join what it skips.
    db.raw(
      `select ${INCIDENT_COLUMNS}
         from (select * from incidents i where ${where} order by i.created_at desc, i.id desc limit ? offset ?) i
              left join escalations e on e.incident_id = i.id
        order by i.created_at desc, i.id desc`,
      [...values, per_page, (page - 1) * per_page],
    ),
  ]);
  return { total, incidents: (rows as IncidentRow[]).map(toIncident) };
}

/** Where status alone is asked for, the totals know: a screen that polls must not count a million rows. */
async function countIncidents(db: Db, filter: Filter, where: string, values: string[]): Promise<number> {
  if (filter.service === undefined && filter.severity === undefined) {
    const counts = await countsOf(db);
    if (filter.status === undefined) return Object.values(counts).reduce((sum, count) => sum + count, 0);
    return Object.hasOwn(counts, filter.status) ? counts[filter.status as keyof typeof counts] : 0;
  }
  const { rows } = await db.raw(`select count(*)::int as total from incidents i where ${where}`, values);
  return rows[0].total;
}

/** The unresolved incident that holds the slot of this key and had an alert since then. */
export async function correlatable(
  db: Db,
  { service, severity }: { service: string; severity: Severity },
  since: Date,
): Promise<string | null> {
  const { rows } = await db.raw(
    `select s.incident_id from correlation_slots s join incidents i on i.id = s.incident_id
      where s.service = ? and s.severity = ? and s.last_alert_at > ? and i.status <> 'resolved'`,
    [service, severity, since],
  );
  return rows[0]?.incident_id ?? null;
}

export interface LinkRow {
  incident_id: string;
  firing: boolean;
  ended_at: Date | null;
  snapshot: AlertSnapshot;
}

/** The newest alerts of an incident, and how many there are. */
export async function alertsOf(db: Db, incidentId: string, limit: number): Promise<{ total: number; rows: LinkRow[] }> {
  const [counted, { rows }] = await Promise.all([
    db.raw('select count(*)::int as total from alert_links where incident_id = ?', [incidentId]),
    db.raw(
      `select incident_id, firing, ended_at, snapshot from alert_links
        where incident_id = ? order by attached_at desc, alert_id limit ?`,
      [incidentId, limit],
    ),
  ]);
  return { total: counted.rows[0].total, rows };
}
