/** @jest-environment @happy-dom/jest-environment */
import { Route, Router } from 'preact-iso';
import { invalid, Problem } from '../../src/kernel/ports/problem';
import type { Ports } from '../ports';
import { ANA, closePage, type ShownPage, showPage, submit, type } from '../testing/page';
import { when } from '../ui/times';
import { Toasts, unsay } from '../ui/toast';
import { HeartbeatPage } from './HeartbeatPage';
import { HeartbeatsPage } from './HeartbeatsPage';
import { HomeHeartbeats } from './HomeHeartbeats';
import { snippetsOf } from './snippets';
import type { Heartbeat, Listed } from './view';

type Alerts = Ports['alerts'];
const AT = '2026-03-28T02:00:00.000Z';
const ADDRESS = 'https://tocsin.example/ping/00000000-0000-4000-8000-0000000000aa';

const heartbeat = (change: Partial<Heartbeat> = {}): Heartbeat => ({
  id: '00000000-0000-4000-8000-000000000001',
  name: 'Nightly backup',
  slug: 'nightly-backup',
  team: null,
  service: 'backup',
  severity: 'high',
  schedule: { period: 86_400, grace: 3_600 },
  paused: false,
  state: 'up',
  ping_url: ADDRESS,
  pings: 3,
  last_ping_at: AT,
  last_run_ms: 61_000,
  started_at: null,
  due_at: '2026-03-29T02:00:00.000Z',
  down_at: '2026-03-29T03:00:00.000Z',
  down_since: null,
  down_cause: null,
  outage: null,
  recent: [],
  created_at: AT,
  created_by: 'ana',
  ...change,
});
const listOf = (...heartbeats: Heartbeat[]): Listed => {
  const states = { new: 0, up: 0, started: 0, late: 0, down: 0, paused: 0 };
  for (const { state } of heartbeats) states[state] += 1;
  return { total: heartbeats.length, page: 1, per_page: 50, heartbeats, states };
};
const ping = {
  number: 1,
  at: AT,
  kind: 'success' as const,
  exit_code: null,
  run_ms: null,
  rid: null,
  method: 'POST',
  body_bytes: 0,
};

let page: ShownPage;
let asked: [string, unknown][];

/** Answers with a heartbeat, and notes the question. */
const noting =
  (name: string, answer: unknown = heartbeat()) =>
  async (input: unknown) => {
    asked.push([name, input]);
    return answer as never;
  };

async function open(url: string, fakes: Partial<Alerts> = {}, who: Parameters<typeof showPage>[3] = ANA) {
  asked = [];
  page = await showPage(
    <>
      <Router>
        <Route path="/" component={HomeHeartbeats} />
        <Route path="/heartbeats" component={HeartbeatsPage} />
        <Route path="/heartbeats/:id" component={HeartbeatPage} />
      </Router>
      <Toasts />
    </>,
    {
      alerts: {
        listHeartbeats: noting('list', listOf(heartbeat())),
        getHeartbeat: async () => heartbeat(),
        heartbeatPings: async () => ({ pings: [] }),
        listPingKeys: async () => ({ keys: [] }),
        createHeartbeat: noting('create'),
        updateHeartbeat: noting('update'),
        deleteHeartbeat: noting('delete', undefined),
        pauseHeartbeat: noting('pause'),
        resumeHeartbeat: noting('resume'),
        ...fakes,
      },
      oncall: { teams: async () => [] },
      gateway: { seenServices: async () => ({ services: [], total: 0 }) as never },
    },
    url,
    who,
  );
}
const ONE = `/heartbeats/${heartbeat().id}`;

afterEach(() => {
  unsay();
  closePage();
});

test('the list shows state, schedule, last ping and next ping of each heartbeat', async () => {
  await open('/heartbeats', {
    listHeartbeats: async () =>
      listOf(
        heartbeat({ name: 'Down', state: 'down', down_since: AT }),
        heartbeat({ name: 'New', state: 'new', last_ping_at: null }),
      ),
  });
  const rows = [...page.root.querySelectorAll('tbody tr')].map((row) => row.textContent ?? '');
  expect(rows[0]).toContain('every 1 day');
  expect(rows[0]).toContain('down since');
  expect(rows[1]).toContain('Never seen');
  expect(rows[1]).toContain('never');
  expect(page.text()).toContain('Two heartbeats, 1 down.');
});

