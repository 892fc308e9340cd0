import { type Db, withRetry } from '../../kernel/db/pool';
import { type NewEvent, record } from '../../kernel/events/events';
import type { Caller, Service } from '../../kernel/ports/contract';
import type { Incident, IncidentEventKind, IncidentsContract } from '../contract';
import type { Deps } from '../deps';
import { type Transition, transition } from '../domain/states';
import type { Entry } from '../domain/timeline';
import { ALL_ALERTS_ENDED, applyTransitions, type Changed, observeTransitions } from '../lifecycle/transitions';
import { recordEntries } from '../records/recordEntries';
import { linksOf } from '../store/attach';
import { type EndedLink, endLinks, freeSlots, lockIncidents, lockSlots, stillFiring } from '../store/changes';
import type { FlappingIdentity } from '../store/flapping';
import { noteDelivery } from '../store/hidden';
import { insertEntries } from '../store/timeline';
import { beginFlapping } from './flapping';
import { hideAlerts } from './hiddenAlerts';
import { type KeepsOpen, openAtEnd } from './openAtEnd';

/** Ends alerts that stopped firing, and resolves an incident in the transaction that ends its last alert. */

/** The source ends alerts, even if a person or a key reports it: the resolution acknowledges nothing. */
const BY_SOURCE = { byPerson: false };

/** The most alerts of one transaction, so that none holds its locks for long. */
const BATCH = 100;

type AlertsEnded = Pick<Service<IncidentsContract>, 'alertsEnded'>;
type Ended = Parameters<AlertsEnded['alertsEnded']>[0]['alerts'];
type Group = Parameters<AlertsEnded['alertsEnded']>[0]['group'];
type Result = Awaited<ReturnType<AlertsEnded['alertsEnded']>>['results'][number];

/** The operation `alertsEnded`. */
export function createAlertsEnded({ db, clock, metrics, poke }: Deps): AlertsEnded {
  async function end(alerts: Ended, group: Group, caller: Caller): Promise<Result[]> {
    const links = await linksOf(
      db,
      alerts.map(({ alert_id }) => alert_id),
    );
    const incidentOf = new Map(links.map(({ alertId, incidentId }) => [alertId, incidentId]));
    const { resolved, changes } = await withRetry(db, (trx) => write(trx, alerts, incidentOf, group, caller));
    observeTransitions(metrics, changes);
    return alerts.map(({ alert_id }) => {
      const incident_id = incidentOf.get(alert_id) ?? null;
      return { alert_id, incident_id, incident_resolved: incident_id !== null && resolved.has(incident_id) };
    });
  }

  async function write(
    trx: Db,
    alerts: Ended,
    incidentOf: ReadonlyMap<string, string>,
    group: Group,
    caller: Caller,
  ): Promise<{ resolved: Set<string>; changes: Changed[] }> {
    const ids = [...new Set(incidentOf.values())];
    if (ids.length === 0) return { resolved: new Set(), changes: [] };
    const hides = group !== undefined && group.hidden > 0 && (await noteDelivery(trx, group, clock.now()));
    await lockSlots(trx, ids);
    const incidents = await lockIncidents(trx, ids);
    const now = clock.now();
    if (hides) await recordEntries(trx, await hideAlerts(trx, group, incidents, { now, caller }), caller);
    const resolved = new Set([...incidents.values()].filter(({ status }) => status === 'resolved').map(({ id }) => id));
    // An alert that was attached after the links were read stays firing, because its incident is not locked here. The
    // answer returns no incident for it, so the alerts module reports it again.
    await recordEntries(trx, await beginFlapping(trx, marksOf(alerts, incidentOf, incidents), { now, caller }), caller);
    const ended = await endLinks(trx, ids, lastOfEach(alerts));
    if (ended.length === 0) return { resolved, changes: [] };
    const touched = [...new Set(ended.map(({ incidentId }) => incidentId))];
    const replaced = new Set(alerts.flatMap((alert) => (alert.replaced ? alert.alert_id : [])));
    const endedAtSource = ended
      .filter(({ alertId, fired }) => fired && !replaced.has(alertId))
      .map(({ incidentId }) => incidentId);
    const firing = await stillFiring(trx, touched);
    const quiet = new Set(endedAtSource.filter((incidentId) => !firing.has(incidentId)));
    const kept = await openAtEnd(trx, [...quiet], incidents);
    const changes = [...quiet].flatMap((incidentId): Changed[] => {
      const incident = incidents.get(incidentId);
      const change = kept.has(incidentId) || !incident ? null : transition(incident, 'resolved', now, BY_SOURCE);
      return change === null ? [] : [{ incidentId, change: change as Transition }];
    });
    const resolvedNow = changes.map(({ incidentId }) => incidentId);
    const items = new Map(alerts.map((alert) => [alert.alert_id, alert]));
    await insertEntries(
      trx,
      ended.map((link) => endedEntry(link, items.get(link.alertId), kept, caller, now)),
    );
    if (resolvedNow.length > 0) {
      await freeSlots(trx, resolvedNow);
      await recordEntries(
        trx,
        await applyTransitions(trx, changes, { now, caller, because: { reason: ALL_ALERTS_ENDED } }),
        caller,
      );
    }
    const data = { alerts: ended.length, incidents: touched };
    const subject = touched[0] as string;
    const event: NewEvent<IncidentEventKind> = { kind: 'alerts_resolved', subject, actor: caller.actor, data, at: now };
    await record(trx, [event], caller);
    return { resolved: new Set([...resolved, ...resolvedNow]), changes };
  }

  return {
    async alertsEnded({ alerts, group }, caller) {
      const results: Result[] = [];
      for (let at = 0; at < alerts.length; at += BATCH) {
        results.push(...(await end(alerts.slice(at, at + BATCH), group, caller)));
      }
      poke();
      return { results };
    },
  };
}

/** The flapping identities of ended alerts, in unresolved incidents. */
const marksOf = (
  alerts: Ended,
  incidentOf: ReadonlyMap<string, string>,
  incidents: ReadonlyMap<string, Incident>,
): FlappingIdentity[] =>
  alerts.flatMap(({ alert_id, flapping: fingerprint }) => {
    const incident_id = incidentOf.get(alert_id);
    if (fingerprint === undefined || incident_id === undefined) return [];
    const status = incidents.get(incident_id)?.status;
    return status === undefined || status === 'resolved' ? [] : [{ fingerprint, incident_id }];
  });

/** The entry of an alert that ended, or whose source went silent, and why that does not resolve the incident. */
function endedEntry(
  { alertId, incidentId }: EndedLink,
  item: Ended[number] | undefined,
  kept: ReadonlyMap<string, KeepsOpen>,
  { actor }: Caller,
  at: Date,
): Entry {
  const { silent_since, replaced } = item ?? {};
  const stays_open = kept.get(incidentId);
  const detail = {
    alert_id: alertId,
    ...(replaced && { reason: 'replaced' }),
    ...(silent_since !== undefined && { silent_since }),
    ...(stays_open !== undefined && { stays_open }),
  };
  return { incidentId, eventType: silent_since === undefined ? 'alert_resolved' : 'alert_expired', actor, detail, at };
}

/** Removes duplicates: one statement must not update an alert twice. */
const lastOfEach = (alerts: Ended): Ended => [...new Map(alerts.map((alert) => [alert.alert_id, alert])).values()];
