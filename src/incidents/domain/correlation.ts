import type { Severity } from '../../kernel/values';
import type { AlertSnapshot } from '../contract';

/** Which alerts of a batch are new, which are repeats, and which incident each key proposes. */

/** What is known of an alert that was attached before. */
export interface KnownLink {
  alertId: string;
  incidentId: string;
  firing: boolean;
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
  const plan: Plan = { groups: [], ended: new Map(), firing: new Map() };
  for (const alert of new Map(alerts.map((each) => [each.id, each])).values()) {
    const link = known.get(alert.id);
    if (link && !link.firing) {
      plan.ended.set(alert.id, link.incidentId);
      continue;
    }
    const { service, severity } = alert;
    const key = keyOf(alert);
    const group = groups.get(key) ?? { service, severity, fresh: [], repeats: [], proposed: '', proposesNew: true };
    groups.set(key, group);
    if (!link) group.fresh.push(alert);
    else addRepeat(group, link, dead, plan);
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
