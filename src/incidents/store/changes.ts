import type { Db } from '../../kernel/db/pool';
import type { Severity } from '../../kernel/ports/values';
import type { Incident, Reach } from '../contract';
import { slotOf } from '../domain/routing';
import type { Transition } from '../domain/states';
import type { Context } from '../domain/timeline';
import { INCIDENT_COLUMNS, type IncidentRow, toIncident, WITH_ESCALATION } from './rows';

/** Changes of existing incidents. The order of locks: slots, incidents by id, links, escalations, totals. */

/** Deletes the slots of incidents that are about to be resolved. Must run before the incidents are locked. */
export async function freeSlots(trx: Db, incidentIds: readonly string[]): Promise<void> {
  await trx.raw(
    `delete from correlation_slots s using (
       select service, severity from correlation_slots where incident_id = any(cast(? as uuid[]))
        order by service, severity for update) held
      where s.service = held.service and s.severity = held.severity and s.incident_id = any(cast(? as uuid[]))`,
    [[...incidentIds], [...incidentIds]],
  );
}

/** Locks the slots of these incidents in order, so that alerts that arrive now wait for the end of the transaction. */
export async function lockSlots(trx: Db, incidentIds: readonly string[]): Promise<void> {
  await trx.raw(
    `select 1 from correlation_slots where incident_id = any(cast(? as uuid[])) order by service, severity for update`,
    [[...incidentIds]],
  );
}

/** Locks incidents in the order of their ids, and reads them. */
export async function lockIncidents(trx: Db, ids: readonly string[]): Promise<Map<string, Incident>> {
  const { rows } = await trx.raw(
    `select ${INCIDENT_COLUMNS} from ${WITH_ESCALATION} where i.id = any(cast(? as uuid[])) order by i.id for no key update of i`,
    [[...ids]],
  );
  return new Map((rows as IncidentRow[]).map((row) => [row.id, toIncident(row)]));
}

/** Locks one incident and reads it; null if it does not exist. */
export async function lockIncident(trx: Db, id: string): Promise<Incident | null> {
  return (await lockIncidents(trx, [id])).get(id) ?? null;
}

/** Saves a transition of a locked incident. */
export async function writeTransition(trx: Db, id: string, change: Transition, now: Date): Promise<void> {
  const { to, acknowledgedAt, resolvedAt, mttaMs, mttrMs } = change;
  await trx('incidents')
    .where({ id, status: change.from })
    .update({
      status: to,
      updated_at: now,
      ...(acknowledgedAt && { acknowledged_at: acknowledgedAt }),
      ...(mttaMs !== null && { mtta_seconds: mttaMs / 1_000 }),
      ...(resolvedAt && { resolved_at: resolvedAt, firing_count: 0, hidden_count: 0 }),
      ...(mttrMs !== null && { mttr_seconds: mttrMs / 1_000 }),
    });
}

/** Assigns a locked incident to a person. */
export async function reassign(
  trx: Db,
  id: string,
  { to, email, at }: { to: string | null; email: string | null; at: Date },
): Promise<void> {
  await trx('incidents').where({ id }).update({ assigned_to: to, assignee_email: email, updated_at: at });
}

/** Adds the address of an assignee without one; false if the incident has another assignee now. */
export async function addAddress(trx: Db, id: string, to: string, email: string): Promise<boolean> {
  const changed = await trx('incidents')
    .where({ id, assigned_to: to, assignee_email: null })
    .update({ assignee_email: email });
  return changed > 0;
}

/** Assigns an incident without an assignee, and sets its team if that was not known. True if it was assigned. */
export async function assignIfNobody(
  trx: Db,
  id: string,
  { team, assignee, at }: { team: string | null; assignee: { name: string; email: string | null } | null; at: Date },
): Promise<boolean> {
  if (team !== null) await trx('incidents').where({ id, team: null }).update({ team });
  if (assignee === null) return false;
  const assigned = await trx('incidents')
    .where({ id, assigned_to: null })
    .update({ assigned_to: assignee.name, assignee_email: assignee.email, updated_at: at });
  return assigned > 0;
}

