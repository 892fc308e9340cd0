import request from 'supertest';
import { days, hours, minutes } from '../../kernel/clock';
import type { Problem } from '../../kernel/ports/problem';
import { appOf } from '../../testing/http';
import { ada, type OncallHarness, oncallHarness } from '../../testing/oncall';
import { oncallContract } from '../contract';
import { seedSchedules } from '../seed';

let harness: OncallHarness;
let team: string;
let teams = 0;
beforeAll(async () => {
  harness = await oncallHarness();
});
beforeEach(async () => {
  teams += 1;
  team = `team ${teams}`;
  harness.clock.set('2026-01-05T09:00:00.000Z');
  // Removes the hand-off jobs of earlier tests.
  await harness.database.db('jobs').delete();
  await create();
});
afterAll(() => harness.database.drop());

const create = (rotation_type: 'daily' | 'weekly' = 'weekly') =>
  harness.port.createSchedule(
    {
      team,
      rotation_type,
      members: [
        { name: 'Ann', email: 'ann@example.com', role: 'primary' },
        { name: 'Bob', email: 'bob@example.com', role: 'primary' },
        { name: 'Cy', email: 'cy@example.com', role: 'secondary' },
      ],
    },
    ada,
  );
const takeOver = (name: string, more: { duration_hours?: number; reason?: string | null } = {}) =>
  harness.port.setOverride({ team, user_name: name, user_email: `${name.toLowerCase()}@example.com`, ...more }, ada);
const current = () => harness.port.current({ team }, ada);
const inForce = async () => (await harness.port.listOverrides({}, ada)).filter((each) => each.team === team);
const historyOf = async () => (await harness.port.history({ team }, ada)).history;
const typesOf = async () => (await historyOf()).map(({ event_type }) => event_type).slice(1);
const problem = (promise: Promise<unknown>): Promise<Problem> =>
  promise.then(
    () => {
      throw new Error('This should have been refused.');
    },
    (error: Problem) => error,
  );

