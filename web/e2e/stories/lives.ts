import type { Locator, Page } from 'playwright-core';
import { ANA, PASSWORD, type Visit } from '../../testing/visit';
import { admin } from '../../words/admin';
import { settle } from './sweep';

/** Every list, and every kind of change that somebody else may make: each is seen without asking for the page again. */

/** What is looked at while it changes. */
interface Own {
  incident: string;
  alert: string;
  integration: { id: string; url: string };
}

interface Change {
  /** What changes, after the page it is seen on. */
  name: string;
  path: string | ((own: Own) => string);
  change(visit: Visit, own: Own): Promise<unknown>;
  /** Not there before the change, and there after it. */
  seen(page: Page): Locator;
}

const HOUR_MS = 3_600_000;
const inHours = (hours: number) => new Date(Math.ceil(Date.now() / HOUR_MS + hours) * HOUR_MS).toISOString();
const row = (text: string | RegExp) => (page: Page) => page.locator('main tr', { hasText: text }).first();
const item = (text: string | RegExp) => (page: Page) => page.locator('main li', { hasText: text }).first();
const said = (text: string | RegExp) => (page: Page) => page.locator('main').getByText(text).first();
const CARLA = { name: 'Carla Rossi', email: 'carla@example.com' };
const anna = { name: 'Ana Brandt', email: 'ana@example.com' };
const members = [{ ...CARLA, role: 'primary' }];
const alert = (message: string, service = 'router') => ({ service, severity: 'high', message });
const incidentOf = ({ incident }: Own) => `/incidents/${incident}`;

