import type { Dashboard } from './dashboard';

/** The queries of a dashboard in the form that Prometheus accepts. */

const SPAN = '15m';
export const SPAN_SECONDS = 900;

/** The values that Grafana inserts for its variables, for a time range of 15 minutes. */
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

/** Each query with its panel. */
export const queriesOf = ({ panels = [] }: Dashboard): Query[] =>
  panels.flatMap((panel) =>
    (panel.targets ?? []).flatMap(({ expr, instant, refId }) =>
      expr?.trim() ? [{ panel: panel.title, refId, instant, expr: substituted(expr) }] : [],
    ),
  );