describe('taking a team over', () => {
  test('lasts the default number of hours if none is given', async () => {
    expect(await takeOver('Zed')).toEqual({
      status: 'override_set',
      team,
      overridden_to: 'Zed',
      duration_hours: 8,
      expires_at: '2026-01-05T17:00:00.000Z',
    });
    expect(await takeOver('Yan', { duration_hours: 168 })).toMatchObject({ expires_at: '2026-01-12T09:00:00.000Z' });
  });

  test('applies at once and replaces all people', async () => {
    harness.clock.advance(12_345);
    await takeOver('Zed', { reason: 'Ann is ill', duration_hours: 2 });
    expect(await current()).toMatchObject({
      primary: {
        name: 'Zed',
        email: 'zed@example.com',
        override: true,
        reason: 'Ann is ill',
        expires_at: '2026-01-05T11:01:00.000Z',
      },
      secondary: null,
    });
  });

  test('by a new person makes them known, so that they can be assigned and paged by name', async () => {
    await takeOver('Quentin');
    const found = await harness.port.findPerson({ text: 'Quentin' }, ada);
    expect(found).toEqual({ name: 'Quentin', email: 'quentin@example.com' });
  });

  test('has a default reason, and keeps an explicit null', async () => {
    await takeOver('Zed');
    expect((await current()).primary?.reason).toBe('Manual override');
    await takeOver('Zed', { reason: null });
    expect((await current()).primary?.reason).toBeNull();
  });

  test('is listed while it is in force', async () => {
    await takeOver('Zed', { duration_hours: 3 });
    expect(await inForce()).toEqual([
      {
        team,
        user_name: 'Zed',
        user_email: 'zed@example.com',
        reason: 'Manual override',
        created_at: '2026-01-05T09:00:00.000Z',
        expires_at: '2026-01-05T12:00:00.000Z',
        duration_hours: 3,
      },
    ]);
    harness.clock.advance(hours(3));
    expect(await inForce()).toEqual([]);
  });

  test('ends by time alone, without a job', async () => {
    await takeOver('Zed', { duration_hours: 1 });
    harness.clock.set('2026-01-05T09:59:59.999Z');
    expect((await current()).primary?.name).toBe('Zed');
    harness.clock.set('2026-01-05T10:00:00.000Z');
    expect((await current()).primary?.name).not.toBe('Zed');
  });

  test('a second time ends the first at that instant, and is never a conflict', async () => {
    await takeOver('Zed');
    harness.clock.advance(minutes(30));
    await takeOver('Yan', { duration_hours: 1 });
    expect((await inForce()).map(({ user_name }) => user_name)).toEqual(['Yan']);
    harness.clock.advance(hours(1));
    expect((await current()).primary?.override).toBeUndefined();
    expect(await typesOf()).toEqual(['override_start', 'override_end', 'override_start']);
    expect((await historyOf())[2]).toMatchObject({ details: { user_name: 'Zed', removed_manually: false } });
  });

  test('by many at once in two processes leaves exactly one in force, and each call succeeds', async () => {
    const other = harness.another();
    const names = Array.from({ length: 12 }, (_, n) => `P${n}`);
    const set = await Promise.all(
      names.map((name, n) =>
        (n % 2 ? harness.port : other.port).setOverride({ team, user_name: name, user_email: 'p@example.com' }, ada),
      ),
    );
    expect(set.every(({ status }) => status === 'override_set')).toBe(true);
    expect(await inForce()).toHaveLength(1);
    const types = await typesOf();
    expect(types.filter((type) => type === 'override_start')).toHaveLength(12);
    expect(types.filter((type) => type === 'override_end')).toHaveLength(11);
  });

  test('is refused for an unknown team', async () => {
    const asked = harness.port.setOverride({ team: 'nobody', user_name: 'Z', user_email: 'z@example.com' }, ada);
    expect(await problem(asked)).toMatchObject({ status: 404, detail: "No schedule found for team 'nobody'" });
  });

  test('records its actor', async () => {
    await takeOver('Zed', { reason: 'swap' });
    expect((await historyOf())[1]).toMatchObject({
      event_type: 'override_start',
      actor: 'ada',
      details: { user_name: 'Zed', reason: 'swap', duration_hours: 8, expires_at: '2026-01-05T17:00:00.000Z' },
    });
  });

  test('does not stop the calendar below it', async () => {
    await create('daily');
    const { primary } = await current();
    await takeOver('Zed', { duration_hours: 24 });
    harness.clock.advance(hours(24));
    expect((await current()).primary?.name).not.toBe(primary?.name);
  });
});

describe('removing an override', () => {
  const remove = () => harness.port.removeOverride({ team }, ada);

  test('returns the team to its calendar', async () => {
    await takeOver('Zed');
    expect(await remove()).toEqual({ status: 'override_removed', team });
    expect((await current()).primary?.override).toBeUndefined();
    expect((await historyOf()).at(-1)).toMatchObject({
      event_type: 'override_end',
      actor: 'ada',
      details: { user_name: 'Zed', removed_manually: true },
    });
  });

  test('a second time is refused', async () => {
    await takeOver('Zed');
    const both = await Promise.allSettled([remove(), remove()]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await typesOf()).filter((type) => type === 'override_end')).toHaveLength(1);
  });

  test('that has run out is 404, and its expiry is in the history', async () => {
    await takeOver('Zed', { duration_hours: 1 });
    harness.clock.advance(hours(2));
    expect(await problem(remove())).toMatchObject({ status: 404, detail: `No active override for team '${team}'` });
    expect((await historyOf()).find(({ event_type }) => event_type === 'override_expired')).toMatchObject({
      actor: 'system',
      timestamp: '2026-01-05T10:00:00.000Z',
      details: { user_name: 'Zed', expired_at: '2026-01-05T10:00:00.000Z' },
    });
  });

  test.each(['a team without one', 'an unknown team'])('of %s is 404', async (which) => {
    const name = which === 'a team without one' ? team : 'nobody';
    expect(await problem(harness.port.removeOverride({ team: name }, ada))).toMatchObject({
      status: 404,
      detail: `No active override for team '${name}'`,
    });
  });
});

