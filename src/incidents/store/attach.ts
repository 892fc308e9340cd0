import { type Db, statement } from '../../kernel/db/pool';
import { type By, kindOf, notifyReaders } from '../../kernel/events/events';
import type { AlertSnapshot } from '../contract';
import { type Group, type KnownLink, keyOf } from '../domain/correlation';
import { merged } from '../domain/revision';
import { actorOf } from './timeline';

/** Correlation. Slots are locked before incidents, both in order, so that transactions do not deadlock. */

/** The links of these alerts, without locks. */
export async function linksOf(db: Db, alertIds: readonly string[]): Promise<KnownLink[]> {
  const { rows } = await db.raw(`select ${LINK_COLUMNS} from alert_links l where l.alert_id = any(cast(? as uuid[]))`, [
    [...alertIds],
  ]);
  return rows;
}

/** SQL of the severity that counts for a snapshot: the one it rose to, else its own. See `peakOf`. */
const PEAK = (snapshot: string): string => `coalesce(${snapshot} -> 'raised' ->> 'to', ${snapshot} ->> 'severity')`;

const LATEST = 'coalesce(l.latest, l.snapshot)';
const LINK_COLUMNS = `l.alert_id as "alertId", l.incident_id as "incidentId", l.firing,
  ${PEAK('l.snapshot')} as severity, ${PEAK(LATEST)} as peak,
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

/** A slot is not updated for every alert of a storm: its time may lag behind the last alert by this much. */
const SLIDE_INTERVAL_MS = 250;

/** The most incidents that an event names; it only counts the others, so that it does not grow with a storm. */
const MAX_NAMED = 20;

/**
 * The common case in one statement, which is one round trip: attaches alerts that were never attached to the incident
 * that holds their slot. Slots are locked before incidents, each in order. All other alerts are left to the caller: those
 * without a slot in the window, with an incident that was resolved meanwhile, or attached before. `attached_at` is never
 * before the incident: this transaction may have read its clock first and then waited for the one that opened it.
 *
 * A `warm` slot had an alert within the last 250 ms. It is read without a lock, because its window cannot be over, and a
 * transaction that resolves its incident holds the incident, which this statement locks too.
 *
 * An alert is linked only once, so its timeline entry can use the id of the alert, which is ordered by time.
 */
const ATTACH_TO_OPEN = statement<JoinedRow>(`
  with fresh as materialized (
    select cast(s ->> 'id' as uuid) as alert_id, s ->> 'service' as service, ${PEAK('s')} as severity, s as snapshot
      from jsonb_array_elements(cast(:alerts as jsonb)) s),
  seen as materialized (
    select k.service, k.severity, s.incident_id, s.last_alert_at > :slid_since as warm
      from (select distinct severity, service from fresh) k
     cross join lateral (
       select incident_id, last_alert_at from correlation_slots s
        where s.service = k.service and s.severity = k.severity and s.last_alert_at > :since offset 0) s),
  held as materialized (
    select k.service, k.severity, slot.incident_id
      from (select service, severity from seen where not warm order by severity, service collate "C") k
     cross join lateral (
       select incident_id from correlation_slots s
        where s.service = k.service and s.severity = k.severity and s.last_alert_at > :since for update) slot),
  open_incidents as materialized (
    select h.service, h.severity, h.incident_id, i.created_at
      from (select service, severity, incident_id from seen where warm union all select * from held order by incident_id) h
     cross join lateral (
       select created_at from incidents where id = h.incident_id and status <> 'resolved' for no key update) i),
  linked as (
    insert into alert_links (alert_id, incident_id, firing, snapshot, attached_at)
    select fresh.alert_id, open_incidents.incident_id, true, fresh.snapshot, greatest(:now, open_incidents.created_at) from fresh
      join open_incidents on open_incidents.service = fresh.service and open_incidents.severity = fresh.severity
     order by fresh.alert_id
    on conflict (alert_id) do nothing
    returning alert_id, incident_id, attached_at, snapshot ->> 'service' as service, ${PEAK('snapshot')} as severity,
              snapshot ->> 'fingerprint' as fingerprint),
  counted as materialized (
    select incident_id, service, severity, count(*)::int as alerts from linked group by incident_id, service, severity),
  grown as (
    update incidents i set alert_count = i.alert_count + counted.alerts, firing_count = i.firing_count + counted.alerts,
           updated_at = :now
      from counted where i.id = counted.incident_id),
  slid as (
    update correlation_slots s set last_alert_at = greatest(s.last_alert_at, :now)
      from held join counted using (service, severity)
     where s.service = held.service and s.severity = held.severity),
  entries as (
    insert into incident_timeline (id, incident_id, event_type, actor, detail, created_at)
    select alert_id, incident_id, 'alert_correlated', :actor,
           jsonb_build_object('alert_id', alert_id, 'fingerprint', fingerprint), attached_at
      from linked),
  noted as (
    insert into events (kind, subject, actor, actor_kind, data, at)
    select 'alerts_correlated', min(cast(incident_id as text)), :by, :by_kind,
           jsonb_build_object('alerts', sum(alerts), 'incidents', (
             select jsonb_agg(jsonb_build_object('incident_id', incident_id, 'alerts', alerts))
               from (select incident_id, alerts from counted limit ${MAX_NAMED}) named)),
           :now
      from counted having count(*) > 0)
  select (select json_object_agg(alert_id, incident_id) from linked) as links,
         (select json_agg(json_build_object('service', service, 'severity', severity)) from seen
           where (select count(*) from linked) < (select count(*) from fresh)) as open_keys`);

interface JoinedRow {
  links: Record<string, string> | null;
  open_keys: Key[] | null;
}

/** The result of `attachToOpenIncidents`. */
export interface Joined {
  /** The incident of each alert that was attached. */
  links: Map<string, string>;
  /** The keys whose slot had an alert within the window; empty if all alerts were attached. */
  openKeys: Set<string>;
}

/** Attaches alerts to the incidents that hold the slots of their keys; see `ATTACH_TO_OPEN`. */
export async function attachToOpenIncidents(
  db: Db,
  alerts: readonly AlertSnapshot[],
  { now, since, by }: { now: Date; since: Date; by: By },
): Promise<Joined> {
  const [row] = await ATTACH_TO_OPEN(db, {
    alerts: JSON.stringify(merged(alerts)),
    now,
    since,
    slid_since: new Date(Math.max(since.getTime(), now.getTime() - SLIDE_INTERVAL_MS)),
    actor: actorOf(by.actor),
    by: by.actor,
    by_kind: kindOf(by),
  });
  const { links, open_keys } = row as JoinedRow;
  if (links !== null) notifyReaders(db);
  return { links: new Map(Object.entries(links ?? {})), openKeys: new Set((open_keys ?? []).map(keyOf)) };
}

type Key = { service: string; severity: string };

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
  const rows = groups.map(({ service, severity, proposed, fresh }) => ({
    service,
    severity,
    incident_id: proposed,
    fresh: fresh.length > 0,
  }));
  const isCurrent = '(s.last_alert_at > ? and s.incident_id <> all(cast(? as uuid[])))';
  const { rows: held } = await trx.raw(
    `with wanted as (
       select * from jsonb_to_recordset(cast(? as jsonb))
         as w(service text, severity text, incident_id uuid, fresh boolean))
     insert into correlation_slots as s (service, severity, incident_id, last_alert_at)
     select service, severity, incident_id, ? from wanted order by severity, service collate "C"
     on conflict (service, severity) do update set
       incident_id = case when ${isCurrent} then s.incident_id else excluded.incident_id end,
       last_alert_at = case
         when ${isCurrent} and s.incident_id <> excluded.incident_id
              and not (select fresh from wanted w where w.service = s.service and w.severity = s.severity)
         then s.last_alert_at else greatest(s.last_alert_at, excluded.last_alert_at) end
     returning service, severity, incident_id`,
    [JSON.stringify(rows), now, since, [...resolvedIds], since, [...resolvedIds]],
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
