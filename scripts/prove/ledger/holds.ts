import { groups, type LedgerInput, type Line, line, type Tables } from './input';

/** An outage can delay the release of a muted alert; this is longer than any outage of a run. */
const SOON_MS = 120_000;

/** Services that the rule of a threshold counts, and how many reports of one it needs. */
export const COUNTED = 'counted-';
export const REPORTS_NEEDED = 3;

type Alert = Tables['alerts'][number];

/** Whether an alert ended while a mute or a delay kept it from having an incident. */
export const endedUnseen = ({ status, waits, incident_id }: Alert): boolean =>
  status === 'resolved' && waits && incident_id === null;

/** Whether an alert fires without an incident, because its group lacks reports. */
export const waitsForMore = ({ status, counted, incident_id }: Alert): boolean =>
  status === 'firing' && counted && incident_id === null;

/** Mutes and delays that ended while the alert fired. */
const releasesOf = ({ decision }: Alert) =>
  (decision ?? []).filter(({ stage, ended_at }) => stage !== 'rule' && ended_at !== undefined);

export function linesOfHolds({ beats, tables: { alerts, heartbeats, incidents } }: LedgerInput): Line[] {
  const released = alerts.filter((alert) => releasesOf(alert).length > 0);
  const pastEnd = alerts.filter(({ status, waits, overdue }) => status === 'firing' && waits && overdue);
  const late = released.filter((alert) =>
    releasesOf(alert).some(
      ({ until, ended_at }) => until != null && Date.parse(ended_at as string) - Date.parse(until) > SOON_MS,
    ),
  );
  return [
    line('alerts that ended while a mute or a delay kept them', alerts.filter(endedUnseen).length),
    line('alerts released from a mute or a delay, each soon after its end', released.length, [
      ...late.map(({ id, condition }) => `alert ${id} (${condition}) was released late`),
      ...pastEnd.map(({ id, condition }) => `alert ${id} (${condition}) waits beyond the end of its mute`),
    ]),
    line('alerts that wait for more reports of their group', alerts.filter(waitsForMore).length, miscounted(alerts)),
    line(
      'heartbeats, each as its last ping says',
      heartbeats.length,
      heartbeatFaults(beats, heartbeats, alerts, incidents),
    ),
  ];
}

/** A group of a threshold has its incident as soon as it has enough reports, and none before. */
function miscounted(alerts: Tables['alerts']): string[] {
  const groupsOfRule = groups(
    alerts.filter(({ service }) => service.startsWith(COUNTED)),
    ({ service }) => service,
  );
  return [...groupsOfRule].flatMap(([service, own]) => {
    const reports = own.reduce((sum, { count }) => sum + count, 0);
    const waiting = own.filter(waitsForMore);
    if (reports < REPORTS_NEEDED) {
      return own.flatMap(({ id, incident_id }) =>
        incident_id === null ? [] : [`alert ${id} has an incident after ${reports} reports of ${service}`],
      );
    }
    return waiting.map(({ id }) => `alert ${id} still waits after ${reports} reports of ${service}`);
  });
}

function heartbeatFaults(
  beats: LedgerInput['beats'],
  heartbeats: Tables['heartbeats'],
  alerts: Tables['alerts'],
  incidents: Tables['incidents'],
): string[] {
  const alertsOf = groups(alerts, ({ heartbeat }) => heartbeat ?? '');
  const resolved = new Set(incidents.filter(({ status }) => status === 'resolved').map(({ id }) => id));
  return heartbeats.flatMap(({ slug, down }) => {
    const fails = beats.get(slug) === 'fail';
    if (fails !== down) return [`heartbeat ${slug} is ${down ? 'down' : 'up'} after a ping ${beats.get(slug)}`];
    const own = alertsOf.get(slug) ?? [];
    const firing = own.filter(({ status }) => status === 'firing').length;
    if (!down) return firing === 0 ? [] : [`heartbeat ${slug} is up and its alert fires`];
    // A person may have resolved the incident; the alert returns after a period.
    const byHand = resolved.has(own.at(-1)?.incident_id ?? '');
    return firing === 1 || byHand ? [] : [`heartbeat ${slug} is down and ${firing} alerts fire`];
  });
}
