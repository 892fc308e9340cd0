import request from 'supertest';
import { minutes, seconds } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import type { FormatId } from '../contract';

/** A format whose tool acknowledges alerts and sends their expiry. */
jest.mock('../formats', () => ({
  FORMATS: [jest.requireActual<{ example: unknown }>('../../testing/exampleFormat').example],
}));

let harness: AlertsHarness;
let serial = 0;
beforeAll(async () => {
  harness = await alertsHarness();
});
afterEach(() => {
  harness.incidents.mood = 'up';
});
afterAll(() => harness.drop());

const read = (id: string) => harness.alerts.port.get({ alert_id: id }, someone());
const instant = (ms = 0): string => new Date(harness.clock.now().getTime() + ms).toISOString();
const later = async (ms: number): Promise<void> => {
  harness.clock.advance(ms);
  await harness.alerts.drain();
};

/** A report of a condition of its own for each test. */
function condition(over: object = {}) {
  const report = { service: `change-${++serial}`, severity: 'high', message: 'Disk full', ...over };
  return {
    send: (change: object = {}) => harness.alerts.port.receive({ ...report, ...change } as never, someone()),
    report,
  };
}

async function tool() {
  const name = `Pager ${++serial}`;
  const admin = someone({ role: 'admin' });
  const made = await harness.alerts.port.createIntegration({ name, format: 'example' as FormatId }, admin);
  const base = new URL(made.url).pathname;
  const post = (path: string, body: object = {}) => request(harness.app()).post(`${base}${path}`).send(body);
  const fire = (payload: object = {}) => post('/v2/enqueue', { dedup_key: 'disk', payload });
  const alerts = () => harness.database.db('alerts').where({ integration_id: made.id }).orderBy('created_at');
  return { name, post, fire, alerts };
}

const acknowledged = (id: string) => harness.incidents.acknowledged.filter(({ alert_id }) => alert_id === id);
const ended = (id: string) => harness.incidents.ended.filter(({ alert_id }) => alert_id === id);

describe('a report with a status', () => {
  test('ends the alert of the same fields', async () => {
    const { send } = condition({ labels: { host: 'db1' } });
    const { alert_id, incident_id, fingerprint } = await send();
    const answer = await send({ status: 'resolved' });
    expect(answer).toEqual({
      ...{ alert_id, incident_id, fingerprint, status: 'accepted', action: 'resolved' },
      ...{ deduplicated: false, reason: null },
    });
    expect(await read(alert_id as string)).toMatchObject({ status: 'resolved', ended_at: instant() });
    await harness.alerts.drain();
    expect(ended(alert_id as string)).toMatchObject([{ by: { actor: 'maria' } }]);
  });

  test('ends the alert of the same dedup_key, whatever its other fields are', async () => {
    const { send } = condition({ dedup_key: `key-${serial}` });
    const { alert_id } = await send();
    const answer = await send({ status: ' RESOLVED ', message: 'Fine again', severity: 'low' });
    expect(answer).toMatchObject({ alert_id, action: 'resolved' });
  });

  test.each(['resolved', 'acknowledged'])('%s changes nothing if no alert of the condition fires', async (status) => {
    const { send } = condition();
    const unknown = await send({ status });
    expect(unknown).toMatchObject({ alert_id: null, incident_id: null, action: 'none', reason: 'not_firing' });
    await send();
    await send({ status: 'resolved' });
    expect(await send({ status })).toMatchObject({ alert_id: null, action: 'none', reason: 'not_firing' });
  });

  test('resolved leaves an alert that began after that end', async () => {
    const { send } = condition();
    const { alert_id } = await send();
    expect(await send({ status: 'resolved', timestamp: instant(-1_000) })).toMatchObject({ action: 'none' });
    expect(await read(alert_id as string)).toMatchObject({ status: 'firing' });
  });

  test('acknowledged is noted on the alert and passed to incidents with its sender', async () => {
    const { send } = condition();
    const { alert_id } = await send();
    expect(await send({ status: 'acknowledged' })).toMatchObject({ alert_id, action: 'acknowledged', reason: null });
    expect(await read(alert_id as string)).toMatchObject({
      ...{ status: 'firing', acknowledged_at: instant(), acknowledged_by: 'maria' },
    });
    await harness.alerts.drain();
    expect(acknowledged(alert_id as string)).toMatchObject([{ at: instant(), by: { actor: 'maria' } }]);
  });

  test('is accepted by HTTP with 201, and refused with another word', async () => {
    const { report } = condition();
    const post = (status: unknown) =>
      request(harness.app())
        .post('/api/v1/alerts')
        .send({ ...report, status });
    expect((await post('resolved')).status).toBe(201);
    const refused = await post('closed');
    expect([refused.status, refused.body.errors[0].path]).toEqual([422, 'status']);
  });

  test('in a batch is applied after the firing of its condition, and each item has its own answer', async () => {
    const [one, other] = [condition(), condition()];
    const { alert_id } = await other.send();
    const alerts = [one.report, { ...one.report, status: 'resolved' }, { ...other.report, status: 'acknowledged' }, {}];
    const { accepted, rejected, results } = await harness.alerts.port.receiveBatch({ alerts }, someone());
    expect([accepted, rejected]).toEqual([3, 1]);
    expect(results).toMatchObject([
      { index: 0, action: 'new_incident' },
      { index: 1, action: 'resolved', reason: null },
      { index: 2, action: 'acknowledged', alert_id },
      { index: 3, status: 'rejected' },
    ]);
    expect(await read((results[0] as { alert_id: string }).alert_id)).toMatchObject({ status: 'resolved' });
  });
});