test('the filter by state is in the address and in the question', async () => {
  await open('/heartbeats?state=late&q=back');
  expect(asked[0]).toEqual(['list', { state: 'late', q: 'back', page: 1, per_page: 50 }]);
});

test('a new heartbeat is sent with its period in seconds, and its page opens', async () => {
  await open('/heartbeats');
  await page.doing(() => page.button('Add heartbeat').click());
  await page.doing(() => {
    type(page.field('name'), 'Nightly backup');
    type(page.field('service'), 'backup');
    type(page.field('schedule.period'), '10');
    type(page.field('schedule.grace'), '1.5');
  });
  await submit(page);
  expect(asked.find(([name]) => name === 'create')).toEqual([
    'create',
    { name: 'Nightly backup', service: 'backup', severity: 'high', schedule: { period: 600, grace: 90 } },
  ]);
  expect(location.pathname).toBe(ONE);
  expect(page.text()).toContain('Nightly backup waits for its first ping');
});

test('a cron expression and a team replace the period and the service, and a fault is shown at its field', async () => {
  await open('/heartbeats', {
    createHeartbeat: async (input) => {
      asked.push(['create', input]);
      throw invalid([{ path: 'schedule.cron', message: 'Has no run within eight years' }]);
    },
  });
  await page.doing(() => page.button('Add heartbeat').click());
  const choose = (name: string, value: string) =>
    page.doing(() => {
      const field = page.field(name);
      field.value = value;
      field.dispatchEvent(new Event('change', { bubbles: true }));
    });
  await choose('owner', 'team');
  await choose('kind', 'cron');
  await page.doing(() => {
    type(page.field('name'), 'x');
    type(page.field('team'), 'ops');
    type(page.field('schedule.cron'), '0 0 30 2 *');
    type(page.field('schedule.time_zone'), 'Europe/Berlin');
  });
  await submit(page);
  expect(asked.find(([name]) => name === 'create')?.[1]).toMatchObject({
    team: 'ops',
    schedule: { cron: '0 0 30 2 *', time_zone: 'Europe/Berlin', grace: 3_600 },
  });
  expect(page.root.querySelector('.fault')?.textContent).toBe('Has no run within eight years');
});

test('the page of a heartbeat shows its run times, its pings, and snippets with its address', async () => {
  await open(ONE, {
    heartbeatPings: async () => ({
      pings: [
        { ...ping, number: 3, kind: 'fail', exit_code: 3, run_ms: 90_000, body_bytes: 20_000 },
        { ...ping, number: 2, run_ms: 60_000 },
        { ...ping, kind: 'start' },
      ],
    }),
    pingBody: async ({ number }) => ({ body: `disk full in ping ${number}` }),
  });
  expect(page.root.querySelector('svg.runs')?.getAttribute('aria-label')).toBe(
    'The last 2 run times, oldest first; the longest took 1 min 30 s',
  );
  expect(page.text()).toContain('exit code 3');
  expect(page.root.querySelector('[role=tabpanel]')?.textContent).toContain(`${ADDRESS}/start`);
  const details = page.root.querySelector('details') as HTMLDetailsElement;
  await page.doing(() => {
    details.open = true;
    details.dispatchEvent(new Event('toggle'));
  });
  expect(page.text()).toContain('disk full in ping 3');
  expect(page.text()).toContain('Only the beginning of 20,000 bytes is kept.');
});

test('only the first pings are shown until the viewer asks for all', async () => {
  const pings = Array.from({ length: 30 }, (_, at) => ({ ...ping, number: 30 - at }));
  await open(ONE, { heartbeatPings: async () => ({ pings }) });
  const shown = () => page.root.querySelectorAll('.list li').length;
  expect(shown()).toBe(10);
  await page.doing(() => page.button('Show all 30').click());
  expect(shown()).toBe(30);
});

