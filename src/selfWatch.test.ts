import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import request from 'supertest';
import type { OpenDatabase } from './config/databases';
import { minutes, seconds } from './kernel/clock';
import { MODULES, type ModuleName } from './kernel/modules';
import { API_KEY, type Harness, startHarness, type Wiring } from './testing/harness';

jest.setTimeout(240_000);

/** The self-watch over the whole product, in one process and in five servers. */
describe.each<Wiring>(['monolith', 'split'])('the self-watch of the product as %s', (wiring) => {
  let harness: Harness;
  let outside: Server;
  let pings: string[] = [];

  beforeAll(async () => {
    outside = createServer((req, res) => {
      pings.push(req.url ?? '');
      res.end();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => outside.once('listening', resolve));
    const { port } = outside.address() as AddressInfo;
    harness = await startHarness(wiring, {
      SELF_WATCH_SECONDS: '60',
      HEARTBEAT_URL: `http://127.0.0.1:${port}/ping/secret-part`,
      FALLBACK_TARGET: 'mock:the-fallback',
    });
  });
  afterAll(async () => {
    await harness.stop();
    outside.close();
  });

  const ask = async (path: string) => (await request(harness.url).get(path).set('X-API-Key', API_KEY).expect(200)).body;
  const state = () => ask('/api/v1/platform/self-watch');
  const dbOf = (module: ModuleName) => (harness.databases[module] as OpenDatabase).db;
  const messages = (): Promise<string[]> =>
    dbOf('notify')('notifications').where({ incident_id: 'self-watch' }).pluck('message');
  const rows = async (table: string, module: ModuleName) => dbOf(module)(table);
  /** Lets time pass in steps that are shorter than what the self-watch takes for an outage of its own. */
  const pass = async (ms: number, step = seconds(30)) => {
    for (let left = ms; left > 0; left -= step) await harness.pass(Math.min(left, step));
  };

  /** Jobs of walks stay claimed, as by a worker that hangs. */
  async function hang(module: ModuleName): Promise<() => Promise<void>> {
    const db = dbOf(module);
    await db.raw(`create function hang() returns trigger language plpgsql as
      $$ begin new.leased_until := 'infinity'; return new; end $$`);
    await db.raw(
      `create trigger hang before insert on jobs for each row when (new.key like 'walk:%') execute function hang()`,
    );
    return async () => {
      await db.raw('drop function hang() cascade');
      await db.raw(`update jobs set leased_until = null where key like 'walk:%'`);
    };
  }

  test('passes through all modules, and sends one request outward for each walk', async () => {
    await harness.drain();
    expect(await state()).toMatchObject({
      every_seconds: 60,
      state: 'passing',
      last_duration_ms: 0,
      last_passed_at: harness.clock.now().toISOString(),
      failing_since: null,
      heartbeat: { configured: true, failure: null },
    });
    for (const module of MODULES) {
      const [walk, ...others] = await rows('walks', module);
      expect([module, walk.passed_at, others]).toEqual([module, harness.clock.now(), []]);
    }
    expect(pings).toEqual(['/ping/secret-part']);
    await pass(minutes(2));
    expect(pings).toHaveLength(3);
    expect(JSON.stringify(await ask('/api/v1/platform/self-watch'))).not.toContain('secret-part');
  });

  test('shows in no list, figure, notification or event', async () => {
    const { cursor } = await ask('/api/v1/events');
    await pass(minutes(3));
    const { events } = await ask(`/api/v1/events?after=${encodeURIComponent(cursor)}`);
    expect(events).toEqual([]);
    expect(await ask('/api/v1/alerts')).toMatchObject({ total: 0 });
    expect(await ask('/api/v1/incidents')).toMatchObject({ total: 0 });
    expect(await ask('/api/v1/notifications')).toMatchObject({ total: 0 });
    expect(await ask('/api/v1/integrations')).toMatchObject({ integrations: [] });
    expect(await ask('/api/v1/audit')).toMatchObject({ total: 0 });
    expect((await ask('/api/v1/notifications/stats/summary')).total).toBe(0);
    expect((await ask('/api/v1/alerts/stats')).firing).toBe(0);
    for (const url of harness.urls) {
      const { text } = await request(url).get('/metrics').expect(200);
      const counted = text
        .split('\n')
        .filter((line) => /^(alerts|incidents|notifications|oncall_pages)_\w*total.* [1-9]/.test(line));
      expect(counted).toEqual([]);
    }
  });

  test('leaves nothing behind after an hour', async () => {
    await pass(minutes(3));
    await pass(minutes(61), minutes(61));
    await pass(minutes(3));
    const oldest = new Date(harness.clock.now().getTime() - minutes(61));
    for (const module of MODULES) {
      const walks: { taken_at: Date }[] = await rows('walks', module);
      expect([module, walks.length > 0 && walks.length < 8]).toEqual([module, true]);
      expect(walks.filter(({ taken_at }) => taken_at < oldest)).toEqual([]);
      expect(
        (await rows('jobs', module)).filter(({ key }: { key: string | null }) => key?.startsWith('walk:')),
      ).toEqual([]);
    }
  });

  const faults: [what: string, ModuleName, begin: () => Promise<() => Promise<void>>][] =
    wiring === 'monolith'
      ? MODULES.map((module) => [`the jobs of ${module} hang`, module, () => hang(module)])
      : (['alerts', 'incidents', 'oncall'] as const).map((module) => [
          `${module} does not answer`,
          module,
          () => harness.leave(module),
        ]);

  test.each(faults)('notifies the fallback once if %s, and again when it recovers', async (_what, module, begin) => {
    const before = await messages();
    const mend = await begin();
    // The walk that is on its way passes; the next one begins within a minute and is late a minute later.
    await pass(seconds(50));
    pings = [];
    await pass(minutes(6));
    expect(await state()).toMatchObject({ state: 'failing', stuck_at: module });
    const during = (await messages()).filter((message) => !before.includes(message));
    expect(during).toEqual([expect.stringMatching(/did not arrive within a minute.* stuck at the module /)]);
    expect(pings.length).toBeLessThanOrEqual(1);
    pings = [];
    await pass(minutes(1));
    expect(pings).toEqual([]);
    const { text } = await request(harness.url).get('/metrics').expect(200);
    expect(text).toContain('tocsin_self_watch_failing 1');
    await mend();
    await pass(minutes(2));
    expect(await state()).toMatchObject({ state: 'passing', failing_since: null });
    const after = (await messages()).filter((message) => !before.includes(message) && !during.includes(message));
    expect(after).toEqual([expect.stringContaining('passes again')]);
    expect(pings.length).toBeGreaterThan(0);
  });

  if (wiring === 'split') {
    test('sends no request outward while notify is away, and one message of the recovery afterwards', async () => {
      const before = await messages();
      const mend = await harness.leave('notify');
      await pass(seconds(50));
      await pass(minutes(1));
      pings = [];
      await pass(minutes(3));
      expect([pings, (await state()).stuck_at]).toEqual([[], 'notify']);
      await mend();
      await pass(minutes(2));
      const sent = (await messages()).filter((message) => !before.includes(message));
      expect(sent.filter((message) => message.includes('passes again'))).toHaveLength(1);
      expect(sent.length).toBeLessThanOrEqual(2);
    });
  }

  test('takes a time in which no gateway looked for no outage', async () => {
    const before = await messages();
    const mend = await hang('oncall');
    await harness.pass(seconds(60));
    harness.clock.advance(minutes(30));
    await mend();
    await harness.drain();
    await pass(minutes(2));
    expect(await state()).toMatchObject({ state: 'passing' });
    expect(await messages()).toEqual(before);
  });
});