describe("a tool's acknowledgement", () => {
  test('is noted on the firing alert with the name of the integration', async () => {
    const { name, fire, post, alerts } = await tool();
    await fire();
    expect((await post('/v2/alerts/disk/acknowledge')).body).toMatchObject({ acknowledged: 1, ignored: 0 });
    const [alert] = await alerts();
    expect(alert).toMatchObject({ status: 'firing', acknowledged_by: name, acknowledged_at: harness.clock.now() });
    await harness.alerts.drain();
    expect(acknowledged(alert?.id)).toMatchObject([{ by: { actor: name, kind: 'integration' } }]);
  });

  test('is ignored if the alert does not fire', async () => {
    const { post } = await tool();
    expect((await post('/v2/alerts/disk/acknowledge')).body).toEqual({ accepted: 0, resolved: 0, ignored: 1 });
  });

  test('waits for incidents, which may be unavailable, and for the alert to be attached', async () => {
    const { fire, post, alerts } = await tool();
    harness.incidents.mood = 'down';
    await fire();
    await post('/v2/alerts/disk/acknowledge');
    await harness.alerts.drain();
    const [alert] = await alerts();
    expect(acknowledged(alert?.id)).toEqual([]);
    harness.incidents.mood = 'up';
    for (let minute = 0; minute < 3; minute++) await later(minutes(1));
    expect(acknowledged(alert?.id).length).toBeGreaterThan(0);
    expect(await harness.database.db('jobs').where({ kind: 'report-acknowledged' })).toEqual([]);
  });
});

