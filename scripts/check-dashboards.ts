/**
 * `tsx scripts/check-dashboards.ts [--prom URL] [--strict] [file …]`: Grafana's dashboards without Grafana. Their shape,
 * their layout and, by promtool, the grammar of every query; with `--prom` each query is really run, and a panel that
 * shows nothing is a fault. `--strict` makes it a fault too that promtool is not installed.
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

/** The id by which dashboards name the data source that is provisioned. */
const source = () =>
  /uid: (\S+)/.exec(readFileSync(join(GRAFANA, 'provisioning/datasources/prometheus.yml'), 'utf8'))?.[1];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { prom: { type: 'string' }, strict: { type: 'boolean', default: false } },
});

/** Prints what is wrong with one dashboard; true if something is. */
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
