import type { Express } from 'express';
import { register } from 'prom-client';
import request from 'supertest';
import { appOf } from '../../testing/http';
import { ada, type OncallHarness, oncallHarness } from '../../testing/oncall';
import { oncallContract } from '../contract';

/** The cost of a span: a query that costs too much is refused with a smaller one that is allowed. */

let harness: OncallHarness;
let app: Express;
beforeAll(async () => {
  harness = await oncallHarness();
  app = appOf(oncallContract, harness.port, ada, harness.oncall.routes);
});
afterAll(async () => {
  register.clear();
  await harness.database.drop();
});

const people = (count: number, name: string) =>
  Array.from({ length: count }, (_, n) => ({ name: `${name} ${n}`, email: `${n}.of@example.com` }));
const hourly = (...slots: ReturnType<typeof people>[]) => [
  { name: 'all', rotation: { unit: 'hourly', handoff: '2026-01-05T09:00', slots } },
];
const YEARS = { from: '2026-01-05T00:00:00Z', to: '2028-01-05T00:00:00Z' };
const preview = (body: object) => request(app).post('/api/v1/schedules/preview').send(body);

test('two slots of 20 people for two years are refused, and the answer names the field and a shorter span', async () => {
  const { status, body } = await preview({ layers: hourly(people(20, 'Ann'), people(20, 'Bob')), ...YEARS });
  expect([status, body.errors[0].path]).toEqual([422, 'to']);
  expect(body.errors[0].message).toMatch(/names so many people that at most \d+ days of it .* Ask for a shorter span/);
});

test('the number of days in the answer is affordable', async () => {
  const layers = hourly(people(20, 'Ann'), people(20, 'Bob'));
  const refused = await preview({ layers, ...YEARS });
  const days = Number(/at most (\d+) days/.exec(refused.body.detail)?.[1]);
  const to = new Date(Date.parse(YEARS.from) + days * 86_400_000).toISOString();
  const { status, body } = await preview({ layers, from: YEARS.from, to });
  expect([status, body.shifts.length]).toEqual([200, days * 24 * 20]);
}, 60_000);

test('long names never cause a 500, for a month or for an hour', async () => {
  const layers = hourly(people(50, 'x'.repeat(240)), people(50, '"'.repeat(240)));
  for (const to of ['2026-03-05T00:00:00Z', YEARS.to]) {
    expect((await preview({ layers, from: YEARS.from, to })).status).toBe(422);
  }
  const { status } = await preview({ layers, from: YEARS.from, to: '2026-01-05T03:00:00Z' });
  expect(status).toBe(200);
});

test('one person per slot is answered for two years, for a stored schedule too', async () => {
  const layers = hourly(people(1, 'Ann'), people(1, 'Bob'));
  const { status, body } = await preview({ layers, ...YEARS });
  expect([status, body.shifts.length]).toEqual([200, 17_520]);
  await request(app).put('/api/v1/schedules/steady').send({ layers }).expect(200);
  const shifts = await request(app).get('/api/v1/schedules/steady/shifts').query(YEARS);
  expect([shifts.status, shifts.body.shifts.length > 17_000]).toEqual([200, true]);
}, 60_000);

test('a stored schedule has the same limits as a draft', async () => {
  const layers = hourly(people(20, 'Ann'), people(20, 'Bob'));
  await request(app).put('/api/v1/schedules/many').send({ layers }).expect(200);
  for (const what of ['shifts', 'handoffs']) {
    const { status, body } = await request(app).get(`/api/v1/schedules/many/${what}`).query(YEARS);
    expect([status, body.errors?.[0].path]).toEqual([422, 'to']);
  }
  const covered = await request(app).get('/api/v1/oncall/coverage').query({ days: 400, team: 'many' });
  expect([covered.status, covered.body.errors?.[0].path]).toEqual([422, 'days']);
});

test('a body of many small values is refused before it is parsed, and lists that are too long are named', async () => {
  const many = `{"layers":[${'{},'.repeat(600_000)}{}]}`;
  const { status } = await request(app).post('/api/v1/schedules/preview').type('json').send(many);
  expect(status).toBe(413);
  const slots = Array(500).fill(Array(50).fill({}));
  const crowd = await preview({ layers: [{ name: 'a', rotation: { unit: 'daily', slots } }] });
  expect(crowd.status).toBe(413);
});
