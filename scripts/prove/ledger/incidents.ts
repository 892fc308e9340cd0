import { byId, groups, type LedgerInput, type Line, line } from './input';

export function linesOfIncidents({ tables: { alerts, incidents, links, steps } }: LedgerInput): Line[] {
  const known = byId(incidents);
  const stored = byId(alerts);
  const linksOf = groups(links, ({ incident_id }) => incident_id);
  const hasEnded = ({ alert_id }: { alert_id: string }) => stored.get(alert_id)?.status === 'resolved';
  const flapping = incidents.filter((incident) => incident.flapping);
  const over = incidents.filter(({ id, flapping }) => !flapping && (linksOf.get(id) ?? []).every(hasEnded));
  return [
    line(
      'incidents, each with the alerts it counts',
      incidents.length,
      incidents.flatMap(({ id, alert_count, firing_count }) => {
        const linked = linksOf.get(id) ?? [];
        const fire = linked.filter(({ firing }) => firing).length;
        if (linked.length !== alert_count || alert_count === 0)
          return [`incident ${id} counts ${alert_count}, has ${linked.length}`];
        return fire === firing_count ? [] : [`incident ${id} says that ${firing_count} fire, and ${fire} do`];
      }),
    ),
    line(
      'links, each of an alert and an incident there are',
      links.length,
      links.flatMap(({ alert_id, incident_id, firing }) => {
        const incident = known.get(incident_id);
        if (!stored.has(alert_id) || !incident) return [`the link of ${alert_id} to ${incident_id} hangs in the air`];
        const over = incident.status === 'resolved';
        return firing && over ? [`alert ${alert_id} fires in the resolved incident ${incident_id}`] : [];
      }),
    ),
    line(
      'incidents whose alerts have all ended, each resolved',
      over.length,
      over.flatMap(({ id, status }) => (status === 'resolved' ? [] : [`incident ${id} is ${status}`])),
    ),
    line(
      'incidents in which an identity flaps, each unresolved',
      flapping.length,
      flapping.flatMap(({ id, status }) => (status === 'resolved' ? [`incident ${id} is resolved and flaps`] : [])),
    ),
    line(
      'escalation steps taken, each told',
      steps.length,
      steps.flatMap(({ incident_id, turn, told }) => {
        // A step does not page a person who already has the incident, so it is unchanged.
        const open = known.get(incident_id)?.status === 'open';
        return told || !open ? [] : [`step ${turn} of incident ${incident_id} told nobody`];
      }),
    ),
  ];
}
