/** @jest-environment @happy-dom/jest-environment */
import { heardAt } from '../live/connection';
import type { Ports } from '../ports';
import { ANA, anIncident, type ShownPage, settled, showPage } from '../testing/page';
import { now } from '../ui/times';
import { relievedAt } from './duty';
import { HomePage } from './HomePage';

type Platform = Awaited<ReturnType<Ports['gateway']['platform']>>;
type Guide = Awaited<ReturnType<Ports['gateway']['guide']>>;

const AT = Date.parse('2026-03-28T02:12:04.000Z');
const instant = (minutes: number) => new Date(AT + minutes * 60_000).toISOString();

const module = (name: Platform['modules'][number]['module'], jobs: object = {}): Platform['modules'][number] => ({
  module: name,
  status: 'up',
  reason: null,
  standing: {
    version: '0.1.0',
    started_at: instant(-90),
    jobs: { due: 0, oldest_due_seconds: 0, given_up: 0, ...jobs },
  },
});
const PLATFORM: Platform = {
  at: instant(0),
  version: '0.1.0',
  uptime_seconds: 5_400,
  modules: [module('alerts'), module('incidents'), module('oncall'), module('notify'), module('gateway')],
  deliveries: { since: instant(-1_440), delivered: 40, failed: 2, median_seconds: 1.4 },
  stream: { open: 3, silent: [] },
};
const DONE: Guide = {
  tool: { done: true, name: 'prod', waiting: false },
  schedule: { done: true, schedules: 1 },
  reach: { done: true, email: ANA.email, channel: 'email', recipient: ANA.email, configured: ['email'], missing: [] },
  test: { done: true },
};
const figures = (median: number | null) => ({
  incidents: 12,
  resolved: 9,
  mtta: { median, p90: median },
  mttr: { median: null, p90: null },
});
const person = (name: string) => ({ name, email: `${name.toLowerCase()}@example.com` });
const LAYER = { kind: 'layer', id: 'l', name: 'weekly' } as never;
const shift = (role: 'primary' | 'secondary', name: string, from: number, to: number) => ({
  role,
  person: { ...person(name), time_zone: 'UTC' } as never,
  starts_at: instant(from),
  ends_at: instant(to),
  source: LAYER,
});

let page: ShownPage;
interface Given {
  platform?: Platform;
  guide?: Guide;
  mine?: string[];
  incidents?: ReturnType<typeof anIncident>[];
}

async function open({ platform = PLATFORM, guide = DONE, mine = [], incidents = [] }: Given = {}): Promise<void> {
  page = await showPage(<HomePage />, {
    incidents: {
      list: async () => ({ incidents, total: incidents.length, page: 1, per_page: 50, counts: {} as never }),
      get: async ({ id }) => ({ ...anIncident({ id }), alerts: [], alerts_total: 0, notes: [], timeline: [] }),
      analytics: async () =>
        ({
          totals: figures(65),
          previous: figures(125),
          by_service: [{ service: 'checkout', incidents: 7 }],
        }) as never,
    },
    oncall: {
      onCallNow: async () => ({
        at: instant(0),
        teams: ['payments', 'search'].map((team) => ({
          team,
          primaries: team === 'search' ? [] : [{ ...person('Ben'), source: LAYER }],
          secondaries: [{ ...person('Ana'), source: LAYER }],
          until: instant(60),
        })),
      }),
      myShifts: async () =>
        ({
          email: ANA.email,
          from: instant(0),
          to: instant(9e4),
          on_call: mine.map((team) => ({ team })),
          shifts: [],
        }) as never,
      scheduleShifts: async () =>
        ({
          from: instant(0),
          to: instant(43_200),
          shifts: [
            shift('primary', 'Ben', -60, 60),
            shift('primary', 'Ben', 60, 194),
            shift('secondary', 'Ana', -60, 43_200),
          ],
        }) as never,
    },
    gateway: { platform: async () => platform, guide: async () => guide },
  });
  await settled();
}

beforeEach(() => {
  now.value = AT;
  heardAt.value = AT;
});
afterEach(() => page.close());

test('a person on call is shown with the time until they are relieved, not until anything changes', async () => {
  await open();
  expect(page.text()).toContain('hand-off in 3 h 14 min');
  expect(page.text()).toContain('no hand-off in 30 days');
});

test('without a live connection the hand-off is an instant and no countdown', async () => {
  heardAt.value = AT - 60_000;
  await open();
  expect(page.text()).not.toContain('hand-off in 3 h');
  expect(page.text()).toContain('until ');
});

test('whoever takes turns sees their own teams, and where nobody is primary', async () => {
  await open({ mine: ['search'] });
  expect(page.text()).toContain('On call in your teams');
  expect(page.text()).toContain('Nobody is primary');
  expect(page.text()).not.toContain('payments');
});

test('this week stands against the last one', async () => {
  await open();
  expect(page.text()).toContain('1 min faster than last week');
  expect(page.text()).toContain('nothing to compare with');
});

test('the platform says that all answer, and what was delivered in a day', async () => {
  await open();
  expect(page.text()).toContain('All answer');
  expect(page.text()).toContain('40 delivered median 1.4 s 2 failed');
  expect(page.text()).toContain('Version 0.1.0, up for 1 h 30 min');
});

test('a module that is down is named with its reason, and late jobs with how late they are', async () => {
  const down = { ...module('notify'), status: 'down' as const, reason: 'The database is unreachable.', standing: null };
  const late = module('incidents', { due: 4, oldest_due_seconds: 70, given_up: 1 });
  await open({ platform: { ...PLATFORM, modules: [module('alerts'), late, down], deliveries: null } });
  expect(page.text()).toContain('2 of 3 answer');
  expect(page.text()).toContain('down The database is unreachable.');
  expect(page.text()).toContain('4 jobs late, 1 min 10 s');
  expect(page.text()).toContain('1 job failed for good');
});

test('the guide is gone when every step is done, and when nothing of it can be looked up', async () => {
  await open();
  expect(page.text()).not.toContain('Set up Tocsin');
  page.close();
  await open({ guide: { tool: null, schedule: null, reach: null, test: null } });
  expect(page.text()).not.toContain('Set up Tocsin');
});

test('the guide says what to set where e-mail is not configured', async () => {
  const reach = { ...DONE.reach, done: false, configured: [], missing: ['channel'] } as Guide['reach'];
  await open({ guide: { ...DONE, reach } });
  expect(page.text()).toContain('3 of 4 done');
  expect(page.text()).toContain('Set SMTP_URL');
});

test('somebody is relieved at the end of all shifts they hold without a break', () => {
  const shifts = [shift('primary', 'Ben', 0, 10), shift('primary', 'Ben', 10, 20), shift('primary', 'Ben', 30, 40)];
  expect(relievedAt(shifts, 'primary', 'ben@example.com', instant(5))).toBe(instant(20));
  expect(relievedAt(shifts, 'primary', 'ben@example.com', instant(25))).toBeNull();
  expect(relievedAt(shifts, 'secondary', 'ben@example.com', instant(5))).toBeNull();
});
