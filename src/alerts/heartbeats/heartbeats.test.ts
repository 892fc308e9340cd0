import request from 'supertest';
import { hours, minutes, seconds } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import type { Heartbeat } from '../contract';

let harness: AlertsHarness;
let serial = 0;
const ADMIN = someone({ actor: 'root', role: 'admin' });

beforeAll(async () => {
  harness = await alertsHarness();
});
afterEach(() => {
  harness.incidents.mood = 'up';
});
afterAll(() => harness.drop());

const port = () => harness.alerts.port;

/** A heartbeat every ten minutes with a grace of two; a test can change that. */
const made = (over: Partial<Parameters<ReturnType<typeof port>['createHeartbeat']>[0]> = {}) => {
  serial += 1;
  const input = { name: `Backup ${serial}`, service: `backup-${serial}`, schedule: { period: 600, grace: 120 } };
  return port().createHeartbeat({ ...input, ...over }, ADMIN);
};
const pathOf = ({ ping_url }: Pick<Heartbeat, 'ping_url'>): string => new URL(ping_url).pathname;
const ping = (heartbeat: Heartbeat, action = '', app = harness.app()) => request(app).post(pathOf(heartbeat) + action);
const now = (heartbeat: Pick<Heartbeat, 'id'>) => port().getHeartbeat({ id: heartbeat.id }, ADMIN);
const alertsOf = ({ slug }: Heartbeat) =>
  harness.database.db('alerts').whereRaw(`labels->>'heartbeat' = ?`, [slug]).orderBy('created_at');

/** The time passes while the product runs, so that it is no outage. */
async function passes(ms: number): Promise<void> {
  harness.clock.advance(ms);
  await harness.database.db('heartbeat_clock').update({ seen_at: harness.clock.now() });
  await harness.alerts.drain();
}
/** The time passes while no process runs. */
const isAway = async (ms: number): Promise<void> => {
  await harness.database.db('heartbeat_clock').update({ seen_at: harness.clock.now() });
  harness.clock.advance(ms);
};

