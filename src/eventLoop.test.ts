import { randomUUID } from 'node:crypto';
import { register } from 'prom-client';
import { alertsContract, alertsRoutes } from './alerts/contract';
import { inboundOperations } from './gateway/answers/inbound';
import { tokenOperations } from './gateway/answers/tokens';
import { gatewayContract } from './gateway/contract';
import { contactCardOperations } from './gateway/http/contactCard';
import { linkOperations } from './gateway/http/links';
import { incidentsContract } from './incidents/contract';
import { type Contract, carriesBody, may, type Operation, pathNames, type Route } from './kernel/ports/contract';
import { BODY_LIMIT } from './kernel/ports/router';
import { notifyContract } from './notify/contract';
import { oncallContract, oncallRoutes } from './oncall/contract';
import {
  COSTLIEST,
  call,
  get,
  hourly,
  key,
  largest,
  type Make,
  REFUSED,
  send,
  TRIES,
  widestPolicy,
} from './testing/costliest';
import { formatRequests } from './testing/costliestFormats';
import {
  ALERT,
  ANN,
  BOB,
  fillDatabases,
  HEARTBEAT,
  INCIDENT,
  INTEGRATION,
  NOTIFICATION,
  OVERRIDE,
  PING_KEY,
  people,
  SILENCE,
  TEAM,
  WINDOW,
} from './testing/fullData';
import { API_KEY, type Harness, startHarness } from './testing/harness';
import { ask, type LoopWatch, watchLoop } from './testing/loopWatch';
import { slowness } from './testing/yardstick';

/**
 * The costliest request that each public operation allows, on full databases, must not block the event loop, because no
 * other request is served in the meantime. The best of several tries counts, because code is slow before it is compiled
 * and garbage collection slows down single tries.
 *
 * The budget holds on the reference machine of the yardstick. If a try exceeds it, the yardstick is measured beside that
 * try: on a machine that takes longer for fixed work, a request may take longer by the same factor.
 */
const MAX_BLOCK_MS = 50;

const CONTRACTS: Record<string, Contract> = {
  alerts: alertsContract,
  incidents: incidentsContract,
  oncall: oncallContract,
  notify: notifyContract,
  gateway: gatewayContract,
};
let harness: Harness;
let watch: LoopWatch;
let viewerKey: string;
beforeAll(async () => {
  harness = await startHarness('monolith');
  await fillDatabases(harness);
  viewerKey = (await call(harness, key()))['api_key'] as string;
  watch = watchLoop();
});
afterAll(async () => {
  watch.stop();
  register.clear();
  await harness.stop();
});

/** The answers to a viewer are masked, so they cost more than those to an administrator. */
type Asker = 'admin' | 'viewer';
const ASKERS: readonly Asker[] = ['admin', 'viewer'];

interface Blocked {
  ms: number;
  /** The budget on this machine, in milliseconds. */
  budget: number;
  status: number;
  bytes: number;
}

/** The longest block of a request: the best of several tries. */
async function blockedBy(make: Make, asker: Asker = 'admin'): Promise<Blocked> {
  const headers = { 'x-api-key': asker === 'admin' ? API_KEY : viewerKey, 'content-type': 'application/json' };
  const slower = slowness();
  let budget = MAX_BLOCK_MS;
  let [ms, status, bytes] = [Number.POSITIVE_INFINITY, 0, 0];
  for (let n = 0; n < TRIES && ms > budget; n++) {
    const made = await make(n, harness);
    // The work of `make` must not count.
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    watch.longest();
    ({ status, bytes } = await ask(harness.url, { ...made, headers: { ...headers, ...made.headers } }));
    ms = Math.min(ms, watch.longest());
    if (ms > MAX_BLOCK_MS) budget = MAX_BLOCK_MS * slower.now();
  }
  return { ms, budget, status, bytes };
}

/** True if the loop was blocked no longer than the budget; otherwise what was measured, which a failed test shows. */
const withinBudget = (blocked: Blocked): true | Blocked => blocked.ms <= blocked.budget || blocked;

const YEARS = { from: '2026-01-05T00:00:00Z', to: '2028-01-05T00:00:00Z' };

const IDS: Record<string, string> = {
  alerts: ALERT,
  integrations: INTEGRATION,
  incidents: INCIDENT,
  notifications: NOTIFICATION,
  overrides: OVERRIDE,
  heartbeats: HEARTBEAT,
  'ping-keys': PING_KEY,
  silences: SILENCE,
  'maintenance-windows': WINDOW,
};

