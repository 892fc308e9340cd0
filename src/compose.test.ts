import request from 'supertest';
import { minutes } from './kernel/clock';
import { VERSION } from './kernel/jobs/status';
import { MODULES, SERVICE_NAMES } from './kernel/modules';
import { API_KEY, type Harness, startHarness, type Wiring } from './testing/harness';
import { type SmtpSink, smtpSink } from './testing/smtp';

/** In the order in which the split harness starts them. */
const SERVICES = MODULES.map((module) => SERVICE_NAMES[module]);

/** The main path from alert to acknowledgement, in the monolith and in five services. */
describe.each<Wiring>(['monolith', 'split'])('the product as %s', (wiring) => {
  let harness: Harness;
  let mail: SmtpSink;
  beforeAll(async () => {
    mail = await smtpSink();
    harness = await startHarness(wiring, { SMTP_URL: mail.url });
  });
  afterAll(async () => {
    await harness.stop();
    await mail.close();
  });

  const ask = (method: 'get' | 'post' | 'patch' | 'delete' | 'put', path: string) =>
    request(harness.url)[method](path).set('X-API-Key', API_KEY);
  const report = (service: string, message: string) =>
    ask('post', '/api/v1/alerts').send({ service, severity: 'critical', message });
  const incident = async (id: string) => (await ask('get', `/api/v1/incidents/${id}`).expect(200)).body;
  const kinds = (body: { timeline: { event_type: string }[] }) => body.timeline.map(({ event_type }) => event_type);
  const schedule = (team: string) =>
    ask('post', '/api/v1/schedules')
      .send({
        team,
        members: [
          { name: 'Ada', email: 'ada@example.com', role: 'primary' },
          { name: 'Ben', email: 'ben@example.com', role: 'secondary' },
        ],
      })
      .expect(201);

  test('an alert leads to an incident, a page, an escalation, an acknowledgement and statistics', async () => {
    await schedule('checkout');
    const first = (await report('checkout', 'Payments fail').expect(201)).body;
    expect(first).toMatchObject({ status: 'accepted', action: 'new_incident', deduplicated: false });
    const again = (await report('Checkout', 'Payments fail').expect(201)).body;
    expect(again).toMatchObject({ alert_id: first.alert_id, action: 'existing_incident', deduplicated: true });
    const other = (await report('checkout', 'Carts are empty').expect(201)).body;
    expect(other).toMatchObject({ incident_id: first.incident_id, action: 'existing_incident', deduplicated: false });

    await harness.drain();
    const opened = await incident(first.incident_id);
    expect(opened).toMatchObject({
      title: '[CRITICAL] checkout: Payments fail',
      status: 'open',
      assigned_to: 'Ada',
      assignee_email: 'ada@example.com',
      alert_count: 2,
      alerts_total: 2,
    });
    expect(kinds(opened)).toEqual(expect.arrayContaining(['created', 'assigned', 'alert_correlated', 'paged']));
    const sent = (await ask('get', `/api/v1/notifications?incident_id=${first.incident_id}`).expect(200)).body;
    expect(sent.notifications.map((n: { recipient: string }) => n.recipient).sort()).toEqual([
      'ada@example.com',
      'ops-team',
    ]);

    await harness.pass(minutes(5));
    const escalated = await incident(first.incident_id);
    expect(kinds(escalated)).toContain('escalated');
    expect(escalated.escalation).toMatchObject({ state: 'running', step: 2 });
    const recipients = (await ask('get', `/api/v1/notifications?incident_id=${first.incident_id}`)).body.notifications;
    expect(recipients.map((n: { recipient: string }) => n.recipient)).toContain('ben@example.com');

    harness.clock.advance(minutes(1));
    const taken = await ask('patch', `/api/v1/incidents/${first.incident_id}`)
      .send({ status: 'acknowledged', notes: 'On it' })
      .expect(200);
    expect(taken.body).toMatchObject({ status: 'acknowledged', mtta_seconds: 360 });
    await harness.pass(minutes(120));
    const quiet = await incident(first.incident_id);
    expect(kinds(quiet).filter((kind) => kind === 'escalated')).toHaveLength(1);
    expect(quiet.notes).toMatchObject([{ content: 'On it' }]);

    await ask('patch', `/api/v1/incidents/${first.incident_id}`).send({ status: 'resolved' }).expect(200);
    const back = await ask('patch', `/api/v1/incidents/${first.incident_id}`).send({ status: 'open' }).expect(409);
    expect(JSON.parse(back.text).detail).toBe(
      "Cannot transition from 'resolved' to 'open'. Allowed: none (terminal state)",
    );
    const stats = (await ask('get', '/api/v1/incidents/stats/summary').expect(200)).body;
    expect(stats).toMatchObject({ resolved: 1, open: 0, avg_mtta_seconds: 360, avg_mttr_seconds: 7560 });

    const returned = (await report('checkout', 'Payments fail').expect(201)).body;
    expect(returned).toMatchObject({ action: 'new_incident', deduplicated: false, fingerprint: first.fingerprint });
    expect(returned.incident_id).not.toBe(first.incident_id);
    expect(returned.alert_id).not.toBe(first.alert_id);
  });

  test('a webhook of Alertmanager opens and resolves an incident', async () => {
    const made = await ask('post', '/api/v1/integrations').send({ name: 'prod alertmanager' }).expect(201);
    const path = `/api/v1/integrations/${made.body.key}/alertmanager`;
    const alert = {
      status: 'firing',
      labels: { alertname: 'DiskFull', service: 'billing', severity: 'warning' },
      annotations: { summary: 'Disk is full' },
      startsAt: '2026-01-05T08:59:00Z',
      endsAt: '0001-01-01T00:00:00Z',
      fingerprint: 'e3c01cd597dac16c',
    };
    const payload = (status: string) => ({ version: '4', status, alerts: [{ ...alert, status }] });
    await request(harness.url).post(path).send(payload('firing')).expect(200);
    await harness.drain();
    const open = (await ask('get', '/api/v1/incidents?service=billing').expect(200)).body.incidents;
    expect(open).toMatchObject([{ title: '[MEDIUM] billing: Disk is full', status: 'open' }]);
    await request(harness.url).post(path).send(payload('resolved')).expect(200);
    await harness.drain();
    const closed = await incident(open[0].id);
    expect(closed.status).toBe('resolved');
    expect(closed.timeline.at(-1)).toMatchObject({ event_type: 'resolved', actor: 'prod alertmanager' });
    await request(harness.url).post('/api/v1/integrations/not-a-key/alertmanager').send(payload('firing')).expect(403);
  });

  test('a calendar program reads a feed by its URL, and gets 304 if it has not changed', async () => {
    await schedule('harbour');
    const feed = (await ask('post', '/api/v1/oncall/feeds').send({ team: 'harbour' }).expect(201)).body;
    const { pathname } = new URL(feed.url);
    const read = await request(harness.url)
      .get(pathname)
      .expect(200)
      .expect('Content-Type', 'text/calendar; charset=utf-8');
    expect(read.text).toContain('SUMMARY:Ada is on call for harbour');
    const etag = read.headers['etag'] as string;
    await request(harness.url).get(pathname).set('If-None-Match', etag).expect(304);
    expect((await request(harness.url).head(pathname).expect(200)).headers['etag']).toBe(etag);
    await ask('delete', `/api/v1/oncall/feeds/${feed.id}`).expect(204);
    const gone = await request(harness.url).get(pathname).expect(404);
    expect(gone.body.detail).toBe('There is nothing at this path.');
  });

  test('access, missing resources and invalid input have the same statuses', async () => {
    const missing = await request(harness.url).get('/api/v1/incidents').expect(401);
    expect(missing.headers['content-type']).toContain('application/problem+json');
    await request(harness.url).get('/api/v1/incidents').set('X-API-Key', 'wrong').expect(403);
    await ask('get', '/api/v1/incidents/nope').expect(400);
    await ask('get', '/api/v1/incidents/6f0c5a1e-9c4b-4f0e-8f5e-1d2c3b4a5f60').expect(404);
    const wrong = await ask('delete', '/api/v1/incidents').expect(405);
    expect(wrong.headers['allow']).toContain('POST');
    const faults = await ask('post', '/api/v1/alerts').send({ service: ' ', severity: 'urgent' }).expect(422);
    expect(
      JSON.parse(faults.text)
        .errors.map((e: { path: string }) => e.path)
        .sort(),
    ).toEqual(['message', 'service', 'severity']);
    await ask('post', '/internal/incidents/attach').send({ alerts: [] }).expect(404);
    const health = (await request(harness.url).get('/api/services/health').expect(200)).body;
    expect(Object.values(health)).toEqual(Array(4).fill({ status: 'up', code: 200 }));
  });

  test('each process reports its health', async () => {
    const gateway = (await request(harness.url).get('/health').expect(200)).body;
    expect(gateway).toEqual({ status: 'ok', service: 'api-gateway', version: VERSION });
    for (const url of harness.urls) expect((await request(url).get('/health')).body).toHaveProperty('version', VERSION);
    await request(harness.url)
      .get('/health/ready')
      .expect(200, { status: 'ready', service: 'api-gateway', database: 'connected' });
    const names = await Promise.all(
      harness.urls.map(async (url) => (await request(url).get('/health/ready')).body.service),
    );
    expect(names).toEqual(wiring === 'monolith' ? ['api-gateway'] : SERVICES);
    if (wiring === 'monolith') return;
    const [notify, oncall] = harness.urls as [string, string];
    expect((await request(oncall).get('/health').expect(200)).body).toMatchObject({
      status: 'ok',
      service: 'oncall-service',
      schedules_count: expect.any(Number),
      active_overrides: 0,
    });
    expect((await request(oncall).get('/health/ready').expect(200)).body).toHaveProperty('schedules_loaded');
    expect((await request(notify).get('/health/ready').expect(200)).body).toHaveProperty('notifications_in_db');
    await request(oncall).get('/api/v1/teams').expect(401);
  });

  test('the actor is the owner of the key, even if the client sends a caller header', async () => {
    const made = (
      await ask('post', '/api/v1/incidents').send({ title: 'Odd noise', service: 'attic', severity: 'low' }).expect(201)
    ).body;
    const caller = Buffer.from(JSON.stringify({ actor: 'mallory', role: 'admin' })).toString('base64url');
    await ask('patch', `/api/v1/incidents/${made.id}`)
      .set('X-Tocsin-Caller', caller)
      .send({ status: 'acknowledged' })
      .expect(200);
    const { timeline } = await incident(made.id);
    expect(timeline.find((e: { event_type: string }) => e.event_type === 'acknowledged').actor).not.toBe('mallory');
  });

  test('the platform operation returns the status of each module, also of other processes', async () => {
    const { modules, deliveries } = (await ask('get', '/api/v1/platform').expect(200)).body;
    expect(modules.map(({ module, status }: Record<string, string>) => `${module} ${status}`)).toEqual([
      'alerts up',
      'incidents up',
      'oncall up',
      'notify up',
      'gateway up',
    ]);
    for (const { standing } of modules) expect(standing.jobs).toMatchObject({ given_up: 0 });
    expect(deliveries).toMatchObject({ failed: 0 });
  });
});
