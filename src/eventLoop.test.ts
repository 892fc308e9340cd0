import { randomUUID } from 'node:crypto';
import { register } from 'prom-client';
import { alertsContract } from './alerts/contract';
import { gatewayContract } from './gateway/contract';
import { incidentsContract } from './incidents/contract';
import { type Contract, carriesBody, type Operation, pathNames } from './kernel/contract';
import { BODY_LIMIT } from './kernel/router';
import { notifyContract } from './notify/contract';
import { oncallContract } from './oncall/contract';
import { API_KEY, openHouse, type TestHouse } from './testing/house';
import { ask, type LoopWatch, type Sent, watchLoop } from './testing/loopWatch';

/**
 * The dearest request that each public operation allows, on a house that is full, must not hold the event loop: nobody
 * else is answered meanwhile. The least of several tries counts, because code is slow before it is compiled and any
 * collection of garbage hits one try or another.
 */
const HELD_AT_MOST_MS = 50;
const TRIES = 6;

const CONTRACTS: Record<string, Contract> = {
  alerts: alertsContract,
  incidents: incidentsContract,
  oncall: oncallContract,
  notify: notifyContract,
  gateway: gatewayContract,
};
const TEAM = 'crowd';
const ALERT = randomUUID();
const INCIDENT = randomUUID();
const INTEGRATION = randomUUID();
const OVERRIDE = randomUUID();

let house: TestHouse;
let watch: LoopWatch;
beforeAll(async () => {
  house = await openHouse('monolith');
  await fill();
  watch = watchLoop();
});
afterAll(async () => {
  watch.stop();
  register.clear();
  await house.stop();
});

const headers = { 'x-api-key': API_KEY, 'content-type': 'application/json' };

/** The least of the longest stretches, over tries that differ as `make` makes them. */
async function heldBy(
  make: (n: number) => Omit<Sent, 'headers'>,
): Promise<{ ms: number; status: number; bytes: number }> {
  let [ms, status, bytes] = [Number.POSITIVE_INFINITY, 0, 0];
  for (let n = 0; n < TRIES && ms > HELD_AT_MOST_MS; n++) {
    watch.longest();
    ({ status, bytes } = await ask(house.url, { ...make(n), headers }));
    ms = Math.min(ms, watch.longest());
  }
  return { ms, status, bytes };
}

const get = (path: string, query: Record<string, string> = {}) => ({
  method: 'GET',
  path: `${path}?${new URLSearchParams(query)}`,
});
const send = (method: string, path: string, body: unknown) => ({
  method,
  path,
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});

const people = (count: number, letter = 'n') =>
  Array.from({ length: count }, (_, n) => ({ name: `${n} ${letter.repeat(200)}`, email: `${n}.of@${letter}.example` }));
const hourly = (...slots: object[][]) => ({
  name: 'all',
  rotation: { unit: 'hourly', handoff: '2026-01-05T09:00', slots },
});
const ANN = { name: 'Ann', email: 'ann@example.com' };
const BOB = { name: 'Bob', email: 'bob@example.com' };
const YEARS = { from: '2026-01-05T00:00:00Z', to: '2028-01-05T00:00:00Z' };