/** A path with ids of existing resources. */
const pathOf = (op: Operation): string =>
  op.path
    .replace(
      /\/(alerts|integrations|incidents|overrides|notifications|heartbeats|ping-keys|silences|maintenance-windows)\/:\w+/,
      (_, list: string) => `/${list}/${IDS[list]}`,
    )
    .replace(':incident_id', INCIDENT)
    .replace(':team', TEAM)
    .replace(':email', '1@people.example')
    .replace(':channel', 'mock')
    .replace(/:\w+/g, randomUUID());

/** Values of required filters that match the most rows. */
const NEEDED: Record<string, string> = { service: 'service 1', severity: 'low', team: TEAM };
/** Values of fields that make an answer large, largest first. */
const WISHES: Record<string, string[]> = {
  per_page: ['1000', '500', '200'],
  limit: ['10000', '1000', '500'],
  days: ['400', '365', '90'],
  hours: ['8760', '720', '168'],
  layers: ['true'],
  everybody: ['true'],
};

/** Queries for the largest answers of an operation: its longest page and list, with and without filters. */
function costliestQueries(op: Operation): Record<string, string>[] {
  const { shape } = op.input;
  const takes = (name: string, value: unknown) => shape[name]?.safeParse(value).success === true;
  const named = Object.keys(shape).filter((name) => !pathNames(op.path).includes(name));
  const needed: Record<string, string> = Object.fromEntries(
    named
      .filter((name) => !takes(name, undefined))
      .map((name) => [name, name === 'incidents' ? INCIDENT : (NEEDED[name] as string)]),
  );
  const longest = Object.fromEntries(
    Object.entries(WISHES).flatMap(([name, values]) => {
      const best = values.find((value) => takes(name, value));
      return best === undefined || !named.includes(name) ? [] : [[name, best]];
    }),
  );
  const whole = { ...needed, ...longest };
  const filters = { team: TEAM, q: 't"' };
  const filtered = Object.entries(filters).filter(([name]) => named.includes(name) && !(name in needed));
  const queries = [needed, whole, ...filtered.map(([name, value]) => ({ ...whole, [name]: value }))];
  return named.includes('from') && named.includes('to')
    ? queries.flatMap((query) => [query, { ...query, ...YEARS }])
    : queries;
}

/** Halves the time span. */
function shorter({ from, to, ...rest }: Record<string, string>): Record<string, string> {
  const begins = Date.parse(from as string);
  const half = begins + (Date.parse(to as string) - begins) / 2;
  return { ...rest, from: from as string, to: new Date(half).toISOString() };
}

/** The block of a query. If its time span is refused as too long, the span is halved until it is accepted. */
async function costliestAllowed(op: Operation, query: Record<string, string>, asker: Asker): Promise<Blocked> {
  const blocked = await blockedBy(() => get(pathOf(op), query), asker);
  return blocked.status === 422 && 'from' in query ? costliestAllowed(op, shorter(query), asker) : blocked;
}

/** Requires that a request does not block the loop, for each role that may send it. */
async function expectNoBlock(make: Make, status: number): Promise<void> {
  for (const asker of ASKERS) {
    const blocked = await blockedBy(make, asker);
    const refused = asker === 'viewer' && blocked.status === 403;
    expect([asker, refused || blocked.status, withinBudget(blocked)]).toEqual([asker, refused || status, true]);
  }
}

type AnyOperation = Pick<Operation, 'method' | 'path' | 'access'> & Partial<Operation>;
const ROUTES: Record<string, Record<string, Route>> = {
  alerts: alertsRoutes,
  oncall: oncallRoutes,
  gateway: { ...linkOperations, ...contactCardOperations, ...inboundOperations, ...tokenOperations },
};
const OPERATIONS: [string, AnyOperation][] = [CONTRACTS, ROUTES].flatMap((modules) =>
  Object.entries(modules).flatMap(([module, operations]: [string, Record<string, AnyOperation>]) =>
    Object.entries(operations)
      .filter(([, { access }]) => access !== 'internal')
      .map(([name, op]): [string, AnyOperation] => [`${module}.${name}`, op]),
  ),
);
/** Reads whose costliest request follows from their contract. */
const PLAIN = OPERATIONS.filter(([name, { method, input }]) => method === 'GET' && input && !(name in COSTLIEST)) as [
  string,
  Operation,
][];

