import { Counter, Histogram, type Registry } from 'prom-client';
import { memoizeFor, tableGauge } from '../kernel/observe/gauges';

/** The label for unknown teams. Callers choose team names, and the number of series must not grow with them. */
export const UNKNOWN_TEAM = 'unknown';

export type OncallMetrics = ReturnType<typeof oncallMetrics>;

/** The number of people on call in each role of a team. */
export interface Coverage {
  team: string;
  primary: number;
  secondary: number;
}

/** The values that a scrape reads from the tables. */
export interface GaugeValues {
  totals: () => Promise<{ schedules: number; overrides: number }>;
  coverage: () => Promise<readonly Coverage[]>;
}

const ROLES = ['primary', 'secondary'] as const;

/** The metrics of this module. */
export function oncallMetrics(registry: Registry, values: GaugeValues) {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers });
  exposeTotals(registry, values.totals);
  exposeCoverage(registry, values.coverage);
  return {
    requests: counter('oncall_requests_total', 'Requests answered.', ['method', 'endpoint', 'status']),
    duration: new Histogram({
      name: 'oncall_request_duration_seconds',
      help: 'Time to answer a request.',
      labelNames: ['method', 'endpoint'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
      registers,
    }),
    httpErrors: counter('oncall_http_errors_total', 'Answers of status 400 and above.', [
      'method',
      'endpoint',
      'status',
    ]),
    pages: counter('oncall_pages_total', 'People notified of an incident, by team.', ['team']),
    notificationsSent: counter('oncall_notifications_sent_total', 'People and rooms notified, by channel.', [
      'channel',
    ]),
    escalations: counter('oncall_escalations_total', 'Escalations, by team.', ['team']),
    schedulesCreated: counter('oncall_schedules_created_total', 'Schedules created.', []),
    lookups: counter('oncall_lookups_total', 'Queries for the people on call, by team.', ['team']),
    rotationChanges: counter('oncall_rotation_changes_total', 'Changes of the scheduled primary, by team.', ['team']),
  };
}

function exposeTotals(registry: Registry, totals: GaugeValues['totals']): void {
  const read = memoizeFor(totals);
  const gauge = (name: string, help: string, of: 'schedules' | 'overrides') =>
    tableGauge(registry, { name, help, read: async () => [{ value: (await read())[of] }] });
  gauge('oncall_active_schedules', 'Teams with a schedule.', 'schedules');
  gauge('oncall_overrides_active', 'Overrides in force.', 'overrides');
}

function exposeCoverage(registry: Registry, coverage: GaugeValues['coverage']): void {
  const read = memoizeFor(coverage);
  tableGauge(registry, {
    name: 'oncall_current',
    help: 'People on call now, by team and role.',
    labelNames: ['team', 'role'],
    read: async () =>
      (await read()).flatMap((each) => ROLES.map((role) => ({ labels: { team: each.team, role }, value: each[role] }))),
  });
  tableGauge(registry, {
    name: 'oncall_teams_without_primary',
    help: 'Teams with a schedule that have no primary now.',
    read: async () => [{ value: (await read()).filter(({ primary }) => primary === 0).length }],
  });
}
