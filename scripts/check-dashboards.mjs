/**
 * `node scripts/check-dashboards.mjs [--prom URL] [--strict] [file …]`: Grafana's dashboards without Grafana. Their shape,
 * their layout and, by promtool, the grammar of every query; with `--prom` each query is really run, and a panel that
 * shows nothing is a fault. `--strict` makes it a fault too that promtool is not installed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { panelsWithoutData } from './dashboards/data.mjs';
import { grammarFaults } from './dashboards/grammar.mjs';
import { shapeFaults } from './dashboards/shape.mjs';

const GRAFANA = fileURLToPath(new URL('../monitoring/grafana', import.meta.url));
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
const files = positionals.length > 0 ? positionals : provided();
let faulty = files.length === 0;
for (const file of files) {
  const dashboard = JSON.parse(readFileSync(file, 'utf8'));
  const shape = shapeFaults(dashboard, { name: basename(file, '.json'), source: source() });
  const grammar = grammarFaults(dashboard);
  const data = values.prom === undefined ? { faults: [], notes: [] } : await panelsWithoutData(dashboard, values.prom);
  const skipped = grammar === null ? ['queries not parsed: promtool is not installed'] : [];
  const faults = [...shape, ...(grammar ?? []), ...data.faults, ...(values.strict ? skipped : [])];
  console.log(`${faults.length > 0 ? 'FAIL' : 'ok  '}  ${basename(file)}: ${dashboard.panels?.length ?? 0} panels`);
  for (const fault of faults) console.log(`      ${fault}`);
  for (const note of values.strict ? data.notes : [...skipped, ...data.notes]) console.log(`      (${note})`);
  faulty ||= faults.length > 0;
}
process.exitCode = faulty ? 1 : 0;
