import type { Express } from 'express';
import { register } from 'prom-client';
import request from 'supertest';
import { appOf } from '../testing/http';
import { ada, type OncallHarness, oncallHarness } from '../testing/oncall';
import { oncallContract } from './contract';

let harness: OncallHarness;
let app: Express;
beforeAll(async () => {
  harness = await oncallHarness();
  app = appOf(oncallContract, harness.port, ada, harness.oncall.routes);
  await create('ops');
});
afterAll(async () => {
  register.clear();
  await harness.database.drop();
});

const ANN = { name: 'Ann', email: 'ann@example.com', role: 'primary' };
const CY = { name: 'Cy', email: 'cy@example.com', role: 'secondary' };
const create = (team: string) =>
  request(app)
    .post('/api/v1/schedules')
    .send({ team, members: [ANN, CY] });
const send = (method: 'post' | 'patch' | 'put', path: string, body: object | string) =>
  request(app)[method](path).set('Content-Type', 'application/json').send(body);
const rowsOf = async () => {
  const tables = [
    'people',
    'teams',
    'services',
    'schedules',
    'schedule_versions',
    'overrides',
    'escalations',
    'history',
  ];
  const { rows } = await harness.database.db.raw(
    tables.map((table) => `select '${table}' as name, count(*) as n from ${table}`).join(' union all '),
  );
  return rows;
};

describe('statuses', () => {
  test('a schedule is created with 201, read with 200, changed with 200 and deleted with 200', async () => {
    expect((await create('made')).status).toBe(201);
    expect((await request(app).get('/api/v1/schedules/made')).status).toBe(200);
    expect((await send('patch', '/api/v1/schedules/made', { rotation_type: 'daily' })).body.rotation_type).toBe(
      'daily',
    );
    const deleted = await request(app).delete('/api/v1/schedules/made');
    expect([deleted.status, deleted.body]).toEqual([200, { status: 'deleted', team: 'made' }]);
  });

  test('schedules are an array without an envelope', async () => {
    const { body } = await request(app).get('/api/v1/schedules');
    expect(body.map(({ team }: { team: string }) => team)).toContain('ops');
  });

  test('an override is set with 200 and removed with 200', async () => {
    const set = await send('post', '/api/v1/oncall/override', { team: 'ops', user_name: 'Z', user_email: 'z@x.io' });
    expect([set.status, set.body.duration_hours]).toEqual([200, 8]);
    expect((await request(app).get('/api/v1/oncall/overrides')).body).toHaveLength(1);
    const current = await request(app).get('/api/v1/oncall/current').query({ team: 'ops' });
    expect(current.body.primary).toMatchObject({ name: 'Z', override: true });
    expect((await request(app).delete('/api/v1/oncall/override/ops')).status).toBe(200);
    expect((await request(app).delete('/api/v1/oncall/override/ops')).status).toBe(404);
  });

  test('an escalation answers 200 and is listed', async () => {
    const body = { team: 'ops', incident_id: 'INT-TEST-001' };
    expect((await send('post', '/api/v1/escalate', body)).body).toMatchObject({
      status: 'escalated',
      escalated_to: { name: 'Cy', email: 'cy@example.com' },
    });
    const { text } = await request(app).get('/api/v1/escalations');
    expect(text).toContain('INT-TEST-001');
  });

  test('unknown fields are ignored', async () => {
    const made = await send('post', '/api/v1/schedules', {
      team: 'more',
      members: [{ ...ANN, phone: 1 }],
      colour: 'red',
    });
    expect(made.status).toBe(201);
    expect(made.body.members).toEqual([ANN]);
  });

  test.each(['équipe 🚒', '50% off?#', 'a b', '%2e%2e', "'; --"])(
    'the name «%s» can be used in a path',
    async (team) => {
      await create(team);
      const found = await request(app).get(`/api/v1/schedules/${encodeURIComponent(team)}`);
      expect([found.status, found.body.team]).toEqual([200, team]);
    },
  );

  test.each([
    ['get', '/api/v1/schedules/ghost', "No schedule found for team 'ghost'"],
    ['delete', '/api/v1/schedules/ghost', "No schedule found for team 'ghost'"],
    ['get', '/api/v1/oncall/current?team=ghost', "No schedule found for team 'ghost'"],
    ['delete', '/api/v1/oncall/override/ghost', "No active override for team 'ghost'"],
    ['delete', '/api/v1/services/ghost', "Service 'ghost' has no registered owner"],
  ] as const)('%s %s is 404', async (method, path, detail) => {
    const answer = await request(app)[method](path);
    expect([answer.status, answer.body.detail]).toEqual([404, detail]);
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });

  test.each([
    ['patch', '/api/v1/schedules/ghost', {}],
    ['post', '/api/v1/oncall/override', { team: 'ghost', user_name: 'Z', user_email: 'z' }],
    ['post', '/api/v1/escalate', { team: 'ghost', incident_id: '1' }],
    ['put', '/api/v1/teams/ghost/room', { room: null }],
  ] as const)('%s %s for an unknown team is 404 and stores nothing', async (method, path, body) => {
    const before = await rowsOf();
    const answer = await send(method, path, body);
    expect([answer.status, answer.body.detail]).toEqual([404, "No schedule found for team 'ghost'"]);
    expect(await rowsOf()).toEqual(before);
  });

  test('a team with secondaries only is 400', async () => {
    const answer = await send('post', '/api/v1/schedules', { team: 'x', members: [CY] });
    expect([answer.status, answer.body.detail]).toEqual([400, "At least one member with role 'primary' is required"]);
  });
});

