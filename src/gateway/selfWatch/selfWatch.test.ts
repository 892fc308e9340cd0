import request from 'supertest';
import { minutes, seconds } from '../../kernel/clock';
import { ENV_KEY, type GatewayUnderTest, gatewayUnderTest } from '../../testing/gateway';
import { httpSink } from '../../testing/sink';
import { judge, stuckAt } from './judge';

const started_at = new Date('2026-01-05T09:00:00Z');
const after = (ms: number): Date => new Date(started_at.getTime() + ms);
const walk = (verdict: 'late' | null = null) => ({ id: 'w', started_at, verdict });
const at = (ms: number, arrivedAt?: Date, unwatched = false) => ({ now: after(ms), arrivedAt, unwatched });

test('a walk is late after a minute and lost after five', () => {
  expect(judge(walk(), at(minutes(1)))).toBeNull();
  expect(judge(walk(), at(minutes(1) + 1))).toEqual({ verdict: 'late' });
  expect(judge(walk('late'), at(minutes(5)))).toBeNull();
  expect(judge(walk('late'), at(minutes(5) + 1))).toEqual({ verdict: 'lost' });
});

test('a walk that arrives late does not pass', () => {
  expect(judge(walk(), at(seconds(90), after(seconds(80))))).toMatchObject({ verdict: 'late', duration_ms: 80_000 });
  expect(judge(walk('late'), at(seconds(90), after(seconds(80))))?.verdict).toBeUndefined();
});

test('the clock of another machine makes no walk late or shorter than nothing', () => {
  expect(judge(walk(), at(100, after(minutes(9))))).toMatchObject({ verdict: 'passed', duration_ms: 100 });
  expect(judge(walk(), at(100, after(-minutes(9))))).toMatchObject({ verdict: 'passed', duration_ms: 0 });
});

test('a time in which no gateway looked makes no walk late', () => {
  expect(judge(walk(), at(minutes(30), undefined, true))).toEqual({ verdict: 'interrupted' });
});

test('the module at which a walk is stuck is the first that does not answer, else the last that has it', () => {
  const done = { taken_at: 'x', passed_at: 'x' };
  const held = { taken_at: 'x', passed_at: null };
  const none = { taken_at: null, passed_at: null };
  const trace = (...steps: (typeof held | typeof done | typeof none | null)[]) =>
    (['gateway', 'alerts', 'incidents', 'oncall', 'notify'] as const).map((module, n) => ({
      module,
      step: steps[n] ?? null,
    }));
  expect(stuckAt(trace(done, held, none, none, none))).toBe('alerts');
  expect(stuckAt(trace(done, held, null, none, none))).toBe('incidents');
  expect(stuckAt(trace(done, done, done, done, held))).toBe('notify');
  expect(stuckAt(trace(done, done, done, done, done))).toBeNull();
});

describe('gateways', () => {
  let g: GatewayUnderTest;
  beforeEach(async () => {
    g = await gatewayUnderTest();
  });
  afterEach(() => g.close());

  /** Modules in which each walk arrives as soon as the gateway has passed it on. */
  const modules = () => {
    const walks: string[] = [];
    const none = { events: async () => ({ events: [], cursor: null }) };
    const passed_at = g.clock.now().toISOString();
    const walked = async ({ id }: { id: string }) => ({
      taken_at: null,
      passed_at: walks.includes(id) ? passed_at : null,
    });
    const walk = async ({ id }: { id: string }) => {
      walks.push(id);
      return {};
    };
    const all = { ...none, walked, walk };
    return { walks, ports: { alerts: all, incidents: all, oncall: all, notify: all } as never };
  };

  test('that look at once begin one walk, and send one request outward for it', async () => {
    const outside = await httpSink();
    const { walks, ports } = modules();
    const settings = { selfWatchSeconds: 60, heartbeatUrl: `${outside.url}/ping` };
    const both = [g.another(settings, { ports }), g.another(settings, { ports })];
    for (let round = 0; round < 4; round++) await Promise.all(both.map(({ gateway }) => gateway.drain()));
    expect(walks).toHaveLength(1);
    expect(outside.received.map(({ method, path }) => [method, path])).toEqual([['GET', '/ping']]);
    await outside.close();
  });

  test('show why the request outward failed', async () => {
    const outside = await httpSink();
    outside.reply({ status: 404 });
    const { ports } = modules();
    const { app, gateway } = g.another({ selfWatchSeconds: 60, heartbeatUrl: `${outside.url}/hidden` }, { ports });
    for (let round = 0; round < 3; round++) await gateway.drain();
    const { body } = await request(app).get('/api/v1/platform/self-watch').set('X-API-Key', ENV_KEY).expect(200);
    expect(body).toMatchObject({ state: 'passing', heartbeat: { configured: true, failure: 'status_404' } });
    expect(JSON.stringify(body)).not.toContain('hidden');
    await outside.close();
  });
});
