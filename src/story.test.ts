import { randomUUID } from 'node:crypto';
import { MODULES } from './config/config';
import type { EmbeddedPostgres } from './embedded/postgres';
import { incidentOf, until } from './testing/product';
import { type HttpSink, httpSink } from './testing/sink';
import { type SmtpSink, smtpSink } from './testing/smtp';
import { type SplitHarness, splitServer, startSplit } from './testing/splitHarness';

/** Two split products on the same databases: ten real processes, each with its own port. */

interface Body {
  alert_id: string;
  incident_id: string | null;
  status: string;
  api_key: string;
  username: string;
  timeline: { event_type: string }[];
  reach: string;
  alerts: { id: string; incident_id: string | null }[];
}

/** Only keeps a test from hanging; long, because test machines are busy. */
const WITHIN_MS = 60_000;
const SERVICES = 10;
const PER_MINUTE = 100;
const TEAM = { team: 'ops', members: [{ name: 'Ada', email: 'ada@example.com', role: 'primary' }] };

let server: EmbeddedPostgres;
let room: HttpSink;
let mail: SmtpSink;
const KEY = 'a-key-of-this-story';
let first: SplitHarness;
let second: SplitHarness;
/** Tests read with a session, because they poll and a session may read ten times as often as a key. */
let reader: string | undefined;

jest.setTimeout(300_000);
beforeAll(async () => {
  [server, room, mail] = await Promise.all([splitServer(), httpSink(), smtpSink()]);
  const env = {
    API_KEYS: `${KEY},spent-before-it-was-used`,
    AUTH_USERS: 'ada:a long enough password',
    RATE_LIMIT_RPM: `${PER_MINUTE}`,
    DEFAULT_TEAM: 'ops',
    DEFAULT_ROOM: 'webhook:war-room',
    WEBHOOK_URL: room.url,
    SMTP_URL: mail.url,
  };
  first = await startSplit(server, env);
  second = await startSplit(server, env);
  await ask(first.url, 'POST', '/api/v1/schedules', TEAM);
  reader = (await logIn(first.url)).body.api_key;
});
afterAll(async () => {
  await Promise.all([first?.stop(), second?.stop()]);
  await Promise.all([server?.stop(), room?.close(), mail?.close()]);
});

async function ask(url: string, method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const answer = await fetch(url + path, {
    method,
    headers: { 'X-API-Key': (method === 'GET' && reader) || KEY, 'Content-Type': 'application/json', ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json().catch(() => ({}))) as Body };
}

const logIn = (url: string) =>
  ask(url, 'POST', '/api/v1/auth/login', { username: 'ada', password: 'a long enough password' });
const alertOf = (service: string) => ({ service, severity: 'high', message: `${service} is slow` });
const report = (url: string, service: string, headers = {}) =>
  ask(url, 'POST', '/api/v1/alerts', alertOf(service), headers);
const named = ({ alert_id }: Body) => incidentOf(first.url, reader as string, alert_id);
const pagesOf = (incident: string) => room.received.filter(({ body }) => JSON.parse(body).incident_id === incident);
const paged = (incident: string) => until(() => pagesOf(incident).length > 0, WITHIN_MS);
const kindsOf = async (incident: string) =>
  (await ask(first.url, 'GET', `/api/v1/incidents/${incident}`)).body.timeline.map(({ event_type }) => event_type);
/** The value of a gauge in the metrics of one process. */
async function gauge(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.split(' ')[1],
  );
}

test('an alert leads to an incident, a page and an acknowledgement across five processes', async () => {
  const { status, body } = await report(first.url, 'checkout');
  expect(status).toBe(201);
  const incident = await named(body);
  await paged(incident);
  const taken = await ask(first.url, 'PATCH', `/api/v1/incidents/${incident}`, { status: 'acknowledged' });
  expect(taken.body.status).toBe('acknowledged');
  // The entry is written after oncall has returned the notified people, possibly after the page arrives.
  await until(async () => (await kindsOf(incident)).includes('paged'), WITHIN_MS);
  expect(await kindsOf(incident)).toEqual(expect.arrayContaining(['created', 'paged', 'acknowledged']));
});

test('if a mailbox refuses the page, the next step follows within seconds, in five processes', async () => {
  // Without the refusal the first step would wait five minutes.
  mail.refuse(550);
  const incident = await named((await report(first.url, 'ledger')).body);
  await until(async () => (await kindsOf(incident)).includes('escalated'), WITHIN_MS);
  expect(await kindsOf(incident)).toEqual(expect.arrayContaining(['page_failed', 'nobody_reached', 'escalated']));
  const reach = async () => (await ask(first.url, 'GET', `/api/v1/incidents/${incident}`)).body.reach;
  await until(async () => (await reach()) === 'reached', WITHIN_MS);
});