/** Sets the severity of a locked incident, and the title that shows it. */
export const setSeverity = (
  trx: Db,
  id: string,
  { severity, title }: { severity: Severity; title: string },
  at: Date,
): Promise<number> => trx('incidents').where({ id }).update({ severity, title, updated_at: at });

/** Saves the title and the context of a locked incident after a revision of its alert. */
export const writeRevision = (
  trx: Db,
  id: string,
  { title, context, at }: { title: string; context: Context | null; at: Date },
): Promise<number> =>
  trx('incidents')
    .where({ id })
    .update({ title, updated_at: at, ...(context && { context: JSON.stringify(context) }) });

/** The alert that the title of each incident follows; incidents that a person opened are left out. */
export async function titleAlertsOf(trx: Db, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await trx('incidents')
    .whereIn('id', ids)
    .whereNotNull('context')
    .select('id', trx.raw(`context ->> 'alert_id' as alert`));
  return new Map(rows.map(({ id, alert }: { id: string; alert: string }) => [id, alert]));
}

/** Sets `updated_at`. */
export const touch = (trx: Db, id: string, at: Date): Promise<number> =>
  trx('incidents').where({ id }).update({ updated_at: at });

/** Sets `updated_at`, and returns the incident as the transaction leaves it. */
export async function touchAndRead(trx: Db, id: string, at: Date): Promise<Incident> {
  const { rows } = await trx.raw(
    `with touched as (update incidents set updated_at = ? where id = ? returning *)
     select ${INCIDENT_COLUMNS} from touched i left join escalations e on e.incident_id = i.id`,
    [at, id],
  );
  return toIncident(rows[0] as IncidentRow);
}

/** Ends the firing links of resolved incidents, and marks that the source did not end them. */
export const endLinksOf = (trx: Db, incidentIds: readonly string[], at: Date): Promise<number> =>
  trx('alert_links')
    .whereIn('incident_id', incidentIds)
    .where({ firing: true })
    .update({ firing: false, ended_at: at, ended_with_incident: true });

/** A link that an end report matched. */
export interface EndedLink {
  alertId: string;
  incidentId: string;
  /** False if it had ended with its incident before; then the report only adds that its source ended it. */
  fired: boolean;
}

/**
 * Ends the links of these alerts in these incidents, and returns the links that still fired at their source. A link that
 * had ended only with its incident is marked as ended by its source, so that a reopened incident does not link it again.
 */
export async function endLinks(
  trx: Db,
  incidentIds: readonly string[],
  ended: readonly { alert_id: string; ended_at: string; keeps_open?: string | undefined }[],
): Promise<EndedLink[]> {
  const { rows } = await trx.raw(
    `with reported as (select * from jsonb_to_recordset(cast(? as jsonb)) as g(alert_id uuid, ended_at timestamptz, keeps_open text)),
     locked as (
       select l.alert_id, reported.ended_at, reported.keeps_open from alert_links l join reported on reported.alert_id = l.alert_id
        where l.firing and l.incident_id = any(cast(? as uuid[])) order by l.alert_id for update of l),
     confirmed as (
       update alert_links l set ended_with_incident = false, ended_at = reported.ended_at from reported
        where l.alert_id = reported.alert_id and l.ended_with_incident and l.incident_id = any(cast(? as uuid[]))
       returning l.alert_id, l.incident_id),
     ended as (
       update alert_links l set firing = false, ended_at = locked.ended_at, keeps_open = locked.keeps_open
         from locked where l.alert_id = locked.alert_id returning l.alert_id, l.incident_id),
     fewer as (
       update incidents i set firing_count = greatest(0, i.firing_count - e.alerts)
         from (select incident_id, count(*)::int as alerts from ended group by incident_id) e where i.id = e.incident_id)
     select alert_id as "alertId", incident_id as "incidentId", true as fired from ended
     union all select alert_id, incident_id, false from confirmed`,
    [JSON.stringify(ended), [...incidentIds], [...incidentIds]],
  );
  return rows;
}

