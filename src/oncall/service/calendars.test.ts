import type { Express } from 'express';
import { register } from 'prom-client';
import request from 'supertest';
import { appOf, someone } from '../../testing/http';
import { ada, type OncallHarness, oncallHarness } from '../../testing/oncall';
import { oncallContract } from '../contract';

let harness: OncallHarness;
let app: Express;
let team: string;
let teams = 0;
beforeAll(async () => {
  harness = await oncallHarness();
  app = appOf(oncallContract, harness.port, ada, harness.oncall.routes);
});
beforeEach(() => {
  team = `team ${++teams}`;
  harness.clock.set('2026-01-05T09:00:30.000Z');
});
afterAll(async () => {
  register.clear();
  await harness.database.drop();
});

const person = (name: string) => ({ name, email: `${name.toLowerCase()}@example.com` });
const [ANN, BOB, CY, DEE] = ['Ann', 'Bob', 'Cy', 'Dee'].map(person) as [Person, Person, Person, Person];
type Person = ReturnType<typeof person>;
const layer = (more: object = {}, rotation: object = {}) => ({
  name: 'days',
  rotation: { unit: 'daily', handoff: '2026-01-05T09:00', slots: [[ANN], [BOB]], ...rotation },
  ...more,
});
const path = (rest = '') => `/api/v1/schedules/${encodeURIComponent(team)}${rest}`;
const put = (body: object, headers: Record<string, string> = {}) => request(app).put(path()).set(headers).send(body);
const get = (rest: string, query: object = {}) => request(app).get(path(rest)).query(query);
const current = async (query: object = {}) =>
  (
    await request(app)
      .get('/api/v1/oncall/current')
      .query({ team, ...query })
  ).body;
const plain = (members: object[]) => request(app).post('/api/v1/schedules').send({ team, members });
const change = (more: object) =>
  request(app)
    .post('/api/v1/overrides')
    .send({ team, kind: 'takeover', ...more });
const SPAN = { from: '2026-01-05T00:00:00Z', to: '2026-01-08T12:00:00Z' };
const HOUR = { starts_at: '2026-01-05T10:00:00Z', ends_at: '2026-01-05T11:00:00Z' };
const names = (list: { name: string }[]) => list.map(({ name }) => name).join('+');
const told = (shifts: { person: Person; starts_at: string; ends_at: string; role: string }[]) =>
  shifts.map((each) => `${each.person.name} ${each.starts_at.slice(0, 16)} ${each.ends_at.slice(0, 16)}`);