/** Requests at the paths of formats are made from their samples, if there is no entry in COSTLIEST. */
const REQUESTS: Record<string, Make> = { ...formatRequests, ...COSTLIEST };

test('each operation that is not a plain read has an entry in COSTLIEST', () => {
  const others = OPERATIONS.map(([name]) => name).filter((name) => !PLAIN.some(([plain]) => plain === name));
  expect(Object.keys(REQUESTS).sort()).toEqual(others.sort());
});

describe('no read blocks the event loop', () => {
  test.each(PLAIN)('%s with its longest page and time span', async (_name, op) => {
    for (const asker of ASKERS.slice(0, may('viewer', op.access) ? 2 : 1)) {
      for (const query of costliestQueries(op)) {
        const blocked = await costliestAllowed(op, query, asker);
        const within = withinBudget(blocked);
        // Some filters, such as the feeds of all people, need a higher role than the operation.
        const refused = asker === 'viewer' && blocked.status === 403;
        expect([asker, query, refused || blocked.status, within]).toEqual([asker, query, refused || 200, true]);
      }
    }
  });

  test.each<[string, Make, number]>([
    [
      'shifts of an hourly rotation for two years',
      () => get('/api/v1/schedules/steady/shifts', { ...YEARS, layers: 'true' }),
      200,
    ],
    ['hand-offs of an hourly rotation for two years', () => get('/api/v1/schedules/steady/handoffs', YEARS), 200],
    ['gaps of an hourly rotation for two years', () => get('/api/v1/schedules/steady/gaps', YEARS), 200],
    ['coverage of every team for three months', () => get('/api/v1/oncall/coverage', { days: '90' }), 200],
    ['coverage of one team for 400 days', () => get('/api/v1/oncall/coverage', { days: '400', team: 'team' }), 200],
    [
      'the latest 10,000 overrides',
      () => get('/api/v1/overrides', { from: '2024-12-01T00:00:00Z', to: '2026-11-30T00:00:00Z', limit: '10000' }),
      200,
    ],
    [
      'a moved override',
      () => get(`/api/v1/overrides/${OVERRIDE}/preview`, { ...YEARS, ends_at: '2026-02-06T00:00:00Z' }),
      200,
    ],
    [
      'shifts of a long schedule with sixty versions',
      () => get(`/api/v1/schedules/${TEAM}/shifts`, { from: '2021-01-01T00:00:00Z', to: '2021-01-20T00:00:00Z' }),
      200,
    ],
    [
      'shifts among ten thousand overrides',
      () => get('/api/v1/schedules/changed/shifts', { from: '2025-01-05T00:00:00Z', to: '2025-03-05T00:00:00Z' }),
      200,
    ],
    ['the shifts of forty people for an hour', () => get('/api/v1/schedules/pairs/shifts', { layers: 'true' }), 200],
    ['an incident as CSV', () => get('/api/v1/analytics/incidents', { format: 'csv' }), 200],
    ['the metrics', () => get('/metrics'), 200],
  ])('%s', (_name, make, status) => expectNoBlock(make, status));
});