describe('alerts', () => {
  test('a missing ping opens an alert at the deadline, and the next ping ends it', async () => {
    const heartbeat = await made({ name: 'Nightly backup', severity: 'critical' });
    await ping(heartbeat).expect(200, 'OK');
    await passes(minutes(12) - 1);
    expect(await alertsOf(heartbeat)).toEqual([]);
    await passes(1);
    expect(await alertsOf(heartbeat)).toMatchObject([
      {
        ...{ status: 'firing', severity: 'critical', service: heartbeat.service, source: 'heartbeat' },
        ...{
          reported_by: 'Heartbeats',
          message: 'Nightly backup sends no ping; the last run ended at 2026-01-05 09:00 UTC',
        },
        context: { generator_url: `https://tocsin.example/heartbeats/${heartbeat.id}` },
      },
    ]);
    expect(await now(heartbeat)).toMatchObject({ state: 'down', down_cause: 'missed' });
    await ping(heartbeat).expect(200);
    await passes(0);
    expect(await alertsOf(heartbeat)).toMatchObject([{ status: 'resolved' }]);
    expect(await now(heartbeat)).toMatchObject({ state: 'up', down_since: null });
  });

  test('a failure opens an alert at once, with the exit code and the output of the job', async () => {
    const heartbeat = await made();
    await ping(heartbeat, '/3').send('disk full, password=hunter2hunter2').expect(200, 'OK');
    await passes(0);
    const [alert] = await alertsOf(heartbeat);
    expect(alert.message).toBe(`${heartbeat.name} failed: exit code 3`);
    expect(alert.context.annotations.description).toContain('disk full');
    expect(await now(heartbeat)).toMatchObject({ state: 'down', down_cause: 'failed' });
  });

  test('a run that does not end within the grace opens an alert', async () => {
    const heartbeat = await made();
    await ping(heartbeat, '/start').expect(200);
    expect(await now(heartbeat)).toMatchObject({ state: 'started' });
    await passes(minutes(2));
    expect(await alertsOf(heartbeat)).toMatchObject([{ status: 'firing' }]);
    expect(await now(heartbeat)).toMatchObject({ state: 'down', down_cause: 'unfinished' });
  });

  test('while it is down the alert is reported again after each period, and only then', async () => {
    const heartbeat = await made();
    await ping(heartbeat, '/fail');
    await passes(0);
    await passes(minutes(10) - 1);
    expect(await alertsOf(heartbeat)).toMatchObject([{ count: 1 }]);
    await passes(1);
    await passes(minutes(10));
    expect(await alertsOf(heartbeat)).toMatchObject([{ count: 3, status: 'firing' }]);
  });

  test('the alert of a heartbeat of a team is routed to the team', async () => {
    const heartbeat = await made({ service: undefined, team: 'Payments' });
    await ping(heartbeat, '/fail');
    await passes(0);
    const routing = { team: 'Payments', by: { kind: 'heartbeat', name: heartbeat.name } };
    expect(await alertsOf(heartbeat)).toMatchObject([{ service: 'payments', labels: { team: 'Payments' }, routing }]);
  });

  test('a heartbeat that was never seen opens no alert', async () => {
    const heartbeat = await made();
    await passes(hours(100));
    expect(await alertsOf(heartbeat)).toEqual([]);
    expect(await now(heartbeat)).toMatchObject({ state: 'new', pings: 0 });
  });

  test('the alert is stored also while incidents does not answer', async () => {
    const heartbeat = await made();
    harness.incidents.mood = 'down';
    await ping(heartbeat, '/fail');
    await passes(0);
    expect(await alertsOf(heartbeat)).toMatchObject([{ status: 'firing' }]);
  });

  test('pausing and deleting end the alert; a resumed heartbeat waits for its next ping', async () => {
    const [one, other] = [await made(), await made()];
    for (const heartbeat of [one, other]) await ping(heartbeat, '/fail');
    await passes(0);
    await port().pauseHeartbeat({ id: one.id }, ADMIN);
    await port().deleteHeartbeat({ id: other.id }, ADMIN);
    await passes(0);
    for (const heartbeat of [one, other]) expect(await alertsOf(heartbeat)).toMatchObject([{ status: 'resolved' }]);
    await ping(other).expect(404, 'not found');
    expect(await harness.database.db('heartbeats').where({ id: other.id })).toEqual([]);
    await passes(hours(5));
    await port().resumeHeartbeat({ id: one.id }, ADMIN);
    expect(await now(one)).toMatchObject({ state: 'up' });
    await passes(minutes(12));
    expect(await now(one)).toMatchObject({ state: 'down', down_cause: 'missed' });
  });

  test('two processes that judge one deadline open one alert', async () => {
    const heartbeat = await made();
    await ping(heartbeat);
    harness.clock.advance(minutes(12));
    await harness.database.db('heartbeat_clock').update({ seen_at: harness.clock.now() });
    await Promise.all([harness.alerts.drain(), harness.another().drain()]);
    expect(await alertsOf(heartbeat)).toMatchObject([{ count: 1 }]);
  });
});

describe('an outage of Tocsin', () => {
  test('over the deadline gives the grace again; the heartbeat shows it, and its alert names it', async () => {
    const heartbeat = await made();
    await ping(heartbeat);
    const from = harness.clock.now().toISOString();
    await isAway(hours(3));
    await harness.alerts.drain();
    const until = harness.clock.now().toISOString();
    expect(await alertsOf(heartbeat)).toEqual([]);
    expect(await now(heartbeat)).toMatchObject({ state: 'late', outage: { from, until } });
    await passes(minutes(2) - 1);
    expect(await alertsOf(heartbeat)).toEqual([]);
    await passes(1);
    const [alert] = await alertsOf(heartbeat);
    expect(alert.context.annotations.description).toContain('Tocsin itself did not run from 2026-');
  });

  test('is not noticed by heartbeats that were not due', async () => {
    const heartbeat = await made();
    await ping(heartbeat);
    await isAway(minutes(5));
    await harness.alerts.drain();
    await passes(minutes(7));
    expect(await alertsOf(heartbeat)).toHaveLength(1);
    expect(await now(heartbeat)).toMatchObject({ outage: null });
  });

  test('is recognized by one of several processes that return at the same time', async () => {
    const heartbeat = await made();
    await ping(heartbeat);
    await isAway(hours(1));
    await Promise.all([harness.alerts.drain(), harness.another().drain()]);
    expect(await now(heartbeat)).toMatchObject({ state: 'late' });
    await ping(heartbeat);
    expect(await now(heartbeat)).toMatchObject({ state: 'up', outage: null });
  });
});

