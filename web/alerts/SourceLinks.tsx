import type { Alert } from '../../src/alerts/contract';
import { alerts as words } from '../text/alerts';

type Link = Alert['links'][number];

/** Links of the alert's source, as buttons; the server passes on http(s) addresses only. */
export const SourceLinks = ({ of, most = 6 }: { of: readonly Link[]; most?: number }) =>
  of.length === 0 ? null : (
    <nav class="acts" aria-label={words.links.label}>
      {of.slice(0, most).map(({ kind, url, title }) => (
        <a key={url} class="btn small" href={url} target="_blank" rel="noopener noreferrer" title={url}>
          {title ?? words.links[kind]}
        </a>
      ))}
    </nav>
  );

/** The links of an incident, then those of its alerts, each address once. */
export function linksOf(own: readonly Link[], alerts: readonly { links: readonly Link[] }[]): Link[] {
  const once = new Map<string, Link>();
  for (const link of [...own, ...alerts.flatMap(({ links }) => links)]) {
    if (!once.has(link.url)) once.set(link.url, link);
  }
  return [...once.values()];
}