describe('no write blocks the event loop', () => {
  const writes = OPERATIONS.filter(([, op]) => carriesBody(op.method) && op.input && op.intake !== true) as [
    string,
    Operation,
  ][];
  test.each(writes)('%s with the largest invalid body', async (_name, op) => {
    const fields = Object.keys(op.input.shape).filter((field) => !pathNames(op.path).includes(field));
    const size = Math.floor((op.bodyLimit ?? BODY_LIMIT) / Math.max(1, fields.length)) - 40;
    const bodyOf = (value: string) => `{${fields.map((field) => `${JSON.stringify(field)}:${value}`).join()}}`;
    const bodies = [
      `[${'{},'.repeat(size / 3 - 2)}{}]`,
      `[${'[],'.repeat(size / 3 - 2)}[]]`,
      `[${'"a",'.repeat(size / 4 - 2)}"a"]`,
      `"${'['.repeat(size - 2)}"`,
    ];
    for (const body of bodies.map(bodyOf)) {
      const blocked = await blockedBy(() => send(op.method, pathOf(op), body));
      expect([blocked.status < 500, withinBudget(blocked)]).toEqual([true, true]);
    }
  });

  const busy = { ...hourly(people(1), people(1, 'm')), restrictions: restrictions(50) };
  const counted = { ...busy, rotation: { ...busy.rotation, handoff: '1970-01-05T09:00', turns: 'in_restrictions' } };
  const fiveSlots = hourly([ANN], [BOB], [ANN], [BOB], [ANN]);
  test.each<[string, Make, number]>([
    ['the largest schedule', () => send('PUT', '/api/v1/schedules/large', { layers: largest() }), 200],
    [
      'the preview of the largest schedule',
      () =>
        send('POST', '/api/v1/schedules/preview', { layers: largest(), from: YEARS.from, to: '2026-01-12T00:00:00Z' }),
      200,
    ],
    [
      'two hundred members',
      () =>
        send('POST', '/api/v1/schedules', {
          team: 'plain',
          members: people(200).map((each) => ({ ...each, role: 'primary' })),
        }),
      201,
    ],
    [
      'two years of an hourly rotation',
      () => send('POST', '/api/v1/schedules/preview', { layers: [hourly([ANN], [BOB])], ...YEARS }),
      200,
    ],
    [
      'two years of an hourly rotation of five slots',
      () => send('POST', '/api/v1/schedules/preview', { layers: [fiveSlots], ...YEARS }),
      200,
    ],
    [
      'a month of twenty people an hour',
      () =>
        send('POST', '/api/v1/schedules/preview', {
          layers: [hourly(people(20), people(20, 'm'))],
          from: YEARS.from,
          to: '2026-01-20T00:00:00Z',
        }),
      200,
    ],
    [
      'fifty restrictions for a fortnight',
      () => send('POST', '/api/v1/schedules/preview', { layers: [busy], from: YEARS.from, to: '2026-01-20T00:00:00Z' }),
      200,
    ],
    [
      'turns counted by restrictions since 1970',
      () =>
        send('POST', '/api/v1/schedules/preview', { layers: [counted], from: YEARS.from, to: '2026-02-05T00:00:00Z' }),
      200,
    ],
    [
      'a time zone that is used for the first time',
      (n) =>
        send('POST', '/api/v1/schedules/preview', {
          layers: [hourly(people(1))],
          time_zone: [
            'Europe/Dublin',
            'Europe/London',
            'America/New_York',
            'Australia/Lord_Howe',
            'America/Havana',
            'Europe/Lisbon',
          ][n],
        }),
      200,
    ],
    [
      'the preview of the widest policy',
      () => send('POST', '/api/v1/escalations/preview', { team: TEAM, severity: 'critical', policy: widestPolicy() }),
      422,
    ],
    ['the widest policy', () => send('PUT', `/api/v1/policies/${TEAM}`, widestPolicy()), 200],
    [
      'the preview of a policy that pages the whole team',
      () => get('/api/v1/escalations/preview', { team: TEAM, severity: 'critical' }),
      422,
    ],
  ])('%s', (_name, make, status) => expectNoBlock(make, status));
});

describe('no operation blocks the event loop with its costliest request', () => {
  /** The format decides the status of its answers. */
  const success = (name: string, { status }: Blocked): number =>
    name in formatRequests && status >= 200 && status < 300 ? status : 200;

  test.each(OPERATIONS.filter(([name]) => name in REQUESTS))('%s', async (name, op) => {
    const blocked = await blockedBy(REQUESTS[name] as Make);
    const status = REFUSED[name] ?? op.status ?? success(name, blocked);
    expect([blocked.status, withinBudget(blocked)]).toEqual([status, true]);
  });

  /** What changes nothing can be asked again. */
  const harmless = OPERATIONS.filter(
    ([name, { access, method }]) =>
      name in COSTLIEST && access === 'viewer' && (method === 'GET' || name.includes('preview')),
  );
  test.each(harmless)('%s of a viewer', async (name, op) => {
    const blocked = await blockedBy(REQUESTS[name] as Make, 'viewer');
    expect([blocked.status, withinBudget(blocked)]).toEqual([op.status ?? 200, true]);
  });
});

function restrictions(count: number) {
  return Array.from({ length: count }, (_, n) => {
    const minute = String(n).padStart(2, '0');
    return { from: `09:${minute}`, to: `10:${minute}` };
  });
}