const long = 'x'.repeat(256);
const POST = ['post', '/api/v1/schedules'] as const;
const PATCH = ['patch', '/api/v1/schedules/ops'] as const;
const OVERRIDE = ['post', '/api/v1/oncall/override'] as const;
const ESCALATE = ['post', '/api/v1/escalate'] as const;
const STEP = ['post', '/internal/oncall/take-step'] as const;
const schedule = (more: object) => ({ team: 'bad', members: [ANN], ...more });
const person = (more: object) => schedule({ members: [ANN, { ...CY, ...more }] });
const override = (more: object) => ({ team: 'ops', user_name: 'Z', user_email: 'z@x.io', ...more });
const escalate = (more: object) => ({ team: 'ops', incident_id: '1', ...more });
const step = (more: object) => ({
  key: 'k',
  incident_id: 'i',
  service: 's',
  title: 't',
  severity: 'high',
  step: 1,
  round: 0,
  reason: 'r',
  ...more,
});
const deep = JSON.parse(`${'['.repeat(60)}1${']'.repeat(60)}`);

describe('refused input names its field and stores nothing', () => {
  test.each([
    [...POST, 'team', { members: [ANN] }],
    [...POST, 'team', schedule({ team: '' })],
    [...POST, 'team', schedule({ team: '  ' })],
    [...POST, 'team', schedule({ team: 'a/b' })],
    [...POST, 'team', schedule({ team: '..' })],
    [...POST, 'team', schedule({ team: long })],
    [...POST, 'team', schedule({ team: null })],
    [...POST, 'team', schedule({ team: 7 })],
    [...POST, 'team', schedule({ team: 'a\0b' })],
    [...POST, 'team', schedule({ team: '\ud800' })],
    [...POST, 'rotation_type', schedule({ rotation_type: 'monthly' })],
    [...POST, 'rotation_type', schedule({ rotation_type: 'Weekly' })],
    [...POST, 'rotation_type', schedule({ rotation_type: null })],
    [...POST, 'members', { team: 'bad' }],
    [...POST, 'members', schedule({ members: [] })],
    [...POST, 'members', schedule({ members: 'Ann' })],
    [...POST, 'members', schedule({ members: null })],
    [...POST, 'members', schedule({ members: Array(201).fill(ANN) })],
    [...POST, 'members.1.name', person({ name: '' })],
    [...POST, 'members.1.name', person({ name: ' \t' })],
    [...POST, 'members.1.name', person({ name: long })],
    [...POST, 'members.1.name', person({ name: 5 })],
    [...POST, 'members.1.email', person({ email: '' })],
    [...POST, 'members.1.email', person({ email: long })],
    [...POST, 'members.1.email', person({ email: 'a\0@x.io' })],
    [...POST, 'members.1.role', person({ role: 'tertiary' })],
    [...POST, 'members.1.role', person({ role: 'Primary' })],
    [...POST, 'members.1.role', person({ role: undefined })],
    [...POST, 'members.0', schedule({ members: [null] })],
    [...POST, 'members', schedule({ members: deep })],
    [...PATCH, 'rotation_type', { rotation_type: 'hourly' }],
    [...PATCH, 'add_members', { add_members: {} }],
    [...PATCH, 'add_members.0.role', { add_members: [{ name: 'A', email: 'a' }] }],
    [...PATCH, 'add_members', { add_members: Array(199).fill({ ...ANN, email: 'new@example.com' }) }],
    [...PATCH, 'remove_members', { remove_members: 'Ann' }],
    [...PATCH, 'remove_members.0', { remove_members: [1] }],
    [...PATCH, 'remove_members.0', { remove_members: [long] }],
    [...OVERRIDE, 'team', override({ team: '' })],
    [...OVERRIDE, 'team', override({ team: undefined })],
    [...OVERRIDE, 'user_name', override({ user_name: '' })],
    [...OVERRIDE, 'user_name', override({ user_name: ' ' })],
    [...OVERRIDE, 'user_name', override({ user_name: long })],
    [...OVERRIDE, 'user_email', override({ user_email: undefined })],
    [...OVERRIDE, 'user_email', override({ user_email: {} })],
    [...OVERRIDE, 'reason', override({ reason: 'x'.repeat(1001) })],
    [...OVERRIDE, 'reason', override({ reason: '\0' })],
    [...OVERRIDE, 'duration_hours', override({ duration_hours: 0 })],
    [...OVERRIDE, 'duration_hours', override({ duration_hours: 169 })],
    [...OVERRIDE, 'duration_hours', override({ duration_hours: 1.5 })],
    [...OVERRIDE, 'duration_hours', override({ duration_hours: '8' })],
    [...OVERRIDE, 'duration_hours', override({ duration_hours: 1e300 })],
    [...OVERRIDE, 'duration_hours', override({ duration_hours: null })],
    [...ESCALATE, 'team', escalate({ team: '' })],
    [...ESCALATE, 'incident_id', escalate({ incident_id: '' })],
    [...ESCALATE, 'incident_id', escalate({ incident_id: 12 })],
    [...ESCALATE, 'incident_id', escalate({ incident_id: long })],
    [...ESCALATE, 'reason', escalate({ reason: '' })],
    [...ESCALATE, 'reason', escalate({ reason: 'x'.repeat(501) })],
    [...STEP, 'key', step({ key: '' })],
    [...STEP, 'step', step({ step: 0 })],
    [...STEP, 'step', step({ step: 1.5 })],
    [...STEP, 'round', step({ round: 11 })],
    [...STEP, 'severity', step({ severity: 'worst' })],
    [...STEP, 'title', step({ title: '' })],
    [...STEP, 'assignee', step({ assignee: 'Ann' })],
    ['put', '/api/v1/teams/ops/room', 'room', {}],
    ['put', '/api/v1/teams/ops/room', 'room', { room: 'ops-team' }],
    ['put', '/api/v1/teams/ops/room', 'room', { room: 'pigeon:home' }],
    ['put', '/api/v1/teams/ops/room', 'room', { room: `slack:${'x'.repeat(500)}` }],
    ['put', '/api/v1/services/web', 'team', {}],
    ['put', '/api/v1/services/web', 'team', { team: 'ghost' }],
    ['put', '/api/v1/people/eve@example.com', 'name', { name: ' ' }],
    ['put', '/api/v1/people/eve@example.com', 'time_zone', { name: 'Eve', time_zone: 'Mars/Olympus' }],
    ['put', '/api/v1/people/eve@example.com', 'time_zone', { name: 'Eve', time_zone: '' }],
    ['post', '/internal/oncall/responders', 'services', { services: [] }],
    ['post', '/internal/oncall/responders', 'services', { services: Array(1001).fill('s') }],
  ] as const)('%s %s: %s of case %#', async (method, path, field, body) => {
    const before = await rowsOf();
    const answer = await send(method, path, body);
    expect(answer.status).toBe(422);
    const paths = answer.body.errors.map((error: { path: string }) => error.path);
    expect(paths.some((each: string) => each === field || each.startsWith(`${field}.`))).toBe(true);
    expect(await rowsOf()).toEqual(before);
  });

  test.each([
    ['/api/v1/oncall/current', 'team'],
    ['/api/v1/oncall/current?team=', 'team'],
    [`/api/v1/oncall/current?team=${long}`, 'team'],
    ['/api/v1/oncall/current?team=%00', 'team'],
    ['/api/v1/escalations?limit=0', 'limit'],
    ['/api/v1/escalations?limit=ten', 'limit'],
    ['/api/v1/escalations?limit=1e20', 'limit'],
    ['/api/v1/escalations?limit=2.5', 'limit'],
    ['/api/v1/escalations?team=', 'team'],
    ['/api/v1/oncall/history?limit=-1', 'limit'],
    ['/api/v1/oncall/history?limit=10001', 'limit'],
    [`/api/v1/oncall/history?event_type=${long}`, 'event_type'],
    ['/internal/oncall/person', 'text'],
  ])('get %s: %s', async (path, field) => {
    const answer = await request(app).get(path);
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(field);
  });

  test.each([
    ['get', `/api/v1/schedules/${long}`],
    ['delete', '/api/v1/schedules/%00'],
    ['delete', `/api/v1/oncall/override/${long}`],
    ['get', '/api/v1/schedules/%ff'],
    ['delete', '/api/v1/services/%20'],
  ] as const)('%s %s is malformed', async (method, path) => {
    expect((await request(app)[method](path)).status).toBe(400);
  });

  test('a person whose key is not an e-mail address is malformed', async () => {
    expect((await send('put', '/api/v1/people/eve', { name: 'Eve' })).status).toBe(400);
  });

  test.each([
    ['{"team":', 400],
    ['[]', 422],
    ['"text"', 422],
    ['null', 422],
    ['{"team":"bad","members":[{"name":"A","email":"a","role":"primary","__proto__":{"x":1}}]}', 422],
    ['{"team":"bad","members":[{"name":"A","email":"a","role":"primary"}],"n":1e999}', 422],
  ])('the body %s is answered %i', async (body, status) => {
    const before = await rowsOf();
    expect((await send('post', '/api/v1/schedules', body)).status).toBe(status);
    expect(await rowsOf()).toEqual(before);
  });

  test('a body without a JSON content type is refused', async () => {
    const answer = await request(app).post('/api/v1/schedules').set('Content-Type', 'text/plain').send('{}');
    expect(answer.status).toBe(422);
  });

  test('an endless body is too large', async () => {
    const answer = await send('post', '/api/v1/schedules', schedule({ note: 'x'.repeat(3_000_000) }));
    expect(answer.status).toBe(413);
  });

  test('all faults are named in one answer', async () => {
    const answer = await send('post', '/api/v1/oncall/override', { duration_hours: 0 });
    expect(answer.body.errors.map((error: { path: string }) => error.path).sort()).toEqual([
      'duration_hours',
      'team',
      'user_email',
      'user_name',
    ]);
  });
});