describe('the jobs', () => {
  test('record an expiry at its instant, once, without a lookup', async () => {
    await takeOver('Zed', { duration_hours: 1 });
    harness.clock.advance(hours(1) - 1);
    await harness.oncall.drain();
    expect(await typesOf()).toEqual(['override_start']);
    harness.clock.advance(1);
    await harness.oncall.drain();
    await harness.oncall.drain();
    expect(await typesOf()).toEqual(['override_start', 'override_expired']);
  });

  test('record no expiry of an override that was removed or replaced before', async () => {
    await takeOver('Zed', { duration_hours: 1 });
    await takeOver('Yan', { duration_hours: 2 });
    await harness.port.removeOverride({ team }, ada);
    harness.clock.advance(hours(3));
    await harness.oncall.drain();
    expect(await typesOf()).not.toContain('override_expired');
  });

  test('are not needed for an expiry before a takeover: the takeover records it', async () => {
    await takeOver('Zed', { duration_hours: 1 });
    harness.clock.advance(hours(2));
    await takeOver('Yan');
    expect((await typesOf()).sort()).toEqual(['override_expired', 'override_start', 'override_start']);
  });

  test('record a hand-off at its instant and count it', async () => {
    await create('daily');
    const { primary } = await current();
    const before = await harness.metric('oncall_rotation_changes_total', { team });
    harness.clock.set('2026-01-06T00:00:00.000Z');
    await harness.oncall.drain();
    const change = (await historyOf()).at(-1);
    expect(change).toMatchObject({
      event_type: 'rotation_change',
      actor: 'system',
      timestamp: '2026-01-06T00:00:00.000Z',
      details: { old_primary: primary?.name, new_primary: (await current()).primary?.name },
    });
    expect(await harness.metric('oncall_rotation_changes_total', { team })).toBe(before + 1);
  });

  test('record every missed hand-off after a pause, each at its own instant', async () => {
    await create('daily');
    harness.clock.advance(days(4));
    await harness.oncall.drain();
    const changes = (await historyOf()).filter(({ event_type }) => event_type === 'rotation_change');
    expect(changes.map(({ timestamp }) => timestamp.slice(0, 10))).toEqual([
      '2026-01-06',
      '2026-01-07',
      '2026-01-08',
      '2026-01-09',
    ]);
  });

  test('record a hand-off once in two processes', async () => {
    await create('daily');
    const other = harness.another();
    harness.clock.advance(days(1));
    await Promise.all([harness.oncall.drain(), other.drain()]);
    expect((await typesOf()).filter((type) => type === 'rotation_change')).toHaveLength(1);
  });

  test('record a hand-off once if the job is delivered twice', async () => {
    await create('daily');
    const { db } = harness.database;
    const { id } = await harness.port.getSchedule({ team }, ada);
    const job = await db('jobs')
      .where({ key: `handoff:${id}` })
      .first();
    harness.clock.advance(days(1));
    await harness.oncall.drain();
    const again = { kind: job.kind, payload: job.payload, key: 'again', run_at: job.run_at, created_at: job.run_at };
    await db('jobs').insert(again);
    await harness.oncall.drain();
    expect((await typesOf()).filter((type) => type === 'rotation_change')).toHaveLength(1);
  });

  test('follow an edit that moves the hand-off', async () => {
    await create('weekly');
    await harness.port.updateSchedule({ team, rotation_type: 'daily' }, ada);
    harness.clock.advance(days(1));
    await harness.oncall.drain();
    expect(await typesOf()).toContain('rotation_change');
  });

  test('record no hand-off at which no person changes', async () => {
    await harness.port.updateSchedule({ team, remove_members: ['Bob'] }, ada);
    const before = (await typesOf()).length;
    harness.clock.advance(days(30));
    await harness.oncall.drain();
    expect(await typesOf()).toHaveLength(before);
  });

  test('continue after a restart', async () => {
    await create('daily');
    await takeOver('Zed', { duration_hours: 5 });
    const restarted = harness.another();
    harness.clock.advance(days(1));
    await restarted.drain();
    expect(await typesOf()).toEqual(expect.arrayContaining(['override_expired', 'rotation_change']));
    expect((await restarted.port.current({ team }, ada)).team).toBe(team);
  });

  test('delete rows older than the retention, and keep those that queries still need', async () => {
    const { db } = harness.database;
    await takeOver('Zed', { duration_hours: 1 });
    harness.clock.advance(hours(2));
    await harness.oncall.drain();
    await create('daily');
    await db('jobs').where('kind', 'handoff').delete();
    const settings = { retentionDays: 30, auditDays: 60 };
    const first = harness.another(settings);
    await first.start();
    await first.stop();
    harness.clock.advance(days(40));
    await harness.another(settings).drain();
    expect(await typesOf()).toEqual([]);
    const { id } = await harness.port.getSchedule({ team }, ada);
    expect(await db('overrides').where({ schedule_id: id })).toEqual([]);
    expect(await db('schedule_versions').where({ schedule_id: id })).toHaveLength(1);
    expect((await current()).primary?.name).toEqual(expect.any(String));
    const { rows } = await db.raw('select count(*) as n from history');
    expect((await harness.port.stats({}, ada)).total_history_events).toBe(rows[0].n);
    expect(await db('events').where({ actor: 'ada', subject: team })).not.toEqual([]);
    const next = await db('jobs').where({ kind: 'retention' }).first();
    expect(next.run_at.getTime()).toBeGreaterThan(harness.clock.now().getTime());
  });
});