/** As many of everything as makes each list as long and each row as wide as it can be. */
async function fill(): Promise<void> {
  const { alerts, incidents, oncall, notify, gateway } = house.databases;
  const wide = (count: number, length: number): string =>
    JSON.stringify(
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`label ${n}`, 'é"'.repeat(length / 2)])),
    );
  const at = '2026-01-05T08:00:00Z';
  await alerts?.db.raw(
    `insert into integrations (id, name, format, key_hash, key_prefix, created_at, created_by)
     select case n when 1 then cast(:id as uuid) else gen_random_uuid() end, 'integration ' || n, 'alertmanager', md5(n::text), 'tck_', :at, 'seed'
       from generate_series(1, 2000) as n`,
    { id: INTEGRATION, at },
  );
  await alerts?.db.raw(
    `insert into alerts (id, service, severity, message, labels, fingerprint, timestamp, created_at, last_seen_at, reported_by, incident_id)
     select case n when 1 then cast(:id as uuid) else gen_random_uuid() end, 'service ' || n, 'low', repeat('m"', 2000), cast(:labels as jsonb),
            md5(n::text), :at, cast(:at as timestamptz) + n * interval '1 second', :at, 'seed', cast(:incident as uuid)
       from generate_series(1, 400) as n`,
    { id: ALERT, incident: INCIDENT, labels: wide(64, 1_000), at },
  );
  await alerts?.db.raw(
    `insert into alert_reports (alert_id, place, at, reports, reported_by) select :id, n, :at, 1, repeat('r', 255) from generate_series(0, 199) as n`,
    { id: ALERT, at },
  );
  await alerts?.db.raw(
    `insert into rejected_payloads (integration_id, at, reason, body) select :id, :at, repeat('r', 500), repeat('"', 16000) from generate_series(1, 50) as n`,
    { id: INTEGRATION, at },
  );
  await incidents?.db.raw(
    `insert into incidents (id, title, service, severity, created_at, updated_at, alert_count)
     select case n when 1 then cast(:id as uuid) else gen_random_uuid() end, repeat('t"', 250), 'service ' || n, 'low',
            cast(:at as timestamptz) + n * interval '1 second', :at, 1000 from generate_series(1, 3000) as n`,
    { id: INCIDENT, at: '2026-01-04T08:00:00Z' },
  );
  await incidents?.db.raw(
    `insert into incident_timeline (incident_id, event_type, detail, created_at)
     select :id, 'note_added', jsonb_build_object('text', repeat('d"', 1000)), :at from generate_series(1, 5000) as n`,
    { id: INCIDENT, at },
  );
  await incidents?.db.raw(
    `insert into incident_notes (incident_id, content, created_at) select :id, repeat('c"', 2500), :at from generate_series(1, 2000) as n`,
    { id: INCIDENT, at },
  );
  await incidents?.db.raw(
    `insert into postmortem_versions (incident_id, version, text, actor, actor_kind, created_at)
     select :id, n, repeat('https://é:"@x' || chr(10), 4681), repeat('a', 255), 'user', :at from generate_series(1, 200) as n`,
    { id: INCIDENT, at },
  );
  const snapshot = JSON.stringify({
    ...{
      service: 'service 1',
      severity: 'low',
      message: 'm"'.repeat(2_000),
      fingerprint: 'f',
      source: 'api',
      id: ALERT,
    },
    ...{ labels: JSON.parse(wide(64, 500)), timestamp: at, created_at: at },
  });
  await incidents?.db.raw(
    `insert into alert_links (alert_id, incident_id, firing, snapshot, attached_at)
     select gen_random_uuid(), :id, true, cast(:snapshot as jsonb), :at from generate_series(1, 1000) as n`,
    { id: INCIDENT, snapshot, at },
  );
  await notify?.db.raw(
    `insert into notifications (incident_id, recipient, message, metadata, created_at)
     select :id, 'ops-team', repeat('m"', 2000), cast(:metadata as jsonb), :at from generate_series(1, 3000) as n`,
    { id: INCIDENT, metadata: wide(20, 500), at },
  );
  await gateway?.db.raw(
    `insert into audit (module, kind, subject, actor, data, at)
     select 'oncall', 'policy_set', 'team', 'ada', jsonb_build_object('text', repeat('d"', 5000)), :at from generate_series(1, 500) as n`,
    { at },
  );
  await fillOncall(oncall?.db as NonNullable<typeof oncall>['db'], at);
}