describe('people, services and rooms', () => {
  test('a person is added, changed and listed, under the address in lower case', async () => {
    const put = await send('put', '/api/v1/people/GUS@Example.com', { name: 'Gus', time_zone: 'Europe/Berlin' });
    expect([put.status, put.body]).toEqual([
      200,
      { email: 'gus@example.com', name: 'Gus', time_zone: 'Europe/Berlin' },
    ]);
    expect((await send('put', '/api/v1/people/gus@example.com', { name: 'Gustav' })).body.time_zone).toBe('UTC');
    const { body } = await request(app).get('/api/v1/people');
    expect(body).toContainEqual({ email: 'gus@example.com', name: 'Gustav', time_zone: 'UTC' });
  });

  test('a service gets an owner, then another one, then none', async () => {
    await create('owners');
    expect((await send('put', '/api/v1/services/Web-Shop', { team: 'ops' })).body).toEqual({
      service: 'web-shop',
      team: 'ops',
    });
    await send('put', '/api/v1/services/web-shop', { team: 'owners' });
    const { body } = await request(app).get('/api/v1/services');
    expect(body).toContainEqual({ service: 'web-shop', team: 'owners' });
    const gone = await request(app).delete('/api/v1/services/web-shop');
    expect([gone.status, gone.text]).toEqual([204, '']);
    expect((await request(app).delete('/api/v1/services/web-shop')).status).toBe(404);
  });

  test('a room is set and removed', async () => {
    const set = await send('put', '/api/v1/teams/ops/room', { room: 'slack:ops-room' });
    expect(set.body).toEqual({ team: 'ops', room: 'slack:ops-room' });
    const { body } = await request(app).get('/api/v1/teams');
    expect(body).toContainEqual(expect.objectContaining({ team: 'ops', room: 'slack:ops-room' }));
    expect((await send('put', '/api/v1/teams/ops/room', { room: null })).body.room).toBeNull();
  });

  test('each of these changes is an event with its actor', async () => {
    await send('put', '/api/v1/people/fact@example.com', { name: 'Fact' });
    await send('put', '/api/v1/services/fact', { team: 'ops' });
    await request(app).delete('/api/v1/services/fact');
    await send('put', '/api/v1/teams/ops/room', { room: 'mock:fact' });
    const rows = await harness.database.db('events').orderBy('id', 'desc').limit(4).select('kind', 'actor');
    expect(rows.reverse()).toEqual(
      ['person_set', 'service_set', 'service_forgotten', 'team_room_set'].map((kind) => ({ kind, actor: 'ada' })),
    );
  });

  const find = async (text: string) => (await request(app).get('/internal/oncall/person').query({ text })).body;

  test('an assignee is found by address, even an unknown address', async () => {
    await send('put', '/api/v1/people/hal@example.com', { name: 'Hal' });
    expect(await find(' HAL@example.com ')).toEqual({ name: 'Hal', email: 'hal@example.com' });
    expect(await find('new@example.com')).toEqual({ name: 'new@example.com', email: 'new@example.com' });
  });

  test('an assignee is found by name in any case', async () => {
    await send('put', '/api/v1/people/ida@example.com', { name: 'Ida Bell' });
    expect(await find('ida bell')).toEqual({ name: 'Ida Bell', email: 'ida@example.com' });
  });

  test('a name that two people have is ambiguous, unless one is spelt exactly so', async () => {
    await send('put', '/api/v1/people/jo1@example.com', { name: 'Jo' });
    await send('put', '/api/v1/people/jo2@example.com', { name: 'JO' });
    const both = { name: 'jo', email: null, candidates: [{ email: 'jo1@example.com' }, { email: 'jo2@example.com' }] };
    expect(await find('jo')).toMatchObject(both);
    expect(await find('JO')).toEqual({ name: 'JO', email: 'jo2@example.com' });
    await send('put', '/api/v1/people/jo3@example.com', { name: 'JO' });
    expect(await find('JO')).toMatchObject({ name: 'JO', email: null });
  });

  test('an unknown name is returned as it is', async () => {
    expect(await find('the night shift')).toEqual({ name: 'the night shift', email: null });
  });
});

