import request from 'supertest';
import { days, hours } from '../../kernel/clock';
import { unavailable } from '../../kernel/ports/problem';
import { eventsSoFar } from '../../testing/events';
import { ENV_KEY, type GatewayUnderTest, gatewayUnderTest } from '../../testing/gateway';
import { until } from '../../testing/product';
import type { Neighbours } from '../index';

let g: GatewayUnderTest;
const PASSWORD = 'correct horse battery';
const api = (app = g.app) => request(app);
const asAdmin = (method: 'get' | 'post' | 'patch' | 'delete', path: string) =>
  api()[method](path).set('X-API-Key', ENV_KEY);
const add = (fields: object) =>
  asAdmin('post', '/api/v1/users').send({ password: PASSWORD, role: 'viewer', ...fields });
const logIn = (username: string, password = PASSWORD) => api().post('/api/v1/auth/login').send({ username, password });

beforeAll(async () => {
  g = await gatewayUnderTest();
});
beforeEach(async () => {
  g.clock.set('2026-01-05T09:00:00.000Z');
  await g.deps.db.transaction(async (trx) => {
    await trx.raw("set local tocsin.retention = 'on'");
    for (const table of ['users', 'sessions', 'api_keys', 'setup_tokens', 'hits', 'jobs', 'events'])
      await trx(table).delete();
  });
});
afterAll(() => g.close());

