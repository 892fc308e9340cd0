/** The text of a bundle. Pure; each channel cuts it to its own limit. */

export interface BundledPage {
  incident_id: string;
  message: string;
  /** Null if the state of the incident is unknown. */
  service: string | null;
}

/** More incidents are only counted. */
const MOST_LISTED = 20;

/**
 * The first line says how many incidents there are and which service most of them concern; a line for each incident follows.
 * @example bundleText(pages) // '7 more incidents, 5 of payments\n[HIGH] payments: cards are declined\n…'
 */
export function bundleText(pages: readonly BundledPage[]): string {
  const incidents = [...new Map(pages.map((page) => [page.incident_id, page])).values()];
  const head = `${incidents.length} more ${incidents.length === 1 ? 'incident' : 'incidents'}${mostOf(incidents)}`;
  const lines = incidents.slice(0, MOST_LISTED).map(({ message }) => message.trim().split(/[\r\n]/, 1)[0] as string);
  const left = incidents.length - lines.length;
  return [head, ...lines, ...(left > 0 ? [`and ${left} more`] : [])].join('\n');
}

function mostOf(incidents: readonly BundledPage[]): string {
  const counts = new Map<string, number>();
  for (const { service } of incidents) if (service) counts.set(service, (counts.get(service) ?? 0) + 1);
  const [service, count] = [...counts].reduce(
    ([best, most], [name, n]) => (n > most ? [name, n] : [best, most]),
    ['', 0],
  );
  if (count === incidents.length) return ` of ${service}`;
  return count > 1 ? `, ${count} of ${service}` : '';
}