const CHANGES: Change[] = [
  {
    name: 'Home: an incident',
    path: '/',
    change: ({ ask }) => ask('POST', '/api/v1/alerts', alert('Router is hot')),
    seen: row('Router is hot'),
  },
  {
    name: 'Home: an override',
    path: '/',
    change: ({ ask }) =>
      ask('POST', '/api/v1/oncall/override', { team: 'payments', user_name: CARLA.name, user_email: CARLA.email }),
    seen: item(CARLA.name),
  },
  {
    name: 'incidents: one that is opened by hand',
    path: '/incidents',
    change: ({ ask }) =>
      ask('POST', '/api/v1/incidents', { title: 'Coffee is out', service: 'kitchen', severity: 'low' }),
    seen: row('Coffee is out'),
  },
  {
    name: 'incidents: who has it',
    path: '/incidents?q=coffee',
    change: async ({ ask }) => {
      const { incidents } = await ask<{ incidents: { id: string }[] }>('GET', '/api/v1/incidents?q=coffee');
      return ask('PATCH', `/api/v1/incidents/${incidents[0]?.id}`, { assigned_to: 'Dana Novak' });
    },
    seen: row('Dana Novak'),
  },
  {
    name: 'an incident: a note',
    path: incidentOf,
    change: ({ ask }, { incident }) => ask('PATCH', `/api/v1/incidents/${incident}`, { notes: 'Cache is warm again' }),
    seen: said('Cache is warm again'),
  },
  {
    name: 'an incident: its severity',
    path: incidentOf,
    change: ({ ask }, { incident }) => ask('PATCH', `/api/v1/incidents/${incident}`, { severity: 'critical' }),
    seen: said(/changed the severity from high to critical/),
  },
  {
    name: 'an incident: who was told',
    path: incidentOf,
    change: ({ ask }, { incident }) =>
      ask('POST', '/api/v1/notify', {
        incident_id: incident,
        message: 'Look',
        channel: 'mock',
        recipient: 'the-mayor',
      }),
    seen: said(/the-mayor/),
  },
  {
    name: 'alerts: a new one',
    path: '/alerts',
    change: ({ ask }) => ask('POST', '/api/v1/alerts', alert('Fan stands still')),
    seen: row('Fan stands still'),
  },
  {
    name: 'an alert: that it was reported again',
    path: ({ alert: id }) => `/alerts/${id}`,
    change: async ({ ask }) => {
      for (let again = 0; again < 2; again++) await ask('POST', '/api/v1/alerts', alert('Pump is wet', 'pump'));
    },
    seen: said(/^3 times/),
  },
  {
    name: 'on call: a schedule',
    path: '/oncall?tab=schedules',
    change: ({ ask }) => ask('POST', '/api/v1/schedules', { team: 'harbour', rotation_type: 'daily', members }),
    seen: said('harbour'),
  },
  {
    name: 'on call now: an override',
    path: '/oncall',
    change: ({ ask }) =>
      ask('POST', '/api/v1/oncall/override', { team: 'harbour', user_name: 'Eli Sand', user_email: 'eli@example.com' }),
    seen: said('Eli Sand'),
  },
  {
    name: 'on call: an escalation',
    path: '/oncall?tab=escalations',
    change: ({ ask }) =>
      ask('POST', '/api/v1/escalate', { team: 'harbour', incident_id: 'CRANE-7', reason: 'Crane leans' }),
    seen: said('Crane leans'),
  },
  {
    name: 'a calendar: an override that is planned',
    path: '/oncall/harbour',
    change: ({ ask }) =>
      ask('POST', '/api/v1/overrides', {
        ...{ team: 'harbour', kind: 'add', in: { name: 'Faye Lund', email: 'faye@example.com' } },
        ...{ starts_at: inHours(5), ends_at: inHours(30), reason: 'Wedding' },
      }),
    seen: (page) => page.locator('main', { hasText: 'Faye Lund' }),
  },
  {
    name: 'a policy: its steps',
    path: '/oncall/harbour/policy',
    change: ({ ask }) =>
      ask('PUT', '/api/v1/policies/harbour', {
        repeat: 1,
        steps: [{ targets: [{ kind: 'room', address: 'mock:harbour-master' }], wait_minutes: 7 }],
      }),
    seen: (page) => page.locator('main', { hasText: 'harbour-master' }),
  },
  {
    name: 'coverage: a team',
    path: '/coverage',
    change: ({ ask }) => ask('POST', '/api/v1/schedules', { team: 'bridge', rotation_type: 'daily', members }),
    seen: said('bridge'),
  },
  {
    name: 'my shifts: a schedule that I am on',
    path: '/shifts',
    change: ({ ask }) =>
      ask('POST', '/api/v1/schedules', {
        ...{ team: 'lighthouse', rotation_type: 'weekly', members: [{ ...anna, role: 'primary' }] },
      }),
    seen: said('lighthouse'),
  },
  {
    name: 'services: an owner',
    path: '/services',
    change: ({ ask }) => ask('PUT', '/api/v1/services/foghorn', { team: 'payments' }),
    seen: row('foghorn'),
  },
  {
    name: 'integrations: one more',
    path: '/integrations',
    change: ({ ask }) => ask('POST', '/api/v1/integrations', { name: 'Alertmanager, attic' }),
    seen: item('Alertmanager, attic'),
  },
  {
    name: 'an integration: what could not be read',
    path: ({ integration: { id } }) => `/integrations/${id}`,
    change: (_, { integration: { url } }) =>
      fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"alerts": "all wet"}' }),
    seen: (page) => page.locator('main details summary').first(),
  },
  {
    name: 'notifications: one that was sent',
    path: '/notifications',
    change: ({ ask }) =>
      ask('POST', '/api/v1/notify', { incident_id: 'X-1', message: 'Tide', channel: 'mock', recipient: 'pilot' }),
    seen: row('pilot'),
  },
  {
    name: 'channels: when one failed last',
    path: '/admin?tab=channels',
    change: ({ ask }) => ask('POST', '/api/v1/channels/webhook/test', { address: 'quay' }),
    seen: (page) => page.locator('main tr', { hasText: /^Webhook/ }).locator('time'),
  },
  {
    name: 'users: one more',
    path: '/admin',
    change: ({ ask }) => ask('POST', '/api/v1/users', { username: 'gil', password: PASSWORD, role: 'viewer' }),
    seen: row('gil'),
  },
  {
    name: 'keys: one more',
    path: '/admin?tab=keys',
    change: ({ ask }) => ask('POST', '/api/v1/api-keys', { name: 'tide tables', role: 'viewer' }),
    seen: row('tide tables'),
  },
  {
    name: 'the audit log: what somebody did',
    path: '/admin?tab=audit&kind=team_room_set',
    change: ({ ask }) => ask('PUT', '/api/v1/teams/harbour/room', { room: 'mock:quay' }),
    seen: row('Set the room of a team'),
  },
  {
    name: 'the account: a session elsewhere',
    path: '/account',
    change: ({ browser, url }) => logInAs(browser, url),
    seen: said('Firefox on Linux'),
  },
  {
    name: 'analytics: an incident of another service',
    path: '/analytics',
    change: ({ ask }) => ask('POST', '/api/v1/alerts', alert('Chain is loose', 'anchor')),
    seen: (page) => page.locator('main svg text', { hasText: 'anchor' }),
  },
];

