import { ANA, PASSWORD, type Visit } from '../../../testing/visit';
import { ruleOf } from '../rules';
import { type Change, item, type Own, row, said } from './change';

/** Additions and changes by another person. */

const HOUR_MS = 3_600_000;
const inHours = (hours: number) => new Date(Math.ceil(Date.now() / HOUR_MS + hours) * HOUR_MS).toISOString();
const CARLA = { name: 'Carla Rossi', email: 'carla@example.com' };
const MYSELF = { name: 'Ana Brandt', email: 'ana@example.com' };
const members = [{ ...CARLA, role: 'primary' }];
const alert = (message: string, service = 'router') => ({ service, severity: 'high', message });
/** Reported before the page is opened, and again while it is open. */
export const PUMP = alert('Pump is wet', 'pump');
const pathOf = ({ incident }: Own) => `/incidents/${incident}`;

async function logInAs(browser: Visit['browser'], url: string): Promise<void> {
  const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
  const context = await browser.newContext({ userAgent });
  await context.request.post(`${url}/api/v1/auth/login`, { data: { username: ANA.username, password: PASSWORD } });
  await context.close();
}

/** Absent before the change, and present after it. */
export const ADDITIONS: Change[] = [
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
    path: pathOf,
    change: ({ ask }, { incident }) => ask('PATCH', `/api/v1/incidents/${incident}`, { notes: 'Cache is warm again' }),
    seen: said('Cache is warm again'),
  },
  {
    name: 'an incident: its severity',
    path: pathOf,
    change: ({ ask }, { incident }) => ask('PATCH', `/api/v1/incidents/${incident}`, { severity: 'critical' }),
    seen: said(/changed the severity from high to critical/),
  },
  {
    name: 'an incident: who was told',
    path: pathOf,
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
      for (let again = 0; again < 2; again++) await ask('POST', '/api/v1/alerts', PUMP);
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
        ...{ team: 'lighthouse', rotation_type: 'weekly', members: [{ ...MYSELF, role: 'primary' }] },
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
    name: 'heartbeats: one that fails',
    path: '/heartbeats',
    change: async ({ ask, product }) => {
      const schedule = { period: 600, grace: 60 };
      const made = await ask<{ ping_url: string }>('POST', '/api/v1/heartbeats', {
        name: 'Sweeper',
        team: 'payments',
        schedule,
      });
      await fetch(`${product.url}${new URL(made.ping_url).pathname}/1`);
    },
    seen: (page) => page.locator('tbody tr', { hasText: 'Sweeper' }).filter({ hasText: 'Down' }),
  },
  {
    name: 'rules: one that is made',
    path: '/rules',
    change: ({ ask }) => ask('POST', '/api/v1/rules', ruleOf('Attic drips', 'room="attic"', { drop: true })),
    seen: item('Attic drips'),
  },
  {
    name: 'silences: one that is made',
    path: '/silences',
    change: ({ ask }) =>
      ask('POST', '/api/v1/silences', { matchers: ['room="attic"'], ends_at: inHours(2), comment: 'Painters' }),
    seen: item('Painters'),
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