describe('a schedule with layers', () => {
  test('is returned with its layers, and its shifts have their reasons', async () => {
    const made = await put({ time_zone: 'Europe/Berlin', layers: [layer()] });
    expect([made.status, made.body.layered, made.body.time_zone]).toEqual([200, true, 'Europe/Berlin']);
    const { body } = await get('/shifts', { ...SPAN, layers: 'true' });
    // The schedule begins with its first minute. A hand-off at nine in Berlin is at eight in UTC.
    expect(told(body.shifts)).toEqual([
      'Ann 2026-01-05T09:00 2026-01-06T08:00',
      'Bob 2026-01-06T08:00 2026-01-07T08:00',
      'Ann 2026-01-07T08:00 2026-01-08T08:00',
      'Bob 2026-01-08T08:00 2026-01-08T12:00',
    ]);
    expect(body.shifts[0].source).toEqual({ kind: 'layer', layer: 'days', level: 0 });
    expect(body.layers).toMatchObject([{ layer: 'days', role: 'primary', shifts: { length: 4 } }]);
  });

  test('can be created by POST as well, and replaced by a simple schedule', async () => {
    const made = await request(app)
      .post('/api/v1/schedules')
      .send({ team, layers: [layer()] });
    expect([made.status, made.body.layered, made.body.members]).toEqual([
      201,
      true,
      [ANN, BOB].map((p) => ({ ...p, role: 'primary' })),
    ]);
    const patched = await request(app).patch(path()).send({ rotation_type: 'daily' });
    expect([patched.status, patched.body.detail]).toEqual([409, expect.stringContaining('layers')]);
    const replaced = await plain([{ ...CY, role: 'primary' }]);
    expect([replaced.body.layered, replaced.body.rotation_type, replaced.body.id]).toEqual([
      false,
      'weekly',
      made.body.id,
    ]);
  });

  test('keeps the person on call in an edit, and lists the edit in its versions', async () => {
    await put({ layers: [layer()] });
    harness.clock.set('2026-01-06T10:00:00Z');
    expect((await current()).primary.name).toBe('Bob');
    await put({ layers: [layer({}, { slots: [[CY], [BOB], [ANN]], unit: 'weekly' })] });
    expect((await current()).primary.name).toBe('Bob');
    const { body } = await get('/versions');
    expect(body.map((each: { effective_from: string; until: string }) => [each.effective_from, each.until])).toEqual([
      ['2026-01-06T10:00:00.000Z', null],
      ['2026-01-05T09:00:00.000Z', '2026-01-06T10:00:00.000Z'],
    ]);
    expect(body[0].created_by).toBe('ada');
  });

  test('can be set for later: until then nothing changes, then the person on call stays', async () => {
    await put({ layers: [layer()] });
    const later = await put({ layers: [layer({}, { slots: [[DEE]] })], effective_from: '2026-01-06T12:00:00Z' });
    expect(later.body.layers[0].rotation.slots).toHaveLength(2);
    expect(told((await get('/shifts', SPAN)).body.shifts)).toEqual([
      'Ann 2026-01-05T09:00 2026-01-06T09:00',
      'Bob 2026-01-06T09:00 2026-01-06T12:00',
      'Dee 2026-01-06T12:00 2026-01-08T12:00',
    ]);
    harness.clock.set('2026-01-06T12:00:00Z');
    await harness.oncall.drain();
    expect((await get('')).body.members).toEqual([{ ...DEE, role: 'primary' }]);
    expect((await current()).primary.name).toBe('Dee');
  });

  test('can be set for later to the second: it begins at the start of that minute in every answer', async () => {
    await put({ layers: [layer()] });
    await put({ layers: [layer({}, { slots: [[DEE]] })], effective_from: '2026-01-05T12:00:45Z' });
    harness.clock.set('2026-01-05T12:00:10Z');
    await harness.oncall.drain();
    expect((await current()).primary.name).toBe('Dee');
    expect((await get('/shifts', SPAN)).body.shifts[1]).toMatchObject({ starts_at: '2026-01-05T12:00:00.000Z' });
    expect((await get('')).body.members).toEqual([{ ...DEE, role: 'primary' }]);
  });

  test('the next change includes planned overrides and versions before the next hand-off', async () => {
    await put({ layers: [layer()] });
    const untils = async () => {
      const now = (await request(app).get('/api/v1/oncall/now')).body.teams;
      const step = { team, severity: 'critical', step: 1, at: harness.clock.now().toISOString() } as const;
      return [
        (await current()).until,
        (await current({ at: harness.clock.now().toISOString() })).until,
        now.find((each: { team: string }) => each.team === team).until,
        (await harness.port.foreseeStep(step, ada)).next_handoff_at,
      ];
    };
    expect(new Set(await untils())).toEqual(new Set(['2026-01-06T09:00:00.000Z']));
    await put({ layers: [layer({}, { slots: [[DEE]] })], effective_from: '2026-01-05T20:00:00Z' });
    expect(new Set(await untils())).toEqual(new Set(['2026-01-05T20:00:00.000Z']));
    const span = { starts_at: '2026-01-05T15:00:00Z', ends_at: '2026-01-05T16:00:00Z' };
    const { body } = await change({ kind: 'add', in: CY, ...span });
    expect(new Set(await untils())).toEqual(new Set(['2026-01-05T15:00:00.000Z']));
    await request(app).delete(`/api/v1/overrides/${body.id}`).expect(200);
    expect(new Set(await untils())).toEqual(new Set(['2026-01-05T20:00:00.000Z']));
  });

  test('a planned version can be withdrawn until it begins, and only with its current ETag', async () => {
    const withdraw = (version: string, headers: object = {}) =>
      request(app)
        .delete(path(`/versions/${version}`))
        .set(headers as Record<string, string>);
    const now = await put({ layers: [layer()] });
    const before = (await get('/shifts', SPAN)).body.shifts;
    const { body: planned } = await put({
      layers: [layer({}, { slots: [[DEE]] })],
      effective_from: '2026-01-05T20:00:00Z',
    });
    expect((await withdraw(planned.version, { 'If-Match': now.headers['etag'] })).status).toBe(412);
    const { status, headers, body } = await withdraw(planned.version, { 'If-Match': `"${planned.version}"` });
    expect([status, headers['etag'], body.version]).toEqual([200, now.headers['etag'], now.body.version]);
    expect((await get('/shifts', SPAN)).body.shifts).toEqual(before);
    expect((await get('/versions')).body).toHaveLength(1);
    const { body: history } = await request(app).get('/api/v1/oncall/history').query({ team });
    expect(history.at(-1)).toMatchObject({
      event_type: 'schedule_version_withdrawn',
      actor: 'ada',
      details: { version: planned.version, effective_from: '2026-01-05T20:00:00.000Z', layers: ['days'] },
    });
    expect((await withdraw(planned.version)).status).toBe(404);
    expect((await withdraw(now.body.version)).status).toBe(409);
    expect((await withdraw('last')).status).toBe(400);
    harness.clock.set('2026-01-06T09:00:00Z');
    await harness.oncall.drain();
    expect((await current()).primary.name).toBe('Bob');
  });

  test('a planned version keeps the person on call at its beginning, even if an earlier version is added or withdrawn', async () => {
    await put({ layers: [layer({}, { slots: [[ANN], [BOB], [CY]] })] });
    const evenings = async () => {
      const { shifts } = (await get('/shifts', { from: '2026-01-05T09:01:00Z', to: '2026-01-08T08:00:00Z' })).body;
      return told(shifts).map((shift) => shift.slice(0, -17));
    };
    const noon = '2026-01-06T12:00:00Z';
    await put({ layers: [layer({}, { slots: [[CY], [BOB], [ANN]] })], effective_from: noon });
    const kept = ['Ann 2026-01-05T09:01', 'Bob 2026-01-06T09:00', 'Ann 2026-01-07T09:00'];
    expect(await evenings()).toEqual(kept);
    // Another version is added before it, by which Cy is on call at its beginning; then that version is withdrawn.
    const { body } = await put({
      layers: [layer({}, { slots: [[ANN], [CY]] })],
      effective_from: '2026-01-05T20:00:00Z',
    });
    expect(await evenings()).toEqual(['Ann 2026-01-05T09:01', 'Cy 2026-01-06T09:00', 'Bob 2026-01-07T09:00']);
    await request(app)
      .delete(path(`/versions/${body.version}`))
      .expect(200);
    expect(await evenings()).toEqual(kept);
    // An edit that applies now also comes before it.
    await put({ layers: [layer({}, { slots: [[ANN], [CY], [BOB]] })] });
    expect(await evenings()).toEqual(['Ann 2026-01-05T09:01', 'Cy 2026-01-06T09:00', 'Bob 2026-01-07T09:00']);
  });

  test('a planned version is withdrawn by one of two callers', async () => {
    await put({ layers: [layer()] });
    const { body } = await put({ layers: [layer({}, { slots: [[DEE]] })], effective_from: '2026-01-05T20:00:00Z' });
    const both = await Promise.all([1, 2].map(() => request(app).delete(path(`/versions/${body.version}`))));
    expect(both.map(({ status }) => status).sort()).toEqual([200, 404]);
  });

  test('a planned version does not delay an edit made now', async () => {
    await put({ layers: [layer()] });
    await put({ layers: [layer({}, { slots: [[DEE]] })], effective_from: '2026-01-07T00:00:00Z' });
    await put({ layers: [layer({}, { slots: [[CY]] })] });
    expect((await current()).primary.name).toBe('Cy');
    expect((await current({ at: '2026-01-07T00:00:00Z' })).primary.name).toBe('Dee');
  });

  test('can be read after it was deleted, and its planned versions never begin', async () => {
    await put({ layers: [layer()] });
    await put({ layers: [layer({}, { slots: [[DEE]] })], effective_from: '2026-01-07T00:00:00Z' });
    await change({ kind: 'add', in: CY, ...HOUR });
    harness.clock.set('2026-01-05T10:30:00Z');
    await request(app).delete(path());
    expect(told((await get('/shifts', SPAN)).body.shifts)).toEqual([
      'Ann 2026-01-05T09:00 2026-01-05T10:30',
      'Cy 2026-01-05T10:00 2026-01-05T10:30',
    ]);
    expect((await current({ at: '2026-01-05T10:15:00Z' })).primary.name).toBe('Ann');
    expect((await current()).status).toBe(404);
  });

  test('is edited by one of two people who read the same version', async () => {
    const { headers } = await put({ layers: [layer()] });
    const mine = { 'If-Match': headers['etag'] as string };
    const [one, two] = await Promise.all([
      put({ layers: [layer({}, { slots: [[CY]] })] }, mine),
      put({ layers: [layer({}, { slots: [[DEE]] })] }, mine),
    ]);
    expect([one.status, two.status].sort()).toEqual([200, 412]);
    expect((await get('')).headers['etag']).toBe((one.status === 200 ? one : two).headers['etag']);
    expect((await request(app).delete(path()).set(mine)).status).toBe(412);
    expect((await request(app).patch(path()).set(mine).send({})).status).toBe(412);
  });
});

