import type { GroupBy } from '../contract/ruleActions';

/** Where the incident of a report goes: team, policy, group, window, room, and whether it pages. */

/** What set the team or the policy. */
export interface RoutedBy {
  kind: 'rule' | 'integration' | 'heartbeat';
  name: string;
}

/** The route of a report so far. Each rule replaces what those before it set. */
export interface Route {
  team: string | null;
  /** The name of a policy, which is the name of its team. */
  policy: string | null;
  by: RoutedBy | null;
  /** Which alerts share an incident, and the id of the rule that set it; null: those of one service and severity. */
  grouping: { by: GroupBy; rule: string } | null;
  window_minutes: number | null;
  /** The rule because of which no one is paged. */
  not_paged_by: string | null;
  room: string | null;
}

export const NO_ROUTE: Route = {
  team: null,
  policy: null,
  by: null,
  grouping: null,
  window_minutes: null,
  not_paged_by: null,
  room: null,
};
