import type { Severity } from '../../kernel/ports/values';
import type { AlertRouting, AlertSnapshot } from '../contract';
import { isHigher } from './escalation';
import { isRevised, type KnownRevision, merged, peakOf } from './revision';
import { keyOf, type Slot, slotOf } from './routing';

/** Sorts the alerts of a batch into new ones and repeats, and proposes an incident for each slot. */

/** The stored link of an alert that was attached before. */
export interface KnownLink extends KnownRevision {
  alertId: string;
  incidentId: string;
  firing: boolean;
  /** The severity under which it was attached. */
  severity: Severity;
  /** The routing with which it was attached. */
  routing: AlertRouting | null;
}

/** The alerts of one slot. */
export interface Group {
  slot: Slot;
  /** Minutes of the correlation window, the longest of its alerts; null: the usual one. */
  windowMinutes: number | null;
  /** Alerts that were never attached, without duplicates, in the order of the batch. */
  fresh: AlertSnapshot[];
  /** Alerts that are attached and still fire: they only extend the correlation window. */
  repeats: string[];
  /** The incident for a slot that no incident holds: that of a repeat, else a new one with this id. */
  proposed: string;
  proposesNew: boolean;
  /** Alerts rose to the severity of this slot: they take it only if no unresolved incident holds it. */
  rising: boolean;
}

/** The plan for a batch. */
export interface Plan {
  /** In the order in which slots are locked. */
  groups: Group[];
  /** Alerts that ended before, with their incident. */
  ended: Map<string, string>;
  /** Alerts that fire already, with their incident. */
  firing: Map<string, string>;
  /** The alerts of `firing` whose content changed, with their incident. */
  revised: Map<AlertSnapshot, string>;
}

/**
 * Plans how a batch is attached, from the stored links of its alerts. `resolvedIds` are incidents that turned out to be
 * resolved: the plan does not propose them.
 */
export function planAttach(
  alerts: readonly AlertSnapshot[],
  links: readonly KnownLink[],
  resolvedIds: ReadonlySet<string>,
  newId: () => string,
): Plan {
  const known = new Map(links.map((link) => [link.alertId, link]));
  const groups = new Map<string, Group>();
  const plan: Plan = { groups: [], ended: new Map(), firing: new Map(), revised: new Map() };
  const groupOf = (slot: Slot, window: number | null): Group => {
    const key = keyOf(slot);
    const group = groups.get(key) ?? newGroup(slot);
    if (window !== null) group.windowMinutes = Math.max(window, group.windowMinutes ?? 0);
    groups.set(key, group);
    return group;
  };
  for (const alert of merged(alerts)) {
    const link = known.get(alert.id);
    if (link && !link.firing) {
      plan.ended.set(alert.id, link.incidentId);
      continue;
    }
    const peak = peakOf(alert);
    if (!link) {
      groupOf(slotOf(alert.routing, alert.service, peak), alert.routing?.window_minutes ?? null).fresh.push(alert);
      continue;
    }
    // An alert with an increased severity extends the window of its first severity. It also takes the slot of the
    // higher severity, if no incident holds that.
    const window = link.routing?.window_minutes ?? null;
    const own = slotOf(link.routing, alert.service, link.severity);
    addRepeat(groupOf(own, window), link, { rising: false }, resolvedIds, plan);
    const higher = slotOf(link.routing, alert.service, peak);
    if (isHigher(peak, link.severity) && higher.severity !== own.severity) {
      addRepeat(groupOf(higher, window), link, { rising: true }, resolvedIds, plan);
    }
    if (isRevised(alert, link)) plan.revised.set(alert, link.incidentId);
  }
  plan.groups = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
  for (const group of plan.groups) if (group.proposesNew) group.proposed = newId();
  return plan;
}

const newGroup = (slot: Slot): Group => ({
  ...{ slot, windowMinutes: null, fresh: [], repeats: [], proposed: '', proposesNew: true, rising: false },
});

function addRepeat(
  group: Group,
  link: KnownLink,
  { rising }: Pick<Group, 'rising'>,
  resolvedIds: ReadonlySet<string>,
  plan: Plan,
): void {
  group.rising = rising && (group.rising || group.repeats.length === 0);
  plan.firing.set(link.alertId, link.incidentId);
  group.repeats.push(link.alertId);
  if (!group.proposesNew || resolvedIds.has(link.incidentId)) return;
  group.proposed = link.incidentId;
  group.proposesNew = false;
}
