import request from 'supertest';
import { days } from '../../kernel/clock';
import { BY_SYSTEM, type By, record } from '../../kernel/events/events';
import { eventsFeed } from '../../kernel/events/feed';
import { type TestDatabase, testDatabase } from '../../testing/databases';
import { ENV_KEY, type GatewayUnderTest, gatewayUnderTest } from '../../testing/gateway';

/** The audit log: actions of people and keys in all modules. */

const PASSWORD = 'correct horse battery';
let g: GatewayUnderTest;
let below: TestDatabase;
let one: ReturnType<GatewayUnderTest['another']>;
let two: ReturnType<GatewayUnderTest['another']>;

beforeAll(async () => {
  g = await gatewayUnderTest();
  below = await testDatabase('incidents');
  const feed = eventsFeed({ db: below.db, url: below.url });
  const events = ({ after, limit }: { after?: string; limit?: number }) => feed.wait(after ?? null, 0, limit);
  const ports = { ...g.deps.ports, incidents: { ...g.deps.ports.incidents, events } } as typeof g.deps.ports;
  one = g.another({}, { ports });
  two = g.another({}, { ports });
});
beforeEach(async () => {
  g.clock.set('2026-01-05T09:00:00.000Z');
  for (const db of [g.deps.db, below.db]) {
    await db.transaction(async (trx) => {
      await trx.raw("set local tocsin.retention = 'on'");
      await trx('events').delete();
      if (db === g.deps.db) for (const table of ['audit', 'users', 'hits', 'jobs']) await trx(table).delete();
    });
  }
});
afterAll(async () => {
  await below.drop();
  await g.close();
});

const recordEvent = (kind: string, fields: Record<string, unknown> = {}, by: By = { actor: 'maria', kind: 'user' }) =>
  below.db.transaction((trx) =>
    record(trx, [{ kind, subject: 'i-1', actor: 'maria', data: {}, at: g.clock.now(), ...fields }], by),
  );
const audit = async (query = '') =>
  (await request(one.app).get(`/api/v1/audit${query}`).set('X-API-Key', ENV_KEY).expect(200)).body;
const said = async (query = '') =>
  (await audit(query)).entries.map(({ module, kind, actor }: Record<string, string>) => `${module} ${kind} ${actor}`);
const asAdmin = (method: 'get' | 'post' | 'delete', path: string) =>
  request(one.app)[method](path).set('X-API-Key', ENV_KEY);
const addUser = async (username: string, role = 'viewer') =>
  (await asAdmin('post', '/api/v1/users').send({ username, password: PASSWORD, role }).expect(201)).body;
const logIn = (username: string, password = PASSWORD) =>
  request(one.app).post('/api/v1/auth/login').send({ username, password });

test('an action of a person in a lower module is recorded with its data', async () => {
  await recordEvent('incident_acknowledged', { data: { from: 'open', to: 'acknowledged' } });
  await one.gateway.drain();
  expect(await audit()).toEqual({
    total: 1,
    page: 1,
    per_page: 50,
    entries: [
      {
        id: expect.any(String),
        module: 'incidents',
        kind: 'incident_acknowledged',
        subject: 'i-1',
        actor: 'maria',
        actor_kind: 'user',
        at: '2026-01-05T09:00:00.000Z',
        data: { from: 'open', to: 'acknowledged' },
      },
    ],
  });
});

test('open audit pages get an event when an action of a lower module is recorded', async () => {
  await recordEvent('incident_acknowledged');
  await recordEvent('alerts_correlated');
  await one.gateway.drain();
  const fields = await g.deps.db('events').where({ kind: 'audit.written' }).select('subject', 'actor', 'data');
  expect(fields).toEqual([{ subject: 'incidents', actor: 'system', data: { entries: 1 } }]);
});

test('events of jobs, reports of machines and their consequences are not recorded', async () => {
  await recordEvent('incident_escalated', { actor: 'system' });
  await recordEvent('alerts_correlated');
  await recordEvent('incident_created', { actor: 'prometheus', data: { origin: 'alert' } });
  await recordEvent('incident_created', { data: { origin: 'hand' } });
  await one.gateway.drain();
  expect(await said()).toEqual(['incidents incident_created maria']);
});

test('an escalation by hand is recorded, also if it reached no one; one by a job is not', async () => {
  await recordEvent('incident_escalated');
  await recordEvent('incident_nobody_reached');
  await recordEvent('incident_nobody_reached', { actor: 'system' });
  await one.gateway.drain();
  expect(await said()).toEqual(['incidents incident_nobody_reached maria', 'incidents incident_escalated maria']);
});

test.each(['user', 'key', 'link'] as const)(
  'an action of a %s named system is recorded, with its kind',
  async (kind) => {
    const by: By = kind === 'link' ? { actor: 'system', kind: 'user', via: 'link' } : { actor: 'system', kind };
    await recordEvent('incident_resolved', { actor: 'system' }, by);
    await recordEvent('incident_resolved', { actor: 'system' }, BY_SYSTEM);
    await one.gateway.drain();
    expect((await audit()).entries).toEqual([expect.objectContaining({ actor: 'system', actor_kind: kind })]);
    expect((await audit(`?actor_kind=${kind}`)).total).toBe(1);
    expect((await audit('?actor_kind=integration')).total).toBe(0);
  },
);

