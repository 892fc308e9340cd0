import { randomUUID } from 'node:crypto';
import { alertmanagerRoutes } from '../alerts/contract/alertmanagerApi';
import { signLink } from '../kernel/http/signedLinks';
import {
  ANN,
  BOB,
  HEARTBEAT,
  INCIDENT,
  INTEGRATION,
  OVERRIDE,
  PING_KEY,
  people,
  SILENCE,
  TEAM,
  wideObject,
} from './fullData';
import { API_KEY, type Harness, SECRETS } from './harness';

/** The costliest request that each operation allows, on full databases. */

export interface Request {
  method: string;
  path: string;
  body?: Buffer;
  headers?: Record<string, string>;
}

/** How often a request is tried. */
export const TRIES = 6;

/** Creates what the request of the n-th try needs, and returns the request. */
export type Make = (n: number, harness: Harness) => Request | Promise<Request>;

const JSON_BODY = { 'x-api-key': API_KEY, 'content-type': 'application/json' };

export const get = (path: string, query: Record<string, string> = {}): Request => ({
  method: 'GET',
  path: `${path}?${new URLSearchParams(query)}`,
});
export const send = (method: string, path: string, body?: unknown): Request => ({
  method,
  path,
  ...(body !== undefined && { body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) }),
});

/** Sends a request that must succeed, and returns the body. */
export async function call({ url }: Harness, request: Request): Promise<Record<string, string>> {
  const { method, path, body, headers } = request;
  const init = {
    method,
    headers: { ...JSON_BODY, ...headers },
    ...(body !== undefined && { body: new Uint8Array(body) }),
  };
  const answer = await fetch(new URL(path, url), init);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text.slice(0, 300)}`);
  return text === '' ? {} : JSON.parse(text);
}

/** A request on a resource that another request has created. */
const after =
  (first: (n: number) => Request, then: (made: Record<string, string>, n: number) => Request): Make =>
  async (n, harness) =>
    then(await call(harness, first(n)), n);

/** The id of a row that no other try uses. */
const rowId = async (harness: Harness, module: 'alerts' | 'notify', table: string, n: number): Promise<string> => {
  const row = await harness.databases[module]
    ?.db(table)
    .orderBy('created_at')
    .orderBy('id')
    .offset(n + 10)
    .first('id');
  return row.id;
};

/** A new contact method of a person. */
async function contactMethod(harness: Harness, n: number): Promise<string> {
  const created_at = harness.clock.now();
  const [row] =
    (await harness.databases.notify
      ?.db('contact_methods')
      .insert({
        ...{ person_email: `methods-${n}@people.example`, channel: 'email', address: randomUUID() },
        ...{ address_key: randomUUID(), position: 0, state: 'verified', created_at, created_by: 'seed' },
      })
      .returning('id')) ?? [];
  return row.id;
}

/** A new page with the longest message. */
async function page(harness: Harness): Promise<string> {
  const [id, at] = [randomUUID(), harness.clock.now()];
  await harness.databases.notify?.db('pages').insert({
    ...{
      id,
      told_key: id,
      told_to: 0,
      incident_id: INCIDENT,
      person_name: 'p'.repeat(255),
      person_email: 'p@people.example',
    },
    ...{
      urgency: 'high',
      message: 'm"'.repeat(2_500),
      state: 'done',
      rule_no: 0,
      rule_at: at,
      started_at: at,
      created_at: at,
    },
  });
  return id;
}

/** A layer with an hourly rotation. */
export const hourly = (...slots: object[][]) => ({
  name: 'all',
  rotation: { unit: 'hourly', handoff: '2026-01-05T09:00', slots },
});
/** The most layers and members that a schedule can have. */
export const largest = () =>
  Array.from({ length: 50 }, (_, n) => ({
    name: `layer ${n}`,
    rotation: { unit: 'weekly', handoff: '2026-01-05T09:00', slots: Array.from({ length: 4 }, () => people(10)) },
  }));
/** The policy with the most steps and targets. */
export const widestPolicy = () => {
  const targets = Array.from({ length: 20 }, () => ({ kind: 'team', team: TEAM }));
  return { steps: Array.from({ length: 20 }, () => ({ targets, wait_minutes: 5 })), repeat: 10 };
};
const draft = () => ({
  steps: Array.from({ length: 20 }, () => ({ targets: [{ kind: 'team', team: 'team' }], wait_minutes: 5 })),
  repeat: 1,
});
const members = (count: number) => people(count).map((each) => ({ ...each, role: 'primary' }));

const alert = (n: number, more: object = {}) => ({
  service: 'service 1',
  severity: 'low',
  message: 'm"'.repeat(1_000),
  labels: wideObject(64, 500),
  annotations: Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`note ${i}`, 'é"'.repeat(90)])),
  dedup_key: `costliest ${n}`,
  generator_url: `https://prometheus.example/${'g'.repeat(2_000)}`,
  ...more,
});
const batch = (count: number, n: number) => ({
  alerts: Array.from({ length: count }, (_, i) =>
    alert(i, { dedup_key: `batch ${n} ${i}`, annotations: {}, labels: wideObject(24, 500) }),
  ),
});
/** An Alertmanager delivery of nearly 1 MiB with as many values as a body may hold. */
const largePayload = (n: number) => ({
  alerts: Array.from({ length: 500 }, (_, i) => ({
    labels: { service: `tried ${n}`, n: String(i), ...wideObject(12, 50) },
    annotations: { summary: 'é"'.repeat(100) },
  })),
});
/** An Alertmanager delivery of about 6 MiB. A longer one takes no longer at a time, because it is read in slices. */
const delivery = (n: number) => ({
  version: '4',
  groupKey: `{}:{n="${n}"}`,
  alerts: Array.from({ length: 2_000 }, (_, i) => ({
    status: 'firing',
    fingerprint: `${n} ${i}`,
    labels: { alertname: 'Down', service: 'delivered', severity: 'low', instance: `node-${i}` },
    annotations: { summary: `node-${i} does not answer`, description: 'd'.repeat(2_900) },
    startsAt: '2026-01-05T08:59:00Z',
  })),
});

