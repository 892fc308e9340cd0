import { randomUUID } from 'node:crypto';
import { MODULES } from './config/config';
import type { EmbeddedPostgres } from './embedded/postgres';
import { incidentOf, until } from './testing/product';
import { type HttpSink, httpSink } from './testing/sink';
import { type SmtpSink, smtpSink } from './testing/smtp';
import { type SplitHarness, splitServer, startSplit } from './testing/splitHarness';

/** The story, told to real processes: five of them, then five more on the same databases, each with a port of its own. */

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

/** Long, because machines that run tests run many; it only keeps a test from hanging. */
const COMES_WITHIN_MS = 60_000;
const SERVICES = 10;
const PER_MINUTE = 100;
const TEAM = { team: 'ops', members: [{ name: 'Ada', email: 'ada@example.com', role: 'primary' }] };

let server: EmbeddedPostgres;
let room: HttpSink;
let mail: SmtpSink;
const KEY = 'a-key-of-this-story';
let fleet: SplitHarness;
let other: SplitHarness;
/** A session may read ten times as often as a key, and these tests look again and again. */
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
  fleet = await startSplit(server, env);
  other = await startSplit(server, env);
  await ask(fleet.url, 'POST', '/api/v1/schedules', TEAM);
  reader = (await logIn(fleet.url)).body.api_key;
});
afterAll(async () => {
  await Promise.all([fleet?.stop(), other?.stop()]);
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
const named = ({ alert_id }: Body) => incidentOf(fleet.url, reader as string, alert_id);
const pagesOf = (incident: string) => room.received.filter(({ body }) => JSON.parse(body).incident_id === incident);
const paged = (incident: string) => until(() => pagesOf(incident).length > 0, COMES_WITHIN_MS);
const kindsOf = async (incident: string) =>
  (await ask(fleet.url, 'GET', `/api/v1/incidents/${incident}`)).body.timeline.map(({ event_type }) => event_type);
/** What a replica's own metrics say of one gauge. */
async function gauge(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.split(' ')[1],
  );
}

test('an alert becomes an incident, a page and an acknowledgement across five processes', async () => {
  const { status, body } = await report(fleet.url, 'checkout');
  expect(status).toBe(201);
  const incident = await named(body);
  await paged(incident);
  const taken = await ask(fleet.url, 'PATCH', `/api/v1/incidents/${incident}`, { status: 'acknowledged' });
  expect(taken.body.status).toBe('acknowledged');
  // Written down once oncall has said who was told, which may be after the page is there.
  await until(async () => (await kindsOf(incident)).includes('paged'), COMES_WITHIN_MS);
  expect(await kindsOf(incident)).toEqual(expect.arrayContaining(['created', 'paged', 'acknowledged']));
});

test('a mailbox that refuses the page is followed by the next step within seconds, in five processes', async () => {
  // By itself the first step waits five minutes.
  mail.refuse(550);
  const incident = await named((await report(fleet.url, 'ledger')).body);
  await until(async () => (await kindsOf(incident)).includes('escalated'), COMES_WITHIN_MS);
  expect(await kindsOf(incident)).toEqual(expect.arrayContaining(['page_failed', 'nobody_reached', 'escalated']));
  const reach = async () => (await ask(fleet.url, 'GET', `/api/v1/incidents/${incident}`)).body.reach;
  await until(async () => (await reach()) === 'reached', COMES_WITHIN_MS);
});

describe('a neighbour that is away', () => {
  test('leaves its questions with 503 and Retry-After, and commands to it wait until it is back', async () => {
    await Promise.all([fleet.end('oncall', 'SIGKILL'), other.end('oncall', 'SIGKILL')]);
    const question = await ask(fleet.url, 'GET', '/api/v1/schedules');
    expect(question.status).toBe(503);
    expect(Number(question.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(question.headers.get('content-type')).toContain('application/problem+json');
    const { status, body } = await report(fleet.url, 'search');
    expect(status).toBe(201);
    const incident = await named(body);
    expect(await kindsOf(incident)).not.toContain('paged');
    await Promise.all([fleet.start('oncall'), other.start('oncall')]);
    await paged(incident);
    expect(pagesOf(incident)).toHaveLength(1);
  });

  test('costs an alert nothing but the name of its incident, which follows', async () => {
    await Promise.all([fleet.end('incidents', 'SIGKILL'), other.end('incidents', 'SIGKILL')]);
    const { status, body } = await report(fleet.url, 'catalogue');
    expect([status, body.incident_id]).toEqual([201, null]);
    expect((await ask(fleet.url, 'GET', '/api/v1/incidents')).status).toBe(503);
    await Promise.all([fleet.start('incidents'), other.start('incidents')]);
    await paged(await named(body));
  });
});

describe('two replicas of every service', () => {
  test('hear of one condition at once and make one incident and one page of it', async () => {
    const services = Array.from({ length: 15 }, (_, i) => `twin-${i}`);
    const told = await Promise.all(
      services.flatMap((service) => [report(fleet.url, service), report(other.url, service)]),
    );
    const incidents = new Set(await Promise.all(told.map(({ body }) => named(body))));
    expect(incidents.size).toBe(services.length);
    await Promise.all([...incidents].map(paged));
    // The next step is minutes away, so whatever comes now comes twice.
    expect([...incidents].map((id) => pagesOf(id).length)).toEqual(services.map(() => 1));
  });

  test('say the same of all incidents and notifications there are', async () => {
    for (const [module, name] of [
      ['incidents', 'incidents_total{status="open"}'],
      ['notify', 'notifications_in_log'],
    ] as const) {
      const said = () => Promise.all([fleet, other].map(({ urls }) => gauge(urls[module], name)));
      // Each keeps what it read for a second, and notifications of what came before may still be written.
      await until(async () => new Set(await said()).size === 1, COMES_WITHIN_MS);
      expect((await said())[0]).toBeGreaterThan(15);
    }
  });

  test('share a login and its end', async () => {
    const { api_key } = (await logIn(fleet.url)).body;
    const mine = { 'X-API-Key': api_key };
    expect((await ask(other.url, 'GET', '/api/v1/auth/me', undefined, mine)).body.username).toBe('ada');
    await ask(other.url, 'POST', '/api/v1/auth/logout', undefined, mine);
    expect((await ask(fleet.url, 'GET', '/api/v1/auth/me', undefined, mine)).status).toBe(401);
  });

  test('count the requests of a key together', async () => {
    const began = performance.now();
    const asked = await Promise.all(
      Array.from({ length: 160 }, (_, i) =>
        ask(i % 2 ? fleet.url : other.url, 'GET', '/api/v1/teams', undefined, {
          'X-API-Key': 'spent-before-it-was-used',
        }),
      ),
    );
    const refused = asked.filter(({ status }) => status === 429).length;
    // Where the minute turns meanwhile, what was counted before it makes room again, bit by bit.
    const madeRoom = Math.ceil((performance.now() - began) / (60_000 / PER_MINUTE));
    expect(refused).toBeGreaterThanOrEqual(60 - madeRoom);
    expect(refused).toBeLessThanOrEqual(60);
  });

  test('write a fact of notify into the timeline once, whoever reads it first', async () => {
    room.reply({ status: 400 });
    const incident = await named((await report(other.url, 'attic')).body);
    await until(async () => (await kindsOf(incident)).includes('page_failed'), COMES_WITHIN_MS);
    expect((await kindsOf(incident)).filter((kind) => kind === 'page_failed')).toHaveLength(1);
  });
});

test('a rolling restart under load loses nothing: each process goes with 0, and each report is in one incident', async () => {
  const accepted: string[] = [];
  let going = true;
  /** As a load balancer does: whoever does not answer, or asks for patience, is followed by the other. */
  async function insist(service: string): Promise<void> {
    const key = { 'Idempotency-Key': randomUUID() };
    for (let tries = 0; ; tries++) {
      const answer = await report(tries % 2 ? other.url : fleet.url, service, key).catch(() => null);
      if (answer?.status === 201) return void accepted.push(answer.body.alert_id);
      if (answer !== null) expect(answer.status).toBe(503);
    }
  }
  const load = (async () => {
    for (let n = 0; going; n++) await insist(`rolling-${n % SERVICES}`);
  })();
  for (const module of MODULES) {
    const before = accepted.length;
    expect(await fleet.end(module)).toBe(0);
    await fleet.start(module);
    await until(() => accepted.length > before + 4, COMES_WITHIN_MS);
  }
  going = false;
  await load;
  expect(accepted.length).toBeGreaterThan(20);
  const stored = async () => {
    const { alerts } = (await ask(other.url, 'GET', '/api/v1/alerts?per_page=200')).body;
    return new Map(alerts.map(({ id, incident_id }) => [id, incident_id]));
  };
  await until(async () => {
    const incidents = await stored();
    return [...new Set(accepted)].every((id) => typeof incidents.get(id) === 'string');
  }, COMES_WITHIN_MS);
  const incidents = new Set(
    [...(await stored())].filter(([id]) => accepted.includes(id)).map(([, incident]) => incident as string),
  );
  expect(incidents.size).toBe(SERVICES);
  await Promise.all([...incidents].map(paged));
  expect([...incidents].map((id) => pagesOf(id).length)).toEqual(Array(SERVICES).fill(1));
});
