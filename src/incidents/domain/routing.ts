import type { Severity } from '../../kernel/ports/values';
import type { AlertRouting, AlertSnapshot } from '../contract';

/** Where an incident goes, and which alerts share it. */

/** The part of an alert's routing that its incident stores. */
export type Routing = Pick<AlertRouting, 'team' | 'policy' | 'by' | 'key' | 'by_severity'>;

/** What incidents stores of an alert that opens one; null if the alert has no group, team or policy of its own. */
export const storedRouting = ({ routing }: Pick<AlertSnapshot, 'routing'>): Routing | null => {
  if (routing === undefined || routing.key === null) return null;
  const { team, policy, by, key, by_severity } = routing;
  return { team, policy, by, key, by_severity };
};

/** The route of an incident as oncall gets it; undefined: the owner of the service. */
export const routeOf = (
  routing: Pick<Routing, 'team' | 'policy'> | null,
): { team: string | null; policy: string | null } | undefined =>
  routing === null ? undefined : { team: routing.team, policy: routing.policy };

/** Whether an alert pages. */
export const pages = ({ routing }: Pick<AlertSnapshot, 'routing'>): boolean => (routing?.not_paged_by ?? null) === null;

/** Whether alerts of all severities share the incident of an alert. */
export const mixesSeverities = ({ routing }: Pick<AlertSnapshot, 'routing'>): boolean =>
  routing !== undefined && routing.key !== null && !routing.by_severity;

/** The row of `correlation_slots` that decides which incident an alert joins. */
export interface Slot {
  /** The service, or the key of a group, which begins with a capital letter. */
  service: string;
  /** Empty if alerts of all severities share an incident. */
  severity: Severity | '';
}

/** The slot of an alert. @param severity the one it rose to, else its own */
export const slotOf = (
  routing: Pick<AlertRouting, 'key' | 'by_severity'> | null | undefined,
  service: string,
  severity: Severity,
): Slot =>
  routing === null || routing === undefined || routing.key === null
    ? { service, severity }
    : { service: routing.key, severity: routing.by_severity ? severity : '' };

/** A slot as one text. */
export const keyOf = ({ service, severity }: { service: string; severity: string }): string => `${severity}|${service}`;