/** Matchers whose patterns cost the most that one list may cost. */
const costlyMatchers = (n: number): string[] =>
  Array.from({ length: 7 }, (_, i) => `message=~"(a*){15}${i}${n}"`).concat(
    Array.from({ length: 12 }, (_, i) => `label${i}="${"é'".repeat(130)}"`),
  );
const widestSilence = (n: number) => ({
  matchers: costlyMatchers(n),
  ends_at: '2026-02-05T09:00:00Z',
  comment: 'c"'.repeat(1_000),
});
const silenceOf = (n: number): Request => send('POST', '/api/v1/silences', widestSilence(n));
/** A rule of which ten occurrences take the longest search. */
const SELDOM = {
  rrule: 'FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29',
  ...{ time_zone: 'America/New_York', starts_at: '2026-01-01T02:30', duration_minutes: 60 },
};
const widestWindow = (n: number) => ({
  name: `window ${n}`,
  services: Array.from({ length: 100 }, (_, i) => `service ${i} ${'s'.repeat(200)}`),
  matchers: costlyMatchers(n),
  recurrence: SELDOM,
});
const windowOf = (n: number): Request => send('POST', '/api/v1/maintenance-windows', widestWindow(n));
const widestRule = (n: number) => ({
  name: `rule ${n}`,
  when: costlyMatchers(n),
  then: { set: { title: '$service'.repeat(60), labels: wideObject(16, 10) } },
});
const ruleOf = (n: number): Request => send('POST', '/api/v1/rules', widestRule(n));
/** Ids of which none is known; the request is refused after all were compared. */
const manyIds = (count: number, n: number): string[] =>
  Array.from({ length: count }, (_, i) => `00000000-0000-4000-8000-${String(n * count + i).padStart(12, '0')}`);

const incident = `/api/v1/incidents/${INCIDENT}`;
const patch = (status: string): Request => send('PATCH', incident, { status, notes: 'n"'.repeat(2_000) });
const ids = async (harness: Harness, n: number): Promise<string[]> =>
  (await harness.databases.incidents
    ?.db('incidents')
    .orderBy('created_at')
    .offset(10 + 200 * n)
    .limit(200)
    .pluck('id')) ?? [];

