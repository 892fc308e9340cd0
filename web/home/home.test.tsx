/** @jest-environment @happy-dom/jest-environment */
import { lastHeartbeatAt, publishEvent } from '../live/connection';
import type { Ports } from '../ports';
import { ANA, anIncident, closePage, type ShownPage, settled, showPage, submit, type } from '../testing/page';
import { now } from '../ui/times';
import { HomePage } from './HomePage';
import { relievedAt } from './useOnCall';

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

const NEXT = instant(4);
const escalationsRequested: string[] = [];
const listsRequested: Parameters<Ports['incidents']['list']>[0][] = [];
const escalationOf = (incident_id: string) => ({
  incident_id,
  paged: [{ step: 1, at: instant(-1), names: ['Ana'] }],
  next: { step: 2, at: NEXT, why: 'secondary', told: [{ name: 'Ben', role: 'secondary' }] },
});
let page: ShownPage;
interface Given {
  platform?: Platform;
  guide?: Guide;
  mine?: string[];
  incidents?: ReturnType<typeof anIncident>[];
  alerts?: Partial<Ports['alerts']>;
}

const format = (id: string, title: string) =>
  ({
    id,
    title,
    hint: null,
    source: 'https://x.example',
    path: `/api/v1/integrations/{key}/${id}`,
    setup: [{ id: 'ini', title: 'Settings', text: 'Set the server.', file: null, code: 'server = {url}' }],
  }) as never;

