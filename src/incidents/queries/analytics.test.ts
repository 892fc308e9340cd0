import type { Express } from 'express';
import * as fc from 'fast-check';
import request from 'supertest';
import { appOf, someone } from '../../testing/http';
import { incidentSuite, storedIncident } from '../../testing/incidentSuite';
import { incidentsContract } from '../contract';
import { csvLine } from '../domain/csv';

const harness = incidentSuite({ every: 'file' });
let app: Express;

async function stored(created_at: string, fields: Record<string, unknown> = {}): Promise<void> {
  const { mtta_seconds = null, mttr_seconds = null } = fields;
  const later = (seconds: unknown) => new Date(Date.parse(created_at) + Number(seconds) * 1_000);
  const resolved = mttr_seconds !== null;
  const acknowledged = mtta_seconds !== null || resolved;
  await storedIncident(harness, {
    created_at,
    status: resolved ? 'resolved' : acknowledged ? 'acknowledged' : 'open',
    acknowledged_at: acknowledged ? later(mtta_seconds ?? mttr_seconds) : null,
    resolved_at: resolved ? later(mttr_seconds) : null,
    ...fields,
  });
}

const ask = (query = '') => request(app).get(`/api/v1/analytics/incidents${query}`);
const JANUARY = '?from=2026-01-05T00:00:00Z&to=2026-01-12T00:00:00Z';

beforeAll(async () => {
  app = appOf(incidentsContract, harness.port, someone({ role: 'viewer' }), harness.module.routes);
  await stored('2025-12-30T10:00:00Z', { mtta_seconds: 500 });
  for (const [n, mtta] of [60, 120, 180, 240, 300].entries()) {
    await stored(`2026-01-05T1${n}:30:00Z`, { mtta_seconds: mtta, mttr_seconds: mtta * 10, alert_count: 2 });
  }
  await stored('2026-01-07T23:30:00Z', { service: 'search', severity: 'critical', title: '=HYPERLINK("x"), "quoted"' });
});

test('times to acknowledge and resolve have a median and a ninetieth percentile, also for the span before', async () => {
  const { body } = await ask(JANUARY).expect(200);
  expect(body).toMatchObject({ from: '2026-01-05T00:00:00.000Z', to: '2026-01-12T00:00:00.000Z', time_zone: 'UTC' });
  expect(body.totals).toEqual({
    incidents: 6,
    resolved: 5,
    mtta: { median: 180, p90: 276 },
    mttr: { median: 1800, p90: 2760 },
    by_status: { open: 1, acknowledged: 0, in_progress: 0, resolved: 5 },
    by_severity: { critical: 1, high: 5, medium: 0, low: 0 },
  });
  expect(body.previous).toMatchObject({
    from: '2025-12-29T00:00:00.000Z',
    incidents: 1,
    mtta: { median: 500, p90: 500 },
    mttr: { median: null, p90: null },
  });
});

test('every day of the span has a row, also without incidents', async () => {
  const { body } = await ask(JANUARY).expect(200);
  expect(body.days.map(({ day, incidents }: { day: string; incidents: number }) => [day, incidents])).toEqual([
    ['2026-01-05', 5],
    ['2026-01-06', 0],
    ['2026-01-07', 1],
    ['2026-01-08', 0],
    ['2026-01-09', 0],
    ['2026-01-10', 0],
    ['2026-01-11', 0],
  ]);
  expect(body.days[0]).toMatchObject({ mtta: { median: 180, p90: 276 }, by_status: { resolved: 5 } });
  expect(body.days[1].mtta).toEqual({ median: null, p90: null });
});

test('days and hours are those of the time zone of the query', async () => {
  const { body } = await ask(`${JANUARY}&time_zone=Europe/Berlin`).expect(200);
  expect(body.days[0]).toMatchObject({ day: '2026-01-05' });
  expect(body.days.find(({ day }: { day: string }) => day === '2026-01-08')).toMatchObject({ incidents: 1 });
  expect(body.hours).toHaveLength(7);
  expect(body.hours[0].slice(11, 16)).toEqual([1, 1, 1, 1, 1]);
  expect(body.hours[3][0]).toBe(1);
  expect(body.hours.flat().reduce((sum: number, n: number) => sum + n)).toBe(6);
});

