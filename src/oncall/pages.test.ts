import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { appOf } from '../testing/http';
import { ada, type OncallHarness, oncallHarness } from '../testing/oncall';
import { oncallContract } from './contract';

/** Lists of records: each returns its newest rows and their number, and can be read to its end by pages. */

const TEAM = 'paged';
const ROWS = 25;
let harness: OncallHarness;
beforeAll(async () => {
  harness = await oncallHarness();
  const { db } = harness.database;
  await harness.port.createSchedule(
    { team: TEAM, rotation_type: 'weekly', members: [{ name: 'Ann', email: 'ann@example.com', role: 'primary' }] },
    ada,
  );
  const at = '2025-01-05T09:00:00Z';
  await db.raw(
    `insert into history (event_type, team, actor, details, at)
     select case n % 5 when 0 then 'rotation_change' else 'override_start' end, :team, 'ada', jsonb_build_object('n', n), :at
       from generate_series(1, ${ROWS}) as n`,
    { team: TEAM, at },
  );
  await db.raw(
    `insert into escalations (id, key, team, incident_id, step, round, reason, message, targets, answer, told, created_at)
     select gen_random_uuid(), 'key ' || n, :team, :incident, 2, 0, n::text, 'm', '[]',
            jsonb_build_object('why', case when n > ${ROWS} then 'outside_support_hours' else 'primary' end), '[]', :at
       from generate_series(1, ${ROWS + 3}) as n`,
    { team: TEAM, incident: randomUUID(), at },
  );
  await db.raw(
    `insert into schedule_versions (schedule_id, effective_from, time_zone, layers, created_at)
     select id, cast(:at as timestamptz) + n * interval '1 day', 'UTC', '[]', :at
       from schedules, generate_series(1, ${ROWS - 1}) as n where team = :team`,
    { team: TEAM, at },
  );
});
afterAll(() => harness.database.drop());

const get = (path: string, query: Record<string, string | number> = {}) =>
  request(appOf(oncallContract, harness.port, ada))
    .get(`/api/v1${path}`)
    .query(query);

type Row = { details?: { n?: number }; reason?: string; effective_from?: string };
const LISTS: [string, string, Record<string, string>, (row: Row) => number, 'oldest' | 'newest'][] = [
  ['/oncall/history', 'history', { team: TEAM, event_type: 'override_start' }, (row) => row.details?.n ?? 0, 'oldest'],
  ['/escalations', 'escalations', { team: TEAM }, (row) => Number(row.reason), 'oldest'],
  [`/schedules/${TEAM}/versions`, 'versions', {}, (row) => Date.parse(row.effective_from ?? ''), 'newest'],
];
const counts: Record<string, number> = { history: 20, escalations: ROWS, versions: ROWS };

describe.each(LISTS)('%s', (path, name, query, keyOf, first) => {
  const total = counts[name] as number;
  const ordered = (keys: number[]) => [...keys].sort((a, b) => (first === 'oldest' ? a - b : b - a));

  test('keeps its shape without a page, and returns the number of rows in X-Total-Count', async () => {
    const { body, headers } = await get(path, { ...query, limit: 7 }).expect(200);
    expect([body.length, headers['x-total-count']]).toEqual([7, String(total)]);
    expect(body.map(keyOf)).toEqual(ordered(body.map(keyOf)));
  });

  test('is read page by page from the newest to the oldest, each row once', async () => {
    const perPage = 8;
    const pages = await Promise.all([1, 2, 3, 4, 5].map((page) => get(path, { ...query, page, per_page: perPage })));
    const last = Math.ceil(total / perPage);
    expect(pages.map(({ body }) => [body.total, body.page, body.per_page, body[name].length])).toEqual(
      pages.map((_, i) => [total, i + 1, perPage, Math.max(0, Math.min(perPage, total - i * perPage))]),
    );
    const keys = pages.map(({ body }) => body[name].map(keyOf) as number[]);
    expect(new Set(keys.flat()).size).toBe(total);
    for (const page of keys) expect(page).toEqual(ordered(page));
    for (let i = 1; i < last; i++)
      expect(Math.min(...(keys[i - 1] as number[]))).toBeGreaterThan(Math.max(...(keys[i] as number[])));
  });

  test('refuses a page number or a page size out of bounds', async () => {
    for (const faulty of [{ page: 0 }, { page: 1_001 }, { per_page: 1_001 }])
      expect((await get(path, { ...query, ...faulty })).status).toBe(422);
  });
});

test('the history counts all teams and types in the same way as one', async () => {
  const { headers } = await get('/oncall/history', { limit: 1 }).expect(200);
  const { rows } = await harness.database.db.raw('select count(*)::int as total from history');
  expect(headers['x-total-count']).toBe(String(rows[0].total));
});