async function fillOncall(db: NonNullable<TestHouse['databases']['oncall']>['db'], at: string): Promise<void> {
  const layer = { role: 'primary', level: 0, restrictions: [] };
  const versionOf = (slots: object[][], unit = 'hourly') =>
    JSON.stringify([
      {
        ...{ ...layer, name: 'all' },
        rotation: { unit, length: 1, handoff: '2026-01-05T09:00', turns: 'always', turn_offset: 0, slots },
      },
    ]);
  const schedule = (prefix: string, count: number, layers: string) =>
    db.raw(
      `with t as (insert into teams (name, created_at) select :prefix || case when n = 1 then '' else ' ' || n end, :at
                    from generate_series(1, cast(:count as int)) as n returning name),
            s as (insert into schedules (id, team, rotation_type, members, created_at, layered)
                  select gen_random_uuid(), name, 'weekly', '[]', :at, true from t returning id)
       insert into schedule_versions (schedule_id, effective_from, time_zone, layers, created_at)
       select id, '2020-01-01T00:00:00Z', 'Europe/Berlin', cast(:layers as jsonb), :at from s`,
      { prefix, count, layers, at },
    );
  await schedule(TEAM, 1, versionOf([people(1000), people(1000, 'm')], 'weekly'));
  await schedule('steady', 1, versionOf([[ANN], [BOB]]));
  await schedule('changed', 1, versionOf([people(1), people(1, 'm')], 'weekly'));
  await schedule('pairs', 1, versionOf([people(20), people(20, 'm')]));
  await schedule('team', 100, versionOf([people(5), people(5, 'm'), people(5, 'k')], 'daily'));
  await db.raw(
    `insert into schedule_versions (schedule_id, effective_from, time_zone, layers, created_at)
     select s.id, cast('2021-01-01T00:00:00Z' as timestamptz) + n * interval '1 day', 'Europe/Berlin', v.layers, :at
       from schedules s join schedule_versions v on v.schedule_id = s.id, generate_series(1, 60) as n where s.team = :team`,
    { team: TEAM, at },
  );
  await db.raw(
    `insert into people (email, name) select n || '@people.example', repeat('p', 200) from generate_series(1, 5000) as n`,
  );
  await db.raw(`insert into services (name, team) select 'owned ' || n, :team from generate_series(1, 5000) as n`, {
    team: TEAM,
  });
  await db.raw(
    `insert into overrides (id, schedule_id, kind, in_name, in_email, reason, created_by, starts_at, ends_at, created_at, plain)
     select case n when 500 then cast(:id as uuid) else gen_random_uuid() end, s.id, 'takeover', repeat('p', 200), n || '@o.example', repeat('r"', 450), 'seed',
            cast('2026-01-05T00:00:00Z' as timestamptz) + n * interval '1 hour', cast('2026-01-05T02:00:00Z' as timestamptz) + n * interval '1 hour', :at, false
       from schedules s, generate_series(1, 1000) as n where s.team = 'changed'`,
    { id: OVERRIDE, at },
  );
  await db.raw(
    `insert into overrides (id, schedule_id, kind, in_name, in_email, reason, created_by, starts_at, ends_at, ended_at, created_at, plain)
     select gen_random_uuid(), s.id, 'takeover', repeat('p', 200), n || '@o.example', repeat('r"', 450), 'seed', i.at, i.at + interval '1 hour', i.at + interval '1 hour', :at, false
       from schedules s, generate_series(1, 9000) as n,
            lateral (select cast('2025-01-05T00:00:00Z' as timestamptz) + n * interval '1 hour' - interval '30 days' as at) i where s.team = 'changed'`,
    { at },
  );
  await db.raw(
    `insert into escalations (id, key, team, incident_id, step, round, reason, message, severity, targets, answer, told, created_at)
     select gen_random_uuid(), 'key ' || n, :team, :incident, 2, 0, repeat('r"', 240), 'm', 'low', '[]', '{"why": "primary"}', cast(:told as jsonb), :at
       from generate_series(1, 10000) as n`,
    {
      ...{ team: TEAM, incident: INCIDENT, at },
      told: JSON.stringify(
        people(5).map(({ name, email }) => ({
          ...{ name, email, role: 'member', channel: 'mock', recipient: name, reachable: true },
          notification_id: INCIDENT,
        })),
      ),
    },
  );
  await db.raw(
    `insert into history (event_type, team, actor, details, at)
     select 'override_added', :team, 'ada', jsonb_build_object('reason', repeat('d"', 400)), :at from generate_series(1, 10000) as n`,
    { team: TEAM, at },
  );
}

const IDS: Record<string, string> = {
  alerts: ALERT,
  integrations: INTEGRATION,
  incidents: INCIDENT,
  notifications: INCIDENT,
  overrides: OVERRIDE,
};

/** A path with names of things that are there. */
const pathOf = (op: Operation): string =>
  op.path
    .replace(
      /\/(alerts|integrations|incidents|overrides|notifications)\/:\w+/,
      (_, list: string) => `/${list}/${IDS[list]}`,
    )
    .replace(':incident_id', INCIDENT)
    .replace(':team', TEAM)
    .replace(':email', '1@people.example')
    .replace(':channel', 'mock')
    .replace(/:\w+/g, randomUUID());

/** The longest page, span and list that an operation takes. */
function dearestQuery(op: Operation): Record<string, string> {
  const takes = (query: Record<string, string>) => {
    const parsed = op.input.safeParse(query);
    return parsed.success || parsed.error.issues.every(({ path }) => !(String(path[0]) in query));
  };
  const wishes: Record<string, string[]> = {
    per_page: ['1000', '500', '200'],
    limit: ['10000', '1000', '500'],
    days: ['400', '365', '90'],
    hours: ['8760', '720', '168'],
    layers: ['true'],
    everybody: ['true'],
    q: ['t"'],
    role: ['secondary'],
  };
  const query: Record<string, string> = {};
  for (const [name, values] of Object.entries(wishes)) {
    const best = name in op.input.shape ? values.find((value) => takes({ [name]: value })) : undefined;
    if (best !== undefined) query[name] = best;
  }
  const span = 'from' in op.input.shape && 'to' in op.input.shape ? YEARS : {};
  return { ...query, ...('team' in op.input.shape && !op.path.includes(':team') ? { team: TEAM } : {}), ...span };
}

const all = Object.entries(CONTRACTS).flatMap(([module, contract]) =>
  Object.entries(contract)
    .filter(([, op]) => op.access !== 'internal' && op.intake !== true)
    .map(([name, op]): [string, Operation] => [`${module}.${name}`, op]),
);