const bulk = (some: string[]): Request =>
  send('POST', '/api/v1/incidents/bulk', { ids: some, status: 'acknowledged', notes: 'n"'.repeat(2_000) });

/** Creates an administrator and logs in; returns the headers of the session. */
async function session(harness: Harness, n: number): Promise<{ id: string; headers: Record<string, string> }> {
  const username = `visitor ${n} ${randomUUID()}`;
  const { id } = await call(harness, send('POST', '/api/v1/users', { username, password: PASSWORD, role: 'admin' }));
  const answer = await fetch(new URL('/api/v1/auth/login', harness.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password: PASSWORD }),
  });
  if (!answer.ok) throw new Error(`Login answered ${answer.status}.`);
  const cookie = answer.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ');
  return { id: id as string, headers: { cookie, 'x-api-key': '', origin: harness.url } };
}
const PASSWORD = 'correct horse battery staple';
const user = (n: number): Request =>
  send('POST', '/api/v1/users', { username: `user ${n} ${randomUUID()}`, password: PASSWORD, role: 'viewer' });
/** A new key of a viewer. */
export const key = (): Request => send('POST', '/api/v1/api-keys', { name: `key ${randomUUID()}`, role: 'viewer' });
const schedule = (team: string): Request => send('PUT', `/api/v1/schedules/${team}`, { layers: largest() });
const override = (n: number, hour: number): Request =>
  send('POST', '/api/v1/overrides', {
    team: 'changed',
    kind: 'takeover',
    in: people(1)[0],
    reason: 'r"'.repeat(450),
    starts_at: `2026-05-${String(n + 1).padStart(2, '0')}T${String(hour).padStart(2, '0')}:00:00Z`,
    ends_at: `2026-05-${String(n + 1).padStart(2, '0')}T${String(hour + 1).padStart(2, '0')}:00:00Z`,
  });

const heartbeat = `/api/v1/heartbeats/${HEARTBEAT}`;
/** A cron expression that is searched for its next run for eight years. */
const neverRun = (n: number) => ({
  ...{ name: `${n} ${'h'.repeat(200)}`, team: TEAM },
  schedule: { cron: '59 23 30 2 *', time_zone: 'Europe/Berlin', grace: 60 },
});
/** The costliest filter: patterns on a label that every alert has. */
const AM_FILTER = Array.from({ length: 7 }, (_, n) => `alertname!~"(a*){15}${n}"`).join();
const AM_SILENCE = {
  matchers: Array.from({ length: 7 }, (_, n) => ({ name: 'message', value: `(a*){15}${n}0`, isRegex: true })),
  ...{ endsAt: '2026-02-05T09:00:00Z', createdBy: 'c'.repeat(255), comment: 'c"'.repeat(1_000) },
};
/** Requests at the API of Alertmanager, which answers below its base path and at the root. */
const alertmanagerRequests: Record<string, Make> = Object.fromEntries(
  Object.entries(alertmanagerRoutes).map(([name, { method, path }]): [string, Make] => {
    const at = (id: string): string => path.replace(':key', 'k'.repeat(200)).replace(':id', id);
    if (method === 'POST') return [`alerts.${name}`, () => send('POST', at(''), AM_SILENCE)];
    if (method === 'DELETE') return [`alerts.${name}`, after(silenceOf, ({ id }) => send('DELETE', at(id as string)))];
    return [`alerts.${name}`, () => get(at(SILENCE), { filter: AM_FILTER })];
  }),
);

/** A ping with the largest body. */
const post = (path: string): Request => send('POST', path, 'Bearer '.repeat(4_700_000));
const pingPath = async (harness: Harness): Promise<string> =>
  new URL((await call(harness, get(heartbeat)))['ping_url'] as string).pathname;

