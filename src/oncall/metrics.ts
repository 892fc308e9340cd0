import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Label of what belongs to no team we know: team names come from callers, and series must not grow with them. */
export const UNKNOWN_TEAM = 'unknown';

export type OncallMetrics = ReturnType<typeof oncallMetrics>;

export interface GaugeValues {
  schedules: number;
  overrides: number;
}

const KEPT_MS = 1_000;

/** `values` is read from the tables at scrape, so that the gauges are right with any number of processes. */
export function oncallMetrics(registry: Registry, values: () => Promise<GaugeValues>) {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers });
  const read = keptBriefly(values);
  gauge(registry, 'oncall_active_schedules', 'Teams with a schedule.', async () => (await read()).schedules);
  gauge(registry, 'oncall_overrides_active', 'Overrides in force.', async () => (await read()).overrides);
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
    notificationsSent: counter('oncall_notifications_sent_total', 'People and rooms told, by channel.', ['channel']),
    escalations: counter('oncall_escalations_total', 'Escalations, by team.', ['team']),
    schedulesCreated: counter('oncall_schedules_created_total', 'Schedules created.', []),
    lookups: counter('oncall_lookups_total', 'Questions who is on call, by team.', ['team']),
    rotationChanges: counter('oncall_rotation_changes_total', 'Changes of the scheduled primary, by team.', ['team']),
  };
}

/** While the tables cannot be read, the last value stands and the scrape succeeds. */
function gauge(registry: Registry, name: string, help: string, read: () => Promise<number>): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      await read().then(
        (value) => this.set(value),
        () => undefined,
      );
    },
  });
}

function keptBriefly(read: () => Promise<GaugeValues>): () => Promise<GaugeValues> {
  let answer: Promise<GaugeValues> | undefined;
  let readAt = 0;
  return () => {
    if (answer === undefined || performance.now() - readAt >= KEPT_MS) {
      readAt = performance.now();
      answer = read();
      answer.catch(() => {
        answer = undefined;
      });
    }
    return answer;
  };
}
