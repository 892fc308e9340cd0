/** @jest-environment @happy-dom/jest-environment */
import { Problem } from '../../../src/kernel/ports/problem';
import type { Ports } from '../../ports';
import { ANA, type ShownPage, showPage } from '../../testing/page';
import { CoveragePage } from './CoveragePage';

type Coverage = Awaited<ReturnType<Ports['oncall']['coverage']>>;
type Gap = Coverage['gaps'][number];

/** Formats an instant in the zone of the machine, as the report does. */
const march = (day: number, hour = 0): string => new Date(2026, 2, day, hour).toISOString();
const ben = { name: 'Ben', email: 'ben@example.com' };
const ana = { name: 'Ana', email: ANA.email };
const nothing = { team: null, email: null, role: null, at: null, until: null, step: null };
const schedule = {
  ...nothing,
  kind: 'schedule',
  text: 'Put somebody on call as primary of web',
  team: 'web',
  role: 'primary',
  at: march(29),
  until: march(29, 12),
} as const;
const anybody = { ...schedule, text: 'Give web a layer with somebody in it', role: null } as const;
const policy = {
  ...nothing,
  kind: 'policy',
  text: "Let step 1 of web's policy name somebody else too",
  team: 'web',
  step: 2,
} as const;
const mail = { ...nothing, kind: 'channel', text: 'Start with SMTP_URL set: people are paged by e-mail' } as const;
const address = ({ name, email }: typeof ben) =>
  ({ ...nothing, kind: 'person', text: `Give ${name} an e-mail address`, team: 'web', email }) as const;

const gap = (change: Partial<Gap> = {}): Gap => ({
  ...{ team: 'web', starts_at: march(28), ends_at: march(28, 12), whole: true, lack: 'nobody' },
  ...{ steps: [{ step: 1, lack: 'nobody' }], people: [], mends: [schedule, policy] },
  ...change,
});

let page: ShownPage;
let days: unknown[];

async function open(gaps: Gap[], url = '/coverage', change: Partial<Coverage> = {}): Promise<void> {
  days = [];
  const report = {
    from: march(28),
    to: march(30),
    policies: 3,
    covered: gaps.length === 0,
    gaps_total: gaps.length,
    gaps,
    people_total: 0,
    people: [],
  };
  const coverage = async (input: { days?: number | undefined }) => {
    days.push(input.days);
    return { ...report, ...change };
  };
  page = await showPage(<CoveragePage />, { oncall: { coverage } }, url);
}
const heading = () => page.root.querySelector('h1')?.textContent;
const rows = () => [...page.root.querySelectorAll('ol.list > li')];
const links = (row: Element | undefined) =>
  [...(row?.querySelectorAll('a') ?? [])].map((each) => each.getAttribute('href'));

afterEach(() => page.close());

test('a report without gaps shows a notice and the span that was checked', async () => {
  await open([]);
  expect(heading()).toBe('Every page would reach a person');
  expect(page.text()).toContain('3 policies checked');
});

test('the report opens with how often a page would reach no one', async () => {
  await open([
    gap(),
    gap({ starts_at: march(29), ends_at: march(29, 2) }),
    gap({ starts_at: march(30), whole: false }),
  ]);
  expect(heading()).toBe('A page would reach no one 2 times');
  expect(rows()[0]?.textContent).toMatch(/web.*No one would be paged.*Sat 28 Mar 00:00 to Sat 28 Mar 12:00.*12 h/);
  expect(rows()[2]?.textContent).toContain('Step 1 only');
});

test('a report whose gaps are all in steps names the steps', async () => {
  await open([gap({ whole: false })]);
  expect(heading()).toBe('A step would reach no one once');
});

test('each gap links to its remedies', async () => {
  const setting = { ...nothing, kind: 'setting', text: 'Set DEFAULT_TEAM to a team with a schedule' } as const;
  await open([
    gap({ mends: [schedule, anybody, policy] }),
    gap({ team: null, starts_at: march(30), mends: [setting] }),
  ]);
  const span = new URLSearchParams({ cover: 'primary', from: march(29), to: march(29, 12) });
  expect(links(rows()[0])).toEqual([
    `/oncall/web?zoom=week&date=2026-03-29&${span}`,
    '/oncall/web/edit?add=person',
    '/oncall/web/policy?step=2',
  ]);
  expect(rows()[1]?.textContent).toContain('Services without an owner');
  expect(links(rows()[1])).toEqual(['/services']);
});

test('a person without an address is fixed in the schedule, a person with one needs a channel', async () => {
  await open([gap({ lack: 'unreachable', people: [ana, ben], mends: [address(ana), mail, policy] })]);
  expect(links(rows()[0])).toEqual(['/oncall/web/edit', '/admin', '/oncall/web/policy?step=2']);
  expect(rows()[0]?.textContent).toContain('Would be paged, and cannot be reached: Ana, Ben');
});

test('people who are hard to reach are listed with the reason, since when, and a link to how they are reached', async () => {
  const weak = { teams: ['web'], on_call_from: march(28), reachable: true, why_not: null, ways: 'e-mail', failing: [] };
  const cy = { name: 'Cy', email: 'cy@example.com', ...weak, reachable: false, why_not: 'unverified', ways: null };
  await open([], '/coverage', {
    people_total: 2,
    people: [
      {
        ...{ ...ben, ...weak, concerns: [{ kind: 'failing_only', since: march(3) }] },
        failing: [{ channel: 'sms', title: 'SMS', state: 'failing', since: march(3), error: 'unknown number' }],
      },
      { ...cy, concerns: [{ kind: 'unreachable', since: null }] },
    ],
  });
  const people = [...page.root.querySelectorAll('ul.list > li')];
  expect(people[0]?.textContent).toMatch(/Ben.*Every contact method fails since.*SMS fail since.*: unknown number/);
  expect(people[1]?.textContent).toContain('Pages do not arrive: contact methods are not verified.');
  expect(links(people[0])).toEqual(['/people/ben%40example.com']);
});

test('the address holds how far ahead the report looks', async () => {
  await open([], '/coverage?days=400');
  expect(days).toEqual([400]);
  await page.doing(() => page.button('90 days').click());
  expect(location.search).toBe('?days=90');
  expect(days).toEqual([400, 90]);
});

test('a long report shows the first gaps and the number of the rest', async () => {
  const many = Array.from({ length: 120 }, (_, n) => gap({ starts_at: march(28, n), ends_at: march(28, n + 1) }));
  await open(many, '/coverage', { gaps_total: 2_500 });
  expect(rows()).toHaveLength(100);
  expect(page.text()).toContain('2,400 more after these.');
});

test('a report that cannot be loaded shows the reason', async () => {
  const coverage = async () => {
    throw new Problem('unavailable', 'Notify does not answer');
  };
  page = await showPage(<CoveragePage />, { oncall: { coverage } }, '/coverage');
  expect(page.text()).toContain('Notify does not answer.');
});
