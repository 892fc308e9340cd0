import type { AlertRouting } from '../contract/routing';
import type { DefaultRoute } from '../domain';
import { groupKeyOf } from './groupKey';
import type { Subject } from './matcherIndex';
import { NO_ROUTE, type Route } from './route';

/** The route of a report as its alert stores it, and as incidents gets it. */

/** The route before all rules: the team that the source names. */
export const routeOfSource = (given: DefaultRoute | null | undefined): { route?: Route } =>
  given === null || given === undefined ? {} : { route: { ...NO_ROUTE, ...given } };

/** The routing of a report after all rules; null: to the owner of the service. */
export function routingOf(subject: Subject, fingerprint: string): AlertRouting | null {
  const { route } = subject;
  if (route === undefined) return null;
  const { team, policy, by, window_minutes, not_paged_by, room } = route;
  const key = groupKeyOf(subject, fingerprint);
  if (key.key === null && window_minutes === null && not_paged_by === null && room === null) return null;
  return { team, policy, by, ...key, window_minutes, not_paged_by, room };
}
