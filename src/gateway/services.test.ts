import request from 'supertest';
import { unavailable } from '../kernel/ports/problem';
import { MOST_SERVICES } from '../kernel/ports/values';
import { ENV_KEY, type GatewayUnderTest, gatewayUnderTest } from '../testing/gateway';
import type { Neighbours } from './deps';
import { MOST_LISTED } from './services';

/** The list of services of all modules: content, order and bounds. */

let g: GatewayUnderTest;
beforeAll(async () => {
  g = await gatewayUnderTest();
});
afterAll(() => g.close());

interface Seen {
  alerts?: string[];
  incidents?: string[];
  registry?: { service: string; team: string }[];
  /** The team that owns services outside the registry. */
  defaultTeam?: string | null;
}

/** Neighbours that have seen these services; only those of the registry have an owner with a schedule. */
function ports(
  { alerts = [], incidents = [], registry = [], defaultTeam = null }: Seen,
  over: object = {},
): Neighbours {
  const names = (all: string[]) => ({
    serviceNames: async ({ after = '', service }: { after?: string; service?: string }) => ({
      names: all
        .filter((name) => name > after && (service === undefined || name === service))
        .sort()
        .slice(0, MOST_SERVICES),
    }),
  });
  const owners = async ({ services }: { services: string[] }) => ({
    owners: services.map((service) => {
      const team = registry.find((each) => each.service === service)?.team ?? null;
      if (team !== null) return { service, team, owned_by: 'registry', has_schedule: true };
      return { service, team: defaultTeam, owned_by: defaultTeam && 'default', has_schedule: defaultTeam !== null };
    }),
  });
  const own = g.deps.ports;
  return {
    ...own,
    alerts: {
      ...own.alerts,
      ...names(alerts),
      serviceNoise: async () => ({ services: [{ service: 'checkout', last_7d: 3, last_30d: 9 }] }),
    },
    incidents: {
      ...own.incidents,
      ...names(incidents),
      serviceNoise: async () => ({
        services: [{ service: 'checkout', open: 2, unacknowledged: 1, last_7d: 1, last_30d: 4 }],
      }),
    },
    oncall: { ...own.oncall, services: async () => registry, owners, ...over },
  } as unknown as Neighbours;
}

const ask = (query: string, seen: Seen, over: object = {}) =>
  request(g.another({}, { ports: ports(seen, over) }).app)
    .get(`/api/v1/services/seen${query}`)
    .set('X-API-Key', ENV_KEY);
const namesIn = (body: { services: { service: string }[] }) => body.services.map(({ service }) => service);

const SEEN = {
  alerts: ['search', 'checkout'],
  incidents: ['checkout', 'ledger'],
  registry: [
    { service: 'checkout', team: 'Payments' },
    { service: 'archive', team: 'Storage' },
  ],
};

test('lists each service of alerts, incidents or the registry once, those that page no one first', async () => {
  const { body } = await ask('', SEEN).expect(200);
  expect(namesIn(body)).toEqual(['ledger', 'search', 'archive', 'checkout']);
  expect(body).toMatchObject({ total: 4, unowned: 2, truncated: false });
  expect(body.services[3]).toEqual({
    service: 'checkout',
    team: 'Payments',
    owned_by: 'registry',
    has_schedule: true,
    open_incidents: 2,
    unacknowledged_incidents: 1,
    incidents: { last_7d: 1, last_30d: 4 },
    alerts: { last_7d: 3, last_30d: 9 },
  });
});

test('finds a service by a part of its name or of its owner', async () => {
  expect(namesIn((await ask('?q=EDGE', SEEN)).body)).toEqual(['ledger']);
  expect(namesIn((await ask('?q=paym', SEEN)).body)).toEqual(['checkout']);
});

test('lists one service only', async () => {
  const seen = { ...SEEN, alerts: ['checkout', 'checkout-api'] };
  expect(namesIn((await ask('?service=checkout', seen)).body)).toEqual(['checkout']);
  expect(namesIn((await ask('?service=unheard-of', seen)).body)).toEqual([]);
});

test('pages, and counts all', async () => {
  const { body } = await ask('?page=2&per_page=3', SEEN).expect(200);
  expect([body.total, namesIn(body)]).toEqual([4, ['checkout']]);
});

const numbered = (count: number) => Array.from({ length: count }, (_, n) => `s${String(n).padStart(6, '0')}`);

test('orders more than one batch of services before it pages, and counts all of them', async () => {
  const owned = numbered(MOST_SERVICES + 2);
  const seen = { alerts: [...owned, 'zebra'], registry: owned.map((service) => ({ service, team: 'Herd' })) };
  const { body } = await ask('?per_page=2', seen).expect(200);
  expect(namesIn(body)).toEqual(['zebra', 's000000']);
  expect(body).toMatchObject({ total: MOST_SERVICES + 3, unowned: 1, truncated: false });
  const last = await ask(`?per_page=1&page=${MOST_SERVICES + 3}`, seen).expect(200);
  expect(namesIn(last.body)).toEqual([owned.at(-1)]);
});

test('finds one service among more than a batch, and none whose name only contains it', async () => {
  const seen = { alerts: [...numbered(MOST_SERVICES + 1), 'z', 'z-api'] };
  expect(namesIn((await ask('?service=z', seen)).body)).toEqual(['z']);
  expect(namesIn((await ask('?service=z-', seen)).body)).toEqual([]);
});

test('finds services of the default team by its name, with the reason of the ownership', async () => {
  const { body } = await ask('?q=catch', { ...SEEN, defaultTeam: 'Catch-all' }).expect(200);
  expect(namesIn(body)).toEqual(['ledger', 'search']);
  expect(body.services[0]).toMatchObject({ team: 'Catch-all', owned_by: 'default', has_schedule: true });
});

test('lists up to its bound and reports that there are more', async () => {
  const { body } = await ask('?per_page=1', { alerts: numbered(MOST_LISTED), incidents: ['zebra'] }).expect(200);
  expect([body.total, body.truncated]).toEqual([MOST_LISTED, true]);
});

test('is unavailable while a module does not answer, because its services would be missing', async () => {
  const services = async () => Promise.reject(unavailable('oncall is unreachable.'));
  await ask('', SEEN, { services }).expect(503);
});