describe('metrics', () => {
  const endpoint = '/api/v1/schedules/{param}';

  test('measure requests by path template, and errors by status', async () => {
    const labels = { method: 'GET', endpoint };
    const counted = (status: string) => harness.metric('oncall_requests_total', { ...labels, status });
    const [found, missing] = [await counted('200'), await counted('404')];
    await request(app).get('/api/v1/schedules/ops');
    await request(app).get('/api/v1/schedules/nowhere');
    expect([await counted('200'), await counted('404')]).toEqual([found + 1, missing + 1]);
    expect(await harness.metric('oncall_http_errors_total', { ...labels, status: '404' })).toBe(missing + 1);
    expect(await harness.metric('oncall_http_errors_total', { ...labels, status: '200' })).toBe(0);
    const text = await harness.registry.metrics();
    expect(text).toContain(`oncall_request_duration_seconds_bucket{le="0.075",method="GET",endpoint="${endpoint}"}`);
  });

  test('ignore requests of other modules and internal requests', async () => {
    await request(app).get('/api/v1/incidents');
    await request(app).get('/health');
    await send('post', '/internal/oncall/responders', { services: ['x'] });
    const text = await harness.registry.metrics();
    expect(text).not.toMatch(/endpoint="(\/api\/v1\/incidents|\/health|\/internal[^"]*)"/);
  });

  test('count schedules and overrides from the tables, with the same values in every process', async () => {
    const fresh = await oncallHarness();
    await fresh.port.createSchedule({ team: 'a', members: [{ ...ANN, role: 'primary' }] }, ada);
    await fresh.port.setOverride({ team: 'a', user_name: 'Z', user_email: 'z@x.io' }, ada);
    expect(await fresh.metric('oncall_active_schedules')).toBe(1);
    expect(await fresh.metric('oncall_overrides_active')).toBe(1);
    await fresh.database.drop();
    expect(await fresh.registry.metrics()).toContain('oncall_active_schedules 1');
  });

  test('have no labels that a caller can multiply', async () => {
    await send('post', '/api/v1/escalate', { team: 'made up', incident_id: '1' });
    await request(app).get('/api/v1/oncall/current?team=made%20up');
    expect(await harness.registry.metrics()).not.toContain('made up');
  });
});

test('without its database it answers 503 and reveals nothing', async () => {
  const lost = await oncallHarness();
  await lost.database.drop();
  const answer = await request(appOf(oncallContract, lost.port, ada)).get('/api/v1/schedules');
  expect(answer.status).toBe(503);
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  expect(answer.text).not.toMatch(/select|tocsin_oncall|127\.0\.0\.1/);
});
