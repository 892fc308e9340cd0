import { byId, groups, type LedgerInput, type Line, line, type Tables } from './input';

export function linesOfTimelines({ acknowledged, resolved, prints, tables }: LedgerInput): Line[] {
  const { incidents, links, steps, timeline } = tables;
  const known = byId(incidents);
  const entriesOf = groups(timeline, ({ incident_id }) => incident_id);
  const linksOf = groups(links, ({ incident_id }) => incident_id);
  const toldOf = groups(
    steps.filter(({ told }) => told),
    ({ incident_id }) => incident_id,
  );
  const now = new Map(timeline.map(({ id, print }) => [id, print]));
  const stands = (id: string, statuses: string[]): boolean => statuses.includes(known.get(id)?.status ?? '');
  return [
    line(
      'timelines, each complete',
      entriesOf.size,
      incidents.flatMap((incident) =>
        gapsOf(
          incident,
          entriesOf.get(incident.id) ?? [],
          linksOf.get(incident.id) ?? [],
          toldOf.get(incident.id) ?? [],
        ),
      ),
    ),
    line(
      'acknowledgements answered, each kept',
      acknowledged.size,
      [...acknowledged]
        .filter((id) => !known.get(id)?.was_acknowledged)
        .map((id) => `${id} is not acknowledged but ${known.get(id)?.status}`),
    ),
    line(
      'resolutions answered, each kept',
      resolved.size,
      [...resolved].filter((id) => !stands(id, ['resolved'])).map((id) => `${id} is not resolved`),
    ),
    line(
      'entries seen during the run, each still as it was',
      prints.size,
      [...prints].filter(([id, print]) => now.get(id) !== print).map(([id]) => `entry ${id} was changed or is gone`),
    ),
  ];
}

const TOLD = ['paged', 'escalated', 'nobody_reached'];
const TAKEN = ['acknowledged', 'in_progress', 'resolved'];

function gapsOf(
  { id, status, was_acknowledged }: Tables['incidents'][number],
  entries: Tables['timeline'],
  links: Tables['links'],
  steps: Tables['steps'],
): string[] {
  const many = (...kinds: string[]): number => entries.filter(({ event_type }) => kinds.includes(event_type)).length;
  const told = entries.filter(({ event_type, of_step }) => of_step && TOLD.includes(event_type));
  const people = entries.filter(({ event_type, by_source }) => !by_source && TAKEN.includes(event_type));
  const ended = entries.filter(({ event_type }) => event_type === 'alert_resolved');
  const over = status === 'resolved' ? 1 : 0;
  const wanted: [what: string, is: boolean][] = [
    ['begins with created, once', entries[0]?.event_type === 'created' && many('created') === 1],
    ['an entry for each alert', many('alert_correlated') === links.length],
    ['an entry for each step that notified', told.length === steps.length],
    ['acknowledged at most once', many('acknowledged') <= 1],
    ['acknowledged where it is', people.length > 0 === was_acknowledged],
    ['resolved as often as it is', many('resolved') === over],
    ['each ended alert once', new Set(ended.map(({ alert_id }) => alert_id)).size === ended.length],
    ['still acknowledged', status !== 'acknowledged' || many('acknowledged') === 1],
  ];
  const said = entries.map(({ event_type }) => event_type).join(' ');
  return wanted
    .filter(([, is]) => !is)
    .map(([what]) => `the timeline of ${id} (${status}) lacks: ${what}; has ${said}`);
}