describe('queries of a schedule', () => {
  test('gaps have a mark if they were planned', async () => {
    await put({ layers: [layer({}, { slots: [[ANN], []] })] });
    const { body } = await change({ ...HOUR, reason: 'Moving' });
    expect((await get('/gaps', SPAN)).body.gaps).toEqual([
      {
        role: 'primary',
        starts_at: '2026-01-05T00:00:00.000Z',
        ends_at: '2026-01-05T09:00:00.000Z',
        override_id: null,
        planned: false,
      },
      {
        role: 'primary',
        starts_at: HOUR.starts_at.replace('Z', '.000Z'),
        ends_at: HOUR.ends_at.replace('Z', '.000Z'),
        override_id: body.id,
        planned: true,
      },
      {
        role: 'primary',
        starts_at: '2026-01-06T09:00:00.000Z',
        ends_at: '2026-01-07T09:00:00.000Z',
        override_id: null,
        planned: false,
      },
      {
        role: 'primary',
        starts_at: '2026-01-08T09:00:00.000Z',
        ends_at: '2026-01-08T12:00:00.000Z',
        override_id: null,
        planned: false,
      },
    ]);
  });

  test('hand-offs name the people who go and come', async () => {
    await put({ layers: [layer()] });
    expect((await get('/handoffs', SPAN)).body.handoffs.at(-1)).toEqual({
      ...{ at: '2026-01-08T09:00:00.000Z', role: 'primary', off: [ANN], on: [BOB], staying: [] },
    });
  });

  test('a draft is computed and not stored, alone or as an edit', async () => {
    const alone = await request(app)
      .post('/api/v1/schedules/preview')
      .send({ layers: [layer()], ...SPAN });
    expect([alone.status, told(alone.body.shifts).length, alone.body.gaps, alone.body.handoffs.length]).toEqual([
      200,
      5,
      [],
      4,
    ]);
    await put({ layers: [layer({}, { slots: [[BOB], [ANN]] })] });
    const { body } = await request(app)
      .post('/api/v1/schedules/preview')
      .send({ team, layers: [layer()], ...SPAN });
    // Bob is on call now, and the turn offset of the draft keeps him on call.
    expect([told(body.shifts)[0], body.draft[0].rotation.turn_offset]).toEqual([
      'Bob 2026-01-05T09:00 2026-01-06T09:00',
      1,
    ]);
    expect((await get('/versions')).body).toHaveLength(1);
  });

  test('a draft names its gaps in each role, and in each level alone', async () => {
    const early = [{ from: '00:00', to: '12:00' }];
    const layers = [
      layer({ name: 'high', level: 1, restrictions: early }, { handoff: '2026-01-05T00:00' }),
      layer({ name: 'low' }, { handoff: '2026-01-05T00:00', slots: [[CY], []] }),
      layer({ name: 'second', role: 'secondary', restrictions: early }, { slots: [[DEE]] }),
    ];
    const day = { from: '2026-01-05T00:00:00Z', to: '2026-01-07T00:00:00Z' };
    const { body } = await request(app)
      .post('/api/v1/schedules/preview')
      .send({ layers, ...day });
    const said = (list: { role: string; level?: number; starts_at: string; ends_at: string }[]) =>
      list.map(
        ({ role, level = '', starts_at, ends_at }) =>
          `${role}${level} ${starts_at.slice(5, 16)} ${ends_at.slice(5, 16)}`,
      );
    expect(said(body.gaps)).toEqual([
      'primary 01-06T12:00 01-07T00:00',
      'secondary 01-05T12:00 01-06T00:00',
      'secondary 01-06T12:00 01-07T00:00',
    ]);
    expect(said(body.level_gaps)).toEqual([
      'primary1 01-05T12:00 01-06T00:00',
      'primary1 01-06T12:00 01-07T00:00',
      'primary0 01-06T00:00 01-07T00:00',
      'secondary0 01-05T12:00 01-06T00:00',
      'secondary0 01-06T12:00 01-07T00:00',
    ]);
  });

  test('my shifts are found by my address, and without one by my name', async () => {
    await put({ layers: [layer()] });
    const bob = appOf(oncallContract, harness.port, someone({ email: BOB.email }), harness.oncall.routes);
    const mine = (await request(bob).get('/api/v1/oncall/me').query(SPAN)).body;
    expect(told(mine.shifts.filter((each: { team: string }) => each.team === team))).toEqual([
      'Bob 2026-01-06T09:00 2026-01-07T09:00',
      'Bob 2026-01-08T09:00 2026-01-08T12:00',
    ]);
    const ann = appOf(oncallContract, harness.port, someone({ email: null, actor: 'Ann' }), harness.oncall.routes);
    const hers = (await request(ann).get('/api/v1/oncall/me')).body;
    expect([hers.email, hers.on_call.some((each: { team: string }) => each.team === team)]).toEqual([ANN.email, true]);
    const unknown = appOf(oncallContract, harness.port, someone({ email: null, actor: 'root' }), harness.oncall.routes);
    expect((await request(unknown).get('/api/v1/oncall/me')).body).toMatchObject({ email: null, shifts: [] });
  });

  test('a key has no shifts, not even with the name of a person', async () => {
    await put({ layers: [layer()] });
    const key = appOf(
      oncallContract,
      harness.port,
      someone({ email: null, actor: 'Ann', kind: 'key' }),
      harness.oncall.routes,
    );
    const { body } = await request(key).get('/api/v1/oncall/me').expect(200);
    expect(body).toMatchObject({ email: null, on_call: [], shifts: [] });
  });

  test('one answer lists all people on call', async () => {
    await put({ layers: [layer(), layer({ name: 'second', role: 'secondary' }, { slots: [[CY]] })] });
    const { body } = await request(app).get('/api/v1/oncall/now');
    const here = body.teams.find((each: { team: string }) => each.team === team);
    expect([names(here.primaries), names(here.secondaries), here.until]).toEqual([
      'Ann',
      'Cy',
      '2026-01-06T09:00:00.000Z',
    ]);
  });

  test('the end of each duty is found however far ahead, over overrides and later versions, and is null if there is none', async () => {
    const monthly = { unit: 'monthly', length: 2, handoff: '2026-01-05T09:00' };
    const second = layer({ name: 'second', role: 'secondary' }, { slots: [[CY]] });
    await put({ layers: [layer({}, monthly), second] });
    const relieved = async () => {
      const { teams: all } = (await request(app).get('/api/v1/oncall/now')).body;
      const { primaries, secondaries } = all.find((each: { team: string }) => each.team === team);
      return [...primaries, ...secondaries].map(({ name, relieved_at }) => `${name} ${relieved_at}`);
    };
    expect(await relieved()).toEqual(['Ann 2026-03-05T09:00:00.000Z', 'Cy null']);
    // An override by the same person keeps them on call; one by another person does not.
    await change({ role: 'primary', in: ANN, starts_at: '2026-03-05T09:00:00Z', ends_at: '2026-03-07T09:00:00Z' });
    await change({ role: 'secondary', in: DEE, starts_at: '2027-01-05T09:00:00Z', ends_at: '2027-01-06T09:00:00Z' });
    expect(await relieved()).toEqual(['Ann 2026-03-07T09:00:00.000Z', 'Cy 2027-01-05T09:00:00.000Z']);
    await put({ layers: [layer({}, { slots: [[DEE]] }), second], effective_from: '2026-02-01T00:00:00Z' });
    expect((await relieved())[0]).toBe('Ann 2026-02-01T00:00:00.000Z');
  });

  test('the next hand-offs of all teams are listed soonest first, up to the limit', async () => {
    const evening = `${team} evening`;
    await put({ layers: [layer()] });
    await request(app)
      .put(`/api/v1/schedules/${encodeURIComponent(evening)}`)
      .send({ layers: [layer({}, { handoff: '2026-01-05T18:00', slots: [[CY], [DEE]] })] });
    const next = (query: object) => request(app).get('/api/v1/oncall/handoffs').query(query);
    const { body } = await next({ to: '2026-01-07T10:00:00Z', limit: 10_000 });
    const here = body.handoffs.filter((each: { team: string }) => each.team.startsWith(team));
    expect(
      here.map((each: { at: string; team: string; on: Person[] }) => [each.at.slice(5, 16), each.team, names(each.on)]),
    ).toEqual([
      ['01-05T18:00', evening, 'Cy'],
      ['01-06T09:00', team, 'Bob'],
      ['01-06T18:00', evening, 'Dee'],
      ['01-07T09:00', team, 'Ann'],
    ]);
    expect((await next({ limit: 1 })).body.handoffs).toHaveLength(1);
    const refused = await next({ to: '2026-03-05T00:00:00Z' });
    expect([refused.status, refused.body.errors[0].path]).toEqual([422, 'to']);
  });

  test('an empty role is 404, also at another instant', async () => {
    await put({ layers: [layer({ restrictions: [{ from: '08:00', to: '18:00' }] })] });
    expect((await current({ role: 'secondary' })).detail).toBe(`No one is secondary for team '${team}'`);
    expect((await current({ at: '2026-01-05T20:00:00+01:00' })).detail).toBe(`No one is on call for team '${team}'`);
    expect((await current({ at: '2026-01-05T18:30:00+01:00' })).primaries).toMatchObject([ANN]);
  });
});