/** The costliest request of every operation that is not a plain read. A new operation without an entry fails the test. */
export const COSTLIEST: Record<string, Make> = {
  'alerts.receive': (n) => send('POST', '/api/v1/alerts', alert(n)),
  'alerts.receiveBatch': (n) => send('POST', '/api/v1/alerts/batch', batch(1_000, n)),
  'alerts.alertmanager': async (n, harness) => {
    const { url } = await call(harness, send('POST', '/api/v1/integrations', { name: `large ${n}` }));
    return send('POST', new URL(url as string).pathname, delivery(n));
  },
  'alerts.createSilence': (n) => silenceOf(n),
  'alerts.updateSilence': after(silenceOf, ({ id }, n) => send('PUT', `/api/v1/silences/${id}`, widestSilence(n))),
  'alerts.endSilence': after(silenceOf, ({ id }) => send('POST', `/api/v1/silences/${id}/end`)),
  'alerts.createMaintenanceWindow': (n) => windowOf(n),
  'alerts.updateMaintenanceWindow': after(windowOf, ({ id }, n) =>
    send('PUT', `/api/v1/maintenance-windows/${id}`, widestWindow(n)),
  ),
  'alerts.deleteMaintenanceWindow': after(windowOf, ({ id }) => send('DELETE', `/api/v1/maintenance-windows/${id}`)),
  'alerts.previewMaintenance': () =>
    send('POST', '/api/v1/maintenance-windows/preview', { ...SELDOM, starts_at: '1970-01-01T02:30' }),
  'alerts.listServiceWindows': () => get('/api/v1/service-windows'),
  'alerts.setServiceWindow': (n) => send('PUT', `/api/v1/services/windowed-${n}/window`, { minutes: 60 }),
  'alerts.createRule': (n) => ruleOf(n),
  'alerts.updateRule': after(ruleOf, ({ id }, n) => send('PUT', `/api/v1/rules/${id}`, widestRule(n))),
  'alerts.deleteRule': after(ruleOf, ({ id }) => send('DELETE', `/api/v1/rules/${id}`)),
  'alerts.orderRules': after(ruleOf, (_, n) => send('PUT', '/api/v1/rules/order', { ids: manyIds(200, n) })),
  'alerts.testRules': (n) =>
    send('POST', '/api/v1/rules/test', {
      report: { ...alert(n), message: 'a'.repeat(2_000), annotations: {}, labels: wideObject(64, 100) },
      rules: Array.from({ length: 200 }, () => ({ ...widestRule(n), when: ['message=~"(a*){15}b"'] })),
    }),
  'alerts.rulesMatches': (n) =>
    send('POST', '/api/v1/rules/matches', { rule: { ...widestRule(n), when: ['message=~"(a*){15}b"'] } }),
  'alerts.startBacktest': async (_, { databases }) => {
    await databases.alerts?.db('backtests').delete();
    const draft = Array.from({ length: 200 }, (_, n) => ({ ...widestRule(n), when: ['message=~"(a*){15}b"'] }));
    return send('POST', '/api/v1/rules/backtest', { draft });
  },
  'alerts.getBacktest': () => get(`/api/v1/rules/backtest/${randomUUID()}`),
  'alerts.cancelBacktest': () => send('DELETE', `/api/v1/rules/backtest/${randomUUID()}`),
  'alerts.testIntegration': (n) =>
    send('POST', `/api/v1/integrations/${INTEGRATION}/test`, { payload: largePayload(n) }),
  'alerts.createIntegration': (n) => send('POST', '/api/v1/integrations', { name: `${n} ${'i'.repeat(200)}` }),
  'alerts.updateIntegration': async (n, harness) => {
    const words = Array.from({ length: 64 }, (_, word) => [`${n} ${word} ${'w'.repeat(50)}`, 'critical']);
    const labels = Array(10).fill('l'.repeat(128));
    const settings = { severity_map: Object.fromEntries(words), service_labels: labels, severity_labels: labels };
    return send('PATCH', `/api/v1/integrations/${await rowId(harness, 'alerts', 'integrations', n)}`, settings);
  },
  'alerts.previewMapping': after(
    (n) => send('POST', '/api/v1/integrations', { name: `preview ${n}`, format: 'json' }),
    ({ id }) =>
      send('POST', `/api/v1/integrations/${id}/mapping/preview`, {
        mapping: { message: 'a', labels: '$', key: '$index' },
        payload: Array.from({ length: 500 }, () => ({ a: 'é"'.repeat(20), ...wideObject(10, 5) })),
      }),
  ),
  'alerts.rotateKey': async (n, harness) =>
    send('POST', `/api/v1/integrations/${await rowId(harness, 'alerts', 'integrations', n)}/rotate-key`, {}),
  'alerts.revokeIntegration': async (n, harness) =>
    send('DELETE', `/api/v1/integrations/${await rowId(harness, 'alerts', 'integrations', n)}`),
  'alerts.createHeartbeat': (n) => send('POST', '/api/v1/heartbeats', neverRun(n)),
  'alerts.updateHeartbeat': (n) => send('PATCH', heartbeat, { schedule: neverRun(n).schedule }),
  'alerts.deleteHeartbeat': async (n, harness) =>
    send('DELETE', `/api/v1/heartbeats/${await rowId(harness, 'alerts', 'heartbeats', n)}`),
  'alerts.pauseHeartbeat': () => send('POST', `${heartbeat}/pause`, {}),
  'alerts.resumeHeartbeat': () => send('POST', `${heartbeat}/resume`, {}),
  'alerts.pingBody': () => get(`${heartbeat}/pings/100`),
  'alerts.createPingKey': (n) => send('POST', '/api/v1/ping-keys', { name: `${n} ${'k'.repeat(200)}` }),
  'alerts.rotatePingKey': () => send('POST', `/api/v1/ping-keys/${PING_KEY}/rotate`, {}),
  'alerts.revokePingKey': async (n, harness) =>
    send('DELETE', `/api/v1/ping-keys/${await rowId(harness, 'alerts', 'ping_keys', n)}`),
  ...alertmanagerRequests,
  'alerts.ping0.get': () => get(`/ping/${randomUUID()}`),
  'alerts.ping0.post': async (_n, harness) => post(await pingPath(harness)),
  'alerts.ping1.get': async (_n, harness) => get(`${await pingPath(harness)}/start`),
  'alerts.ping1.post': async (_n, harness) => post(`${await pingPath(harness)}/fail`),
  'alerts.ping2.get': () => get(`/ping/${'k'.repeat(4_000)}/${'s'.repeat(100)}/start`),
  'alerts.ping2.post': () => post(`/ping/${'k'.repeat(4_000)}/${'s'.repeat(100)}/start`),
  'incidents.create': (n) =>
    send('POST', '/api/v1/incidents', { title: 't"'.repeat(240), service: `opened ${n}`, severity: 'low' }),
  'incidents.bulk': async (n, harness) => bulk(await ids(harness, n)),
  'incidents.undoBulk': async (n, harness) => {
    const changed = await ids(harness, n + TRIES);
    await call(harness, bulk(changed));
    return send('POST', '/api/v1/incidents/bulk/undo', { ids: changed });
  },
  'incidents.update': (n) => patch(['acknowledged', 'in_progress'][n % 2] as string),
  'incidents.unacknowledge': after(
    () => patch('acknowledged'),
    () => send('POST', `${incident}/unacknowledge`, {}),
  ),
  'incidents.undo': after(
    () => patch('acknowledged'),
    () => send('POST', `${incident}/undo`, {}),
  ),
  'incidents.snooze': () => send('POST', `${incident}/snooze`, { minutes: 60, reason: 'r"'.repeat(250) }),
  'incidents.endSnooze': after(
    () => send('POST', `${incident}/snooze`, { minutes: 60 }),
    () => send('DELETE', `${incident}/snooze`),
  ),
  'incidents.addNote': () => send('POST', `${incident}/notes`, { content: '['.repeat(20_000) }),
  'incidents.postmortemVersion': () => get(`${incident}/postmortem/versions/200`),
  'incidents.savePostmortem': async (n, harness) => {
    const last = await harness.databases.incidents
      ?.db('postmortem_versions')
      .where({ incident_id: INCIDENT })
      .max('version as version')
      .first();
    const text = `${'https://é:"@x\n'.repeat(4_681)}${n}`;
    return send('PUT', `${incident}/postmortem`, { text, version: last?.version });
  },
  'incidents.escalateIncident': () => send('POST', `${incident}/escalate`, { reason: 'r"'.repeat(250) }),
  'incidents.escalate': () =>
    send('POST', '/api/v1/escalate', { team: 'team', incident_id: INCIDENT, reason: 'r"'.repeat(250) }),
  'incidents.previewEscalation': () => get('/api/v1/escalations/preview', { team: 'team', severity: 'critical' }),
  // Other requests have acknowledged the incident, and an incident that was reopened escalates.
  'incidents.previewIncident': async (_n, harness) => {
    await call(harness, patch('resolved'));
    await call(harness, send('POST', `${incident}/reopen`, {}));
    return get(`${incident}/preview`);
  },
  'incidents.previewDraft': () =>
    send('POST', '/api/v1/escalations/preview', { team: TEAM, severity: 'critical', policy: draft() }),
  'incidents.reopen': after(
    () => patch('resolved'),
    () => send('POST', `${incident}/reopen`, {}),
  ),
  'oncall.putPolicy': () => send('PUT', `/api/v1/policies/${TEAM}`, widestPolicy()),
  'oncall.deletePolicy': after(
    () => send('PUT', '/api/v1/policies/changed', widestPolicy()),
    () => send('DELETE', '/api/v1/policies/changed'),
  ),
  'oncall.coverage': () => get('/api/v1/oncall/coverage', { team: 'team', days: '400' }),
  'oncall.onCallReach': () => get('/api/v1/oncall/reach'),
  'oncall.createFeed': () => send('POST', '/api/v1/oncall/feeds', { team: TEAM }),
  'oncall.revokeFeed': after(
    () => send('POST', '/api/v1/oncall/feeds', { team: TEAM }),
    ({ id }) => send('DELETE', `/api/v1/oncall/feeds/${id}`),
  ),
  'oncall.calendarFeed': after(
    () => send('POST', '/api/v1/oncall/feeds', { team: 'changed' }),
    ({ url }) => get(new URL(url as string).pathname),
  ),
  'oncall.createSchedule': (n) => send('POST', '/api/v1/schedules', { team: `plain ${n}`, members: members(200) }),
  'oncall.putSchedule': () => schedule('large'),
  'oncall.previewSchedule': () =>
    send('POST', '/api/v1/schedules/preview', {
      layers: [hourly([ANN], [BOB])],
      from: '2026-01-05T00:00:00Z',
      to: '2028-01-05T00:00:00Z',
    }),
  'oncall.updateSchedule': after(
    (n) => send('POST', '/api/v1/schedules', { team: `grown ${n}`, members: members(100) }),
    (_, n) =>
      send('PATCH', `/api/v1/schedules/grown ${n}`, {
        add_members: people(100, 'k').map((each) => ({ ...each, role: 'secondary' })),
      }),
  ),
  'oncall.deleteSchedule': after(
    (n) => schedule(`ended ${n}`),
    (_, n) => send('DELETE', `/api/v1/schedules/ended ${n}`),
  ),
  'oncall.withdrawVersion': after(
    (n) =>
      send('PUT', '/api/v1/schedules/large', {
        layers: largest(),
        effective_from: `2026-03-${String(n + 10)}T00:00:00Z`,
      }),
    ({ version }) => send('DELETE', `/api/v1/schedules/large/versions/${version}`),
  ),
  'oncall.addOverride': (n) => override(n, 1),
  'oncall.moveOverride': (n) =>
    send('PATCH', `/api/v1/overrides/${OVERRIDE}`, { ends_at: `2026-02-0${n + 1}T00:00:00Z` }),
  'oncall.deleteOverride': after(
    (n) => override(n, 5),
    ({ id }) => send('DELETE', `/api/v1/overrides/${id}`),
  ),
  'oncall.setOverride': () =>
    send('POST', '/api/v1/oncall/override', {
      team: TEAM,
      user_name: 'u'.repeat(255),
      user_email: 'u@people.example',
      reason: 'r"'.repeat(500),
    }),
  'oncall.removeOverride': async (_, harness) => {
    await call(
      harness,
      send('POST', '/api/v1/oncall/override', { team: TEAM, user_name: 'Ann', user_email: 'ann@example.com' }),
    );
    harness.clock.advance(60_000);
    return send('DELETE', `/api/v1/oncall/override/${TEAM}`);
  },
  'oncall.setTeamRoom': () => send('PUT', `/api/v1/teams/${TEAM}/room`, { room: `mock:${'r'.repeat(400)}` }),
  'oncall.setHandoffNotice': (n) => send('PUT', `/api/v1/teams/${TEAM}/handoff-notice`, { minutes: 30 + n }),
  'oncall.setService': (n) => send('PUT', `/api/v1/services/${n}${'s'.repeat(200)}`, { team: TEAM }),
  'oncall.setDependencies': (n) =>
    send('PUT', `/api/v1/services/${n}${'d'.repeat(200)}/dependencies`, {
      depends_on: Array.from({ length: 50 }, (_, at) => ({ service: `${'u'.repeat(240)} ${at}`, grace_seconds: n })),
    }),
  'oncall.deleteService': (n) => send('DELETE', `/api/v1/services/owned ${n + 1}`),
  'oncall.setPerson': (n) =>
    send('PUT', `/api/v1/people/${n + 1}@people.example`, { name: 'p'.repeat(255), time_zone: 'Asia/Tokyo' }),
  'oncall.deletePerson': (n) => send('DELETE', `/api/v1/people/${n + 100}@people.example`),
  'oncall.deleteTeam': async (n, harness) => {
    await harness.databases.oncall?.db('teams').insert({ name: `bare ${n}`, created_at: harness.clock.now() });
    return send('DELETE', `/api/v1/teams/bare ${n}`);
  },
  'notify.notify': () =>
    send('POST', '/api/v1/notify', {
      incident_id: INCIDENT,
      channel: 'mock',
      recipient: 'r'.repeat(500),
      message: 'm"'.repeat(2_500),
      metadata: wideObject(100, 1_000),
    }),
  'notify.setChannelSettings': (n) =>
    send('PUT', '/api/v1/channels/email/settings', { MAIL_FROM: `${n}${'m'.repeat(3_999)}` }),
  'notify.addContactMethod': (n) =>
    send('POST', '/api/v1/contact-methods', {
      ...{ person: `${n}@people.example`, channel: 'email', address: `${'a'.repeat(60)}@people.example` },
      label: 'l'.repeat(100),
    }),
  'notify.changeContactMethod': async (n, harness) =>
    send('PATCH', `/api/v1/contact-methods/${await contactMethod(harness, n)}`, {
      label: 'l'.repeat(100),
      position: 19,
    }),
  'notify.deleteContactMethod': async (n, harness) =>
    send('DELETE', `/api/v1/contact-methods/${await contactMethod(harness, n)}`),
  'notify.sendContactCode': async (n, harness) =>
    send('POST', `/api/v1/contact-methods/${await contactMethod(harness, n)}/code`, {}),
  'notify.verifyContactMethod': async (n, harness) =>
    send('POST', `/api/v1/contact-methods/${await contactMethod(harness, n)}/verify`, { code: '123456' }),
  'notify.testContactMethod': async (n, harness) =>
    send('POST', `/api/v1/contact-methods/${await contactMethod(harness, n)}/test`, {}),
  'notify.page': async (_, harness) => get(`/api/v1/pages/${await page(harness)}`),
  'notify.pageMe': () => send('POST', '/api/v1/page-me', {}),
  'notify.setNotificationRules': (n) => {
    const rules = Array.from({ length: 10 }, (_, at) => ({
      ...{ after_minutes: at, unless: 'delivered', methods: Array.from({ length: 20 }, () => '*email') },
    }));
    return send('PUT', '/api/v1/notification-rules', { person: `${n}@people.example`, high: rules, low: rules });
  },
  'notify.testChannel': () => send('POST', '/api/v1/channels/mock/test', { address: 'a'.repeat(500) }),
  'gateway.login': async (n, harness) => {
    const username = `login ${n} ${randomUUID()}`;
    await call(harness, send('POST', '/api/v1/users', { username, password: 'p'.repeat(1_024), role: 'viewer' }));
    return send('POST', '/api/v1/auth/login', { username, password: 'p'.repeat(1_024) });
  },
  'gateway.setupState': () => send('POST', '/api/v1/auth/setup/state', { token: 't'.repeat(255) }),
  'gateway.setup': () =>
    send('POST', '/api/v1/auth/setup', {
      token: 't'.repeat(255),
      username: 'u'.repeat(100),
      password: 'p'.repeat(1_024),
    }),
  'gateway.logout': async (n, harness) => ({
    ...send('POST', '/api/v1/auth/logout', {}),
    headers: (await session(harness, n)).headers,
  }),
  'gateway.changePassword': async (n, harness) => ({
    ...send('POST', '/api/v1/auth/password', { current_password: PASSWORD, new_password: 'q'.repeat(1_024) }),
    headers: (await session(harness, n)).headers,
  }),
  'gateway.listSessions': async (n, harness) => ({
    ...get('/api/v1/auth/sessions'),
    headers: (await session(harness, n)).headers,
  }),
  'gateway.endSession': async (n, harness) => {
    const { headers } = await session(harness, n);
    const [one] = (await call(harness, { ...get('/api/v1/auth/sessions'), headers })) as unknown as { id: string }[];
    return { ...send('DELETE', `/api/v1/auth/sessions/${one?.id}`), headers };
  },
  'gateway.createUser': (n) => user(n),
  'gateway.updateUser': after(user, ({ id }) =>
    send('PATCH', `/api/v1/users/${id}`, { password: 'p'.repeat(1_024), role: 'admin' }),
  ),
  'gateway.listUserSessions': async (n, harness) => get(`/api/v1/users/${(await session(harness, n)).id}/sessions`),
  'gateway.endUserSessions': async (n, harness) =>
    send('DELETE', `/api/v1/users/${(await session(harness, n)).id}/sessions`),
  'gateway.deleteUser': after(user, ({ id }) => send('DELETE', `/api/v1/users/${id}`)),
  'gateway.createKey': () => key(),
  'gateway.revokeKey': after(key, ({ id }) => send('DELETE', `/api/v1/api-keys/${id}`)),
  'gateway.events': () => get('/api/v1/events', { wait_ms: '0' }),
  'gateway.contactCardFile': () => get('/api/v1/contact-card.vcf'),
  'gateway.openLink': (_, harness) => get(`/l/${linkFor(harness)}`),
  'gateway.useLink': (_, harness) => send('POST', `/l/${linkFor(harness)}`),
  'notify.linkAccount': () => send('POST', '/api/v1/account-links', {}),
  'gateway.openAnswer': () => get(`/api/v1/answers/${'a'.repeat(4_000)}`),
  'gateway.giveAnswer': () => send('POST', `/api/v1/answers/${'a'.repeat(4_000)}`),
  ...webhooks(),
};

