import type { Db } from '../../kernel/db/pool';

/** Acknowledged links, and ends that leave an incident open. */

/** The firing link of an alert that a tool acknowledged. */
export interface AcknowledgedLink {
  alertId: string;
  incidentId: string;
  /** True if the alert is the only firing one of its incident, and the sources withhold none. */
  alone: boolean;
  /** True if the tool acknowledged the alert before. */
  repeated: boolean;
}

/**
 * Stores a tool's acknowledgement in the firing links of alerts in locked incidents. An acknowledgement that is stored
 * already, or an older one, changes nothing.
 */
export async function acknowledgeLinks(
  trx: Db,
  alertIds: readonly string[],
  incidentIds: readonly string[],
  at: Date,
): Promise<AcknowledgedLink[]> {
  const { rows } = await trx.raw(
    `with due as (
       select alert_id, acknowledged_at is not null as repeated from alert_links
        where alert_id = any(cast(:alertIds as uuid[])) and incident_id = any(cast(:incidentIds as uuid[]))
          and firing and (acknowledged_at is null or acknowledged_at < :at)
        order by alert_id for update),
     done as (
       update alert_links l set acknowledged_at = :at from due where l.alert_id = due.alert_id
       returning l.alert_id, l.incident_id, due.repeated)
     select done.alert_id as "alertId", done.incident_id as "incidentId", done.repeated,
            i.hidden_count = 0 and not exists (
              select 1 from alert_links o where o.incident_id = i.id and o.firing and o.alert_id <> done.alert_id
            ) as alone
       from done join incidents i on i.id = done.incident_id`,
    { alertIds: [...alertIds], incidentIds: [...incidentIds], at },
  );
  return rows;
}

/** Whether an ended alert keeps its incident open: always, or only while no person has acknowledged it. */
export type KeepsOpen = 'always' | 'unless_acknowledged';

/** The incidents that ended alerts keep open, with the stronger reason. */
export async function keptOpen(trx: Db, incidentIds: readonly string[]): Promise<Map<string, KeepsOpen>> {
  if (incidentIds.length === 0) return new Map();
  const { rows } = await trx.raw(
    `select incident_id as id, min(keeps_open) as keeps from alert_links
      where incident_id = any(cast(? as uuid[])) and keeps_open is not null and not firing group by incident_id`,
    [[...incidentIds]],
  );
  return new Map(rows.map(({ id, keeps }: { id: string; keeps: KeepsOpen }) => [id, keeps]));
}
