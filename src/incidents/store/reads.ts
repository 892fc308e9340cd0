import type { Db } from '../../kernel/db/pool';
import type { Severity } from '../../kernel/ports/values';
import type { AlertSnapshot, Incident } from '../contract';
import { INCIDENT_COLUMNS, type IncidentRow, toIncident, WITH_ESCALATION } from './rows';

/** Reads of incidents and their alerts. */

/** One incident without a lock; null if it does not exist. */
export async function findIncident(db: Db, id: string): Promise<Incident | null> {
  const { rows } = await db.raw(`select ${INCIDENT_COLUMNS} from ${WITH_ESCALATION} where i.id = ?`, [id]);
  return rows[0] === undefined ? null : toIncident(rows[0] as IncidentRow);
}

/** Incidents by their ids, without locks. Unknown ids are left out. */
export async function findIncidents(db: Db, ids: readonly string[]): Promise<Incident[]> {
  const { rows } = await db.raw(
    `select ${INCIDENT_COLUMNS} from ${WITH_ESCALATION} where i.id = any(cast(? as uuid[]))`,
    [[...ids]],
  );
  return (rows as IncidentRow[]).map(toIncident);
}

/** The unresolved incident that holds the slot of a key and had an alert after `since`; null if there is none. */
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

/** An attached alert as the API shows it. */
export interface LinkRow {
  incident_id: string;
  /** Whether it fires at its source. */
  firing: boolean;
  /** Whether it counts as ended only because a person resolved the incident. */
  ended_with_incident: boolean;
  ended_at: Date | null;
  snapshot: AlertSnapshot;
}

const FIRING = '(firing or ended_with_incident)';

/** The newest alerts of an incident, how many there are, and how many fire at their source. */
export async function alertsOf(
  db: Db,
  incidentId: string,
  limit: number,
): Promise<{ total: number; firing: number; rows: LinkRow[] }> {
  const [counted, { rows }] = await Promise.all([
    db.raw(
      `select count(*)::int as total, count(*) filter (where ${FIRING})::int as firing from alert_links where incident_id = ?`,
      [incidentId],
    ),
    db.raw(
      `select incident_id, ${FIRING} as firing, ended_with_incident, ended_at, coalesce(latest, snapshot) as snapshot
         from alert_links where incident_id = ? order by attached_at desc, alert_id limit ?`,
      [incidentId, limit],
    ),
  ]);
  return { ...counted.rows[0], rows };
}