describe('overrides', () => {
  beforeEach(async () => {
    await put({ layers: [layer(), layer({ name: 'second', role: 'secondary' }, { slots: [[CY]] })] });
  });
  const list = async (query: object = {}) =>
    (
      await request(app)
        .get('/api/v1/overrides')
        .query({ team, ...query })
    ).body;

  const move = (id: string, span: object, seen?: string) =>
    request(app)
      .patch(`/api/v1/overrides/${id}`)
      .set(seen === undefined ? {} : { 'If-Match': `"${seen}"` })
      .send(span);
  const AFTERNOON = { starts_at: '2026-01-05T14:00:00Z', ends_at: '2026-01-05T15:30:00Z' };

  test.each([
    ['replace', { out: ANN, in: DEE }, 'Dee', 'Cy'],
    ['add', { in: DEE }, 'Ann+Dee', 'Cy'],
    ['remove', { out: CY }, 'Ann', ''],
    ['takeover', { in: DEE, role: 'secondary' }, 'Ann', 'Dee'],
    ['replace', { out: ANN, in: DEE, layer: 'days' }, 'Dee', 'Cy'],
  ])('%s %j applies from its first second on', async (kind, people, primaries, secondaries) => {
    const made = await change({ kind, ...people, ends_at: '2026-01-05T09:30:10Z' });
    expect([made.status, made.body.state, made.body.ends_at]).toEqual([201, 'running', '2026-01-05T09:31:00.000Z']);
    const { primaries: one, secondaries: two } = await current();
    expect([names(one), names(two)]).toEqual([primaries, secondaries]);
    harness.clock.set('2026-01-05T09:31:00Z');
    expect(names((await current()).primaries)).toBe('Ann');
  });

  test.each([
    [
      'a stranger',
      { kind: 'replace', out: BOB, in: DEE },
      'Bob <bob@example.com> is not on call in this span. On call: Ann <ann@example.com>, Cy <cy@example.com>',
    ],
    [
      'a stranger',
      { kind: 'remove', out: BOB },
      'Bob <bob@example.com> is not on call in this span. On call: Ann <ann@example.com>, Cy <cy@example.com>',
    ],
    [
      'another role',
      { kind: 'replace', role: 'primary', out: CY, in: DEE },
      'Cy <cy@example.com> is not on call as primary in this span. On call: Ann <ann@example.com>',
    ],
    [
      'another layer',
      { kind: 'replace', layer: 'second', out: ANN, in: DEE },
      "Ann <ann@example.com> is not on call in layer 'second' in this span. On call: Cy <cy@example.com>",
    ],
  ])('that take out %s are refused and name who is on call: %j', async (_, wanted, message) => {
    const refused = await change({ ...wanted, ...HOUR });
    expect([refused.status, refused.body.errors]).toEqual([422, [{ path: 'out', message }]]);
    expect(await list(SPAN)).toEqual([]);
  });

  test('may take out a person who is on call in a part of the span, by another override too', async () => {
    await change({ in: DEE, ...AFTERNOON }).expect(201);
    const long = { starts_at: '2026-01-05T11:00:00Z', ends_at: '2026-01-05T16:00:00Z' };
    await change({ kind: 'replace', out: { ...DEE, email: ' DEE@example.com' }, in: BOB, ...long }).expect(201);
    const late = await change({
      kind: 'remove',
      out: DEE,
      starts_at: '2026-01-05T16:00:00Z',
      ends_at: '2026-01-05T18:00:00Z',
    });
    expect([late.status, late.body.errors?.[0].path]).toEqual([422, 'out']);
  });

  test('that take a person out are not moved to where that person is not on call', async () => {
    await change({ in: DEE, role: 'primary', ...HOUR }).expect(201);
    const { id, version } = (await change({ kind: 'replace', out: DEE, in: BOB, ...HOUR })).body;
    const message =
      'Dee <dee@example.com> is not on call in this span. On call: Ann <ann@example.com>, Cy <cy@example.com>';
    const preview = await request(app)
      .get(`/api/v1/overrides/${id}/preview`)
      .query({ ...AFTERNOON, ...SPAN });
    for (const refused of [await move(id, AFTERNOON, version), preview]) {
      expect([refused.status, refused.body.errors]).toEqual([422, [{ path: 'out', message }]]);
    }
    await move(id, { ends_at: '2026-01-05T12:00:00Z' }, version).expect(200);
  });

  test('are listed past, running and future, by the span that they touch', async () => {
    await change({ in: DEE, ends_at: '2026-01-05T09:30:00Z' });
    await change({ in: BOB, starts_at: '2026-01-05T12:00:00Z', ends_at: '2026-01-05T13:00:00Z' });
    harness.clock.set('2026-01-05T10:00:00Z');
    await change({ kind: 'add', in: DEE, ends_at: '2026-01-05T11:00:00Z' });
    expect((await list(SPAN)).map((each: { state: string }) => each.state)).toEqual(['past', 'running', 'future']);
    expect((await list()).map((each: { state: string }) => each.state)).toEqual(['running', 'future']);
  });

  test('end now if they are withdrawn while they run, and are not listed if they had not begun', async () => {
    const running = (await change({ in: DEE, ends_at: '2026-01-05T12:00:00Z' })).body;
    const future = (await change({ in: DEE, starts_at: '2026-01-06T00:00:00Z', ends_at: '2026-01-06T12:00:00Z' })).body;
    harness.clock.set('2026-01-05T10:00:00Z');
    const remove = (id: string) => request(app).delete(`/api/v1/overrides/${id}`);
    expect((await remove(running.id)).body).toMatchObject({ state: 'past', ends_at: '2026-01-05T10:00:00.000Z' });
    expect((await current()).primary.name).toBe('Ann');
    expect((await remove(future.id)).status).toBe(200);
    expect((await list(SPAN)).map((each: { id: string }) => each.id)).toEqual([running.id]);
    expect((await remove(running.id)).status).toBe(409);
    expect((await remove('00000000-0000-4000-8000-000000000000')).status).toBe(404);
    expect((await remove('nonsense')).status).toBe(400);
  });

  test('that put one person on one role twice at the same time are refused, even if they race', async () => {
    const racing = await Promise.all(Array.from({ length: 6 }, () => change({ kind: 'add', in: DEE, ...HOUR })));
    expect(racing.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
    expect(
      (await change({ kind: 'replace', out: ANN, in: { ...DEE, email: 'DEE@example.com' }, ...HOUR })).status,
    ).toBe(409);
    expect((await change({ kind: 'add', role: 'secondary', in: DEE, ...HOUR })).status).toBe(201);
    expect(
      (await change({ kind: 'add', in: DEE, starts_at: HOUR.ends_at, ends_at: '2026-01-05T12:00:00Z' })).status,
    ).toBe(201);
  });

  test('are moved whole, and the calendar and their expiry follow', async () => {
    const { id, version } = (await change({ in: DEE, ...HOUR, reason: 'Dentist' })).body;
    const moved = await move(id, AFTERNOON, version);
    expect([moved.status, moved.body.id, moved.body.reason]).toEqual([200, id, 'Dentist']);
    expect(moved.headers['etag']).toBe(`"${moved.body.version}"`);
    expect(moved.body.version).not.toBe(version);
    const { shifts } = (await get('/shifts', SPAN)).body;
    expect(told(shifts.filter(({ role }: { role: string }) => role === 'primary')).slice(0, 3)).toEqual([
      'Ann 2026-01-05T09:00 2026-01-05T14:00',
      'Dee 2026-01-05T14:00 2026-01-05T15:30',
      'Ann 2026-01-05T15:30 2026-01-06T09:00',
    ]);
    const ends = await harness.database
      .db('jobs')
      .where({ key: `override:${id}` })
      .pluck('run_at');
    expect(ends).toEqual([new Date(AFTERNOON.ends_at)]);
    const { body } = await request(app).get('/api/v1/oncall/history').query({ team, event_type: 'override_moved' });
    expect(body[0].details).toMatchObject({ override_id: id, after: { ends_at: '2026-01-05T15:30:00.000Z' } });
  });

  test('that run keep their beginning, and may end sooner or later but not in the past', async () => {
    const { id } = (await change({ in: DEE, ends_at: '2026-01-05T12:00:00Z' })).body;
    harness.clock.set('2026-01-05T10:00:10Z');
    expect((await move(id, { ends_at: '2026-01-05T13:00:00Z' })).body).toMatchObject({
      state: 'running',
      starts_at: '2026-01-05T09:00:00.000Z',
      ends_at: '2026-01-05T13:00:00.000Z',
    });
    const refused = await Promise.all([move(id, AFTERNOON), move(id, { ends_at: '2026-01-05T10:00:00Z' })]);
    expect(refused.map(({ status, body }) => [status, body.errors[0].path])).toEqual([
      [422, 'starts_at'],
      [422, 'ends_at'],
    ]);
    harness.clock.set('2026-01-05T13:00:00Z');
    expect((await move(id, { ends_at: '2026-01-05T16:00:00Z' })).status).toBe(409);
  });

  test('begin now if a move would begin in the past', async () => {
    const { id } = (await change({ in: DEE, ...HOUR })).body;
    const moved = await move(id, { starts_at: '2026-01-05T06:00:00Z' });
    expect(moved.body).toMatchObject({ starts_at: '2026-01-05T09:00:00.000Z', state: 'running' });
  });

  test('are moved by one of several callers with the same version, and by none once they are over', async () => {
    const { id, version } = (await change({ in: DEE, ...HOUR })).body;
    const ends = Array.from({ length: 6 }, (_, n) => ({ ends_at: `2026-01-05T1${n + 2}:00:00Z` }));
    const racing = await Promise.all(ends.map((span) => move(id, span, version)));
    expect(racing.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412, 412]);
    await request(app).delete(`/api/v1/overrides/${id}`);
    expect((await move(id, AFTERNOON)).status).toBe(409);
    expect((await move('00000000-0000-4000-8000-000000000000', AFTERNOON)).status).toBe(404);
    const nothing = await move(id, {});
    expect([nothing.status, nothing.body.errors[0].path]).toEqual([422, 'starts_at']);
  });

  test('preview the result of a move, which the move then has, and the preview changes nothing', async () => {
    const { id } = (await change({ in: DEE, ...AFTERNOON })).body;
    // A later override applies on top of it, wherever it is moved.
    const replaced = { starts_at: '2026-01-05T15:00:00Z', ends_at: '2026-01-05T17:00:00Z' };
    await change({ kind: 'replace', out: DEE, in: CY, ...replaced }).expect(201);
    await move(id, HOUR).expect(200);
    const preview = (query: object) => request(app).get(`/api/v1/overrides/${id}/preview`).query(query);
    const ahead = await preview({ ...AFTERNOON, ...SPAN });
    expect(ahead.status).toBe(200);
    const stands = await get('/shifts', SPAN);
    expect(told(stands.body.shifts)).toContain('Dee 2026-01-05T10:00 2026-01-05T11:00');
    await move(id, AFTERNOON);
    const { shifts } = (await get('/shifts', SPAN)).body;
    expect(ahead.body.shifts).toEqual(shifts);
    expect(told(shifts)).toContain('Cy 2026-01-05T15:00 2026-01-05T15:30');
    const gaps = await Promise.all(['primary', 'secondary'].map((role) => get('/gaps', { ...SPAN, role })));
    expect(ahead.body.gaps).toEqual(gaps.flatMap(({ body }) => body.gaps));
    const refused = await preview({ ends_at: '2026-01-05T08:00:00Z' });
    expect([refused.status, refused.body.errors[0].path]).toEqual([422, 'ends_at']);
    harness.clock.set('2026-01-05T15:30:00Z');
    expect((await preview({ ends_at: '2026-01-05T18:00:00Z' })).status).toBe(409);
  });

  test('cannot be moved to a span in which a person would be on one role twice', async () => {
    await change({ kind: 'add', in: DEE, ...AFTERNOON });
    const { id } = (await change({ kind: 'add', in: DEE, ...HOUR })).body;
    const { status, body } = await move(id, { ends_at: '2026-01-05T14:30:00Z' });
    expect([status, body.detail]).toEqual([409, expect.stringContaining('already puts Dee on this role')]);
    expect((await list()).map((each: { ends_at: string }) => each.ends_at)).toContain('2026-01-05T11:00:00.000Z');
  });

  test('do not conflict with the plain takeover, which ends only the earlier takeover', async () => {
    await change({ kind: 'add', in: DEE, ends_at: '2026-01-05T12:00:00Z' });
    const take = () =>
      request(app).post('/api/v1/oncall/override').send({ team, user_name: 'Dee', user_email: DEE.email });
    expect([(await take()).status, (await take()).status]).toEqual([200, 200]);
    expect(names((await current()).primaries)).toBe('Dee');
    expect((await request(app).delete(`/api/v1/oncall/override/${encodeURIComponent(team)}`)).status).toBe(200);
    expect(names((await current()).primaries)).toBe('Ann+Dee');
  });
});

