import { type Db, withRetry } from '../../kernel/db/pool';
import type { Caller, Service } from '../../kernel/ports/contract';
import type { Incident, IncidentsContract } from '../contract';
import type { Deps } from '../deps';
import type { Entry } from '../domain/timeline';
import { type Changed, observeTransitions } from '../lifecycle/transitions';
import { recordEntries } from '../records/recordEntries';
import { linksOf } from '../store/attach';
import { lockIncidents, lockSlots } from '../store/changes';
import { type AlertGroup, hideFrom, incidentsOfGroup, noteDelivery, showTo } from '../store/hidden';
import { resolveQuiet } from './quiet';

/**
 * A source that sends only the first alerts of a group (Alertmanager's `max_alerts`) withholds the rest. An incident with
 * alerts of such a group stays open after they end, until a delivery of the group withholds none.
 */

type HiddenAlerts = Pick<Service<IncidentsContract>, 'reportGroup'>;

/** The most alerts of one transaction. */
const BATCH = 100;

/** The operation `reportGroup`. */
export function createHiddenAlerts({ db, clock, metrics, poke }: Deps): HiddenAlerts {
  /** Stores how many alerts the group withholds. Returns the alerts that have no incident yet. */
  async function hide(group: AlertGroup, alerts: readonly string[], caller: Caller): Promise<string[]> {
    const links = await linksOf(db, alerts);
    const ids = [...new Set(links.map(({ incidentId }) => incidentId))];
    await withRetry(db, async (trx) => {
      const now = clock.now();
      if (!(await noteDelivery(trx, group, now))) return;
      const incidents = await lockIncidents(trx, ids);
      await recordEntries(trx, await hideAlerts(trx, group, incidents, { now, caller }), caller);
    });
    const known = new Set(links.map(({ alertId }) => alertId));
    return alerts.filter((id) => !known.has(id));
  }

  async function show(group: AlertGroup, caller: Caller): Promise<void> {
    const changes = await withRetry(db, async (trx) => {
      if (!(await noteDelivery(trx, group, clock.now()))) return [];
      const ids = await incidentsOfGroup(trx, group);
      if (ids.length === 0) return [];
      await lockSlots(trx, ids);
      const incidents = await lockIncidents(trx, ids);
      await showTo(trx, ids, group);
      return writeShown(trx, [...incidents.values()], { now: clock.now(), caller });
    });
    observeTransitions(metrics, changes);
  }

  return {
    async reportGroup({ alerts, ...group }, caller) {
      const unknown: string[] = [];
      if (group.hidden === 0) await show(group, caller);
      else {
        for (let at = 0; at < alerts.length; at += BATCH) {
          unknown.push(...(await hide(group, alerts.slice(at, at + BATCH), caller)));
        }
      }
      poke();
      return { unknown };
    },
  };
}

/** The group withholds no alert any more: resolves the incidents in which no alert fires. */
async function writeShown(trx: Db, incidents: Incident[], act: { now: Date; caller: Caller }): Promise<Changed[]> {
  const unresolved = incidents.filter(({ status }) => status !== 'resolved');
  if (unresolved.length === 0) return [];
  const { changes, entries } = await resolveQuiet(trx, unresolved, act);
  await recordEntries(trx, [...unresolved.map(({ id }) => hiddenEntry(id, 0, act)), ...entries], act.caller);
  return changes;
}

/**
 * Stores in locked incidents how many alerts their group withholds. The caller has saved the delivery before.
 * @returns the entries to record
 */
export async function hideAlerts(
  trx: Db,
  group: AlertGroup,
  incidents: ReadonlyMap<string, Incident>,
  act: { now: Date; caller: Caller },
): Promise<Entry[]> {
  const unresolved = [...incidents.values()].filter(({ status }) => status !== 'resolved').map(({ id }) => id);
  const changed = await hideFrom(trx, unresolved, group);
  return changed.map((id) => hiddenEntry(id, group.hidden, act));
}

const hiddenEntry = (incidentId: string, hidden: number, { now, caller }: { now: Date; caller: Caller }): Entry => ({
  incidentId,
  eventType: 'alerts_hidden',
  actor: caller.actor,
  detail: { hidden },
  at: now,
});
