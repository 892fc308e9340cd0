import type { Dashboard } from './dashboard';

/** The queries of a dashboard as Prometheus is asked them. */

const SPAN = '15m';
export const SPAN_SECONDS = 900;

/** What Grafana puts in for its own names, for a view of the last quarter of an hour. */
const VALUES: readonly (readonly [name: RegExp, value: string])[] = [
  [/\$\{?__rate_interval\}?/g, '1m'],
  [/\$\{?__interval\}?/g, '15s'],
  [/\$\{?__range_s\}?/g, String(SPAN_SECONDS)],
  [/\$\{?__range\}?/g, SPAN],
];

const substituted = (expr: string): string => VALUES.reduce((text, [name, value]) => text.replace(name, value), expr);

export interface Query {
  panel: string | undefined;
  refId: string | undefined;
  instant: boolean | undefined;
  expr: string;
}

/** Each query with the panel it belongs to. */
export const queriesOf = ({ panels = [] }: Dashboard): Query[] =>
  panels.flatMap((panel) =>
    (panel.targets ?? []).flatMap(({ expr, instant, refId }) =>
      expr?.trim() ? [{ panel: panel.title, refId, instant, expr: substituted(expr) }] : [],
    ),
  );