test('each action is recorded once, also if several gateways follow', async () => {
  for (let n = 0; n < 20; n++) await recordEvent('incident_note_added', { subject: `i-${n}` });
  await Promise.all([one.gateway.drain(), two.gateway.drain(), one.gateway.drain()]);
  await one.gateway.drain();
  expect(await audit()).toMatchObject({ total: 20 });
});

test('users, sessions and failed logins are recorded with the change itself', async () => {
  const { id } = await addUser('ada');
  await logIn('ada').expect(200);
  await logIn('ada', 'wrong password').expect(401);
  await logIn('hunter2 typed in the wrong field', 'x').expect(401);
  expect(await said()).toEqual([
    'gateway login.failed unknown',
    'gateway login.failed ada',
    'gateway session.began ada',
    'gateway user.created environment key 1',
  ]);
  expect(JSON.stringify(await audit())).not.toContain('hunter2');
  expect(await said(`?subject=${id}`)).toHaveLength(2);
});

test('a user that could not be added is not recorded', async () => {
  await addUser('ada');
  await asAdmin('post', '/api/v1/users').send({ username: 'ADA', password: PASSWORD, role: 'viewer' }).expect(409);
  expect(await said()).toHaveLength(1);
});

test('it is filtered by actor, kind, module, subject and time', async () => {
  await recordEvent('incident_acknowledged');
  await recordEvent('incident_resolved', { actor: 'joe', subject: 'i-2', at: new Date('2026-01-06T09:00:00Z') });
  await one.gateway.drain();
  await addUser('ada');
  expect(await said('?actor=joe')).toEqual(['incidents incident_resolved joe']);
  expect(await said('?kind=incident_acknowledged')).toEqual(['incidents incident_acknowledged maria']);
  expect(await said('?module=gateway')).toEqual(['gateway user.created environment key 1']);
  expect(await said('?subject=i-2')).toHaveLength(1);
  expect(await said('?from=2026-01-06T00:00:00Z&to=2026-01-07T00:00:00Z')).toEqual(['incidents incident_resolved joe']);
  expect(await audit('?per_page=1&page=2')).toMatchObject({ total: 3, entries: [{}] });
});

test.each(['module=nobody', 'from=soon', 'page=0'])('a request with %s is refused', async (query) => {
  await asAdmin('get', `/api/v1/audit?${query}`).expect(422);
});

test('it is for administrators, and cannot be changed', async () => {
  await addUser('ada', 'responder');
  const { api_key } = (await logIn('ada').expect(200)).body;
  await request(one.app).get('/api/v1/audit').set('X-API-Key', api_key).expect(403);
  await expect(g.deps.db('audit').update({ actor: 'nobody' })).rejects.toThrow('append-only');
  await expect(g.deps.db('audit').delete()).rejects.toThrow('append-only');
});

test('it is kept for AUDIT_DAYS', async () => {
  await addUser('ada');
  await one.gateway.start();
  g.clock.advance(days(401));
  await one.gateway.drain();
  expect(await audit()).toMatchObject({ total: 0 });
  await one.gateway.stop();
});

test("an administrator sees and ends another user's sessions", async () => {
  const { id } = await addUser('ada');
  const [first, second] = [(await logIn('ada')).body.api_key, (await logIn('ada')).body.api_key];
  const sees = () => asAdmin('get', `/api/v1/users/${id}/sessions`).expect(200);
  await request(one.app).get('/api/v1/auth/me').set('X-API-Key', second).expect(200);
  const sessions = (await sees()).body;
  expect(sessions).toHaveLength(2);
  expect(sessions.filter(({ last_seen_at }: { last_seen_at: string | null }) => last_seen_at !== null)).toHaveLength(1);
  const seen = sessions.find(({ last_seen_at }: { last_seen_at: string | null }) => last_seen_at !== null);
  await asAdmin('delete', `/api/v1/users/${id}/sessions?session_id=${seen.id}`).expect(200, { ended: 1 });
  await request(one.app).get('/api/v1/auth/me').set('X-API-Key', second).expect(401);
  await request(one.app).get('/api/v1/auth/me').set('X-API-Key', first).expect(200);
  await asAdmin('delete', `/api/v1/users/${id}/sessions`).expect(200, { ended: 1 });
  await request(one.app).get('/api/v1/auth/me').set('X-API-Key', first).expect(401);
  await asAdmin('delete', `/api/v1/users/${id}/sessions`).expect(200, { ended: 0 });
  expect((await sees()).body).toEqual([]);
});

test.each(['get', 'delete'] as const)(
  'sessions of an unknown user: %s is 404, and 400 for a malformed id',
  async (method) => {
    await asAdmin(method, '/api/v1/users/0f3c1f4e-8f5a-4c55-9f3b-0d5a4f6f2a11/sessions').expect(404);
    await asAdmin(method, '/api/v1/users/x/sessions').expect(400);
  },
);