/** Reactivates the links that ended only with their incident, and updates its count. Returns how many. */
export async function relinkAlerts(trx: Db, incidentId: string): Promise<number> {
  const { rows } = await trx.raw(
    `with again as (
       update alert_links set firing = true, ended_at = null, ended_with_incident = false
        where incident_id = ? and ended_with_incident returning 1),
     counted as (select count(*)::int as alerts from again)
     update incidents set firing_count = firing_count + counted.alerts from counted where id = ? returning counted.alerts`,
    [incidentId, incidentId],
  );
  return rows[0]?.alerts ?? 0;
}

/**
 * Gives the slot of its key to an incident that is about to be reopened. Must run before the incident is locked. An
 * unresolved incident that holds the slot keeps it.
 */
export async function takeFreeSlot(
  trx: Db,
  incident: Pick<Incident, 'id' | 'service' | 'severity'>,
  now: Date,
): Promise<void> {
  const { id } = incident;
  const routing = (await trx('incidents').where({ id }).first('routing'))?.routing ?? null;
  const { service, severity } = slotOf(routing, incident.service, incident.severity);
  // A statement of its own locks the slot: after a wait, a single statement would not see an incident that another
  // transaction opened meanwhile.
  await trx.raw(
    `insert into correlation_slots as s (service, severity, incident_id, last_alert_at) values (?, ?, ?, ?)
     on conflict (service, severity) do update set last_alert_at = s.last_alert_at`,
    [service, severity, id, now],
  );
  await trx.raw(
    `update correlation_slots s set incident_id = ?, last_alert_at = greatest(s.last_alert_at, ?)
      where s.service = ? and s.severity = ?
        and not exists (select 1 from incidents i where i.id = s.incident_id and i.status <> 'resolved')`,
    [id, now, service, severity],
  );
}

/** Reopens a locked incident, and clears the time to resolve. */
export const writeReopened = (trx: Db, id: string, now: Date): Promise<number> =>
  trx('incidents')
    .where({ id, status: 'resolved' })
    .update({ status: 'open', resolved_at: null, mttr_seconds: null, updated_at: now });

/** Sets a locked incident from acknowledged to open, and clears the time to acknowledge. */
export const writeUnacknowledged = (trx: Db, id: string, now: Date): Promise<number> =>
  trx('incidents').where({ id }).update({ status: 'open', acknowledged_at: null, mtta_seconds: null, updated_at: now });

/**
 * The incidents that have an alert that still fires, is withheld, or flaps. Reads `firing_count` first, because scanning the links
 * on every end is too slow in a storm. If the count is 0, the links verify that.
 */
export async function stillFiring(trx: Db, incidentIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await trx.raw(
    `with wanted as (select id, firing_count + hidden_count + flapping_count as firing_count from incidents where id = any(cast(? as uuid[])))
     select id from wanted where firing_count > 0
      union all
     select wanted.id from wanted
      cross join lateral (select 1 from alert_links l where l.incident_id = wanted.id and l.firing limit 1) l
      where wanted.firing_count = 0`,
    [[...incidentIds]],
  );
  return new Set(rows.map(({ id }: { id: string }) => id));
}

/** Whether this alert fires in a locked incident, no other one does, and no source withholds alerts of the incident. */
export async function firesAlone(trx: Db, incidentId: string, alertId: string): Promise<boolean> {
  const { rows } = await trx.raw(
    `select i.hidden_count = 0
            and exists (select 1 from alert_links l where l.incident_id = i.id and l.firing and l.alert_id = :alertId)
            and not exists (select 1 from alert_links l where l.incident_id = i.id and l.firing and l.alert_id <> :alertId)
            as alone
       from incidents i where i.id = :incidentId`,
    { incidentId, alertId },
  );
  return rows[0]?.alone === true;
}

/**
 * Sets the reach of an incident; if `from` is given, only from that value. Returns whether it changed. The caller holds the
 * incident.
 */
export async function setReach(trx: Db, id: string, reach: Reach, from?: Reach): Promise<boolean> {
  const changed = await trx('incidents')
    .where({ id, ...(from !== undefined && { reach: from }) })
    .whereNot({ reach })
    .update({ reach });
  return changed > 0;
}
