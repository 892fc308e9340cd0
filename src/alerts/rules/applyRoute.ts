import type { Then } from '../contract/ruleActions';
import { type Subject, valueIn } from './matcherIndex';
import { NO_ROUTE } from './route';
import { fill } from './template';

/** The actions of a rule that set a route. */
export type RouteActions = Pick<Then, 'group_by' | 'window_minutes' | 'page' | 'room'> &
  Pick<Then['set'], 'team' | 'policy'>;

/** Null if a rule does not change the route, which saves the work for each report. */
export function routeActionsOf({
  set: { team, policy },
  group_by,
  window_minutes,
  page,
  room,
}: Then): RouteActions | null {
  const actions = { team, policy, group_by, window_minutes, page, room };
  return Object.values(actions).every((action) => action === undefined) ? null : actions;
}

/** The limit of a team's name. */
const LONGEST_NAME = 255;

/** The text of a template; empty if the template is absent. */
const filled = (subject: Subject, template: string | undefined): string =>
  template === undefined
    ? ''
    : fill(template, (name) => valueIn(subject, name))
        .trim()
        .slice(0, LONGEST_NAME)
        .toWellFormed();

interface RoutingRule {
  id: string;
  name: string;
  routing: RouteActions | null;
}

/** The report after the route of a rule. A template that gives an empty text sets nothing. */
export function applyRoute({ id, name, routing: actions }: RoutingRule, subject: Subject): Subject {
  if (actions === null) return subject;
  const before = subject.route ?? NO_ROUTE;
  const [team, policy] = [filled(subject, actions.team), filled(subject, actions.policy)];
  return {
    ...subject,
    route: {
      team: team === '' ? before.team : team,
      policy: policy === '' ? before.policy : policy,
      by: team === '' && policy === '' ? before.by : { kind: 'rule', name },
      grouping: actions.group_by === undefined ? before.grouping : { by: actions.group_by, rule: id },
      window_minutes: actions.window_minutes ?? before.window_minutes,
      not_paged_by: actions.page === undefined ? before.not_paged_by : actions.page ? null : name,
      room: actions.room ?? before.room,
    },
  };
}

/** What a rule sets, in words. A template that gives an empty text sets nothing. @param after the report after the rule */
export function routeInWords(
  { team, policy, group_by, window_minutes, page, room }: RouteActions,
  after: Subject,
): string[] {
  const [setTeam, setPolicy] = [filled(after, team), filled(after, policy)];
  const group = group_by?.kind === 'labels' ? group_by.labels.join(', ') : group_by?.kind;
  return [
    ...(setTeam === '' ? [] : [`set team ${setTeam}`]),
    ...(setPolicy === '' ? [] : [`set policy ${setPolicy}`]),
    ...(group === undefined ? [] : [`group by ${group}`]),
    ...(window_minutes === undefined ? [] : [`window ${window_minutes} min`]),
    ...(page === undefined ? [] : [page ? 'page' : 'page no one']),
    ...(room === undefined ? [] : [`post to ${room}`]),
  ];
}

/** The report with the window of its service, unless a rule set one. */
export function withWindow(subject: Subject, windows: ReadonlyMap<string, number> | undefined): Subject {
  const minutes = windows?.get(subject.service);
  const { route = NO_ROUTE } = subject;
  if (minutes === undefined || route.window_minutes !== null) return subject;
  return { ...subject, route: { ...route, window_minutes: minutes } };
}