test('services with most incidents come first, and a filter narrows all figures', async () => {
  const { body } = await ask(JANUARY).expect(200);
  expect(body.by_service).toMatchObject([
    { service: 'checkout', incidents: 5, resolved: 5, alerts: 10, mtta: { median: 180 } },
    { service: 'search', incidents: 1, resolved: 0, alerts: 0 },
  ]);
  const narrowed = await ask(`${JANUARY}&service=Search&severity=critical,low`).expect(200);
  expect(narrowed.body).toMatchObject({ totals: { incidents: 1 }, by_service: [{ service: 'search' }] });
});

test('the default span is the last thirty days', async () => {
  const { body } = await ask().expect(200);
  expect(body.to).toBe(harness.clock.now().toISOString());
  expect(body.days.length).toBeGreaterThanOrEqual(30);
});

test.each([
  ['from=2026-01-05T00:00:00Z&to=2026-01-05T00:00:00Z', 'from'],
  ['from=2024-01-05T00:00:00Z&to=2026-01-05T00:00:00Z', 'from'],
  ['time_zone=Mars/Olympus', 'time_zone'],
  ['time_zone=%2B02:00', 'time_zone'],
  ['from=soon', 'from'],
  ['format=pdf', 'format'],
  ['format=csv&table=users', 'table'],
])('a query with %s is refused', async (query, path) => {
  const answer = await ask(`?${query}`).expect(422);
  expect(answer.body.errors[0].path).toBe(path);
});

test('incidents can be a CSV file without formulas', async () => {
  const answer = await ask(`${JANUARY}&format=csv`).expect(200);
  expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
  expect(answer.headers['content-disposition']).toBe('attachment; filename="incidents-2026-01-05-2026-01-12.csv"');
  const lines = answer.text.split('\r\n');
  expect(lines[0]).toMatch(/^"id","title","service","severity","status",/);
  expect(lines).toHaveLength(8);
  expect(lines[6]).toContain(`,"'=HYPERLINK(""x""), ""quoted""","search","critical","open",`);
});

test('days can be a CSV file', async () => {
  const answer = await ask(`${JANUARY}&format=csv&table=days`).expect(200);
  const lines = answer.text.split('\r\n');
  expect(lines[1]).toBe('"2026-01-05",5,5,180,276,1800,2760,0,5,0,0');
  expect(lines[2]).toBe('"2026-01-06",0,0,,,,,0,0,0,0');
});

test('any text is one cell and no formula', () => {
  const part = fc.oneof(fc.string(), fc.constantFrom('=', '＝', '＋', '－', '＠', '\t', '\n', '\u200b', ' '));
  void fc.assert(
    fc.property(fc.array(part), (parts) => {
      const text = parts.join('');
      const line = csvLine([text, 1]);
      const [, quoted] = /^"((?:[^"]|"")*)",1\r\n$/s.exec(line) ?? [];
      const content = (quoted as string).replaceAll('""', '"');
      expect([text, `'${text}`]).toContain(content);
      expect(content.normalize('NFKC')).not.toMatch(/^[\s\u200b]*[=+\-@]|^[\t\r\n]/);
    }),
  );
});

const FORMULAS = [
  '=1',
  '+1',
  '-1',
  '@a',
  '＝1',
  '＋1',
  '－1',
  '＠a',
  '﹢1',
  '−1',
  '\t1',
  '\r1',
  '\n1',
  ' =1',
  '\u200b=1',
];
test.each(FORMULAS)('a cell that begins with %j gets an apostrophe', (text) => {
  expect(csvLine([text])).toBe(`"'${text}"\r\n`);
});

test('a formula after many blanks gets an apostrophe, and ordinary text is unchanged', () => {
  expect(csvLine([`${' '.repeat(10_000)}=1`])).toMatch(/^"' /);
  for (const text of ['a=b', '1-2', 'on-call', '']) expect(csvLine([text, null, 3])).toBe(`"${text}",,3\r\n`);
});