/** Requests to the webhook of a channel, at each depth. */
function webhooks(): Record<string, Make> {
  const paths = ['', '/a', '/a/b', '/a/b/c'].map((rest) => `/api/v1/inbound/mock${rest}`);
  return Object.fromEntries(
    paths.flatMap((path, depth): [string, Make][] => [
      [`gateway.inboundGet${depth}`, () => get(path)],
      [`gateway.inboundPost${depth}`, () => send('POST', path, { text: 'x'.repeat(60_000) })],
    ]),
  );
}

/** Expected statuses of requests that are refused. */
export const REFUSED: Record<string, number> = {
  // Back-tests that do not exist.
  'alerts.getBacktest': 404,
  'alerts.cancelBacktest': 404,
  // No mail server is set up, and no code was sent.
  'notify.addContactMethod': 409,
  'notify.sendContactCode': 409,
  'notify.testContactMethod': 409,
  'notify.verifyContactMethod': 422,
  // A key is no person.
  'notify.pageMe': 422,
  // Only the ids of all rules are an order.
  'alerts.orderRules': 422,
  // Users exist, so the setup link is refused.
  'gateway.setup': 403,
  // A cron expression that never runs, and heartbeats that do not exist.
  'alerts.createHeartbeat': 422,
  'alerts.updateHeartbeat': 422,
  'alerts.ping0.get': 404,
  'alerts.ping2.get': 404,
  'alerts.ping2.post': 404,
  // Nonsense is no token, and mock has no webhook.
  // A key links no account.
  'notify.linkAccount': 422,
  'gateway.openAnswer': 404,
  'gateway.giveAnswer': 404,
  ...Object.fromEntries(Object.keys(webhooks()).map((name) => [name, 404])),
};

const linkFor = ({ clock }: Harness): string =>
  signLink(SECRETS.secretKey, {
    purpose: 'acknowledge',
    incident_id: INCIDENT,
    actor: 'ops-team',
    expires: clock.now().getTime() / 1_000 + 3_600,
  });
