import { httpLink } from '../../kernel/http/sourceLinks';
import { type Labels, LONGEST_DESCRIPTION, MOST_LINKS, type SourceLink } from '../../kernel/ports/values';
import type { AlertContext, ReportImage, ReportLink } from '../domain';
import { clip } from '../formats/read';

/** Names of annotations and labels that hold links, in lower case and letters only. */
const KINDS: Record<string, SourceLink['kind']> = {
  runbook: 'runbook',
  runbookurl: 'runbook',
  runbooklink: 'runbook',
  runbooks: 'runbook',
  playbook: 'runbook',
  playbookurl: 'runbook',
  dashboard: 'dashboard',
  dashboardurl: 'dashboard',
  dashboardlink: 'dashboard',
  grafana: 'dashboard',
  grafanaurl: 'dashboard',
  grafanadashboard: 'dashboard',
  grafanadashboardurl: 'dashboard',
  panelurl: 'dashboard',
};

const kindOf = (name: string): SourceLink['kind'] | undefined => {
  const plain = name.toLowerCase().replace(/[^a-z]/g, '');
  return Object.hasOwn(KINDS, plain) ? KINDS[plain] : undefined;
};

/** A link before its URL is checked. */
interface Found {
  kind: SourceLink['kind'];
  value: unknown;
  title?: string | undefined;
}

const linkOf = ({ href, text }: ReportLink): Found => ({ kind: 'link', value: href, title: text });
const imageOf = ({ src, href, alt }: ReportImage): Found => ({ kind: 'image', value: href ?? src, title: alt });

const LONGEST_TITLE = 255;
const titleOf = (text: string | undefined): string | undefined => clip(text ?? '', LONGEST_TITLE).trim() || undefined;

/**
 * Links of an alert: runbooks first, then dashboards, the query behind it, links and images of the report; http(s) only,
 * without duplicates.
 */
export function linksOf(labels: Labels, context: AlertContext | null): SourceLink[] {
  const named: Found[] = [...Object.entries(context?.annotations ?? {}), ...Object.entries(labels)].flatMap(
    ([name, value]) => {
      const kind = kindOf(name);
      return kind === undefined ? [] : [{ kind, value }];
    },
  );
  const dashboards = (context?.dashboard_urls ?? []).map((value) => ({ kind: 'dashboard' as const, value }));
  const all: Found[] = [
    ...named.filter(({ kind }) => kind === 'runbook'),
    ...named.filter(({ kind }) => kind === 'dashboard'),
    ...dashboards,
    { kind: 'source' as const, value: context?.generator_url },
    ...(context?.links ?? []).map(linkOf),
    ...(context?.images ?? []).map(imageOf),
  ];
  const links = new Map<string, SourceLink>();
  for (const { kind, value, title: given } of all) {
    const url = httpLink(value);
    const title = titleOf(given);
    if (url !== null && !links.has(url)) links.set(url, { kind, url, ...(title !== undefined && { title }) });
  }
  return [...links.values()].slice(0, MOST_LINKS);
}

/** The annotation `description`; null if there is none or if it equals the message. */
export function descriptionOf(message: string, context: AlertContext | null): string | null {
  const description = context?.annotations?.['description']?.trim() ?? '';
  return description === '' || description === message.trim() ? null : clip(description, LONGEST_DESCRIPTION);
}