describe('an alert that expires', () => {
  test('ends as expired if it is not reported again, and incidents gets the time of its last report', async () => {
    const { name, fire, alerts } = await tool();
    const [silent_since, expires_at] = [instant(), instant(minutes(4))];
    await fire({ expires_at });
    await later(minutes(4) - 1);
    expect(await alerts()).toMatchObject([{ status: 'firing' }]);
    await later(seconds(1));
    const [alert] = await alerts();
    expect(await read(alert?.id)).toMatchObject({
      status: 'resolved',
      expired: true,
      expires_at,
      ended_at: expires_at,
    });
    expect(ended(alert?.id)).toMatchObject([
      {
        ended_at: expires_at,
        silent_since,
        keeps_open: 'unless_acknowledged',
        by: { actor: name, kind: 'integration' },
      },
    ]);
  });

  test('fires on if a report moves its expiry', async () => {
    const { fire, alerts } = await tool();
    await fire({ expires_at: instant(minutes(4)) });
    await later(minutes(3));
    await fire({ expires_at: instant(minutes(4)) });
    await later(minutes(3));
    expect(await alerts()).toMatchObject([{ status: 'firing', count: 2 }]);
    await later(minutes(2));
    expect(await alerts()).toMatchObject([{ status: 'resolved', expired: true }]);
  });

  test('never expires any more if the last report has no expiry', async () => {
    const { fire, alerts } = await tool();
    await fire({ expires_at: instant(minutes(4)) });
    await fire();
    await later(minutes(9));
    expect(await alerts()).toMatchObject([{ status: 'firing', expires_at: null }]);
  });

  test('does not expire after a resolve', async () => {
    const { fire, post, alerts } = await tool();
    await fire({ expires_at: instant(minutes(4)) });
    await post('/v2/alerts/disk/close');
    await later(minutes(9));
    const [alert] = await alerts();
    expect(alert).toMatchObject({ status: 'resolved', expired: false });
    expect(ended(alert?.id)).toHaveLength(1);
  });

  test('is a new alert if it fires again', async () => {
    const { fire, alerts } = await tool();
    await fire({ expires_at: instant(minutes(4)) });
    await later(minutes(5));
    await fire();
    expect((await alerts()).map(({ status }) => status)).toEqual(['resolved', 'firing']);
  });

  test('keeps firing, or ends and fires again, if its report races with the expiry', async () => {
    for (let round = 0; round < 5; round++) {
      const { fire, alerts } = await tool();
      await fire({ expires_at: instant(minutes(4)) });
      harness.clock.advance(minutes(4));
      await Promise.all([harness.alerts.drain(), fire({ expires_at: instant(minutes(4)) })]);
      await harness.alerts.drain();
      const all = await alerts();
      expect(all.filter(({ status }) => status === 'firing')).toHaveLength(1);
      expect(all.reduce((sum, { count }) => sum + count, 0)).toBe(2);
    }
  });

  test('can be reported by a key, whose expiry is the act of the system', async () => {
    const { send } = condition({ expires_at: instant(minutes(1)) });
    const { alert_id } = await send();
    expect(await read(alert_id as string)).toMatchObject({ expires_at: instant(minutes(1)), expired: false });
    await later(minutes(2));
    expect(ended(alert_id as string)).toMatchObject([{ by: { actor: 'system', kind: 'system' } }]);
  });

  test.each(['', null, '0001-01-01T00:00:00Z'])('does not exist for the expiry %p', async (expires_at) => {
    const { send } = condition({ expires_at });
    const { alert_id } = await send();
    expect(await read(alert_id as string)).toMatchObject({ expires_at: null });
  });

  test('expires a year after its report at the latest', async () => {
    const { send } = condition({ expires_at: '9999-01-01T00:00:00Z' });
    const { expires_at } = await read((await send()).alert_id as string);
    expect(Date.parse(expires_at as string) - harness.clock.now().getTime()).toBe(366 * 86_400_000);
  });

  test('ends at once if its expiry is past', async () => {
    const { send } = condition({ expires_at: instant(-minutes(1)) });
    const { alert_id } = await send();
    await later(seconds(1));
    expect(await read(alert_id as string)).toMatchObject({ status: 'resolved', expired: true });
  });
});

test('links and images of a report are links of the alert and of its snapshot; http(s) only', async () => {
  const { send } = condition({
    generator_url: 'https://prometheus.example/graph',
    links: [
      { href: 'https://wiki.example/disk', text: 'How to free space' },
      { href: 'javascript:alert(1)', text: 'No' },
    ],
    images: [
      { src: 'https://graphs.example/1.png', alt: 'The last hour' },
      { src: 'https://graphs.example/2.png', href: 'https://graphs.example/2' },
    ],
  });
  const { alert_id } = await send();
  const links = [
    { kind: 'source', url: 'https://prometheus.example/graph' },
    { kind: 'link', url: 'https://wiki.example/disk', title: 'How to free space' },
    { kind: 'image', url: 'https://graphs.example/1.png', title: 'The last hour' },
    { kind: 'image', url: 'https://graphs.example/2' },
  ];
  expect((await read(alert_id as string)).links).toEqual(links);
  expect(harness.incidents.attached.find(({ alert }) => alert.id === alert_id)?.alert.links).toEqual(links);
});

test('a report with more than eight links is refused, and the answer names the field', async () => {
  const links = Array(9).fill({ href: 'https://wiki.example' });
  await expect(condition({ links }).send()).rejects.toMatchObject({ extra: { errors: [{ path: 'links' }] } });
});
