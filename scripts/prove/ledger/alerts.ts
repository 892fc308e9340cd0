import { endedUnseen, waitsForMore } from './holds';
import { byId, groups, type LedgerInput, type Line, line, type Report, type Tables } from './input';

export function linesOfAlerts({ reports, tables: { alerts, links } }: LedgerInput): Line[] {
  const accepted = reports.filter((report) => report.accepted);
  const known = byId(alerts);
  const ofCondition = groups(alerts, ({ condition }) => condition ?? '');
  const linkOf = new Map(links.map((link) => [link.alert_id, link]));
  const conditions = conditionsOf(reports, ofCondition);
  const firing = groups(
    alerts.filter(({ status }) => status === 'firing'),
    ({ fingerprint }) => fingerprint,
  );
  return [
    line('reports sent', reports.length),
    line(
      'accepted, and stored',
      accepted.length,
      accepted.flatMap(({ condition, alertId }) => {
        const stored = alertId === null ? ofCondition.has(condition) : known.get(alertId)?.condition === condition;
        return stored ? [] : [`${condition} was accepted (${alertId ?? 'webhook'}) and is not stored`];
      }),
    ),
    line(
      'answers that named the incident, and it is that one',
      accepted.filter(({ incidentId }) => incidentId !== null).length,
      accepted.flatMap(({ condition, alertId, incidentId }) => {
        const stored = alertId === null ? undefined : known.get(alertId);
        if (incidentId === null || !stored || stored.incident_id === incidentId) return [];
        return [`${condition}: answered ${incidentId}, stored ${stored.incident_id}`];
      }),
    ),
    line(
      'alerts, each in exactly one incident',
      alerts.length,
      alerts.flatMap((alert) => {
        if (endedUnseen(alert) || waitsForMore(alert)) return [];
        const { id, incident_id, condition } = alert;
        const linked = linkOf.get(id)?.incident_id;
        if (incident_id !== null && linked === incident_id) return [];
        return [`alert ${id} (${condition}) says ${incident_id}, its link says ${linked}`];
      }),
    ),
    line('conditions, each report counted once', conditions.length, conditions.flatMap(miscounted)),
    line(
      'conditions reopened by a repeat whose answer a crash lost (counted once too often)',
      conditions.filter(isReopened).length,
    ),
    line(
      'conditions that fire, each as one alert',
      firing.size,
      [...firing].flatMap(([fingerprint, rows]) =>
        rows.length > 1 ? [`${fingerprint} fires ${rows.length} times`] : [],
      ),
    ),
  ];
}

interface Condition {
  name: string;
  /** A report counts once. A report without a key that got no answer counts at most once per try. */
  least: number;
  most: number;
  counted: number;
  alerts: Tables['alerts'];
}

function conditionsOf(reports: readonly Report[], ofCondition: ReadonlyMap<string, Tables['alerts']>): Condition[] {
  return [...groups(reports, ({ condition }) => condition)].map(([name, sent]) => {
    const alerts = ofCondition.get(name) ?? [];
    return {
      name,
      least: sent.filter(({ accepted }) => accepted).length,
      most: sent.reduce((sum, { insists, tries }) => sum + (insists ? Math.min(1, tries) : tries), 0),
      counted: alerts.reduce((sum, { count }) => sum + count, 0),
      alerts,
    };
  });
}

/**
 * Whether a repeat without an answer was sent before its incident was resolved. After a crash the order of the two is
 * unknown, so opening another incident is allowed here (losing one is not).
 */
const isReopened = ({ most, counted, alerts }: Condition): boolean =>
  counted > most && counted - most < alerts.length && alerts.some(({ status }) => status === 'resolved');

function miscounted(condition: Condition): string[] {
  const { name, least, most, counted, alerts } = condition;
  if ((least <= counted && counted <= most) || isReopened(condition)) return [];
  const said = alerts.map(({ id, status, count, incident_id }) => `${id} ${status} ×${count} in ${incident_id}`);
  return [`${name} is counted ${counted} times, was reported ${least} to ${most} times: ${said.join(', ')}`];
}