describe('no read holds the event loop', () => {
  const reads = all.filter(([name, op]) => op.method === 'GET' && name !== 'gateway.events');
  test.each(reads)('%s, its longest page and span', async (_name, op) => {
    const plain = await heldBy(() => get(pathOf(op)));
    const dear = await heldBy(() => get(pathOf(op), dearestQuery(op)));
    expect([plain.status < 500, dear.status < 500]).toEqual([true, true]);
    expect(Math.max(plain.ms, dear.ms)).toBeLessThanOrEqual(HELD_AT_MOST_MS);
  });

  test.each<[string, () => ReturnType<typeof get>, number]>([
    [
      'shifts of an hourly rotation for two years',
      () => get('/api/v1/schedules/steady/shifts', { ...YEARS, layers: 'true' }),
      200,
    ],
    ['hand-offs of it', () => get('/api/v1/schedules/steady/handoffs', YEARS), 200],
    ['gaps of it', () => get('/api/v1/schedules/steady/gaps', YEARS), 200],
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
    ['an hour of forty people', () => get('/api/v1/schedules/pairs/shifts', { layers: 'true' }), 200],
    ['a version of a post-mortem', () => get(`/api/v1/incidents/${INCIDENT}/postmortem/versions/200`), 200],
    ['an incident as CSV', () => get('/api/v1/analytics/incidents', { format: 'csv' }), 200],
    ['the metrics', () => get('/metrics'), 200],
  ])('%s', async (_name, make, status) => {
    const held = await heldBy(make);
    expect([held.status, held.ms <= HELD_AT_MOST_MS || held]).toEqual([status, true]);
  });
});

describe('no write holds the event loop', () => {
  const writes = all.filter(([, op]) => carriesBody(op.method));
  test.each(writes)('%s, with a body as large and as wrong as it can be', async (_name, op) => {
    const fields = Object.keys(op.input.shape).filter((field) => !pathNames(op.path).includes(field));
    const room = Math.floor((op.bodyLimit ?? BODY_LIMIT) / Math.max(1, fields.length)) - 40;
    const bodyOf = (value: string) => `{${fields.map((field) => `${JSON.stringify(field)}:${value}`).join()}}`;
    const bodies = [
      `[${'{},'.repeat(room / 3 - 2)}{}]`,
      `[${'[],'.repeat(room / 3 - 2)}[]]`,
      `[${'"a",'.repeat(room / 4 - 2)}"a"]`,
      `"${'['.repeat(room - 2)}"`,
    ];
    for (const body of bodies.map(bodyOf)) {
      const held = await heldBy(() => send(op.method, pathOf(op), body));
      expect([held.status < 500, held.ms <= HELD_AT_MOST_MS || held]).toEqual([true, true]);
    }
  });

  const targets = Array.from({ length: 20 }, () => ({ kind: 'team', team: TEAM }));
  const policy = { steps: Array.from({ length: 20 }, () => ({ targets, wait_minutes: 5 })), repeat: 10 };
  const busy = { ...hourly(people(1), people(1, 'm')), restrictions: restrictions(50) };
  const counted = { ...busy, rotation: { ...busy.rotation, handoff: '1970-01-05T09:00', turns: 'in_restrictions' } };
  test.each<[string, (n: number) => Omit<Sent, 'headers'>, number]>([
    ['the largest schedule', () => send('PUT', '/api/v1/schedules/large', { layers: largest() }), 200],
    [
      'its preview',
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
      'a zone for the first time',
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
      'the widest policy, tried out',
      () => send('POST', '/api/v1/escalations/preview', { team: TEAM, severity: 'critical', policy }),
      422,
    ],
    [
      'the longest post-mortem',
      (n) =>
        send('PUT', `/api/v1/incidents/${INCIDENT}/postmortem`, {
          text: `${'https://é:"@x\n'.repeat(4_681)}${n}`,
          version: 200 + n,
        }),
      200,
    ],
    ['the widest policy', () => send('PUT', `/api/v1/policies/${TEAM}`, policy), 200],
    [
      'a policy that pages everybody, foreseen',
      () => get('/api/v1/escalations/preview', { team: TEAM, severity: 'critical' }),
      422,
    ],
  ])('%s', async (_name, make, status) => {
    const held = await heldBy(make);
    expect([held.status, held.ms <= HELD_AT_MOST_MS || held]).toEqual([status, true]);
  });
});

function restrictions(count: number) {
  return Array.from({ length: count }, (_, n) => {
    const minute = String(n).padStart(2, '0');
    return { from: `09:${minute}`, to: `10:${minute}` };
  });
}

/** As many layers, and as many members in all, as a schedule may have. */
const largest = () =>
  Array.from({ length: 50 }, (_, n) => ({
    name: `layer ${n}`,
    rotation: { unit: 'weekly', handoff: '2026-01-05T09:00', slots: Array.from({ length: 4 }, () => people(10)) },
  }));