async function open(given: Given = {}): Promise<void> {
  const { platform = PLATFORM, guide = DONE, mine = [], incidents = [], alerts = {} } = given;
  page = await showPage(<HomePage />, {
    incidents: {
      list: async (input) => {
        listsRequested.push(input);
        const rows = incidents.filter(({ reach }) => input.reach === undefined || reach === input.reach);
        return { incidents: rows, total: rows.length, page: 1, per_page: 50, counts: {} as never };
      },
      fuses: async (input) => {
        escalationsRequested.push(input.incidents);
        return { fuses: input.incidents.split(',').map(escalationOf) };
      },
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
          primaries: team === 'search' ? [] : [{ ...person('Ben'), source: LAYER, relieved_at: null }],
          secondaries: [{ ...person('Ana'), source: LAYER, relieved_at: null }],
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
    alerts,
    gateway: { platform: async () => platform, guide: async () => guide },
  });
  await settled();
}

beforeEach(() => {
  now.value = AT;
  lastHeartbeatAt.value = AT;
});
afterEach(closePage);

test('the headline counts the worst severity first, and the list is sorted by urgency', async () => {
  listsRequested.length = 0;
  const critical = { severity: 'critical' } as const;
  await open({ incidents: [anIncident({ ...critical, reach: 'no_one' }), anIncident(critical), anIncident()] });
  expect(page.root.querySelector('h1')?.textContent).toBe('2 critical, 1 reached no one');
  expect(page.root.querySelector('.no-one [role=alert]')?.textContent).toBe('1 critical incident reached no one');
  expect(listsRequested.filter(({ reach }) => reach === undefined)).toMatchObject([{ sort: 'urgency' }]);
});

test('a responder on call is shown with the time until the hand-off, not until any change', async () => {
  await open();
  expect(page.text()).toContain('hand-off in 3 h 14 min');
  expect(page.text()).toContain('no hand-off in 30 days');
});

test('without a live connection the hand-off is an instant, not a countdown', async () => {
  lastHeartbeatAt.value = AT - 60_000;
  await open();
  expect(page.text()).not.toContain('hand-off in 3 h');
  expect(page.text()).toContain('until ');
});

test('a responder sees their own teams, and which team has no primary', async () => {
  await open({ mine: ['search'] });
  expect(page.text()).toContain('On call in your teams');
  expect(page.text()).toContain('No one is primary');
  expect(page.text()).not.toContain('payments');
});

test('the figures of this week are compared with the last week', async () => {
  await open();
  expect(page.text()).toContain('1 min faster than last week');
  expect(page.text()).toContain('nothing to compare with');
});

test('the platform card shows that all modules answer, and the deliveries of a day', async () => {
  await open();
  expect(page.text()).toContain('All answer');
  expect(page.text()).toContain('40 delivered median 1.4 s 2 failed');
  expect(page.text()).toContain('Version 0.1.0, up for 1 h 30 min');
});

test('a module that is down is shown with its reason, and late jobs with their delay', async () => {
  const down = { ...module('notify'), status: 'down' as const, reason: 'The database is unreachable.', standing: null };
  const late = module('incidents', { due: 4, oldest_due_seconds: 70, given_up: 1 });
  await open({ platform: { ...PLATFORM, modules: [module('alerts'), late, down], deliveries: null } });
  expect(page.text()).toContain('2 of 3 answer');
  expect(page.text()).toContain('down The database is unreachable.');
  expect(page.text()).toContain('4 jobs late, 1 min 10 s');
  expect(page.text()).toContain('1 job failed for good');
});

test('the guide is hidden if every step is done, or if no step can be checked', async () => {
  await open();
  expect(page.text()).not.toContain('Set up Tocsin');
  page.close();
  await open({ guide: { tool: null, schedule: null, reach: null, test: null } });
  expect(page.text()).not.toContain('Set up Tocsin');
});

test('the guide names the settings if e-mail is not configured', async () => {
  const reach = { ...DONE.reach, done: false, configured: [], missing: ['channel'] } as Guide['reach'];
  await open({ guide: { ...DONE, reach } });
  expect(page.text()).toContain('3 of 4 done');
  expect(page.text()).toContain('Set SMTP_URL');
});

test('the guide creates an integration of the selected format and shows the snippet with its key', async () => {
  const asked: unknown[] = [];
  const tool = { done: false, name: null, waiting: false };
  await open({
    guide: { ...DONE, tool },
    alerts: {
      formats: async () => ({ formats: [format('one', 'The first'), format('pager', 'Example Pager')] }),
      createIntegration: async (input) => {
        asked.push(input);
        return { format: 'pager', key: 'tin_k', url: '/api/v1/integrations/tin_k/pager' } as never;
      },
    },
  });
  const select = page.root.querySelector<HTMLSelectElement>('[name=format]') as HTMLSelectElement;
  await page.doing(() => {
    select.value = 'pager';
    select.dispatchEvent(new Event('change', { bubbles: true }));
  });
  await page.doing(() => type(page.field('name'), 'attic'));
  await submit(page);
  expect(asked).toEqual([{ name: 'attic', format: 'pager' }]);
  expect(page.text()).toContain(`server = ${location.origin}/api/v1/integrations/tin_k/pager`);
});

test('a hand-off is at the end of all shifts that one person holds without a break', () => {
  const shifts = [shift('primary', 'Ben', 0, 10), shift('primary', 'Ben', 10, 20), shift('primary', 'Ben', 30, 40)];
  expect(relievedAt(shifts, 'primary', 'ben@example.com', instant(5))).toBe(instant(20));
  expect(relievedAt(shifts, 'primary', 'ben@example.com', instant(25))).toBeNull();
  expect(relievedAt(shifts, 'secondary', 'ben@example.com', instant(5))).toBeNull();
});

describe('an acknowledged incident that asks for a further acknowledgement', () => {
  const clock = { state: 'running', step: 1, round: 0, next_step: 2, next_step_at: NEXT } as const;
  const asking = (by: string[], change: Parameters<typeof anIncident>[0] = {}) =>
    anIncident({ status: 'acknowledged', escalation: { ...clock, acknowledgements: { wanted: 2, by } }, ...change });

  test('is counted by the headline', async () => {
    await open({ incidents: [asking(['Ben'])] });
    expect(page.root.querySelector('h1')?.textContent).toBe('One incident needs a further acknowledgement');
    expect(page.root.querySelector('table.rows')?.textContent).toContain('1 of 2 acknowledged');
  });

  test('calls its assignee, who has not acknowledged it yet, and is held by one who has', async () => {
    const mine = { assigned_to: 'Ana', assignee_email: ANA.email };
    await open({ incidents: [asking(['Ben'], { ...mine, title: 'First' }), asking([ANA.email], mine)] });
    expect([...page.root.querySelectorAll('.call h2')].map((each) => each.textContent)).toEqual(['First']);
    expect(page.button('Acknowledge').disabled).toBe(false);
    expect(page.text()).toContain('Held by you');
  });
});

describe('open incidents', () => {
  const mine = (title: string, change: Parameters<typeof anIncident>[0] = {}) =>
    anIncident({ title, severity: 'critical', assigned_to: 'Ana', assignee_email: ANA.email, ...change });
  const rows = () => [...page.root.querySelectorAll('table.rows a.t')].map((link) => link.textContent);
  const calls = () => [...page.root.querySelectorAll('.call h2')].map((each) => each.textContent);
  const arriving = async (done: () => boolean) => {
    publishEvent({ id: '1', module: 'incidents', kind: 'incident_created', subject: '', actor: '', at: '', data: {} });
    for (let turn = 0; turn < 100 && !done(); turn++) await settled();
    expect(done()).toBe(true);
  };
  const focus = (selector: string) => page.doing(() => page.root.querySelector<HTMLElement>(selector)?.focus());

  test('name the next responder of each, by one request for all', async () => {
    escalationsRequested.length = 0;
    const escalation = { state: 'running', step: 1, round: 0, next_step: 2, next_step_at: NEXT } as const;
    const incidents = [mine('First', { escalation }), mine('Second', { escalation }), anIncident({ escalation })];
    await open({ incidents });
    const untils = [...page.root.querySelectorAll('.call .when .second')].map(({ textContent }) => textContent);
    expect(untils).toEqual(['until secondary (Ben) is paged', 'until secondary (Ben) is paged']);
    expect(escalationsRequested).toEqual([`${incidents[0]?.id},${incidents[1]?.id}`]);
  });

  test('wait behind a button while a person is about to press one, and come when it is pressed', async () => {
    const incidents = [anIncident({ title: 'First' })];
    await open({ incidents });
    await focus('table.rows a.t');
    incidents.unshift(anIncident({ title: 'Second' }));
    await arriving(() => page.text().includes('One incident arrived'));
    expect(rows()).toEqual(['First']);
    await page.doing(() => page.button('One incident arrived').click());
    expect(rows()).toEqual(['Second', 'First']);
    expect(page.root.querySelector('tr.fresh')?.textContent).toContain('Second');
  });

  test('arrive at once if the page has no reader', async () => {
    const incidents = [anIncident({ title: 'First' })];
    await open({ incidents });
    incidents.unshift(mine('Second'));
    await arriving(() => rows().length === 2);
    expect(calls()).toEqual(['Second']);
  });

  test('that page the viewer wait as well, but are counted', async () => {
    const incidents = [mine('First', { severity: 'high' })];
    await open({ incidents });
    await focus('.call .main');
    incidents.unshift(mine('Worse'));
    await arriving(() => page.text().includes('One more incident needs you now'));
    expect(page.root.querySelector('h1')?.textContent).toBe('1 critical, 2 need you');
    expect(calls()).toEqual(['First']);
    await page.doing(() => page.button('One more incident needs you now').click());
    expect(calls()).toEqual(['Worse', 'First']);
    expect(rows()).toEqual(['Worse', 'First']);
  });

  test('stay in place when another person takes them, without a button', async () => {
    const incidents = [mine('First'), mine('Second', { severity: 'low' })];
    await open({ incidents });
    await focus('.call:last-of-type .main');
    incidents[0] = { ...mine('First'), id: incidents[0]?.id ?? '', status: 'acknowledged', assigned_to: 'Ben' };
    await arriving(() => page.text().includes('Does not need you any more'));
    expect(calls()).toEqual(['First', 'Second']);
    const [first] = page.root.querySelectorAll('.call');
    expect(first?.querySelector('.state')?.textContent).toBe('Acknowledged');
    expect(first?.querySelector('button')).toBeNull();
  });

  test('do not move the guide that a person fills in', async () => {
    const incidents: ReturnType<typeof anIncident>[] = [];
    const guide = { ...DONE, test: { done: false } };
    await open({ incidents, guide });
    const before = page.root.querySelector('ol.ladder');
    expect(before).not.toBeNull();
    incidents.push(anIncident({ title: 'First' }));
    await arriving(() => rows().length === 1);
    expect(page.root.querySelector('ol.ladder')).toBe(before);
  });
});