describe('users', () => {
  test('are added, listed by name and log in with their role', async () => {
    const made = await add({ username: 'Zoe', email: 'Zoe@Example.com', role: 'responder' }).expect(201);
    await add({ username: 'abel' }).expect(201);
    expect(made.body).toEqual({
      id: expect.any(String),
      username: 'Zoe',
      email: 'zoe@example.com',
      role: 'responder',
      disabled: false,
      created_at: '2026-01-05T09:00:00.000Z',
      last_login_at: null,
    });
    await logIn('zoe').expect(200);
    const listed = await asAdmin('get', '/api/v1/users').expect(200);
    expect(listed.body).toMatchObject({ total: 2, page: 1, per_page: 50 });
    expect(listed.body.users.map((user: { username: string }) => user.username)).toEqual(['abel', 'Zoe']);
    expect(listed.body.users[1].last_login_at).toBe('2026-01-05T09:00:00.000Z');
    expect(JSON.stringify(listed.body)).not.toContain('argon2');
  });

  test('with a taken name or e-mail address are refused', async () => {
    await add({ username: 'ada', email: 'ada@example.com' }).expect(201);
    const name = await add({ username: ' ADA ' }).expect(409);
    expect(name.body.detail).toBe("A user named 'ADA' exists.");
    const email = await add({ username: 'other', email: 'ADA@example.com' }).expect(409);
    expect(email.body.detail).toBe('Another user has this e-mail address.');
  });

  test('added twice at once with one name are one user and one refusal', async () => {
    const answers = await Promise.all([add({ username: 'ada' }), add({ username: 'ada' })]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  test.each([
    ['username', undefined],
    ['username', ''],
    ['username', '   '],
    ['username', 7],
    ['username', 'x'.repeat(256)],
    ['username', 'a\u0000b'],
    ['username', 'a\nb'],
    ['username', '\ud800'],
    ['password', undefined],
    ['password', 'short'],
    ['password', ' '.repeat(12)],
    ['password', 'x'.repeat(1025)],
    ['password', 12345678901],
    ['role', undefined],
    ['role', 'root'],
    ['role', ['admin']],
    ['email', 'nonsense'],
    ['email', 5],
    ['email', { a: 1 }],
    ['email', `${'x'.repeat(250)}@example.com`],
  ])('with an invalid %s are refused, naming the field (%#)', async (field, value) => {
    const answer = await add({ username: 'ada', [field]: value }).expect(422);
    expect(answer.body.errors.map((fault: { path: string }) => fault.path)).toContain(field);
    expect((await asAdmin('get', '/api/v1/users')).body.total).toBe(0);
  });

  test.each([
    ['malformed JSON', '{"username"', 400],
    ['an array', '[]', 422],
    ['__proto__', '{"username":"ada","password":"long enough now","role":"viewer","__proto__":{"x":1}}', 422],
    ['deep nesting', `${'{"a":'.repeat(2000)}1${'}'.repeat(2000)}`, 422],
    ['too much', JSON.stringify({ username: 'x'.repeat(20_000) }), 413],
  ])('sent as %s are refused', async (_what, body, status) => {
    await asAdmin('post', '/api/v1/users').set('Content-Type', 'application/json').send(body).expect(status);
    expect((await asAdmin('get', '/api/v1/users')).body.total).toBe(0);
  });

  test('sent as another content type are refused with a hint', async () => {
    const answer = await asAdmin('post', '/api/v1/users').set('Content-Type', 'text/plain').send('{}').expect(422);
    expect(answer.body.detail).toContain('Content-Type: application/json');
  });

  test.each(['page=0', 'page=1e20', 'per_page=201', 'per_page=x', 'page=100000&per_page=200'])(
    'listed with %s are refused',
    async (query) => {
      await asAdmin('get', `/api/v1/users?${query}`).expect(422);
    },
  );

  test('with a changed role have that role in their open session', async () => {
    const { id } = (await add({ username: 'ada', role: 'responder' })).body;
    const token = (await logIn('ada')).body.api_key;
    await api().post('/api/v1/alerts').set('X-API-Key', token).expect(200);
    await asAdmin('patch', `/api/v1/users/${id}`).send({ role: 'viewer', email: 'ada@example.com' }).expect(200);
    await api().post('/api/v1/alerts').set('X-API-Key', token).expect(403);
    await api().get('/api/v1/incidents').set('X-API-Key', token).expect(200);
    expect(g.asked.at(-1)!.caller.email).toBe('ada@example.com');
  });

  test('that are disabled lose their sessions and cannot log in, until they are enabled', async () => {
    const { id } = (await add({ username: 'ada' })).body;
    const token = (await logIn('ada')).body.api_key;
    const disabled = await asAdmin('patch', `/api/v1/users/${id}`).send({ disabled: true }).expect(200);
    expect(disabled.body.disabled).toBe(true);
    await api().get('/api/v1/incidents').set('X-API-Key', token).expect(401);
    await logIn('ada').expect(401);
    await asAdmin('patch', `/api/v1/users/${id}`).send({ disabled: false }).expect(200);
    await logIn('ada').expect(200);
    await api().get('/api/v1/incidents').set('X-API-Key', token).expect(401);
  });

  test('that are disabled or deleted lose their calendar feeds, also if oncall was down', async () => {
    const commands: object[] = [];
    let down = true;
    const endFeedsOf = async (command: object) => {
      if (down) throw unavailable('oncall is down');
      commands.push(command);
      return { ended: 1 };
    };
    const ports = { ...g.deps.ports, oncall: { ...g.deps.ports.oncall, endFeedsOf } } as Neighbours;
    const { gateway } = g.another({}, { ports });
    const { id } = (await add({ username: 'ada' })).body;
    await asAdmin('patch', `/api/v1/users/${id}`).send({ email: 'ada@example.com' }).expect(200);
    await asAdmin('patch', `/api/v1/users/${id}`).send({ disabled: true }).expect(200);
    await gateway.drain();
    down = false;
    g.clock.advance(hours(1));
    await asAdmin('delete', `/api/v1/users/${id}`).expect(200);
    await gateway.drain();
    const ended = { kind: 'user', username: 'ada', owner_id: id, by: 'environment key 1', by_kind: 'key' };
    expect(commands).toEqual([
      { ...ended, removed: false, at: '2026-01-05T09:00:00.000Z' },
      { ...ended, removed: true, at: '2026-01-05T10:00:00.000Z' },
    ]);
  });

  test('that are deleted lose their contact methods, unless they are on call without an account', async () => {
    const erased: string[] = [];
    const erasePerson = async ({ person }: { person: string }) => {
      erased.push(person);
      return { erased: 1 };
    };
    const people = async () => [{ name: 'Ben', email: 'ben@example.com' }];
    const { oncall, notify } = g.deps.ports;
    const own = { oncall: { ...oncall, people }, notify: { ...notify, erasePerson } };
    const { gateway } = g.another({}, { ports: { ...g.deps.ports, ...own } as unknown as Neighbours });
    for (const username of ['ada', 'ben', 'cleo']) {
      const { id } = (await add({ username })).body;
      await asAdmin('patch', `/api/v1/users/${id}`)
        .send({ email: `${username}@example.com` })
        .expect(200);
      await asAdmin('delete', `/api/v1/users/${id}`).expect(200);
    }
    const again = (await add({ username: 'cleo2' })).body;
    await asAdmin('patch', `/api/v1/users/${again.id}`).send({ email: 'cleo@example.com' }).expect(200);
    await gateway.drain();
    expect(erased).toEqual(['ada@example.com']);
  });

  test('a revoked key loses its calendar feeds', async () => {
    const commands: object[] = [];
    const endFeedsOf = async (command: object) => {
      commands.push(command);
      return { ended: 1 };
    };
    const ports = { ...g.deps.ports, oncall: { ...g.deps.ports.oncall, endFeedsOf } } as Neighbours;
    const { gateway } = g.another({}, { ports });
    const { id } = (await asAdmin('post', '/api/v1/api-keys').send({ name: 'calendar bot', role: 'viewer' })).body;
    for (let twice = 0; twice < 2; twice++) await asAdmin('delete', `/api/v1/api-keys/${id}`).expect(200);
    await gateway.drain();
    expect(commands).toEqual([expect.objectContaining({ kind: 'key', username: 'calendar bot', owner_id: id })]);
  });

  test('a key that left the environment loses its calendar feeds when a gateway starts', async () => {
    const commands: { configured: string[] }[] = [];
    const endFeedsOfOtherKeys = async (command: { configured: string[] }) => {
      commands.push(command);
      return { ended: 1 };
    };
    const ports = { ...g.deps.ports, oncall: { ...g.deps.ports.oncall, endFeedsOfOtherKeys } } as unknown as Neighbours;
    const started = async (apiKeys: string[]) => {
      const { gateway } = g.another({ apiKeys }, { ports });
      await gateway.start();
      await gateway.drain();
      await gateway.stop();
    };
    await started(['the first key of all', 'the second key of all']);
    await started(['the second key of all']);
    const [both, one] = commands.map(({ configured }) => configured) as [string[], string[]];
    expect(both).toHaveLength(2);
    expect(one).toEqual([both[1]]);
    for (const id of both) expect(id).toMatch(/^environment:[0-9a-f]{32}$/);
  });

  const key = (name: string) => asAdmin('post', '/api/v1/api-keys').send({ name, role: 'viewer' });

  test('with a name that looks like another user or key are refused, naming that one', async () => {
    await add({ username: 'admin' }).expect(201);
    const { id } = (await key('deploy bot').expect(201)).body;
    const looks = ['adm1n', 'ádmin', 'ad min', 'admin.', 'admln', '\u0430dmin', '\uff21dmin', 'AD-MIN', 'a\u200ddmin'];
    for (const username of looks) {
      const { body } = await add({ username }).expect(422);
      const message = `'${username}' looks like the user 'admin'. Choose another name`;
      expect(body.errors).toEqual([{ path: 'username', message }]);
    }
    for (const username of ['Deploy  Bot', 'deploy_b0t', 'depl\u043ey bot', 'deploy bot']) {
      const { body } = await add({ username }).expect(422);
      expect(body.errors).toEqual([
        { path: 'username', message: `'${username}' looks like the API key 'deploy bot'. Choose another name` },
      ]);
    }
    for (const name of ['ADMIN', 'adm1n', 'deploy b0t']) {
      expect((await key(name).expect(422)).body.errors[0].path).toBe('name');
    }
    await key('Deploy Bot').expect(409);
    await asAdmin('delete', `/api/v1/api-keys/${id}`).expect(200);
    await key('deploy-bot').expect(201);
  });

  test('named like Tocsin itself are refused', async () => {
    const names = [
      'system',
      'Anonymous',
      's\u0443stem',
      'api-gateway',
      'environment key 7',
      'room',
      'n0body',
      'policy',
    ];
    for (const name of names) {
      const message = `'${name}' is reserved for Tocsin itself. Choose another name`;
      expect((await add({ username: name }).expect(422)).body.errors).toEqual([{ path: 'username', message }]);
      expect((await key(name).expect(422)).body.errors).toEqual([{ path: 'name', message }]);
    }
  });

  test.each(['x\u202ey', 'x\u2066y', 'x\u200fy', 'x\u200by', 'x\u0085y', 'x\u2028y', '\u3164'])(
    'with a control or invisible character in the name are refused (%#)',
    async (name) => {
      expect((await add({ username: name }).expect(422)).body.errors[0].path).toBe('username');
      expect((await key(name).expect(422)).body.errors[0].path).toBe('name');
    },
  );

  test('that exist with a name that is refused today stay and log in', async () => {
    await add({ username: 'ada' }).expect(201);
    await g.deps.db('users').where({ username: 'ada' }).update({ username: 'x\u202ey' });
    await g.deps.db('users').insert({
      ...(await g.deps.db('users').first('*')),
      id: '0f3c1f4e-8f5a-4c55-9f3b-0d5a4f6f2a11',
      username: 'r00m',
    });
    for (const username of ['x\u202ey', 'r00m']) await logIn(username).expect(200);
  });

  test('of which many with similar names are added at once are one user', async () => {
    const added = await Promise.all(
      ['eve', 'EVE', 'e\u0475e', '\u0435ve', 'ev\u0435'].map((username) =>
        add({ username }).then(({ status }) => status),
      ),
    );
    expect(added.filter((status) => status === 201)).toHaveLength(1);
  });

  test('get a new password from an administrator', async () => {
    const { id } = (await add({ username: 'ada' })).body;
    const token = (await logIn('ada')).body.api_key;
    await asAdmin('patch', `/api/v1/users/${id}`).send({ password: 'something new' }).expect(200);
    await api().get('/api/v1/incidents').set('X-API-Key', token).expect(401);
    await logIn('ada').expect(401);
    await logIn('ada', 'something new').expect(200);
  });

  test('that are deleted lose their sessions', async () => {
    const { id } = (await add({ username: 'ada' })).body;
    const token = (await logIn('ada')).body.api_key;
    await asAdmin('delete', `/api/v1/users/${id}`).expect(200, { status: 'deleted' });
    const answer = await api().get('/api/v1/incidents').set('X-API-Key', token).expect(401);
    expect(answer.body.detail).toBe('Your session has ended. Log in again.');
    await asAdmin('delete', `/api/v1/users/${id}`).expect(404);
  });

  test('with an unknown id are 404, with a malformed id 400', async () => {
    const unknown = '0f3c1f4e-8f5a-4c55-9f3b-0d5a4f6f2a11';
    await asAdmin('patch', `/api/v1/users/${unknown}`).send({ role: 'viewer' }).expect(404);
    await asAdmin('delete', `/api/v1/users/${unknown.replaceAll('-', '')}`).expect(404);
    const answer = await asAdmin('patch', '/api/v1/users/1').send({ role: 'viewer' }).expect(400);
    expect(answer.body.detail).toBe('Invalid user ID format');
  });

  test('cannot lose their last administrator', async () => {
    const { id } = (await add({ username: 'ada', role: 'admin' })).body;
    for (const change of [{ role: 'viewer' }, { disabled: true }]) {
      const answer = await asAdmin('patch', `/api/v1/users/${id}`).send(change).expect(409);
      expect(answer.body.detail).toContain('last administrator');
    }
    await asAdmin('delete', `/api/v1/users/${id}`).expect(409);
    await asAdmin('patch', `/api/v1/users/${id}`).send({ role: 'admin', email: null }).expect(200);
  });

  test('that are the last two administrators cannot delete each other at once', async () => {
    const one = (await add({ username: 'one', role: 'admin' })).body.id;
    const two = (await add({ username: 'two', role: 'admin' })).body.id;
    const first = await g.deps.db.transaction();
    await first('users').where({ id: one }).delete();
    let answered = false;
    const second = asAdmin('delete', `/api/v1/users/${two}`).then((answer) => {
      answered = true;
      return answer;
    });
    const waits = async () => (await first.raw('select 1 from pg_locks where not granted')).rows.length > 0;
    while (!answered && !(await waits()));
    await first.commit();
    expect((await second).status).toBe(409);
  });

  test('changes are recorded with their actor and without passwords', async () => {
    const { id } = (await add({ username: 'ada' })).body;
    await asAdmin('patch', `/api/v1/users/${id}`).send({ password: 'something new' }).expect(200);
    await logIn('ada', 'something new').expect(200);
    const events = await eventsSoFar(g.deps.db);
    expect(events.map(({ kind, actor }) => [kind, actor])).toEqual([
      ['user.created', 'environment key 1'],
      ['user.changed', 'environment key 1'],
      ['session.began', 'ada'],
    ]);
    expect(events[1]!.data).toEqual({ password: 'changed' });
    expect(JSON.stringify(events)).not.toMatch(/argon2|something new|tcs_/);
  });
});

describe('API keys', () => {
  const make = (fields: object) => asAdmin('post', '/api/v1/api-keys').send({ role: 'responder', ...fields });

  test('are shown once, and listed by their first characters', async () => {
    const made = await make({ name: 'prometheus' }).expect(201);
    expect(made.body).toMatchObject({ name: 'prometheus', role: 'responder', created_by: 'environment key 1' });
    expect(made.body.api_key).toMatch(/^tck_[\w-]{43}$/);
    const listed = await asAdmin('get', '/api/v1/api-keys').expect(200);
    expect(listed.body.api_keys).toEqual([expect.objectContaining({ prefix: made.body.api_key.slice(0, 10) })]);
    expect(JSON.stringify(listed.body)).not.toContain(made.body.api_key);
  });

  test('show their last use', async () => {
    const { api_key } = (await make({ name: 'prometheus' })).body;
    g.clock.advance(hours(1));
    await api().post('/api/v1/alerts').set('X-API-Key', api_key).expect(200);
    const listed = await asAdmin('get', '/api/v1/api-keys').expect(200);
    expect(listed.body.api_keys[0].last_used_at).toBe('2026-01-05T10:00:00.000Z');
  });

  test('that are revoked stop working at once, and revoking them twice changes nothing', async () => {
    const { id, api_key } = (await make({ name: 'prometheus' })).body;
    await api().post('/api/v1/alerts').set('X-API-Key', api_key).expect(200);
    const revoked = await asAdmin('delete', `/api/v1/api-keys/${id}`).expect(200);
    await api().post('/api/v1/alerts').set('X-API-Key', api_key).expect(403);
    g.clock.advance(hours(1));
    expect((await asAdmin('delete', `/api/v1/api-keys/${id}`).expect(200)).body).toEqual(revoked.body);
    await asAdmin('delete', '/api/v1/api-keys/0f3c1f4e-8f5a-4c55-9f3b-0d5a4f6f2a11').expect(404);
    await asAdmin('delete', '/api/v1/api-keys/1').expect(400);
  });

  test('that another gateway process revoked stop working when its event arrives', async () => {
    const other = g.another();
    await other.gateway.start();
    const { id, api_key } = (await make({ name: 'nagios' })).body;
    const used = () => request(other.app).post('/api/v1/alerts').set('X-API-Key', api_key);
    await used().expect(200);
    await asAdmin('delete', `/api/v1/api-keys/${id}`).expect(200);
    // The test clock does not move, so the credential is not read again because of its age.
    await until(async () => (await used()).status === 403, 15_000);
    await other.gateway.stop();
  });

  test('that are active have different names', async () => {
    const { id } = (await make({ name: 'prometheus' })).body;
    await make({ name: 'Prometheus' }).expect(409);
    await asAdmin('delete', `/api/v1/api-keys/${id}`).expect(200);
    await make({ name: 'prometheus' }).expect(201);
  });

  test.each([
    ['name', ''],
    ['name', 'x'.repeat(101)],
    ['name', null],
    ['role', 'root'],
    ['role', 3],
  ])('with an invalid %s are refused, naming the field (%#)', async (field, value) => {
    const answer = await make({ name: 'x', [field]: value }).expect(422);
    expect(answer.body.errors[0].path).toBe(field);
  });

  test('have no sessions', async () => {
    const { api_key } = (await make({ name: 'prometheus' })).body;
    await api().get('/api/v1/auth/sessions').set('X-API-Key', api_key).expect(403);
    const me = await api().get('/api/v1/auth/me').set('X-API-Key', api_key).expect(200);
    expect(me.body).toEqual({ username: 'prometheus', kind: 'key', role: 'responder', email: null, expires_at: null });
  });
});

describe('the first start', () => {
  const fresh = (over = {}) => g.another({ apiKeys: [], ...over });
  const tokenOf = (url: string) => new URL(url).searchParams.get('token')!;
  const setUp = (app: typeof g.app, token: string, fields = {}) =>
    api(app)
      .post('/api/v1/auth/setup')
      .send({ token, username: 'root', password: PASSWORD, ...fields });

  test('prints a link and, only the first time, an admin key', async () => {
    const { gateway, app } = fresh();
    const first = await gateway.firstRun();
    expect(first!.setupUrl).toMatch(/^https:\/\/tocsin\.example\/setup\?token=[\w-]{32}$/);
    await api(app).get('/api/v1/users').set('X-API-Key', first!.apiKey!).expect(200);
    expect((await gateway.firstRun())!.apiKey).toBeUndefined();
  });

  test('prints no link if there is a user, a user of the environment or a key of the environment', async () => {
    expect(await g.gateway.firstRun()).toBeNull();
    expect(await fresh({ authUsers: [{ username: 'a', password: 'b' }] }).gateway.firstRun()).toBeNull();
    await add({ username: 'ada' }).expect(201);
    expect(await fresh().gateway.firstRun()).toBeNull();
  });

  test('creates the first administrator by its link, and logs them in', async () => {
    const { gateway, app } = fresh();
    const token = tokenOf((await gateway.firstRun())!.setupUrl!);
    const made = await setUp(app, token, { email: 'root@example.com' }).expect(201);
    expect(made.body).toMatchObject({ username: 'root', role: 'admin' });
    expect(made.headers['set-cookie']![0]).toContain('tocsin_session=tcs_');
    await api(app).get('/api/v1/users').set('X-API-Key', made.body.api_key).expect(200);
    expect(await gateway.firstRun()).toBeNull();
  });

  test('shows whether a link works, before and after its use', async () => {
    const { gateway, app } = fresh();
    const token = tokenOf((await gateway.firstRun())!.setupUrl!);
    const state = async (body: object, of = app) => (await api(of).post('/api/v1/auth/setup/state').send(body)).body;
    expect(await state({})).toEqual({ set_up: false, link: null });
    expect(await state({ token })).toEqual({ set_up: false, link: 'good' });
    expect(await state({ token: 'another' })).toEqual({ set_up: false, link: 'spent' });
    await setUp(app, token).expect(201);
    const later = fresh().app;
    expect(await state({ token }, later)).toEqual({ set_up: true, link: 'spent' });
    expect(await state({}, later)).toEqual({ set_up: true, link: null });
  });

  test('has a link that works once, also if it is used many times at once', async () => {
    const { gateway, app } = fresh();
    const token = tokenOf((await gateway.firstRun())!.setupUrl!);
    const answers = await Promise.all([setUp(app, token), setUp(app, token, { username: 'other' })]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 403]);
  });

  test('has a link that ends with the next start or after a day', async () => {
    const { gateway, app } = fresh();
    const replaced = tokenOf((await gateway.firstRun())!.setupUrl!);
    const token = tokenOf((await gateway.firstRun())!.setupUrl!);
    await setUp(app, replaced).expect(403);
    g.clock.advance(days(1));
    const late = await setUp(app, token).expect(403);
    expect(late.body.detail).toBe('This set-up link was used, replaced or has expired.');
  });

  test('limits guesses of the link', async () => {
    const { app } = fresh();
    for (let n = 0; n < 10; n++) await setUp(app, 'guess').expect(403);
    await setUp(app, 'guess').expect(429);
  });

  test.each([
    ['token', { token: '' }],
    ['username', { username: '' }],
    ['password', { password: 'short' }],
    ['email', { email: 'x' }],
  ])('names an invalid %s', async (field, fields) => {
    const answer = await setUp(fresh().app, 'x', fields).expect(422);
    expect(answer.body.errors[0].path).toBe(field);
  });
});

describe('users of the environment', () => {
  test('are added at each start if missing, and never reset', async () => {
    const authUsers = [{ username: 'ops', password: 'a:b' }];
    const first = g.another({ authUsers });
    await first.gateway.start();
    await first.gateway.stop();
    const { api_key, role } = (await logIn('ops', 'a:b').expect(200)).body;
    expect(role).toBe('admin');
    await api()
      .post('/api/v1/auth/password')
      .set('X-API-Key', api_key)
      .send({ current_password: 'a:b', new_password: PASSWORD })
      .expect(200);
    const second = g.another({ authUsers });
    await second.gateway.start();
    await second.gateway.stop();
    await logIn('ops', 'a:b').expect(401);
    await logIn('ops').expect(200);
  });
});

describe('retention', () => {
  const counts = async () => {
    const { rows } = await g.deps.db.raw(
      `select (select count(*) from sessions) as sessions, (select count(*) from api_keys) as keys,
              (select count(*) from events) as events, (select count(*) from hits) as hits`,
    );
    return rows[0];
  };

  test('deletes old ended rows, keeps the rest, and enqueues its next run', async () => {
    await g.gateway.start();
    await g.gateway.stop();
    await add({ username: 'ada' }).expect(201);
    await logIn('ada').expect(200);
    await logIn('nobody').expect(401);
    const { id } = (await asAdmin('post', '/api/v1/api-keys').send({ name: 'old', role: 'viewer' })).body;
    await asAdmin('post', '/api/v1/api-keys').send({ name: 'live', role: 'viewer' }).expect(201);
    await asAdmin('delete', `/api/v1/api-keys/${id}`).expect(200);
    g.clock.advance(days(1));
    expect(await g.gateway.drain()).toBeGreaterThanOrEqual(2);
    expect(await counts()).toEqual({ sessions: 1, keys: 2, events: 6, hits: 0 });
    g.clock.advance(days(31));
    await g.gateway.drain();
    expect(await counts()).toMatchObject({ sessions: 0, keys: 2, events: 6 });
    g.clock.advance(days(400));
    await g.gateway.drain();
    expect(await counts()).toMatchObject({ sessions: 0, keys: 1, events: 0 });
    const { rows } = await g.deps.db.raw('select kind from jobs where key is not null order by kind');
    expect(rows).toEqual([{ kind: 'retention' }, { kind: 'sweep_hits' }]);
  });
});
