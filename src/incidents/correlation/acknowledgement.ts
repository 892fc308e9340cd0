import { type Db, withRetry } from '../../kernel/db/pool';
import type { Caller, Service } from '../../kernel/ports/contract';
import type { Incident, IncidentsContract } from '../contract';
import type { Deps } from '../deps';
import { machineAcknowledgement } from '../domain/states';
import type { Entry } from '../domain/timeline';
import { applyTransitions, type Changed } from '../lifecycle/transitions';
import { recordEntries } from '../records/recordEntries';
import { type AcknowledgedLink, acknowledgeLinks } from '../store/alertEnds';
import { linksOf } from '../store/attach';
import { lockIncidents, touch } from '../store/changes';

/**
 * Acknowledgements in a monitoring tool. They acknowledge an incident only if the alert is its only firing one: a person who
 * saw one alert in a tool need not know of the others. They assign nobody and count in no time to acknowledge.
 */

type AlertsAcknowledged = Pick<Service<IncidentsContract>, 'alertsAcknowledged'>;
type Result = Awaited<ReturnType<AlertsAcknowledged['alertsAcknowledged']>>['results'][number];

/** The most alerts of one transaction, so that none holds its locks for long. */
const BATCH = 100;

/** The operation `alertsAcknowledged`. */
export function createAcknowledgements({ db, clock, poke }: Deps): AlertsAcknowledged {
  async function acknowledge(alerts: readonly string[], at: Date, caller: Caller): Promise<Result[]> {
    const links = await linksOf(db, alerts);
    const incidentOf = new Map(links.map(({ alertId, incidentId }) => [alertId, incidentId]));
    const ids = [...new Set(incidentOf.values())];
    const changed = ids.length === 0 ? new Set() : await withRetry(db, (trx) => write(trx, alerts, ids, at, caller));
    return alerts.map((alert_id) => {
      const incident_id = incidentOf.get(alert_id) ?? null;
      return { alert_id, incident_id, incident_acknowledged: changed.has(incident_id) };
    });
  }

  /** @returns the incidents that this call acknowledged */
  async function write(
    trx: Db,
    alerts: readonly string[],
    ids: readonly string[],
    at: Date,
    caller: Caller,
  ): Promise<Set<string>> {
    const incidents = await lockIncidents(trx, ids);
    const now = clock.now();
    const links = await acknowledgeLinks(trx, alerts, ids, at);
    const changes = links.flatMap((link) => changeOf(link, incidents.get(link.incidentId)));
    const changed = new Set(changes.map(({ incidentId }) => incidentId));
    // An acknowledgement that the tool repeats is no news, unless it acknowledges the incident again.
    const noted = links.filter(({ incidentId, repeated }) => !repeated && !changed.has(incidentId));
    for (const { incidentId } of noted) await touch(trx, incidentId, now);
    const entries = [
      ...noted.map((link) => notedEntry(link, caller, now)),
      ...(await applyTransitions(trx, changes, { now, caller, because: { reason: 'acknowledged_at_source' } })),
    ];
    if (entries.length > 0) await recordEntries(trx, entries, caller);
    return changed;
  }

  return {
    async alertsAcknowledged({ alerts, at }, caller) {
      const ids = [...new Set(alerts)];
      const results: Result[] = [];
      for (let n = 0; n < ids.length; n += BATCH) {
        results.push(...(await acknowledge(ids.slice(n, n + BATCH), new Date(at), caller)));
      }
      poke();
      return { results };
    },
  };
}

function changeOf({ incidentId, alone }: AcknowledgedLink, incident: Incident | undefined): Changed[] {
  const change = alone && incident !== undefined ? machineAcknowledgement(incident) : null;
  return change === null ? [] : [{ incidentId, change }];
}

const notedEntry = ({ incidentId, alertId }: AcknowledgedLink, { actor }: Caller, at: Date): Entry => ({
  incidentId,
  eventType: 'alert_acknowledged',
  actor,
  detail: { alert_id: alertId },
  at,
});