describe('operations', () => {
  test('a heartbeat has a slug from its name, and two cannot share one', async () => {
    const heartbeat = await made({ name: 'Nächtliches Backup (db-1)' });
    expect(heartbeat).toMatchObject({ slug: 'nachtliches-backup-db-1', state: 'new', severity: 'high', paused: false });
    await expect(made({ name: 'x', slug: heartbeat.slug })).rejects.toMatchObject({ kind: 'conflict' });
    const other = await made();
    await expect(port().updateHeartbeat({ id: other.id, slug: heartbeat.slug }, ADMIN)).rejects.toMatchObject({
      kind: 'conflict',
    });
  });

  test.each<[string, object, string]>([
    ['neither a team nor a service', { service: undefined }, 'team'],
    ['both a team and a service', { team: 'payments' }, 'team'],
    ['neither a period nor a cron expression', { schedule: { grace: 60 } }, 'schedule.period'],
    ['a cron expression without a zone', { schedule: { cron: '0 3 * * *', grace: 60 } }, 'schedule.time_zone'],
    [
      'an unknown zone',
      { schedule: { cron: '0 3 * * *', time_zone: 'Mars/Olympus', grace: 60 } },
      'schedule.time_zone',
    ],
    [
      'a cron expression that never runs',
      { schedule: { cron: '0 0 30 2 *', time_zone: 'UTC', grace: 60 } },
      'schedule.cron',
    ],
    ['a period of a second', { schedule: { period: 1, grace: 60 } }, 'schedule.period'],
    ['a slug with capitals', { slug: 'Backup' }, 'slug'],
    ['a name without a letter', { name: '***' }, 'slug'],
  ])('%s is refused with the field', async (_what, over, path) => {
    await expect(made(over as never)).rejects.toMatchObject({ kind: 'invalid', extra: { errors: [{ path }] } });
  });

  test('a change of the schedule counts from the change; a change of the name does not', async () => {
    const heartbeat = await made();
    await ping(heartbeat);
    await passes(minutes(9));
    const renamed = await port().updateHeartbeat({ id: heartbeat.id, name: 'Other' }, ADMIN);
    expect([renamed.name, renamed.due_at]).toEqual(['Other', (await now(heartbeat)).due_at]);
    const changed = await port().updateHeartbeat({ id: heartbeat.id, schedule: { period: 60, grace: 60 } }, ADMIN);
    expect(Date.parse(changed.due_at as string) - harness.clock.now().getTime()).toBe(minutes(1));
  });

  test('an owner replaces the other kind of owner', async () => {
    const { id } = await made();
    expect(await port().updateHeartbeat({ id, team: 'ops' }, ADMIN)).toMatchObject({ team: 'ops', service: null });
    expect(await port().updateHeartbeat({ id, service: 'Cron' }, ADMIN)).toMatchObject({ team: null, service: 'cron' });
  });

  test('the list has those that are down first, finds texts, and counts each state', async () => {
    const heartbeat = await made({ name: 'Findable', service: 'unique-service' });
    await ping(heartbeat, '/fail');
    const list = await port().listHeartbeats({ per_page: 200 }, ADMIN);
    expect(list.heartbeats[0]?.state).toBe('down');
    const found = await port().listHeartbeats({ q: 'UNIQUE-serv' }, ADMIN);
    expect(found.heartbeats).toMatchObject([{ id: heartbeat.id, recent: [{ kind: 'fail', number: 1 }] }]);
    expect((await port().listHeartbeats({ state: 'up', q: 'unique-serv' }, ADMIN)).total).toBe(0);
    expect(found.states.down).toBeGreaterThan(0);
  });

  test('an event is written if a heartbeat is first seen, goes down or comes up, and for each change by a person', async () => {
    const heartbeat = await made();
    const kinds = async () =>
      (await harness.database.db('events').where({ subject: heartbeat.id }).orderBy('id')).map(({ kind, actor }) => [
        kind,
        actor,
      ]);
    await ping(heartbeat);
    await ping(heartbeat);
    await passes(minutes(12));
    await ping(heartbeat);
    await port().pauseHeartbeat({ id: heartbeat.id }, ADMIN);
    expect(await kinds()).toEqual([
      ['heartbeat_created', 'root'],
      ...Array.from({ length: 3 }, () => ['heartbeat_changed', 'system']),
      ['heartbeat_paused', 'root'],
    ]);
  });

  test('an unknown heartbeat is not found', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    for (const name of [
      'getHeartbeat',
      'updateHeartbeat',
      'deleteHeartbeat',
      'pauseHeartbeat',
      'heartbeatPings',
    ] as const)
      await expect(port()[name]({ id }, ADMIN)).rejects.toMatchObject({ kind: 'not-found' });
  });

  test('only administrators see the address of a heartbeat', async () => {
    const { id } = await made();
    const seenBy = async (role: 'viewer' | 'responder' | 'admin') =>
      (await request(harness.app(someone({ role }))).get(`/api/v1/heartbeats/${id}`)).body.ping_url;
    expect([await seenBy('viewer'), await seenBy('responder')]).toEqual(
      Array.from({ length: 2 }, () => 'https://tocsin.example/ping/…'),
    );
    expect(await seenBy('admin')).toMatch(/[/]ping[/][0-9a-f-]{36}$/);
  });
});

