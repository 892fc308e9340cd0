import type { Db } from '../../kernel/db/pool';
import type { AlertSnapshot } from '../contract';
import type { Group, KnownLink } from '../domain/correlation';
import { keyOf } from '../domain/routing';
import { PEAK } from './snapshotSql';

/** Correlation. Slots are locked before incidents, both in order, so that transactions do not deadlock. */

/** The links of these alerts, without locks. */
export async function linksOf(db: Db, alertIds: readonly string[]): Promise<KnownLink[]> {
  const { rows } = await db.raw(`select ${LINK_COLUMNS} from alert_links l where l.alert_id = any(cast(? as uuid[]))`, [
    [...alertIds],
  ]);
  return rows;
}

const LATEST = 'coalesce(l.latest, l.snapshot)';
const LINK_COLUMNS = `l.alert_id as "alertId", l.incident_id as "incidentId", l.firing,
  ${PEAK('l.snapshot')} as severity, ${PEAK(LATEST)} as peak, l.snapshot -> 'routing' as routing,
  coalesce(cast(${LATEST} ->> 'revision' as int), 0) as revision,
  coalesce(cast(${LATEST} -> 'raised' ->> 'revision' as int), 0) as "raisedAt"`;

/**
 * Locks the firing links of these alerts, and reads them with the latest snapshot. The caller holds their incidents.
 */
export async function lockLinks(
  trx: Db,
  alertIds: readonly string[],
): Promise<(KnownLink & { latest: AlertSnapshot })[]> {
  const { rows } = await trx.raw(
    `select ${LINK_COLUMNS}, ${LATEST} as latest from alert_links l
      where l.firing and l.alert_id = any(cast(? as uuid[])) order by l.alert_id for update of l`,
    [[...alertIds]],
  );
  return rows;
}

/** Stores the latest snapshots of alerts; the snapshots of their attachment stay. */
export const writeLatest = (trx: Db, alerts: readonly AlertSnapshot[]): Promise<unknown> =>
  trx.raw(
    `update alert_links l set latest = s from jsonb_array_elements(cast(? as jsonb)) s
      where l.alert_id = cast(s ->> 'id' as uuid)`,
    [JSON.stringify(alerts)],
  );

const MINUTE_MS = 60_000;

/**
 * Locks the slot of every group and returns the incident that holds it now: the present one if it had an alert after
 * `since` and is not in `resolvedIds`, else the proposed one. A repeat alone does not extend the window of another
 * incident.
 */
export async function takeSlots(
  trx: Db,
  groups: readonly Group[],
  { now, since, resolvedIds }: { now: Date; since: Date; resolvedIds: readonly string[] },
): Promise<Map<string, string>> {
  const rows = groups.map(({ slot, proposed, fresh, windowMinutes, rising }) => ({
    ...slot,
    incident_id: proposed,
    fresh: fresh.length > 0,
    since: windowMinutes === null ? since : new Date(now.getTime() - windowMinutes * MINUTE_MS),
    rising: rising && fresh.length === 0,
  }));
  const wanted = (column: string): string =>
    `(select ${column} from wanted w where w.service = s.service and w.severity = s.severity)`;
  const isHeld = `(${wanted('rising')} and exists (
    select 1 from incidents i where i.id = s.incident_id and i.status <> 'resolved'))`;
  const isCurrent = `((s.last_alert_at > ${wanted('since')} or ${isHeld}) and s.incident_id <> all(cast(? as uuid[])))`;
  const { rows: held } = await trx.raw(
    `with wanted as (
       select * from jsonb_to_recordset(cast(? as jsonb))
         as w(service text, severity text, incident_id uuid, fresh boolean, since timestamptz, rising boolean))
     insert into correlation_slots as s (service, severity, incident_id, last_alert_at)
     select service, severity, incident_id, ? from wanted order by severity, service collate "C"
     on conflict (service, severity) do update set
       incident_id = case when ${isCurrent} then s.incident_id else excluded.incident_id end,
       last_alert_at = case
         when ${isCurrent} and s.incident_id <> excluded.incident_id
              and not ${wanted('fresh')}
         then s.last_alert_at else greatest(s.last_alert_at, excluded.last_alert_at) end
     returning service, severity, incident_id`,
    [JSON.stringify(rows), now, [...resolvedIds], [...resolvedIds]],
  );
  return new Map(
    held.map((row: { service: string; severity: string; incident_id: string }) => [keyOf(row), row.incident_id]),
  );
}

/** How many of these alerts still fire. The caller holds the locks of their slots. */
export async function countFiring(trx: Db, alertIds: readonly string[]): Promise<number> {
  const { rows } = await trx.raw(
    'select count(*)::int as firing from alert_links where firing and alert_id = any(cast(? as uuid[]))',
    [[...alertIds]],
  );
  return rows[0].firing;
}

/** Adds to the alert counts of incidents. Returns the incidents that are unresolved; the others are not changed. */
export async function joinIncidents(trx: Db, counts: ReadonlyMap<string, number>, now: Date): Promise<Set<string>> {
  const { rows } = await trx.raw(
    `with counts as (select * from unnest(cast(? as uuid[]), cast(? as int[])) as c(id, alerts)),
     open_incidents as (
       select i.id, c.alerts from incidents i join counts c on c.id = i.id
        where i.status <> 'resolved' order by i.id for no key update of i)
     update incidents set alert_count = alert_count + open_incidents.alerts, firing_count = firing_count + open_incidents.alerts,
            updated_at = ?
       from open_incidents where incidents.id = open_incidents.id returning incidents.id`,
    [[...counts.keys()], [...counts.values()], now],
  );
  return new Set(rows.map((row: { id: string }) => row.id));
}

/** Links an alert that a caller names; false if it is linked to this incident already. */
export async function linkByHand(
  trx: Db,
  { incidentId, alertId, fingerprint, at }: { incidentId: string; alertId: string; fingerprint: string; at: Date },
): Promise<boolean> {
  const { rowCount } = await trx.raw(
    `insert into hand_links (incident_id, alert_id, fingerprint, linked_at)
     select ?, ?, ?, ?
      where not exists (select 1 from alert_links where incident_id = ? and alert_id::text = ?)
     on conflict do nothing`,
    [incidentId, alertId, fingerprint, at, incidentId, alertId.toLowerCase()],
  );
  if (rowCount === 0) return false;
  await trx.raw('update incidents set alert_count = alert_count + 1, updated_at = ? where id = ?', [at, incidentId]);
  return true;
}