test('a ping that is due later has its time, not its age', async () => {
  const due = new Date(Date.now() + 3 * 86_400_000);
  await open('/heartbeats', { listHeartbeats: async () => listOf(heartbeat({ due_at: due.toISOString() })) });
  expect(page.root.querySelector('tbody tr')?.textContent).toContain(`due ${when(due.toISOString())}`);
});

test('a heartbeat that is down says why, and an outage of Tocsin is shown', async () => {
  const outage = { from: AT, until: AT };
  await open(ONE, {
    getHeartbeat: async () => heartbeat({ state: 'down', down_since: AT, down_cause: 'unfinished', outage }),
  });
  expect(page.text()).toContain('A run began and did not end in time.');
  expect(page.text()).toContain('Tocsin itself did not run from');
});

test('it is paused, resumed and deleted by buttons', async () => {
  await open(ONE);
  await page.doing(() => page.button('Pause').click());
  await page.doing(() => page.button('Delete').click());
  await submit(page);
  expect(asked.map(([name]) => name)).toEqual(expect.arrayContaining(['pause', 'delete']));
  expect(location.pathname).toBe('/heartbeats');
  closePage();
  await open(ONE, { getHeartbeat: async () => heartbeat({ state: 'paused', paused: true }) });
  await page.doing(() => page.button('Resume').click());
  expect(asked.map(([name]) => name)).toContain('resume');
});

test('a viewer sees no action, and snippets with a placeholder for the key', async () => {
  const masked = heartbeat({ ping_url: 'https://tocsin.example/ping/…' });
  await open(ONE, { getHeartbeat: async () => masked }, { ...ANA, role: 'viewer' });
  expect([...page.root.querySelectorAll('button')].map(({ textContent }) => textContent)).not.toContain('Pause');
  expect(page.text()).toContain('/ping/YOUR_KEY/nightly-backup');
  expect(page.text()).not.toContain('…/start');
});

test('a ping key is shown once after it is made', async () => {
  const made = {
    ...{
      id: 'k',
      name: 'Cluster',
      team: null,
      key_prefix: 'abcdef',
      old_key_ends_at: null,
      created_at: AT,
      created_by: 'ana',
    },
    ...{
      last_used_at: null,
      revoked_at: null,
      key: 'abcdef0123',
      url: 'https://tocsin.example/ping/abcdef0123/{slug}',
    },
  };
  await open('/heartbeats', { createPingKey: noting('key', made) });
  await page.doing(() => page.button('Add ping key').click());
  await page.doing(() => type(page.field('name'), 'Cluster'));
  await submit(page);
  expect(asked.find(([name]) => name === 'key')?.[1]).toEqual({ name: 'Cluster' });
  expect(page.text()).toContain('abcdef0123');
  await page.doing(() => page.root.querySelector('dialog')?.dispatchEvent(new Event('cancel')));
  expect(page.text()).not.toContain('abcdef0123');
});

test('Home lists those that are down or were never seen, and nothing if there are none', async () => {
  await open('/', { listHeartbeats: noting('list', { ...listOf(heartbeat({ state: 'new' })), total: 7 }) });
  expect(asked[0]?.[1]).toMatchObject({ state: 'down,new' });
  expect(page.text()).toContain('Never seen');
  expect(page.text()).toContain('2 more');
  closePage();
  await open('/', { listHeartbeats: async () => listOf() });
  expect(page.text()).toBe('');
});

test('an unknown heartbeat leads back to all of them', async () => {
  await open(ONE, { getHeartbeat: () => Promise.reject(new Problem('not-found', 'Heartbeat not found')) });
  expect(page.text()).toContain('There is no such heartbeat');
});

test.each(['cron', 'github', 'kubernetes', 'curl'])('the snippet for %s pings the beginning and the end', (id) => {
  const code = snippetsOf(heartbeat({ slug: '_a_b_' }), 'https://x')?.find((one) => one.id === id)?.code ?? '';
  expect(code).toContain('/start');
  expect(code).toContain(ADDRESS);
  if (id === 'kubernetes') expect(code).toContain('name: a-b\n');
});
