import { type Db, statement } from '../../kernel/db/pool';
import { type By, kindOf, notifyReaders } from '../../kernel/events/events';
import type { AlertSnapshot } from '../contract';
import { merged } from '../domain/revision';
import { keyOf } from '../domain/routing';
import { PEAK, RANK } from './snapshotSql';
import { actorOf } from './timeline';

/** The hot path of correlation: attaches alerts to the incidents that hold their slots, in one statement. */

/** A slot is not updated for every alert of a storm: its time may lag behind the last alert by this much. */
const SLIDE_INTERVAL_MS = 250;

/** The most incidents that an event names; it only counts the others, so that it does not grow with a storm. */
const MAX_NAMED = 20;

/** SQL of the slot of an alert from its snapshot, and of what lets it join the incident that holds the slot. */
interface SlotSql {
  service(snapshot: string): string;
  severity(snapshot: string): string;
  /** The slots of all alerts in `fresh`. */
  keys: string;
  /** An additional column of them, with its comma: the begin of the window. */
  since: string;
  /** The begin of the window of a slot `k`. */
  after: string;
  /** The condition under which an alert in `fresh` joins one of `open_incidents`. */
  admits: string;
}

/** An incident that pages no one does not take an alert that pages: it must begin to page first, under locks. */
const PAGES = 'open_incidents.pages';

/** Alerts without a route: the slot is that of their service and severity. */
const UNROUTED: SlotSql = {
  service: (snapshot) => `${snapshot} ->> 'service'`,
  severity: (snapshot) => PEAK(snapshot),
  keys: 'select distinct severity, service from fresh',
  since: '',
  after: ':since',
  admits: PAGES,
};

const KEY = (snapshot: string): string => `${snapshot} #>> '{routing,key}'`;
const MIXED = (snapshot: string): string =>
  `(${KEY(snapshot)} is not null and not cast(${snapshot} #> '{routing,by_severity}' as boolean))`;
const MINUTES = `cast(snapshot #>> '{routing,window_minutes}' as int)`;

/**
 * Alerts with a route; see `slotOf`. An alert that is more severe than the incident does not join it here, because it raises
 * the severity.
 */
const ROUTED: SlotSql = {
  service: (snapshot) => `coalesce(${KEY(snapshot)}, ${snapshot} ->> 'service')`,
  severity: (snapshot) => `case when ${MIXED(snapshot)} then '' else ${PEAK(snapshot)} end`,
  keys: `select severity, service, min(coalesce(cast(:now as timestamptz) - ${MINUTES} * interval '1 minute', :since)) as since
           from fresh group by severity, service`,
  since: ', k.since',
  after: 'k.since',
  admits: `(${PAGES} or fresh.snapshot #>> '{routing,not_paged_by}' is not null)
       and (not ${MIXED('fresh.snapshot')}
            or ${RANK(PEAK('fresh.snapshot'))} <= ${RANK('open_incidents.incident_severity')})`,
};

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
const attachToOpenSql = ({ service, severity, admits, ...own }: SlotSql) =>
  statement<JoinedRow>(`
  with fresh as materialized (
    select cast(s ->> 'id' as uuid) as alert_id, ${service('s')} as service, ${severity('s')} as severity, s as snapshot
      from jsonb_array_elements(cast(:alerts as jsonb)) s),
  seen as materialized (
    select k.service, k.severity, s.incident_id, s.last_alert_at > :slid_since as warm${own.since}
      from (${own.keys}) k
     cross join lateral (
       select incident_id, last_alert_at from correlation_slots s
        where s.service = k.service and s.severity = k.severity
          and s.last_alert_at > ${own.after} offset 0) s),
  held as materialized (
    select k.service, k.severity, slot.incident_id
      from (select service, severity${own.since && ', since'} from seen where not warm order by severity, service collate "C") k
     cross join lateral (
       select incident_id from correlation_slots s
        where s.service = k.service and s.severity = k.severity
          and s.last_alert_at > ${own.after} for update) slot),
  open_incidents as materialized (
    select h.service, h.severity, h.incident_id, i.created_at, i.not_paged_by is null as pages, i.severity as incident_severity
      from (select service, severity, incident_id from seen where warm
             union all select service, severity, incident_id from held order by incident_id) h
     cross join lateral (
       select created_at, not_paged_by, severity
         from incidents where id = h.incident_id and status <> 'resolved' for no key update) i),
  linked as (
    insert into alert_links (alert_id, incident_id, firing, snapshot, attached_at)
    select fresh.alert_id, open_incidents.incident_id, true, fresh.snapshot, greatest(:now, open_incidents.created_at) from fresh
      join open_incidents on open_incidents.service = fresh.service and open_incidents.severity = fresh.severity
       and ${admits}
     order by fresh.alert_id
    on conflict (alert_id) do nothing
    returning alert_id, incident_id, attached_at, ${service('snapshot')} as service, ${severity('snapshot')} as severity,
              snapshot ->> 'fingerprint' as fingerprint),
  counted as materialized (
    select incident_id, service, severity, count(*)::int as alerts from linked group by incident_id, service, severity),
  grown as (
    update incidents i set alert_count = i.alert_count + c.alerts, firing_count = i.firing_count + c.alerts, updated_at = :now
      from (select incident_id, sum(alerts)::int as alerts from counted group by incident_id) c
     where i.id = c.incident_id),
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

const ATTACH_TO_OPEN = attachToOpenSql(UNROUTED);
const ATTACH_ROUTED = attachToOpenSql(ROUTED);

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
  // Alerts without a route keep a statement of their own, which does not look for one in each snapshot.
  const run = alerts.some(({ routing }) => routing !== undefined) ? ATTACH_ROUTED : ATTACH_TO_OPEN;
  const [row] = await run(db, {
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
