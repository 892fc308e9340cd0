import request from 'supertest';
import { API_KEY, type Harness, startHarness, type Wiring } from './testing/harness';

/** Only administrators see secrets in texts and addresses, because they manage them. */

const SECRET = 'Zm9vYmFyYmF6cXV4Zm9v';
const HOOK = `https://chat.example/hooks/${SECRET}`;
const WHO = ['viewer', 'responder', 'admin', 'viewer key', 'responder key', 'admin key'] as const;

describe.each<Wiring>(['monolith', 'split'])('the product as %s', (wiring) => {
  let harness: Harness;
  const credentials: Record<string, string> = {};
  const paths: Record<string, string> = {};
  const as = (key: string, method: 'get' | 'post' | 'put', path: string) =>
    request(harness.url)[method](path).set('X-API-Key', key);

  beforeAll(async () => {
    harness = await startHarness(wiring);
    const admin = (method: 'get' | 'post' | 'put', path: string, body: object = {}) =>
      as(API_KEY, method, path).send(body);
    for (const role of ['viewer', 'responder', 'admin']) {
      const user = { username: `ann ${role}`, password: 'correct horse battery', role };
      await admin('post', '/api/v1/users', user).expect(201);
      credentials[role] = (await request(harness.url).post('/api/v1/auth/login').send(user).expect(200)).body.api_key;
      const key = await admin('post', '/api/v1/api-keys', { name: `program ${role}`, role }).expect(201);
      credentials[`${role} key`] = key.body.api_key;
    }
    const members = [{ name: 'Ada', email: 'ada@example.com', role: 'primary' }];
    await admin('post', '/api/v1/schedules', { team: 'web', members }).expect(201);
    await admin('put', '/api/v1/teams/web/room', { room: `webhook:${HOOK}` }).expect(200);
    const service = { team: 'web' };
    await admin('put', '/api/v1/services/shop', service).expect(200);
    const message = `Cannot reach https://ada:${SECRET}@db.example/shop`;
    const alert = { service: 'shop', severity: 'critical', message };
    const { incident_id } = (await admin('post', '/api/v1/alerts', alert).expect(201)).body;
    await admin('post', '/api/v1/notify', { incident_id, channel: 'webhook', recipient: HOOK, message: 'm' }).expect(
      200,
    );
    await harness.drain();
    Object.assign(paths, {
      teams: '/api/v1/teams',
      notifications: '/api/v1/notifications',
      incident: `/api/v1/incidents/${incident_id}`,
      alerts: '/api/v1/alerts',
      events: '/api/v1/events?after=alerts%3D%3Bincidents%3D%3Boncall%3D%3Bnotify%3D%3Bgateway%3D',
    });
  });
  afterAll(() => harness.stop());

  const cells = WHO.flatMap((who) =>
    ['teams', 'notifications', 'incident', 'alerts', 'events'].map((what) => [who, what] as const),
  );
  test.each(cells)('%s reads %s', async (who, what) => {
    const { text } = await as(credentials[who] as string, 'get', paths[what] as string).expect(200);
    expect(text.includes(SECRET)).toBe(who.startsWith('admin'));
    expect(text).toMatch(/chat\.example|db\.example/);
  });

  test('a payload that was rejected shows no secret to anyone', async () => {
    const made = await as(API_KEY, 'post', '/api/v1/integrations')
      .send({ name: 'tool', format: 'alertmanager' })
      .expect(201);
    const body = `{"url":"https://hooks.slack.com/services/T0/B0/${SECRET}","x":`;
    await request(harness.url)
      .post(new URL(made.body.url).pathname)
      .set('Content-Type', 'application/json')
      .send(body)
      .expect(400);
    for (const key of [API_KEY, credentials['responder'] as string]) {
      const { text } = await as(key, 'get', `/api/v1/integrations/${made.body.id}/rejected`).expect(200);
      expect(text).toContain('hooks.slack.com');
      expect(text).not.toContain(SECRET);
    }
  });
});
