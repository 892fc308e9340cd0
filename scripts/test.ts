/**
 * `npm test [-- src/<module> …]`: runs jest with coverage, then prints tests and coverage per module. A complete run also
 * requires the minimum coverage. The last line is always `N passed, N failed`.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { MODULES as OWN_DATABASES } from '../src/config/settings';

/** Minimum coverage in percent. */
const FLOOR_OF_ALL = 85;
const FLOOR_OF_MODULE = 80;
const MODULES = ['kernel', ...OWN_DATABASES];
/** The name for files outside the modules: the composition root, scripts and the page. */
const NO_MODULE = 'other';
const MEASURES = ['lines', 'branches'] as const;

interface Totals {
  passed: number;
  failed: number;
}
type Measures = Record<(typeof MEASURES)[number], { total: number; covered: number }>;
/** The fields of jest's --json output that are used here. */
interface JestReport {
  testResults: { name: string; status: string; assertionResults: { status: string }[] }[];
}

function runJest(args: readonly string[], output: string): Promise<number> {
  const wanted = args.flatMap((arg) => arg.match(/^src\/(\w+)/)?.[1] ?? []);
  const measured = wanted.map((module) => `--collectCoverageFrom=src/${module}/**/*.ts`);
  const unmeasured = ['--collectCoverageFrom=!**/*.test.ts', '--collectCoverageFrom=!src/testing/**'];
  const command = [
    'node_modules/jest/bin/jest.js',
    // First, because jest reads arguments after its list options as items of the list.
    ...args,
    ...['--coverage', `--coverageDirectory=${output}`, '--coverageReporters=json-summary'],
    ...['--json', `--outputFile=${join(output, 'report.json')}`],
    ...(measured.length > 0 ? [...measured, ...unmeasured] : []),
  ];
  const child = spawn(process.execPath, command, { stdio: 'inherit' });
  return new Promise((resolve) => {
    child.on('error', () => resolve(1));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

function readJson<T>(file: string, otherwise: T): T {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : otherwise;
}

/** The folder of `src` that contains a file, else NO_MODULE. */
function moduleOf(file: string): string {
  const [top, folder = '', ...rest] = relative(process.cwd(), file).split(sep);
  return top === 'src' && rest.length > 0 ? folder : NO_MODULE;
}

/** Counts tests by module. An incomplete run has failed. */
function totalsOf(report: JestReport | null): Map<string, Totals> {
  if (report === null) return new Map([[NO_MODULE, { passed: 0, failed: 1 }]]);
  const totals = new Map<string, Totals>();
  for (const { name, status, assertionResults } of report.testResults) {
    const module = moduleOf(name);
    const sum = totals.get(module) ?? { passed: 0, failed: 0 };
    const count = (wanted: string) => assertionResults.filter((each) => each.status === wanted).length;
    sum.passed += count('passed');
    // A file that cannot be loaded has no tests, but counts as a failure.
    sum.failed += Math.max(count('failed'), status === 'failed' ? 1 : 0);
    totals.set(module, sum);
  }
  return totals;
}

function coverageOf(summary: Record<string, Measures>): Map<string, Measures> {
  const sums = new Map<string, Measures>();
  for (const [file, measures] of Object.entries(summary)) {
    if (file === 'total') continue;
    for (const name of [moduleOf(file), 'all']) {
      const sum = sums.get(name) ?? { lines: { total: 0, covered: 0 }, branches: { total: 0, covered: 0 } };
      for (const measure of MEASURES) {
        sum[measure].total += measures[measure].total;
        sum[measure].covered += measures[measure].covered;
      }
      sums.set(name, sum);
    }
  }
  return sums;
}

const percent = ({ total, covered }: { total: number; covered: number }): number =>
  total === 0 ? 100 : (100 * covered) / total;

function printTable(totals: Map<string, Totals>, coverage: Map<string, Measures>): void {
  const names = new Set([...MODULES, ...totals.keys(), ...coverage.keys()]);
  const known = [...names].filter((name) => name !== 'all' && (totals.has(name) || coverage.has(name)));
  console.log(`\n${'module'.padEnd(12)} passed  failed    lines  branches`);
  for (const name of known) console.log(row(name, totals.get(name), coverage.get(name)));
  console.log(row('all', sumOf(totals), coverage.get('all')));
}

function row(name: string, { passed, failed } = { passed: 0, failed: 0 }, measures?: Measures): string {
  const cell = (measure: keyof Measures) => (measures ? `${percent(measures[measure]).toFixed(1)} %` : '');
  const counts = `${`${passed}`.padStart(6)}  ${`${failed}`.padStart(6)}`;
  return `${name.padEnd(12)} ${counts}  ${cell('lines').padStart(7)}   ${cell('branches').padStart(7)}`;
}

function sumOf(totals: Map<string, Totals>): Totals {
  const all = [...totals.values()];
  return {
    passed: all.reduce((sum, { passed }) => sum + passed, 0),
    failed: all.reduce((sum, { failed }) => sum + failed, 0),
  };
}

/** One sentence for each coverage below the minimum. A module without measured files is below it. */
function thinCoverage(coverage: Map<string, Measures>): string[] {
  const floors = [['all', FLOOR_OF_ALL], ...MODULES.map((module) => [module, FLOOR_OF_MODULE] as const)] as const;
  return floors.flatMap(([name, floor]) =>
    MEASURES.map((measure) => {
      const measures = coverage.get(name);
      return { measure, reached: measures ? percent(measures[measure]) : 0 };
    })
      .filter(({ reached }) => reached < floor)
      .map(({ measure, reached }) => `${name}: ${measure} covered ${reached.toFixed(1)} %, at least ${floor} % wanted`),
  );
}

async function run(args: readonly string[]): Promise<void> {
  const output = mkdtempSync(join(tmpdir(), 'tests-'));
  const status = await runJest(args, output);
  const totals = totalsOf(readJson<JestReport | null>(join(output, 'report.json'), null));
  const coverage = coverageOf(readJson<Record<string, Measures>>(join(output, 'coverage-summary.json'), {}));
  rmSync(output, { recursive: true, force: true });
  printTable(totals, coverage);
  const faults = args.length === 0 ? thinCoverage(coverage) : [];
  for (const fault of faults) console.log(fault);
  if (status !== 0) console.log(`jest ended with ${status}`);
  const { passed, failed } = sumOf(totals);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = status !== 0 || failed > 0 || faults.length > 0 ? 1 : 0;
}

void run(process.argv.slice(2));