describe('sample schedules', () => {
  let empty: OncallHarness;
  beforeEach(async () => {
    empty = await oncallHarness({ seedDefaultSchedules: true });
  });
  afterEach(() => empty.database.drop());
  const begin = async (process: OncallHarness['oncall']) => {
    await process.start();
    await process.stop();
  };

  test('fill an empty installation once, even if two processes start together', async () => {
    await Promise.all([begin(empty.oncall), begin(empty.another())]);
    const schedules = await empty.port.listSchedules({}, ada);
    expect(schedules.map((each) => `${each.team} ${each.rotation_type} ${each.members.length}`)).toEqual(
      expect.arrayContaining([
        'platform-engineering weekly 3',
        'backend weekly 2',
        'frontend daily 2',
        'infrastructure biweekly 3',
      ]),
    );
    expect(await empty.port.stats({}, ada)).toMatchObject({ total_schedules: 4, total_members: 10 });
    const { history } = await empty.port.history({}, ada);
    expect(history).toHaveLength(4);
    expect(history.every(({ details, actor }) => details['source'] === 'seed' && actor === 'system')).toBe(true);
    expect((await empty.port.people({}, ada)).map(({ email }) => email)).toContain('alice@company.com');
  });

  test('do not return after they were deleted', async () => {
    await begin(empty.oncall);
    for (const each of await empty.port.listSchedules({}, ada)) {
      await empty.port.deleteSchedule({ team: each.team }, ada);
    }
    await begin(empty.another());
    expect(await empty.port.listSchedules({}, ada)).toEqual([]);
  });

  test('are not created in an installation with a team', async () => {
    await empty.port.createSchedule(
      { team: 'mine', members: [{ name: 'Ann', email: 'ann@example.com', role: 'primary' }] },
      ada,
    );
    expect(await seedSchedules(empty.database.db, empty.clock)).toBe(0);
    expect(await empty.port.listSchedules({}, ada)).toHaveLength(1);
  });

  test('are not created by default', async () => {
    const plain = empty.another({ seedDefaultSchedules: false });
    await begin(plain);
    expect(await plain.port.listSchedules({}, ada)).toEqual([]);
  });
});

