/**
 * `tsx scripts/check-dashboards.ts [--prom URL] [--strict] [file …]`: checks dashboards of Grafana without Grafana: their
 * structure, their layout and, with promtool, the syntax of every query. With `--prom` it runs each query, and an empty
 * panel is a fault. With `--strict` a missing promtool is a fault.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Dashboard } from './dashboards/dashboard';
import { panelsWithoutData } from './dashboards/data';
import { grammarFaults } from './dashboards/grammar';
import { shapeFaults } from './dashboards/shape';
import { ROOT } from './root';

const GRAFANA = join(ROOT, 'monitoring/grafana');
const provided = () => {
  const folder = join(GRAFANA, 'dashboards');
  return readdirSync(folder).map((name) => join(folder, name));
};

/** The id of the provisioned data source. */
const source = () =>
  /uid: (\S+)/.exec(readFileSync(join(GRAFANA, 'provisioning/datasources/prometheus.yml'), 'utf8'))?.[1];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { prom: { type: 'string' }, strict: { type: 'boolean', default: false } },
});

/** Prints the faults of one dashboard; true if there are any. */
async function isFaulty(file: string): Promise<boolean> {
  const dashboard = JSON.parse(readFileSync(file, 'utf8')) as Dashboard;
  const shape = shapeFaults(dashboard, { name: basename(file, '.json'), source: source() });
  const grammar = grammarFaults(dashboard);
  const data = values.prom === undefined ? { faults: [], notes: [] } : await panelsWithoutData(dashboard, values.prom);
  const skipped = grammar === null ? ['queries not parsed: promtool is not installed'] : [];
  const faults = [...shape, ...(grammar ?? []), ...data.faults, ...(values.strict ? skipped : [])];
  console.log(`${faults.length > 0 ? 'FAIL' : 'ok  '}  ${basename(file)}: ${dashboard.panels?.length ?? 0} panels`);
  for (const fault of faults) console.log(`      ${fault}`);
  for (const note of values.strict ? data.notes : [...skipped, ...data.notes]) console.log(`      (${note})`);
  return faults.length > 0;
}

async function run(): Promise<void> {
  const files = positionals.length > 0 ? positionals : provided();
  let faulty = files.length === 0;
  for (const file of files) if (await isFaulty(file)) faulty = true;
  process.exitCode = faulty ? 1 : 0;
}

void run();
