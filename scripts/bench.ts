/**
 * `npm run bench [-- --json] [-- --only <figure>]`: measures the product on this machine and prints each figure with its
 * target. Starts and stops everything it needs; the load comes from another process over loopback. It is a tool for
 * people and no test, so it always exits with 0.
 */
import { parseArgs } from 'node:util';
import type { Figure, Measure } from './bench/figure';
import { measure as batches } from './bench/figures/batches';
import { measure as calendar } from './bench/figures/calendar';
import { measure as channels } from './bench/figures/channels';
import { measure as coverage } from './bench/figures/coverage';
import { measure as crowd } from './bench/figures/crowd';
import { measure as draining } from './bench/figures/draining';
import { measure as fairness } from './bench/figures/fairness';
import { measure as idle } from './bench/figures/idle';
import { measure as lighthouse } from './bench/figures/lighthouse';
import { measure as pages } from './bench/figures/pages';
import { measure as pixels } from './bench/figures/pixels';
import { measure as rules } from './bench/figures/rules';
import { measure as singles } from './bench/figures/singles';
import { measure as starts } from './bench/figures/starts';
import { measure as timers } from './bench/figures/timers';
import { type Machine, machine, machineText } from './bench/machine';
import { withProduct } from './bench/product';

const FIGURES: Record<string, Measure> = {
  singles,
  batches,
  rules,
  fairness,
  pages,
  channels,
  draining,
  crowd,
  timers,
  starts,
  idle,
  calendar,
  coverage,
  pixels,
  lighthouse,
};

type NamedFigure = Figure & { name: string };

function readOptions(): { json: boolean; names: string[] } {
  const { values } = parseArgs({
    options: { json: { type: 'boolean', default: false }, only: { type: 'string', multiple: true } },
  });
  const names = values.only ?? Object.keys(FIGURES);
  const unknown = names.filter((name) => !(name in FIGURES));
  if (unknown.length === 0) return { json: values.json, names };
  console.error(`There is no figure ${unknown.join(', ')}; there are ${Object.keys(FIGURES).join(', ')}.`);
  process.exit(2);
}

async function figuresOf(name: string): Promise<NamedFigure[]> {
  // Progress goes to stderr, because stdout holds the result only.
  console.error(`measuring ${name}`);
  try {
    const figures = (await FIGURES[name]?.()) ?? [];
    return figures.map((figure) => ({ name, ...figure }));
  } catch (error) {
    const failed = { measured: 'failed', reach: '', reached: null, beside: (error as Error).message, raw: {} };
    return [{ name, what: name, ...failed }];
  }
}

function table(rows: readonly Figure[]): string {
  const cells = rows.map(({ what, measured, reach, reached }) => [
    what,
    measured,
    reach,
    reached === null ? '' : reached ? 'reached' : 'missed',
  ]);
  const header = ['figure', 'measured', 'to reach', ''];
  const widths = header.map((_, column) => Math.max(...[header, ...cells].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const head = line(header);
  const body = cells.flatMap((row, i) => [line(row), `    ${rows[i]?.beside}`]);
  return [head, '-'.repeat(head.length), ...body].join('\n');
}

function print(json: boolean, described: Machine, rows: readonly NamedFigure[]): void {
  const figures = rows.map(({ raw, ...row }) => ({ ...row, ...raw }));
  if (json) console.log(JSON.stringify({ machine: described, figures }, null, 2));
  else console.log(`${machineText(described)}\n\n${table(rows)}`);
}

async function run(): Promise<void> {
  const { json, names } = readOptions();
  const described = await withProduct({}, ({ adminUrl }) => machine(adminUrl()));
  const rows: NamedFigure[] = [];
  for (const name of names) rows.push(...(await figuresOf(name)));
  print(json, described, rows);
  process.exit(0);
}

void run();
