/**
 * `npm run test:monitoring`: tests the configuration, rules and dashboards of `monitoring/` against the running product and
 * the Prometheus of Debian. It runs one incident from alert to resolution. After that no panel may be empty, neither with a
 * Prometheus that ran the whole time nor with one that starts afterwards. The last line is `N passed, N failed`.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MODULES } from '../src/config/settings';
import { eventually, temporaryFolder } from './children';
import { liveAnIncident } from './monitoring/life';
import { type Prometheus, startPrometheus } from './monitoring/prometheus';
import { receiver } from './monitoring/receiver';
import { startProduct } from './product';
import { programs } from './real/programs';
import { ROOT } from './root';
import { TSX } from './tsx';

const PROMETHEUS = join(ROOT, 'monitoring/prometheus');
const DASHBOARDS = join(ROOT, 'scripts/check-dashboards.ts');
const SEEN_WITHIN_MS = 60_000;
const METRICS_TOKEN = 'a-token-for-prometheus-alone';

const counts = { passed: 0, failed: 0 };
const ends: (() => unknown)[] = [];

/** Prints one claim; `trouble` is empty if it holds. */
function claim(words: string, trouble: string): void {
  counts[trouble === '' ? 'passed' : 'failed']++;
  console.log(trouble === '' ? `ok ${words}` : `not ok ${words}\n${trouble}`);
}

/** Runs a program; returns its error output, empty if it succeeded. */
function complaint(
  command: string,
  args: readonly string[],
  { input, cwd = PROMETHEUS }: { input?: string; cwd?: string } = {},
): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', cwd, input });
  return status === 0 ? '' : `${error?.message ?? ''}${stdout}${stderr}`.trim();
}

/** A gauge with a name that ends like a counter. Dashboards and clients use it, so it keeps its name. */
const ALLOWED = /^incidents_total non-counter metrics should not have "_total" suffix$/;

/** Complaints of promtool, without the allowed one. */
function lint(metrics: string): string {
  const lines = complaint('promtool', ['check', 'metrics'], { input: metrics }).split('\n');
  return lines.filter((line) => !ALLOWED.test(line)).join('\n');
}

function onPaper(): void {
  // promtool requires that the token file exists, and only a container has it.
  const { folder, remove } = temporaryFolder('promtool');
  cpSync(PROMETHEUS, folder, { recursive: true });
  writeFileSync(join(folder, 'metrics-token'), METRICS_TOKEN);
  for (const config of ['prometheus.yml', 'monolith.yml']) {
    const text = readFileSync(join(folder, config), 'utf8');
    writeFileSync(join(folder, config), text.replaceAll('/run/tocsin/metrics-token', 'metrics-token'));
    claim(
      `promtool takes ${config} and its rules`,
      complaint('promtool', ['check', 'config', config], { cwd: folder }),
    );
  }
  remove();
  const tests = ['test', 'rules', 'platform.yml'];
  claim(
    'each rule fires when it should, and only then',
    complaint('promtool', tests, { cwd: join(PROMETHEUS, 'tests') }),
  );
}

async function ofPrometheus<T>(url: string, path: string): Promise<T> {
  const answer = (await (await fetch(url + path)).json()) as { data: T };
  return answer.data;
}

async function sampleOf(url: string, query: string): Promise<number> {
  const path = `/api/v1/query?query=${encodeURIComponent(query)}`;
  const { result } = await ofPrometheus<{ result: { value: [number, string] }[] }>(url, path);
  return Number(result[0]?.value[1]);
}

const prometheusOf = async ({ url }: { url: string }): Promise<Prometheus> => {
  const prometheus = await startPrometheus({
    program: programs().prometheus,
    target: new URL(url).host,
    rules: join(PROMETHEUS, 'rules/*.yml'),
    token: METRICS_TOKEN,
  });
  ends.push(prometheus.stop);
  return prometheus;
};

async function live(): Promise<void> {
  const sink = await receiver();
  ends.push(sink.stop);
  const product = await startProduct({ env: { RATE_LIMIT_RPM: '0', OUTGOING_ALLOW: '127.0.0.1', METRICS_TOKEN } });
  ends.push(product.stop);
  // One Prometheus watched from the start, and one starts afterwards, as after an upgrade.
  const before = await prometheusOf(product);
  const up = async () => ((await sampleOf(before.url, 'sum(tocsin_module_up)')) === MODULES.length ? true : undefined);
  const seen = await eventually(up, { withinMs: SEEN_WITHIN_MS });
  claim('all five modules are seen up in one process', seen ? '' : before.said());
  await liveAnIncident(product, sink.url);
  const resolved = async () =>
    (await sampleOf(before.url, 'incident_mttr_seconds_count')) >= 1 && sink.received() >= 1 ? true : undefined;
  const ended = await eventually(resolved, { withinMs: SEEN_WITHIN_MS });
  claim('the incident lived to its end', ended ? '' : product.said());

  const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
  const metrics = await fetch(`${product.url}/metrics`, { headers }).then((answer) => answer.text());
  claim('promtool takes the metrics', lint(metrics));
  claim('incidents_total is a gauge', /^# TYPE incidents_total gauge$/m.test(metrics) ? '' : 'It has another type.');
  await judge('who watched it all', before);
  await judge('who came afterwards', await prometheusOf(product));
}

async function judge(who: string, { url }: Prometheus): Promise<void> {
  // A rate needs two scrapes, so an empty value before the second scrape is not a fault.
  const args = [...TSX, DASHBOARDS, '--strict', '--prom', url];
  let trouble = '';
  const shown = () => {
    trouble = complaint(process.execPath, args);
    return trouble === '' || undefined;
  };
  await eventually(shown, { withinMs: SEEN_WITHIN_MS, everyMs: 500 });
  claim(`no panel is empty and no dashboard is faulty, for one ${who}`, trouble);
  interface Rule {
    name: string;
    lastError?: string;
  }
  const { groups } = await ofPrometheus<{ groups: { rules: Rule[] }[] }>(url, '/api/v1/rules');
  const ailing = groups.flatMap(({ rules }) => rules).filter(({ lastError }) => lastError);
  const words = ailing.map(({ name, lastError }) => `${name}: ${lastError}`).join('\n');
  claim(`Prometheus evaluates every rule, for one ${who}`, words);
}

async function main(): Promise<void> {
  await Promise.resolve()
    .then(onPaper)
    .then(live)
    .catch((error: Error) => claim('it can be tried', error.message));
  for (const end of ends.reverse()) await end();
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exit(counts.failed > 0 ? 1 : 0);
}

void main();
