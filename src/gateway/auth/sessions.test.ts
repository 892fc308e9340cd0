import request from 'supertest';
import { hours, minutes, seconds } from '../../kernel/clock';
import { ENV_KEY, type GatewayUnderTest, gatewayUnderTest } from '../../testing/gateway';

let g: GatewayUnderTest;
const api = () => request(g.app);
const PASSWORD = 'correct horse battery';
let address = 0;

/** Each attempt has an address of its own, so that tests do not share a limit. */
const attempt = (body: unknown, from = `192.0.2.${++address}`) =>
  api()
    .post('/api/v1/auth/login')
    .set('X-Forwarded-For', from)
    .send(body as object);
const logIn = async (username = 'ada', password = PASSWORD): Promise<string> =>
  (await attempt({ username, password }).expect(200)).body.api_key;

beforeAll(async () => {
  g = await gatewayUnderTest({ authUsers: [{ username: 'ada', password: PASSWORD }] });
  await g.gateway.start();
});
afterAll(async () => {
  await g.gateway.stop();
  await g.close();
});

describe('logging in', () => {
  test('answers a personal token that works in X-API-Key', async () => {
    const answer = await attempt({ username: ' ada ', password: PASSWORD }).expect(200);
    expect(answer.body).toEqual({
      api_key: expect.stringMatching(/^tcs_[\w-]{43}$/),
      username: 'ada',
      message: 'Login successful',
      role: 'admin',
      expires_at: new Date(g.clock.now().getTime() + hours(12)).toISOString(),
    });
    expect(answer.headers['cache-control']).toBe('no-store');
    const me = await api().get('/api/v1/auth/me').set('X-API-Key', answer.body.api_key).expect(200);
    expect(me.body).toEqual({
      username: 'ada',
      kind: 'user',
      role: 'admin',
      email: null,
      expires_at: answer.body.expires_at,
    });
  });

  test('two logins give two tokens, and the database holds neither', async () => {
    const [one, other] = [await logIn(), await logIn()];
    expect(one).not.toBe(other);
    const { rows } = await g.deps.db.raw(
      'select s::text as row from sessions s union all select e::text from events e',
    );
    for (const { row } of rows) expect(row).not.toContain(one.slice(4));
  });

  test('ignores the content type', async () => {
    await api()
      .post('/api/v1/auth/login')
      .set('Content-Type', 'text/weird')
      .send(JSON.stringify({ username: 'ada', password: PASSWORD }))
      .expect(200);
  });

  test.each([
    ['a wrong password', { username: 'ada', password: 'wrong' }],
    ['an unknown name', { username: 'nobody', password: 'wrong' }],
    ['a longer password than any', { username: 'ada', password: 'x'.repeat(8000) }],
  ])('%s is 401 with the same detail', async (_what, body) => {
    const answer = await attempt(body).expect(401);
    expect(answer.body.detail).toBe('Invalid username or password');
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  test.each([
    ['malformed JSON', '{"username":', 'Invalid JSON body'],
    ['nothing', '', 'Invalid JSON body'],
    ['an array', '[]', 'Username and password required'],
    ['null', 'null', 'Username and password required'],
    ['a number', '1', 'Username and password required'],
    ['no password', '{"username":"ada"}', 'Username and password required'],
    ['a blank name', '{"username":"  ","password":"x"}', 'Username and password required'],
    ['an empty password', '{"username":"ada","password":""}', 'Username and password required'],
    ['a number as name', '{"username":1,"password":"x"}', 'Username and password required'],
    ['an object as password', '{"username":"ada","password":{"$ne":""}}', 'Username and password required'],
    ['a NUL in the name', '{"username":"a\\u0000","password":"x"}', 'username: NUL characters are not allowed'],
    ['a lone surrogate', '{"username":"a","password":"\\ud800"}', 'password: The text is not well-formed Unicode'],
  ])('%s is 400', async (_what, body, detail) => {
    const answer = await api()
      .post('/api/v1/auth/login')
      .set('Content-Type', 'application/json')
      .send(body)
      .expect(400);
    expect(answer.body.detail).toBe(detail);
  });

  test('a huge body is 413', async () => {
    await attempt({ username: 'ada', password: 'x'.repeat(20_000) }).expect(413);
  });

  test('an IPv6 /64 counts as one client, and a mapped IPv4 address as IPv4', async () => {
    const wrong = { username: 'ada', password: 'wrong' };
    for (let n = 0; n < 10; n++) await attempt(wrong, `2001:db8:1:2::${n}`).expect(401);
    await attempt(wrong, '2001:db8:1:2:ffff::1').expect(429);
    await attempt(wrong, '2001:db8:1:3::1').expect(401);
    for (let n = 0; n < 10; n++) await attempt(wrong, '::ffff:198.51.100.7').expect(401);
    await attempt(wrong, '198.51.100.7').expect(429);
  });

  test('guesses of one network at many names are limited, and successes do not count', async () => {
    const from = '198.51.100.77';
    for (let n = 0; n < 3; n++) await attempt({ username: 'ada', password: PASSWORD }, from).expect(200);
    const statuses = [];
    for (let n = 0; n < 101; n++) statuses.push((await attempt({ username: `x${n}`, password: 'w' }, from)).status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(100);
    g.clock.advance(minutes(10));
  }, 120_000);

  describe('guesses at one account from everywhere', () => {
    const username = 'targeted';
    let n = 0;
    const elsewhere = () => `2001:db8:${(++n).toString(16)}::1`;
    const guess = () => attempt({ username, password: 'wrong' }, elsewhere());
    const right = { username, password: PASSWORD };
    let cookies: string[];
    beforeAll(async () => {
      await api()
        .post('/api/v1/users')
        .set('X-API-Key', ENV_KEY)
        .send({ ...right, role: 'viewer' })
        .expect(201);
      cookies = (await attempt(right, '198.51.100.200').expect(200)).headers['set-cookie'] as unknown as string[];
      for (let tries = 0; tries < 30; tries++) await guess().expect(401);
    }, 120_000);
    const device = () => cookies.find((cookie) => cookie.startsWith('tocsin_device='))?.split(';')[0] as string;

    test('are limited, with the right password too', async () => {
      await guess().expect(429);
      await attempt(right, elsewhere()).expect(429);
    });

    test('do not lock out its owner at an address that logged in before', async () => {
      await attempt(right, '198.51.100.200').expect(200);
    });

    test('do not lock out its owner on a device that logged in before, wherever it is', async () => {
      await attempt(right, elsewhere()).set('Cookie', device()).expect(200);
    });

    test('are limited on a device of another account or with a forged cookie', async () => {
      const other = (await attempt({ username: 'ada', password: PASSWORD }).expect(200)).headers['set-cookie'];
      const foreign = (other as unknown as string[]).find((cookie) => cookie.startsWith('tocsin_device='));
      await guess()
        .set('Cookie', String(foreign).split(';')[0] as string)
        .expect(429);
      await guess().set('Cookie', `${device()}x`).expect(429);
    });

    test('are possible again later', async () => {
      g.clock.advance(minutes(16));
      await guess().expect(401);
    });
  });

  test('the eleventh attempt within five minutes is refused, with the right password too, and later it is not', async () => {
    for (let n = 0; n < 10; n++) await attempt({ username: 'ada', password: 'wrong' }, '198.51.100.1').expect(401);
    const refused = await attempt({ username: 'Ada', password: PASSWORD }, '198.51.100.1').expect(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    await attempt({ username: 'ada', password: PASSWORD }, '198.51.100.2').expect(200);
    g.clock.advance(minutes(10));
    await attempt({ username: 'ada', password: PASSWORD }, '198.51.100.1').expect(200);
  });

  test('a success clears the failures before it', async () => {
    for (let n = 0; n < 9; n++) await attempt({ username: 'ada', password: 'wrong' }, '198.51.100.9').expect(401);
    await attempt({ username: 'ada', password: PASSWORD }, '198.51.100.9').expect(200);
    await attempt({ username: 'ada', password: 'wrong' }, '198.51.100.9').expect(401);
  });
});

describe('a session', () => {
  test('ends after SESSION_HOURS, and then is 401', async () => {
    const token = await logIn();
    g.clock.advance(hours(12) - 1);
    await api().get('/api/v1/incidents').set('X-API-Key', token).expect(200);
    g.clock.advance(1);
    const answer = await api().get('/api/v1/incidents').set('X-API-Key', token).expect(401);
    expect(answer.body.detail).toBe('Your session has ended. Log in again.');
  });

  test('ends at once with a logout, which deletes the cookie', async () => {
    const token = await logIn();
    const answer = await api().post('/api/v1/auth/logout').set('X-API-Key', token).expect(200);
    expect(answer.headers['set-cookie']![0]).toMatch(/^tocsin_session=;.*Expires=Thu, 01 Jan 1970/);
    await api().get('/api/v1/incidents').set('X-API-Key', token).expect(401);
  });

  test('that ended in another process is refused within seconds', async () => {
    const token = await logIn();
    const other = g.another();
    await request(other.app).get('/api/v1/incidents').set('X-API-Key', token).expect(200);
    await api().post('/api/v1/auth/logout').set('X-API-Key', token).expect(200);
    g.clock.advance(seconds(5));
    await request(other.app).get('/api/v1/incidents').set('X-API-Key', token).expect(401);
  });

  test('an API key has no session to end', async () => {
    const answer = await api().post('/api/v1/auth/logout').set('X-API-Key', ENV_KEY).expect(403);
    expect(answer.body.detail).toContain('needs a login');
  });

  test('is listed to its user, who can end another of theirs', async () => {
    const [mine, other] = [await logIn(), await logIn()];
    const listed = await api().get('/api/v1/auth/sessions').set('X-API-Key', mine).expect(200);
    const current = listed.body.filter((session: { current: boolean }) => session.current);
    expect(current).toHaveLength(1);
    expect(current[0].address).toMatch(/^192\.0\.2\./);
    const theirs = await api().get('/api/v1/auth/sessions').set('X-API-Key', other).expect(200);
    const { id } = theirs.body.find((session: { current: boolean }) => session.current);
    await api().delete(`/api/v1/auth/sessions/${id}`).set('X-API-Key', mine).expect(200, { status: 'ended' });
    await api().get('/api/v1/incidents').set('X-API-Key', other).expect(401);
    await api().delete(`/api/v1/auth/sessions/${id}`).set('X-API-Key', mine).expect(404);
  });

  test('of another user is not found, and a malformed id is 400', async () => {
    const admin = await logIn();
    await api()
      .post('/api/v1/users')
      .set('X-API-Key', admin)
      .send({ username: 'eve', password: PASSWORD, role: 'viewer' })
      .expect(201);
    const eve = await logIn('eve');
    const listed = await api().get('/api/v1/auth/sessions').set('X-API-Key', admin).expect(200);
    await api().delete(`/api/v1/auth/sessions/${listed.body[0].id}`).set('X-API-Key', eve).expect(404);
    const bad = await api().delete('/api/v1/auth/sessions/nonsense').set('X-API-Key', eve).expect(400);
    expect(bad.body.detail).toBe('Invalid session ID format');
  });
});

describe('the cookie', () => {
  const cookieOf = async (headers: Record<string, string> = {}) => {
    const answer = await attempt({ username: 'ada', password: PASSWORD }).set(headers).expect(200);
    return answer.headers['set-cookie']?.[0];
  };

  test('is out of reach of scripts, other sites and plain HTTP', async () => {
    expect(await cookieOf()).toMatch(
      /^tocsin_session=tcs_[\w-]{43}; Path=\/; Expires=.*; HttpOnly; Secure; SameSite=Strict$/,
    );
  });

  test('is sent over plain HTTP only if PUBLIC_URL is http', async () => {
    const plain = g.another({ publicUrl: 'http://localhost:8080' });
    const answer = await request(plain.app).post('/api/v1/auth/login').send({ username: 'ada', password: PASSWORD });
    expect(answer.headers['set-cookie']![0]).not.toContain('Secure');
  });

  test('is not set for a page of another origin, which gets the token only', async () => {
    expect(await cookieOf({ 'Sec-Fetch-Site': 'cross-site' })).toBeUndefined();
    expect(await cookieOf({ Origin: 'https://evil.example' })).toBeUndefined();
    expect(await cookieOf({ Origin: 'https://tocsin.example' })).toBeDefined();
  });

  test('is accepted for reads', async () => {
    const cookie = (await cookieOf())!.split(';')[0]!;
    await api().get('/api/v1/incidents').set('Cookie', `a=b; ${cookie}; c=d`).expect(200);
    expect(g.asked.at(-1)!.caller.actor).toBe('ada');
  });

  test.each([
    ['our own page', { 'Sec-Fetch-Site': 'same-origin' }, 200],
    ['our own origin', { Origin: 'https://tocsin.example' }, 200],
    ['the host of the request', { Origin: 'http://inside:8080', Host: 'inside:8080' }, 200],
    ['a sibling site', { 'Sec-Fetch-Site': 'same-site', Origin: 'https://tocsin.example' }, 403],
    ['another site', { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['another origin', { Origin: 'https://evil.example' }, 403],
    ['an opaque origin', { Origin: 'null' }, 403],
    ['nowhere', {}, 403],
  ])('a write by cookie from %s is accepted or refused', async (_where, headers, status) => {
    const cookie = (await cookieOf())!.split(';')[0]!;
    await api().post('/api/v1/alerts').set('Cookie', cookie).set(headers).expect(status);
  });

  test('that is unknown is an ended session, and ignored on public paths', async () => {
    await api().get('/api/v1/incidents').set('Cookie', 'tocsin_session=whatever').expect(401);
    await api().get('/api/services/health').set('Cookie', 'tocsin_session=whatever').expect(200);
    await api()
      .get('/api/v1/incidents')
      .set('Cookie', `tocsin_session=; ${'x'.repeat(8000)}`)
      .expect(401);
  });

  test('is ignored if the header has a key', async () => {
    const cookie = (await cookieOf())!.split(';')[0]!;
    await api().get('/api/v1/incidents').set('Cookie', cookie).set('X-API-Key', 'wrong').expect(403);
  });
});

describe('changing the password', () => {
  test('needs the current one, ends the other sessions and keeps this one', async () => {
    await api()
      .post('/api/v1/users')
      .set('X-API-Key', ENV_KEY)
      .send({ username: 'grace', password: PASSWORD, role: 'responder' })
      .expect(201);
    const [mine, other] = [await logIn('grace'), await logIn('grace')];
    const change = (body: object) => api().post('/api/v1/auth/password').set('X-API-Key', mine).send(body);
    const wrong = await change({ current_password: 'no', new_password: 'a new password' }).expect(403);
    expect(wrong.body.detail).toBe('The current password is not right.');
    const short = await change({ current_password: PASSWORD, new_password: 'short' }).expect(422);
    expect(short.body.errors[0].path).toBe('new_password');
    await change({ current_password: PASSWORD, new_password: 'a new password' }).expect(200, { status: 'changed' });
    await api().get('/api/v1/incidents').set('X-API-Key', mine).expect(200);
    await api().get('/api/v1/incidents').set('X-API-Key', other).expect(401);
    await attempt({ username: 'grace', password: PASSWORD }).expect(401);
    await logIn('grace', 'a new password');
  });

  test('is refused to an API key', async () => {
    await api()
      .post('/api/v1/auth/password')
      .set('X-API-Key', ENV_KEY)
      .send({ current_password: 'x', new_password: 'long enough now' })
      .expect(403);
  });
});
