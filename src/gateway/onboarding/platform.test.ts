import request from 'supertest';
import { version } from '../../../package.json';
import { minutes } from '../../kernel/clock';
import type { Caller } from '../../kernel/ports/contract';
import { unavailable } from '../../kernel/ports/problem';
import { ENV_KEY, type GatewayUnderTest, gatewayUnderTest } from '../../testing/gateway';
import type { Neighbours } from '../deps';
import { guideOf } from './guide';

let g: GatewayUnderTest;
beforeAll(async () => {
  g = await gatewayUnderTest();
});
afterAll(() => g.close());

const STATUS = {
  version,
  started_at: '2026-01-05T09:00:00.000Z',
  jobs: { due: 2, oldest_due_seconds: 1.5, given_up: 0 },
};
const DELIVERED = { since: '2026-01-04T09:00:00.000Z', delivered: 40, failed: 2, median_seconds: 1.4 };
const status = async () => STATUS;
const never = () => new Promise<never>(() => {});
const targets = (reachable: boolean) => async () => ({
  told: [{ to: 0, channel: reachable ? 'email' : 'mock', recipient: 'ana@example.com', reachable }],
});
const channels = (email: boolean) => async () => ({
  channels: [
    { channel: 'mock', configured: true, reaches: false, for_people: false },
    { channel: 'email', configured: email, reaches: true, for_people: true },
  ],
});

/** Neighbours that answer, with the overrides of a test. */
const ports = (over: { [M in keyof Neighbours]?: object } = {}): Neighbours => {
  const own = g.deps.ports;
  return {
    alerts: {
      ...own.alerts,
      standing: status,
      listIntegrations: async () => ({ integrations: [] }),
      stats: async () => ({ total: 0 }),
      ...over.alerts,
    },
    incidents: { ...own.incidents, standing: status, ...over.incidents },
    oncall: { ...own.oncall, standing: status, teams: async () => [], ...over.oncall },
    notify: {
      ...own.notify,
      standing: status,
      deliveries: async () => DELIVERED,
      wouldTell: targets(false),
      channels: channels(false),
      ...over.notify,
    },
  } as unknown as Neighbours;
};

const ask = async (path: string, over: Parameters<typeof ports>[0] = {}) => {
  const { app } = g.another({}, { ports: ports(over) });
  const { body } = await request(app).get(path).set('X-API-Key', ENV_KEY).expect(200);
  return body;
};

describe('the platform', () => {
  test('shows the status of every module, the deliveries and the open streams', async () => {
    const body = await ask('/api/v1/platform');
    expect(body).toMatchObject({ version, deliveries: DELIVERED, stream: { open: 0, silent: [] } });
    expect(body.modules.map(({ module, status }: { module: string; status: string }) => [module, status])).toEqual([
      ['alerts', 'up'],
      ['incidents', 'up'],
      ['oncall', 'up'],
      ['notify', 'up'],
      ['gateway', 'up'],
    ]);
    expect(body.modules[0]).toMatchObject({ reason: null, standing: STATUS });
  });

  test('reports a module that is down with the reason, and still answers', async () => {
    const refusing = { standing: async () => Promise.reject(unavailable('The database is unreachable.')) };
    const { modules } = await ask('/api/v1/platform', { incidents: refusing });
    expect(modules[1]).toEqual({
      module: 'incidents',
      status: 'down',
      reason: 'The database is unreachable.',
      standing: null,
    });
    expect(modules[0].status).toBe('up');
  });

  test('does not wait for a module that does not answer, and hides the text of unknown errors', async () => {
    const failing = { standing: async () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7')) };
    const silent = { standing: never, deliveries: never };
    const body = await ask('/api/v1/platform', { oncall: failing, notify: silent });
    const reasons = body.modules.map(({ reason }: { reason: string | null }) => reason);
    const unsaid = 'It does not answer, or its database does not.';
    expect(reasons).toEqual([null, null, unsaid, unsaid, null]);
    expect(body.deliveries).toBeNull();
  });

  test('shows the uptime of the process', async () => {
    const { app } = g.another({}, { ports: ports() });
    g.clock.advance(minutes(3));
    const { body } = await request(app).get('/api/v1/platform').set('X-API-Key', ENV_KEY).expect(200);
    expect(body.uptime_seconds).toBe(180);
  });
});

describe('the guide', () => {
  test('of a new installation has no step done, and lists what a page to the caller lacks', async () => {
    expect(await ask('/api/v1/guide')).toEqual({
      tool: { done: false, name: null, waiting: false },
      schedule: { done: false, schedules: 0 },
      reach: {
        done: false,
        email: null,
        channel: null,
        recipient: null,
        configured: [],
        missing: ['address', 'channel', 'method'],
      },
      test: { done: false },
    });
  });

  test('waits for the first event of a tool, and is done after it', async () => {
    const made = { name: 'prod', revoked_at: null, last_seen_at: null as string | null };
    const gone = { name: 'old', revoked_at: STATUS.started_at, last_seen_at: STATUS.started_at };
    const listed = { listIntegrations: async () => ({ integrations: [gone, made] }) };
    expect((await ask('/api/v1/guide', { alerts: listed })).tool).toEqual({ done: false, name: null, waiting: true });
    made.last_seen_at = STATUS.started_at;
    expect((await ask('/api/v1/guide', { alerts: listed })).tool).toEqual({ done: true, name: 'prod', waiting: false });
  });

  test('counts the caller as reachable only with a contact method that was proven', async () => {
    const caller = { email: 'ana@example.com', actor: 'ana' } as Caller;
    const reachOf = async (methods: { usable: boolean; last_proof_at: string | null }[]) => {
      const reachability = async () => ({ people: [{ methods }] });
      const notify = { wouldTell: targets(true), channels: channels(true), reachability };
      return (await guideOf(ports({ notify }), caller, (asked) => asked)).reach;
    };
    const unproven = { usable: true, last_proof_at: null };
    const disabled = { usable: false, last_proof_at: STATUS.started_at };
    expect(await reachOf([unproven, disabled])).toMatchObject({
      ...{ done: false, channel: 'email', recipient: 'ana@example.com', configured: ['email'], missing: ['method'] },
    });
    expect(await reachOf([{ usable: true, last_proof_at: STATUS.started_at }])).toMatchObject({
      ...{ done: true, missing: [] },
    });
  });

  test('leaves out a step whose module does not answer', async () => {
    const refusing = { teams: async () => Promise.reject(unavailable('away')) };
    const { schedule, test: sent } = await ask('/api/v1/guide', { oncall: refusing });
    expect([schedule, sent]).toEqual([null, { done: false }]);
  });
});