describe('teams', () => {
  test('a team with a schedule or services is not deleted, and the answer names them', async () => {
    await put({ layers: [layer()] });
    await request(app).put(`/api/v1/services/svc-${teams}`).send({ team });
    const forget = () => request(app).delete(`/api/v1/teams/${encodeURIComponent(team)}`);
    expect((await forget()).body).toMatchObject({ status: 409, pointing: ['its schedule', `service svc-${teams}`] });
    await request(app).delete(`/api/v1/services/svc-${teams}`);
    await request(app).delete(path());
    expect([(await forget()).status, (await forget()).status]).toEqual([204, 404]);
    expect((await put({ layers: [layer()] })).status).toBe(200);
    expect((await forget()).status).toBe(409);
  });
});

describe('refused input names its field', () => {
  beforeEach(async () => {
    await put({ layers: [layer()] });
  });
  const crowd = Array.from({ length: 10_000 }, (_, n) => [person(`P${n}`)]);

  test.each([
    ['an unknown zone', { time_zone: 'Mars/Olympus', layers: [layer()] }, 'time_zone'],
    ['an offset for a zone', { time_zone: '+02:00', layers: [layer()] }, 'time_zone'],
    [
      'a day that does not exist',
      { layers: [layer({}, { handoff: '2026-02-30T09:00' })] },
      'layers.0.rotation.handoff',
    ],
    [
      'an hour that does not exist',
      { layers: [layer({}, { handoff: '2026-02-03T25:00' })] },
      'layers.0.rotation.handoff',
    ],
    [
      'a hand-off in the year 26',
      { layers: [layer({}, { handoff: '0026-02-03T09:00' })] },
      'layers.0.rotation.handoff',
    ],
    [
      'a time that does not exist',
      { layers: [layer({ restrictions: [{ from: '09:00', to: '24:00' }] })] },
      'layers.0.restrictions.0.to',
    ],
    [
      'an unknown weekday',
      { layers: [layer({ restrictions: [{ days: ['noday'], from: '09:00', to: '10:00' }] })] },
      'layers.0.restrictions.0.days.0',
    ],
    [
      'a layer that ends before it starts',
      { layers: [layer({ starts_at: SPAN.to, ends_at: SPAN.from })] },
      'layers.0.ends_at',
    ],
    ['two layers of one name', { layers: [layer(), layer()] }, 'layers.1.name'],
    ['no layer', { layers: [] }, 'layers'],
    ['no slot', { layers: [layer({}, { slots: [] })] }, 'layers.0.rotation.slots'],
    ['10,000 members', { layers: [layer({}, { slots: crowd })] }, 'layers.0.rotation.slots'],
    ['10,000 members in one slot', { layers: [layer({}, { slots: [crowd.flat()] })] }, 'layers.0.rotation.slots.0'],
    ['a turn of length zero', { layers: [layer({}, { length: 0 })] }, 'layers.0.rotation.length'],
    ['a past beginning', { layers: [layer()], effective_from: '2026-01-05T08:59:59Z' }, 'effective_from'],
    ['a beginning in the year 9999', { layers: [layer()], effective_from: '9999-01-05T08:59:59Z' }, 'effective_from'],
  ])('%s', async (_, body, field) => {
    const { status, body: answer } = await put(body);
    expect([status, answer.errors?.map((fault: { path: string }) => fault.path)]).toEqual([422, [field]]);
    if (!('effective_from' in body)) return;
    // The preview refuses the same input.
    const preview = await request(app)
      .post('/api/v1/schedules/preview')
      .send({ team, ...body });
    expect([preview.status, preview.body.errors?.[0].path]).toEqual([422, field]);
    expect((await get('/versions')).body).toHaveLength(1);
  });

  test.each([
    ['shifts', { from: SPAN.to, to: SPAN.from }, 'to'],
    ['shifts', { from: SPAN.from, to: SPAN.from }, 'to'],
    ['gaps', { from: '2026-01-05T00:00:00Z', to: '2028-01-07T00:00:00Z' }, 'to'],
    ['shifts', { to: '2020-01-01T00:00:00Z' }, 'to'],
    ['handoffs', { to: '2090-01-01T00:00:00Z' }, 'to'],
    ['handoffs', { from: '2026-02-30T00:00:00Z' }, 'from'],
    ['shifts', { from: '1066-10-14T09:00:00Z' }, 'from'],
  ])('%s of %j', async (what, query, field) => {
    const { status, body } = await get(`/${what}`, query);
    expect([status, body.errors?.[0]?.path]).toEqual([422, field]);
  });

  test.each([
    ['no person to add', { kind: 'add', ...HOUR }, 'in'],
    ['no person to replace', { kind: 'replace', in: DEE, ...HOUR }, 'out'],
    ['another person than the removed one', { kind: 'remove', out: ANN, in: DEE, ...HOUR }, 'in'],
    ['an end before the start', { in: DEE, starts_at: HOUR.ends_at, ends_at: HOUR.starts_at }, 'ends_at'],
    ['a past end', { in: DEE, starts_at: '2026-01-04T00:00:00Z', ends_at: '2026-01-05T00:00:00Z' }, 'ends_at'],
    ['an end in years', { in: DEE, ends_at: '2029-01-05T00:00:00Z' }, 'ends_at'],
    ['an unknown layer', { in: DEE, layer: 'ghost', ...HOUR }, 'layer'],
    ['a role that its layer does not have', { in: DEE, layer: 'days', role: 'secondary', ...HOUR }, 'role'],
  ])('an override with %s', async (_, body, field) => {
    const { status, body: answer } = await change(body);
    expect([status, answer.errors?.[0]?.path]).toEqual([422, field]);
  });

  test('an unknown team is 404', async () => {
    for (const what of ['shifts', 'gaps', 'handoffs', 'versions']) {
      expect((await request(app).get(`/api/v1/schedules/ghost/${what}`)).status).toBe(404);
    }
    expect((await change({ team: 'ghost', in: DEE, ...HOUR })).status).toBe(404);
  });

  test('the span of a schedule that changes too often is refused', async () => {
    const layers = Array.from({ length: 50 }, (_, n) =>
      layer({ name: `layer ${n}` }, { unit: 'hourly', handoff: `2026-01-05T09:${String(n).padStart(2, '0')}` }),
    );
    await put({ layers });
    const [from, to] = [SPAN.from, '2026-03-05T00:00:00Z'];
    const answers = await Promise.all([
      ...['/shifts', '/gaps', '/handoffs'].map((rest) => get(rest, { from, to })),
      request(app).post('/api/v1/schedules/preview').send({ layers, from, to }),
    ]);
    for (const { status, body } of answers) {
      expect([status, body.errors]).toEqual([
        422,
        [{ path: 'to', message: expect.stringContaining('at most 3 days of it are computed at once') }],
      ]);
    }
    expect((await get('/handoffs', { from, to: '2026-01-06T00:00:00Z' })).status).toBe(200);
    const year = { starts_at: from, ends_at: '2027-01-05T00:00:00Z' };
    const taken = [BOB, CY].map((out) => change({ kind: 'remove', out, ...year }));
    expect((await Promise.all(taken)).map(({ status, body }) => [status, body.errors?.[0].path])).toEqual([
      [201, undefined],
      [422, 'out'],
    ]);
    const covered = await request(app).get('/api/v1/oncall/coverage').query({ team, days: 30 });
    expect([covered.status, covered.body.errors?.[0].path]).toEqual([422, 'days']);
    await request(app).delete(path()).expect(200);
  });

  test('a simple schedule of 10,000 members, and one with neither members nor layers', async () => {
    const { status, body } = await plain(crowd.flat().map((each) => ({ ...each, role: 'primary' })));
    expect([status, body.errors[0].path]).toEqual([422, 'members']);
    const neither = await request(app).post('/api/v1/schedules').send({ team });
    expect([neither.status, neither.body.errors[0].path]).toEqual([422, 'members']);
  });
});
