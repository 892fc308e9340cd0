/**
 * `npm run bench [-- --json] [-- --only <figure>]`: what the product does on this machine, each figure beside what it is
 * to reach. Starts and ends all it needs, drives its load from another process on loopback, and judges nobody: a tool for
 * people, not a test.
 */
import { parseArgs } from 'node:util';
import { measure as batches } from './bench/figures/batches.mjs';
import { measure as calendar } from './bench/figures/calendar.mjs';
import { measure as coverage } from './bench/figures/coverage.mjs';
import { measure as idle } from './bench/figures/idle.mjs';
import { measure as lighthouse } from './bench/figures/lighthouse.mjs';
import { measure as pages } from './bench/figures/pages.mjs';
import { measure as pixels } from './bench/figures/pixels.mjs';
import { measure as singles } from './bench/figures/singles.mjs';
import { measure as starts } from './bench/figures/starts.mjs';
import { measure as timers } from './bench/figures/timers.mjs';
import { withProduct } from './bench/house.mjs';
import { machine, machineText } from './bench/machine.mjs';

const FIGURES = { singles, batches, pages, timers, starts, idle, calendar, coverage, pixels, lighthouse };

const { values: options } = parseArgs({
  options: { json: { type: 'boolean', default: false }, only: { type: 'string', multiple: true } },
});
const names = options.only ?? Object.keys(FIGURES);
const unknown = names.filter((name) => !(name in FIGURES));
if (unknown.length > 0) {
  console.error(`There is no figure ${unknown.join(', ')}; there are ${Object.keys(FIGURES).join(', ')}.`);
  process.exit(2);
}

/** For whoever watches; what is printed at the end is on stdout. */
const tell = (text) => console.error(text);

async function figuresOf(name) {
  tell(`measuring ${name}`);
  try {
    return (await FIGURES[name]()).map((figure) => ({ name, ...figure }));
  } catch (error) {
    const failed = { measured: 'failed', reach: '', reached: null, beside: error.message, raw: {} };
    return [{ name, what: name, ...failed }];
  }
}

function table(rows) {
  const cells = rows.map(({ what, measured, reach, reached }) => [
    what,
    measured,
    reach,
    reached === null ? '' : reached ? 'reached' : 'missed',
  ]);
  const all = [['figure', 'measured', 'to reach', ''], ...cells];
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const line = (row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd();
  const [head, ...body] = all.map(line);
  return [head, '-'.repeat(head.length), ...body.flatMap((text, i) => [text, `    ${rows[i].beside}`])].join('\n');
}

const described = await withProduct({}, ({ adminUrl }) => machine(adminUrl()));
const rows = [];
for (const name of names) rows.push(...(await figuresOf(name)));
if (options.json) {
  const figures = rows.map(({ raw, ...row }) => ({ ...row, ...raw }));
  console.log(JSON.stringify({ machine: described, figures }, null, 2));
} else {
  console.log(`${machineText(described)}\n\n${table(rows)}`);
}
process.exit(0);