describe('pings', () => {
  test('the last hundred are kept, newest first, each with its run time and its body', async () => {
    const heartbeat = await made();
    const app = harness.app();
    await ping(heartbeat, '/start', app);
    harness.clock.advance(seconds(30));
    await ping(heartbeat, '', app).set('Content-Type', 'application/octet-stream').send('copied 7 files\u0000');
    for (let n = 0; n < 100; n++) await ping(heartbeat, '/log', app);
    await ping(heartbeat, '', app).send('a'.repeat(20_000));
    const { pings } = await port().heartbeatPings({ id: heartbeat.id }, ADMIN);
    expect(pings.map(({ number }) => number)).toEqual(Array.from({ length: 100 }, (_, at) => 103 - at));
    expect(pings[0]).toMatchObject({ kind: 'success', body_bytes: 20_000, run_ms: null, method: 'POST' });
    const { body } = await port().pingBody({ id: heartbeat.id, number: 103 }, ADMIN);
    expect(body).toBe('a'.repeat(10_000));
    await expect(port().pingBody({ id: heartbeat.id, number: 2 }, ADMIN)).rejects.toMatchObject({ kind: 'not-found' });
    expect(await now(heartbeat)).toMatchObject({ pings: 103, last_run_ms: seconds(30) });
  });

  test('pings that arrive together are all counted, each once, and the last one decides', async () => {
    const heartbeat = await made();
    const app = harness.app();
    await Promise.all(Array.from({ length: 50 }, () => ping(heartbeat, '/log', app).expect(200)));
    expect(await now(heartbeat)).toMatchObject({ pings: 50, state: 'new' });
    expect((await port().heartbeatPings({ id: heartbeat.id }, ADMIN)).pings).toHaveLength(50);
  });

  test('a ping that cannot be stored is not answered as a success, and nothing of it is stored', async () => {
    const heartbeat = await made();
    const { db } = harness.database;
    await db.raw('alter table heartbeat_pings rename to elsewhere');
    try {
      await ping(heartbeat).expect(500);
    } finally {
      await db.raw('alter table elsewhere rename to heartbeat_pings');
    }
    expect(await now(heartbeat)).toMatchObject({ pings: 0, state: 'new' });
  });
});
