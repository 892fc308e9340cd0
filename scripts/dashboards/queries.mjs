/** The queries of a dashboard as Prometheus is asked them. */

const SPAN = '15m';
export const SPAN_SECONDS = 900;

/** What Grafana puts in for its own names, for a view of the last quarter of an hour. */
const VALUES = [
  [/\$\{?__rate_interval\}?/g, '1m'],
  [/\$\{?__interval\}?/g, '15s'],
  [/\$\{?__range_s\}?/g, String(SPAN_SECONDS)],
  [/\$\{?__range\}?/g, SPAN],
];

const substituted = (expr) => VALUES.reduce((text, [name, value]) => text.replace(name, value), expr);

/** Each query with the panel it stands in. */
export const queriesOf = ({ panels = [] }) =>
  panels.flatMap((panel) =>
    (panel.targets ?? [])
      .filter(({ expr }) => expr?.trim())
      .map(({ expr, instant, refId }) => ({ panel: panel.title, refId, instant, expr: substituted(expr) })),
  );
