/**
 * `npm test [-- src/<module> …]`: runs jest with coverage, then prints tests and coverage per module. A run of the whole
 * house also holds the coverage to its floors. The last line is always `N passed, N failed`.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';

const FLOOR_OF_HOUSE = 85;
const FLOOR_OF_MODULE = 80;
const MODULES = ['kernel', 'notify', 'oncall', 'incidents', 'alerts', 'gateway'];
const MEASURES = ['lines', 'branches'];

function runJest(args, output) {
  const wanted = args.flatMap((arg) => arg.match(/^src\/(\w+)/)?.[1] ?? []);
  const measured = wanted.map((module) => `--collectCoverageFrom=src/${module}/**/*.ts`);
  const unmeasured = ['--collectCoverageFrom=!**/*.test.ts', '--collectCoverageFrom=!src/testing/**'];
  const command = [
    'node_modules/jest/bin/jest.js',
    // First, because jest takes whatever follows its list-like options for one more item.
    ...args,
    ...['--coverage', `--coverageDirectory=${output}`, '--coverageReporters=json-summary'],
    ...['--reporters=default', '--reporters=<rootDir>/scripts/test-totals.cjs'],
    ...(measured.length > 0 ? [...measured, ...unmeasured] : []),
  ];
  const env = { ...process.env, TEST_TOTALS: join(output, 'totals.json') };
  const child = spawn(process.execPath, command, { stdio: 'inherit', env });
  return new Promise((resolve) => {
    child.on('error', () => resolve(1));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

const readJson = (file, otherwise) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : otherwise);

/** Files of `src` by the folder they stand in; those that stand in none are the house's. */
function coverageByModule(summary) {
  const sums = {};
  for (const [file, measures] of Object.entries(summary)) {
    if (file === 'total') continue;
    const [, folder, ...rest] = relative(process.cwd(), file).split(sep);
    add(sums, rest.length > 0 ? folder : 'house', measures);
    add(sums, 'all', measures);
  }
  return sums;
}

function add(sums, name, measures) {
  sums[name] ??= Object.fromEntries(MEASURES.map((measure) => [measure, { total: 0, covered: 0 }]));
  for (const measure of MEASURES) {
    sums[name][measure].total += measures[measure].total;
    sums[name][measure].covered += measures[measure].covered;
  }
}

const percent = ({ total, covered }) => (total === 0 ? 100 : (100 * covered) / total);

function printTable(totals, coverage) {
  const names = [...new Set([...MODULES, ...Object.keys(totals), ...Object.keys(coverage)])];
  const known = names.filter((name) => name !== 'all' && (totals[name] || coverage[name]));
  console.log(`\n${'module'.padEnd(12)} passed  failed    lines  branches`);
  for (const name of known) console.log(row(name, totals[name] ?? { passed: 0, failed: 0 }, coverage[name]));
  console.log(row('all', sumOf(totals), coverage.all));
}

function row(name, { passed, failed }, measures) {
  const cells = MEASURES.map((measure) => (measures ? `${percent(measures[measure]).toFixed(1)} %` : ''));
  return `${name.padEnd(12)} ${`${passed}`.padStart(6)}  ${`${failed}`.padStart(6)}  ${cells[0].padStart(7)}   ${cells[1].padStart(7)}`;
}

function sumOf(totals) {
  const all = Object.values(totals);
  return {
    passed: all.reduce((sum, { passed }) => sum + passed, 0),
    failed: all.reduce((sum, { failed }) => sum + failed, 0),
  };
}

/** What is measured too thinly. A module without any measured file is as thin as it gets. */
function thin(coverage) {
  const floors = [['all', FLOOR_OF_HOUSE], ...MODULES.map((module) => [module, FLOOR_OF_MODULE])];
  return floors.flatMap(([name, floor]) =>
    MEASURES.map((measure) => [measure, coverage[name] ? percent(coverage[name][measure]) : 0])
      .filter(([, reached]) => reached < floor)
      .map(([measure, reached]) => `${name}: ${measure} covered ${reached.toFixed(1)} %, at least ${floor} % wanted`),
  );
}

const args = process.argv.slice(2);
const output = mkdtempSync(join(tmpdir(), 'tests-'));
const status = await runJest(args, output);
// A run that did not come to its end has failed, whatever it had counted by then.
const totals = readJson(join(output, 'totals.json'), { house: { passed: 0, failed: 1 } });
const coverage = coverageByModule(readJson(join(output, 'coverage-summary.json'), {}));
rmSync(output, { recursive: true, force: true });
printTable(totals, coverage);
const faults = args.length === 0 ? thin(coverage) : [];
for (const fault of faults) console.log(fault);
if (status !== 0) console.log(`jest ended with ${status}`);
const { passed, failed } = sumOf(totals);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = status !== 0 || failed > 0 || faults.length > 0 ? 1 : 0;
