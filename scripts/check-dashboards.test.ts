import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { TSX } from './tsx';

const ROOT = resolve(__dirname, '..');
const OVERVIEW = join(ROOT, 'monitoring/grafana/dashboards/incident-overview.json');

type Dashboard = ReturnType<typeof parsed>;
const parsed = () =>
  JSON.parse(readFileSync(OVERVIEW, 'utf8')) as {
    uid: string;
    panels: [Panel, Panel, ...Panel[]];
  };
interface Panel {
  id: number;
  title: string;
  type: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets: [{ expr: string; datasource: { uid: string } }];
  fieldConfig: { defaults: { thresholds: { steps: { value: number | null }[] } } };
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dashboards-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the check asynchronously, because this process answers its requests. */
async function check(...args: string[]): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [...TSX, 'scripts/check-dashboards.ts', ...args], { cwd: ROOT });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += chunk;
    });
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return { code, said };
}

test('the shipped dashboards have no fault', async () => {
  const { code, said } = await check();
  expect(said).not.toContain('FAIL');
  expect(said.match(/^ok /gm)).toHaveLength(3);
  expect(code).toBe(0);
});

const FAULTS: [fault: string, change: (dashboard: Dashboard) => void][] = [
  ['its uid is other, but its file is incident-overview.json', (d) => Object.assign(d, { uid: 'other' })],
  ['two panels have the id 2', ({ panels }) => Object.assign(panels[2] as Panel, { id: 2 })],
  ['Open Incidents lies over Avg MTTA', ({ panels }) => Object.assign(panels[0].gridPos, { x: -1, w: 6 })],
  ['Open Incidents: it stands outside the 24 columns', () => undefined],
  ['Open Incidents: the type graph is not among', ({ panels }) => Object.assign(panels[0], { type: 'graph' })],
  ['Open Incidents: a query is empty', ({ panels }) => Object.assign(panels[0].targets[0], { expr: ' ' })],
  [
    'Open Incidents: it asks another data',
    ({ panels }) => Object.assign(panels[0].targets[0].datasource, { uid: 'x' }),
  ],
  [
    'Open Incidents: its thresholds do not rise',
    ({ panels }) => panels[0].fieldConfig.defaults.thresholds.steps.push({ value: 0 }),
  ],
  [
    'Avg MTTR (seconds): an increase passes over',
    ({ panels }) => Object.assign((panels[2] as Panel).targets[0], { expr: 'increase(some_total[5m])' }),
  ],
  ['Avg MTTA (seconds): it asks nothing', ({ panels }) => Object.assign(panels[1], { targets: [] })],
];

test('every planted fault is reported, and no other', async () => {
  const dashboard = parsed();
  for (const [, change] of FAULTS) change(dashboard);
  const file = join(folder, 'incident-overview.json');
  writeFileSync(file, JSON.stringify(dashboard));
  const { code, said } = await check(file);
  for (const [fault] of FAULTS) expect(said).toContain(fault);
  expect(said.match(/^ {6}[^(]/gm)).toHaveLength(FAULTS.length);
  expect(code).toBe(1);
});

describe('asked with a Prometheus', () => {
  /** A fake Prometheus: no value for some queries, a value for all others. */
  let server: Server;
  let silent: RegExp;
  const answer = (query: string) => ({
    status: 'success',
    data: { result: silent.test(query) ? [{ value: [0, 'NaN'] }, { values: [] }] : [{ value: [0, '1'] }] },
  });
  beforeAll(async () => {
    server = createServer((request, response) => {
      const query = new URL(request.url ?? '', 'http://here').searchParams.get('query') ?? '';
      response.end(JSON.stringify(answer(query)));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  });
  afterAll(() => server.close());
  const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  test('a panel without a value is a fault; values that are not numbers do not count', async () => {
    silent = /incident_mean_seconds\{until="resolved"\}/;
    const { code, said } = await check('--prom', url(), OVERVIEW);
    expect(said).toContain('Avg MTTR (seconds): shows nothing');
    expect(said.match(/shows nothing/g)).toHaveLength(1);
    expect(code).toBe(1);
  });

  test('an empty query in a panel with other values is only a note', async () => {
    silent = /oncall_escalations_total/;
    const { code, said } = await check('--prom', url(), OVERVIEW);
    expect(said).toContain('(Escalations & Notifications: query A finds nothing)');
    expect(code).toBe(0);
  });
});
