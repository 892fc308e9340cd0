import type { Dashboard, Panel, Place, Thresholds } from './dashboard';

/** Checks the structure of a dashboard file for visible faults: an empty page, overlapping panels, a dead link. */

const COLUMNS = 24;
const OLDEST_SCHEMA = 36;
const CHARTS = ['stat', 'gauge', 'bargauge', 'timeseries', 'barchart', 'piechart', 'heatmap', 'table'];

/** The faults of a dashboard, one sentence each. `source` is the id of the data source, `name` the name of the file. */
export function shapeFaults(
  dashboard: Dashboard,
  { name, source }: { name: string; source: string | undefined },
): string[] {
  const { panels } = dashboard;
  if (!Array.isArray(panels) || panels.length === 0) return ['it has no panels'];
  return [
    ...whole(dashboard, name),
    ...repeated(panels.map(({ id }) => id)).map((id) => `two panels have the id ${id}`),
    ...panels.flatMap((panel) =>
      ofPanel(panel, source).map((fault) => `${panel.title ?? `panel ${panel.id}`}: ${fault}`),
    ),
    ...overlaps(panels),
  ];
}

const when = (wrong: boolean, fault: string): string[] => (wrong ? [fault] : []);
const repeated = <T>(values: readonly T[]): T[] => [
  ...new Set(values.filter((value, i) => values.indexOf(value) !== i)),
];

const whole = (
  { uid, title, schemaVersion = 0, time, refresh = '', templating }: Dashboard,
  name: string,
): string[] => [
  ...when(uid !== name, `its uid is ${uid}, but its file is ${name}.json`),
  ...when(!title, 'it has no title'),
  ...when(!(schemaVersion >= OLDEST_SCHEMA), `schemaVersion ${schemaVersion} is older than ${OLDEST_SCHEMA}`),
  ...when(!time?.from || !time?.to, 'it says no time range'),
  ...when(!/^\d+[smh]$/.test(refresh), 'it says no refresh interval'),
  ...when((templating?.list?.length ?? 0) > 0, 'it has variables, which nothing here substitutes'),
];

function ofPanel(panel: Panel, source: string | undefined): string[] {
  const { type = '', title, gridPos, id } = panel;
  const shared = [
    ...when(!Number.isInteger(id), 'its id is no number'),
    ...when(!title, 'it has no title'),
    ...place(gridPos),
  ];
  if (type === 'row') return shared;
  return [
    ...shared,
    ...when(!CHARTS.includes(type), `the type ${type} is not among ${CHARTS.join(', ')}`),
    ...thresholds(panel.fieldConfig?.defaults?.thresholds),
    ...targets(panel, source),
  ];
}

function place(at: Place | undefined): string[] {
  if (at === undefined || ![at.x, at.y, at.w, at.h].every(Number.isInteger)) return ['it has no place'];
  const { x, y, w, h } = at;
  return when(x < 0 || y < 0 || w < 1 || h < 1 || x + w > COLUMNS, `it stands outside the ${COLUMNS} columns`);
}

function thresholds({ mode = '', steps }: Thresholds = {}): string[] {
  if (!Array.isArray(steps) || !['absolute', 'percentage'].includes(mode)) return ['it has no thresholds'];
  const [first, ...rest] = steps.map(({ value }) => value);
  const rising = rest.every(
    (value, i) => typeof value === 'number' && (i === 0 || value > (rest[i - 1] ?? Number.NEGATIVE_INFINITY)),
  );
  return [
    ...when(first !== null, 'its first threshold has a value, so that nothing counts below it'),
    ...when(!rising, 'its thresholds do not rise'),
  ];
}

function targets({ targets: all, datasource }: Panel, source: string | undefined): string[] {
  if (!Array.isArray(all) || all.length === 0) return ['it asks nothing'];
  const sources = [datasource, ...all.map((target) => target.datasource)];
  return [
    ...repeated(all.map(({ refId }) => refId)).map((refId) => `two queries are called ${refId}`),
    ...when(
      all.some(({ expr }) => !expr?.trim()),
      'a query is empty',
    ),
    ...when(
      all.some(({ instant, range }) => instant === range),
      'a query is neither an instant nor a range',
    ),
    ...when(
      all.some(({ expr }) => passesOverTheYoung(expr ?? '')),
      'an increase passes over what a series began with',
    ),
    ...when(
      sources.some((each) => each?.type !== 'prometheus' || each.uid !== source),
      `it asks another data source than ${source}`,
    ),
  ];
}

/**
 * `increase` uses the first value of a series as its base, so the first event of a new counter is not counted. For a series
 * that is younger than the range, use its whole value: `(increase(x[5m]) and x offset 5m) or x`.
 */
function passesOverTheYoung(expr: string): boolean {
  const increases = expr.match(/increase\(/g)?.length ?? 0;
  const whole = expr.match(/increase\(([^[]+)\[([^\]]+)\]\) and \1 offset \2\) or \1/g)?.length ?? 0;
  return increases !== whole;
}

function overlaps(panels: readonly Panel[]): string[] {
  const placed = panels.flatMap(({ title, gridPos }) => (gridPos ? [{ title, gridPos }] : []));
  return placed.flatMap((one, i) =>
    placed
      .slice(i + 1)
      .flatMap((other) => when(meet(one.gridPos, other.gridPos), `${one.title} lies over ${other.title}`)),
  );
}

const meet = (a: Place, b: Place): boolean => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