describe('an outage of a neighbour', () => {
  test('makes its queries 503 with Retry-After, and delays commands until it is back', async () => {
    await Promise.all([first.end('oncall', 'SIGKILL'), second.end('oncall', 'SIGKILL')]);
    const question = await ask(first.url, 'GET', '/api/v1/schedules');
    expect(question.status).toBe(503);
    expect(Number(question.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(question.headers.get('content-type')).toContain('application/problem+json');
    const { status, body } = await report(first.url, 'search');
    expect(status).toBe(201);
    const incident = await named(body);
    expect(await kindsOf(incident)).not.toContain('paged');
    await Promise.all([first.start('oncall'), second.start('oncall')]);
    await paged(incident);
    expect(pagesOf(incident)).toHaveLength(1);
  });

  test('delays only the incident id of an alert', async () => {
    await Promise.all([first.end('incidents', 'SIGKILL'), second.end('incidents', 'SIGKILL')]);
    const { status, body } = await report(first.url, 'catalogue');
    expect([status, body.incident_id]).toEqual([201, null]);
    expect((await ask(first.url, 'GET', '/api/v1/incidents')).status).toBe(503);
    await Promise.all([first.start('incidents'), second.start('incidents')]);
    await paged(await named(body));
  });
});

describe('two replicas of every service', () => {
  test('create one incident and one page if they get the same alert concurrently', async () => {
    const services = Array.from({ length: 15 }, (_, i) => `twin-${i}`);
    const reports = await Promise.all(
      services.flatMap((service) => [report(first.url, service), report(second.url, service)]),
    );
    const incidents = new Set(await Promise.all(reports.map(({ body }) => named(body))));
    expect(incidents.size).toBe(services.length);
    await Promise.all([...incidents].map(paged));
    // The next step is minutes away, so a second page now would be a duplicate.
    expect([...incidents].map((id) => pagesOf(id).length)).toEqual(services.map(() => 1));
  });

  test('report the same number of incidents and notifications', async () => {
    for (const [module, name] of [
      ['incidents', 'incidents_total{status="open"}'],
      ['notify', 'notifications_in_log'],
    ] as const) {
      const values = () => Promise.all([first, second].map(({ urls }) => gauge(urls[module], name)));
      // Gauges are cached for a second, and notifications of earlier tests can still be in progress.
      await until(async () => new Set(await values()).size === 1, WITHIN_MS);
      expect((await values())[0]).toBeGreaterThan(15);
    }
  });

  test('share sessions and logouts', async () => {
    const { api_key } = (await logIn(first.url)).body;
    const mine = { 'X-API-Key': api_key };
    expect((await ask(second.url, 'GET', '/api/v1/auth/me', undefined, mine)).body.username).toBe('ada');
    await ask(second.url, 'POST', '/api/v1/auth/logout', undefined, mine);
    expect((await ask(first.url, 'GET', '/api/v1/auth/me', undefined, mine)).status).toBe(401);
  });

  test('count the requests of a key together', async () => {
    const began = performance.now();
    const asked = await Promise.all(
      Array.from({ length: 160 }, (_, i) =>
        ask(i % 2 ? first.url : second.url, 'GET', '/api/v1/teams', undefined, {
          'X-API-Key': 'spent-before-it-was-used',
        }),
      ),
    );
    const refused = asked.filter(({ status }) => status === 429).length;
    // The limit refills while the requests run.
    const refilled = Math.ceil((performance.now() - began) / (60_000 / PER_MINUTE));
    expect(refused).toBeGreaterThanOrEqual(60 - refilled);
    expect(refused).toBeLessThanOrEqual(60);
  });

  test('write an event of notify into the timeline once', async () => {
    room.reply({ status: 400 });
    const incident = await named((await report(second.url, 'attic')).body);
    await until(async () => (await kindsOf(incident)).includes('page_failed'), WITHIN_MS);
    expect((await kindsOf(incident)).filter((kind) => kind === 'page_failed')).toHaveLength(1);
  });
});

test('a rolling restart under load loses no alert: each process exits with 0, and each report is in one incident', async () => {
  const accepted: string[] = [];
  let going = true;
  /** Reports like a load balancer: if one product does not answer or answers 503, it tries the other one. */
  async function reportWithRetry(service: string): Promise<void> {
    const key = { 'Idempotency-Key': randomUUID() };
    for (let tries = 0; ; tries++) {
      const answer = await report(tries % 2 ? second.url : first.url, service, key).catch(() => null);
      if (answer?.status === 201) return void accepted.push(answer.body.alert_id);
      if (answer !== null) expect(answer.status).toBe(503);
    }
  }
  const load = (async () => {
    for (let n = 0; going; n++) await reportWithRetry(`rolling-${n % SERVICES}`);
  })();
  for (const module of MODULES) {
    const before = accepted.length;
    expect(await first.end(module)).toBe(0);
    await first.start(module);
    await until(() => accepted.length > before + 4, WITHIN_MS);
  }
  going = false;
  await load;
  expect(accepted.length).toBeGreaterThan(20);
  const stored = async () => {
    const { alerts } = (await ask(second.url, 'GET', '/api/v1/alerts?per_page=200')).body;
    return new Map(alerts.map(({ id, incident_id }) => [id, incident_id]));
  };
  await until(async () => {
    const incidents = await stored();
    return [...new Set(accepted)].every((id) => typeof incidents.get(id) === 'string');
  }, WITHIN_MS);
  const incidents = new Set(
    [...(await stored())].filter(([id]) => accepted.includes(id)).map(([, incident]) => incident as string),
  );
  expect(incidents.size).toBe(SERVICES);
  await Promise.all([...incidents].map(paged));
  expect([...incidents].map((id) => pagesOf(id).length)).toEqual(Array(SERVICES).fill(1));
});