describe('a list of more overrides than it shows at once', () => {
  const many = (count: number) =>
    harness.database.db.raw(
      `insert into overrides (id, schedule_id, kind, created_by, starts_at, ends_at, created_at, plain)
       select gen_random_uuid(), s.id, 'takeover', 'seed', cast('2026-02-01T00:00:00Z' as timestamptz) + n * interval '1 hour',
              cast('2026-02-01T01:00:00Z' as timestamptz) + n * interval '1 hour', '2026-01-05T00:00:00Z', false
         from schedules s, generate_series(1, cast(:count as int)) as n where s.team = :team`,
      { team, count },
    );
  const list = (query: object) =>
    request(appOf(oncallContract, harness.port, ada))
      .get('/api/v1/overrides')
      .query({ team, ...query });

  test('keeps its shape without a page, and returns the number of rows', async () => {
    await many(620);
    const { body, headers } = await list({});
    expect([body.length, headers['x-total-count']]).toEqual([500, '620']);
    const few = await list({ limit: 7 });
    expect([few.body.length, few.headers['x-total-count']]).toEqual([7, '620']);
  });

  test('is read page by page, each override once and in order', async () => {
    await many(620);
    const pages = await Promise.all([1, 2, 3, 4].map((page) => list({ page, per_page: 200 })));
    expect(
      pages.map(({ body: { total, page, per_page, overrides } }) => [total, page, per_page, overrides.length]),
    ).toEqual([
      [620, 1, 200, 200],
      [620, 2, 200, 200],
      [620, 3, 200, 200],
      [620, 4, 200, 20],
    ]);
    const starts = pages.flatMap(({ body }) => body.overrides.map((each: { starts_at: string }) => each.starts_at));
    expect([new Set(starts).size, [...starts].sort()]).toEqual([620, starts]);
    expect((await list({ per_page: 1_001 })).status).toBe(422);
  });

  test('a span that is too long names the instant until which it may be requested', async () => {
    const { status, body } = await list({ from: '2022-01-05T00:00:00Z', to: '2026-01-05T00:00:00Z' });
    const message =
      'A span is at most two years long. Request it until 2024-01-06T00:00:00.000Z, and the rest as another span';
    expect([status, body.errors]).toEqual([422, [{ path: 'to', message }]]);
    expect((await list({ from: '2022-01-05T00:00:00Z', to: '2024-01-06T00:00:00.000Z' })).status).toBe(200);
    const open = await list({ to: '2029-01-05T00:00:00Z' });
    expect(open.body.errors[0].message).toContain('Request it until 2028-01-06T09:00:00.000Z');
  });

  test('a schedule accepts a thousand overrides that are not over, and no more', async () => {
    await many(1_000);
    const one = { team, kind: 'takeover', ends_at: '2026-01-06T00:00:00Z' } as const;
    expect(await problem(harness.port.addOverride(one, ada))).toMatchObject({ kind: 'conflict' });
    await takeOver('Zed');
    expect((await current()).primary?.name).toBe('Zed');
  });
});

test('the next hand-offs include the number of all of them', async () => {
  const { total, handoffs } = await harness.port.nextHandoffs({ limit: 2, to: '2026-02-04T00:00:00Z' }, ada);
  expect([total > 2, handoffs.length]).toEqual([true, 2]);
});

test('feeds are read page by page', async () => {
  for (let n = 0; n < 3; n++) await harness.port.createFeed({ team }, ada);
  const page = async (n: number) => harness.port.feeds({ everybody: 'true', page: n, per_page: 2 }, ada);
  const [first, second] = [await page(1), await page(2)];
  expect([first.total, first.feeds.length, second.feeds.length]).toEqual([3, 2, 1]);
});
