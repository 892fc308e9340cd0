import type { Severity } from '../../kernel/ports/values';
import type { AlertSnapshot } from '../contract';
import { isHigher } from './escalation';
import { isRevised, type KnownRevision, merged, peakOf } from './revision';

/** Which alerts of a batch are new, which are repeats, and which incident each key proposes. */

/** What is known of an alert that was attached before. */
export interface KnownLink extends KnownRevision {
  alertId: string;
  incidentId: string;
  firing: boolean;
  /** The severity under which it was attached. */
  severity: Severity;
}

/** The alerts of one service and severity. */
export interface Group {
  service: string;
  severity: Severity;
  /** Never attached before, each once, in the order they came. */
  fresh: AlertSnapshot[];
  /** Attached and still firing: they only slide the window. */
  repeats: string[];
  /** The incident that takes the slot where none holds it: that of a repeat, else a new one under this id. */
  proposed: string;
  proposesNew: boolean;
}

export interface Plan {
  /** In the order in which slots are locked. */
  groups: Group[];
  /** Alerts whose incident is resolved, and that incident. */
  ended: Map<string, string>;
  /** Alerts that fire already, and their incident. */
  firing: Map<string, string>;
  /** Of these, the ones that say something else than before, and their incident. */
  revised: Map<AlertSnapshot, string>;
}

export const keyOf = ({ service, severity }: { service: string; severity: string }): string => `${severity}|${service}`;

/** `dead` are incidents that turned out to be resolved: nothing can be proposed to join them. */
export function planAttach(
  alerts: readonly AlertSnapshot[],
  links: readonly KnownLink[],
  dead: ReadonlySet<string>,
  newId: () => string,
): Plan {
  const known = new Map(links.map((link) => [link.alertId, link]));
  const groups = new Map<string, Group>();
  const plan: Plan = { groups: [], ended: new Map(), firing: new Map(), revised: new Map() };
  const groupOf = (service: string, severity: Severity): Group => {
    const key = keyOf({ service, severity });
    const group = groups.get(key) ?? { service, severity, fresh: [], repeats: [], proposed: '', proposesNew: true };
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
      groupOf(alert.service, peak).fresh.push(alert);
      continue;
    }
    // An alert that rose keeps the slot of its first severity alive, and takes the higher one if no incident holds it.
    addRepeat(groupOf(alert.service, link.severity), link, dead, plan);
    if (isHigher(peak, link.severity)) addRepeat(groupOf(alert.service, peak), link, dead, plan);
    if (isRevised(alert, link)) plan.revised.set(alert, link.incidentId);
  }
  plan.groups = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
  for (const group of plan.groups) if (group.proposesNew) group.proposed = newId();
  return plan;
}

function addRepeat(group: Group, link: KnownLink, dead: ReadonlySet<string>, plan: Plan): void {
  plan.firing.set(link.alertId, link.incidentId);
  group.repeats.push(link.alertId);
  if (!group.proposesNew || dead.has(link.incidentId)) return;
  group.proposed = link.incidentId;
  group.proposesNew = false;
}