/** The id of whatever bears this name in a list. */
async function idOf(ask: Visit['ask'], path: string, list: string, name: string): Promise<string> {
  const all = (await ask<Record<string, Record<string, string>[]>>('GET', path))[list];
  const one = all?.find((each) => Object.values(each).includes(name));
  if (one === undefined) throw new Error(`${path} knows no ${name}.`);
  return one['id'] as string;
}

/** What is taken away or comes to another state: there before, and gone after. */
const TAKEN: Change[] = [
  {
    name: 'incidents that are open: one that is resolved',
    path: '/incidents?status=open',
    change: async ({ ask }) => {
      const id = await idOf(ask, '/api/v1/incidents?q=coffee', 'incidents', 'Coffee is out');
      await ask('PATCH', `/api/v1/incidents/${id}`, { status: 'resolved' });
    },
    seen: row('Coffee is out'),
  },
  {
    name: 'on call now: an override that is ended',
    path: '/oncall',
    change: ({ ask }) => ask('DELETE', '/api/v1/oncall/override/harbour'),
    seen: said('Eli Sand'),
  },
  {
    name: 'a policy that is given up for the default',
    path: '/oncall/harbour/policy',
    change: ({ ask }) => ask('DELETE', '/api/v1/policies/harbour'),
    seen: said(/harbour-master/),
  },
  {
    name: 'schedules: one that is deleted',
    path: '/oncall?tab=schedules',
    change: ({ ask }) => ask('DELETE', '/api/v1/schedules/bridge'),
    seen: said('bridge'),
  },
  {
    name: 'services: an owner that is forgotten',
    path: '/services',
    change: ({ ask }) => ask('DELETE', '/api/v1/services/foghorn'),
    seen: row('foghorn'),
  },
  {
    name: 'integrations: a key that works still',
    path: '/integrations',
    change: async ({ ask }) =>
      ask('DELETE', `/api/v1/integrations/${await idOf(ask, '/api/v1/integrations', 'integrations', 'Cellar')}`),
    seen: (page) => item('Cellar')(page).filter({ hasNotText: 'Revoked' }),
  },
  {
    name: 'keys: one that works still',
    path: '/admin?tab=keys',
    change: async ({ ask }) =>
      ask('DELETE', `/api/v1/api-keys/${await idOf(ask, '/api/v1/api-keys', 'api_keys', 'tide tables')}`),
    seen: (page) => row('tide tables')(page).getByRole('button'),
  },
  {
    name: 'users: one that is removed',
    path: '/admin',
    change: async ({ ask }) => ask('DELETE', `/api/v1/users/${await idOf(ask, '/api/v1/users', 'users', 'gil')}`),
    seen: row('gil'),
  },
];

async function logInAs(browser: Visit['browser'], url: string): Promise<void> {
  const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
  const context = await browser.newContext({ userAgent });
  await context.request.post(`${url}/api/v1/auth/login`, { data: { username: ANA.username, password: PASSWORD } });
  await context.close();
}

export function livesStory(visit: () => Visit): void {
  let own: Own;

  beforeAll(async () => {
    const { ask, product } = visit();
    const made = await ask<{ alert_id: string; incident_id: string }>(
      'POST',
      '/api/v1/alerts',
      alert('Pump is wet', 'pump'),
    );
    const { id, url } = await ask<{ id: string; url: string }>('POST', '/api/v1/integrations', { name: 'Cellar' });
    const address = product.url + new URL(url).pathname;
    own = { incident: made.incident_id, alert: made.alert_id, integration: { id, url: address } };
  });

  const open = async (path: Change['path']) => {
    const { page, url } = visit();
    await page.goto(url + (typeof path === 'string' ? path : path(own)));
    await settle(page);
    await page.getByText('Live', { exact: true }).waitFor();
    return page;
  };

  test.each(CHANGES)('$name', async ({ path, change, seen }) => {
    const page = await open(path);
    expect(await seen(page).count()).toBe(0);
    await change(visit(), own);
    await seen(page).waitFor();
  });

  test.each(TAKEN)('no more: $name', async ({ path, change, seen }) => {
    const page = await open(path);
    await seen(page).waitFor();
    await change(visit(), own);
    await seen(page).waitFor({ state: 'detached' });
  });

  test('each deed that all of this was has a sentence in the audit log', async () => {
    const { entries } = await visit().ask<{ entries: { kind: string }[] }>('GET', '/api/v1/audit?per_page=200');
    const kinds = [...new Set(entries.map(({ kind }) => kind))];
    expect(kinds.length).toBeGreaterThan(20);
    expect(kinds.filter((kind) => admin.audit.kinds[kind] === undefined)).toEqual([]);
  });
}
