import { type Answers, groups, type Line, line, type Tables } from './input';

export function linesOfAnswers(tables: Tables, answers: Answers): Line[] {
  const listed = { alerts: answers.alerts, incidents: answers.incidents, notifications: answers.notifications };
  const unlisted = Object.entries(listed).flatMap(([name, { total, rows }]) => {
    const stored = new Set(tables[name as keyof typeof listed].map(({ id }) => id));
    const same = total === stored.size && new Set(rows.map(({ id }) => id)).size === stored.size;
    return same && rows.every(({ id }) => stored.has(id)) ? [] : [`${name}: ${total} listed, ${stored.size} stored`];
  });
  const entriesOf = groups(tables.timeline, ({ incident_id }) => incident_id);
  const untold = [...answers.timelines].filter(
    ([id, entries]) => entries.join() !== (entriesOf.get(id) ?? []).map((entry) => entry.id).join(),
  );
  const gauges = gaugesOf(tables, answers);
  return [
    line(
      'alerts, incidents and notifications that the API lists',
      unlisted.length === 0 ? totalOf(listed) : 0,
      unlisted,
    ),
    line(
      'timelines that the API tells in order',
      answers.timelines.size,
      untold.map(([id]) => `the timeline of ${id} is told otherwise`),
    ),
    line(
      'gauges and statistics equal to their tables',
      gauges.length,
      gauges.filter(({ said, is }) => said !== is).map(({ name, said, is }) => `${name} says ${said}, there are ${is}`),
    ),
  ];
}

const totalOf = (listed: Record<string, { total: number }>): number =>
  Object.values(listed).reduce((sum, { total }) => sum + total, 0);

function gaugesOf({ incidents, notifications }: Tables, { metrics, incidentStats, notificationStats }: Answers) {
  const having = (rows: readonly { status: string }[], wanted: string): number =>
    rows.filter(({ status }) => status === wanted).length;
  return [
    ...['open', 'acknowledged', 'in_progress', 'resolved'].flatMap((status) => [
      {
        name: `incidents_total ${status}`,
        said: metrics[`incidents_total{status="${status}"}`],
        is: having(incidents, status),
      },
      { name: `incident statistics ${status}`, said: incidentStats[status], is: having(incidents, status) },
    ]),
    { name: 'notifications_in_log', said: metrics['notifications_in_log'], is: notifications.length },
    { name: 'alerts_without_incident', said: metrics['alerts_without_incident'], is: 0 },
    { name: 'notification statistics', said: notificationStats['total'], is: notifications.length },
    ...['sent', 'delivered', 'undelivered', 'failed', 'queued', 'cancelled', 'recorded'].map((status) => ({
      name: `notification statistics ${status}`,
      said: notificationStats[status],
      is: having(notifications, status),
    })),
  ];
}
