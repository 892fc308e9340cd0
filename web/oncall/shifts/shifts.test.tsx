/** @jest-environment @happy-dom/jest-environment */
import { Problem } from '../../../src/kernel/ports/problem';
import type { Ports } from '../../ports';
import { type ShownPage, showPage } from '../../testing/page';
import { now } from '../../ui/times';
import { Toasts, unsay } from '../../ui/toast';
import { ShiftsPage } from './ShiftsPage';

type Oncall = Ports['oncall'];
type Mine = Awaited<ReturnType<Oncall['myShifts']>>;
type Feed = Awaited<ReturnType<Oncall['feeds']>>['feeds'][number];

const ana = { name: 'Ana', email: 'ana@example.com' };
const weekly = { kind: 'layer', layer: 'weekly', level: 0 } as const;
/** Formats an instant in the zone of the machine, as the page does. */
const march = (day: number, hour = 0): string => new Date(2026, 2, day, hour).toISOString();
const shift = (from: string, to: string, more: Partial<Mine['shifts'][number]> = {}) => ({
  ...{ team: 'web', role: 'primary' as const, person: ana, starts_at: from, ends_at: to, source: weekly },
  ...more,
});
const NEXT = shift(march(30, 9), march(31, 9));
const FEED: Feed = {
  id: '00000000-0000-4000-8000-0000000000f1',
  team: null,
  email: ana.email,
  created_by: 'ana',
  left_behind: false,
  created_at: march(20),
  last_fetched_at: march(28, 2),
};

let page: ShownPage;
let revoked: unknown[];

async function open(change: Partial<Mine> = {}, fakes: Partial<Oncall> = {}): Promise<void> {
  revoked = [];
  const mine: Mine = { email: ana.email, from: march(28), to: march(58), on_call: [], shifts: [NEXT], ...change };
  const oncall: Partial<Oncall> = {
    myShifts: async () => mine,
    feeds: async () => ({
      total: 2,
      page: 1,
      per_page: 1_000,
      feeds: [FEED, { ...FEED, id: 'another', team: 'web', email: null }],
    }),
    revokeFeed: async (input) => void revoked.push(input),
    ...fakes,
  };
  page = await showPage(
    <>
      <ShiftsPage />
      <Toasts />
    </>,
    { oncall },
    '/shifts',
  );
}
const heading = () => page.root.querySelector('h1')?.textContent;
const rows = () => [...page.root.querySelectorAll('ol.list > li')].map((row) => row.textContent);
const submit = () =>
  page.doing(() => page.root.querySelector('dialog form')?.dispatchEvent(new Event('submit', { cancelable: true })));

beforeEach(() => {
  now.value = Date.parse(march(28, 2));
});
afterEach(() => {
  unsay();
  page.close();
});

describe("the viewer's own shifts", () => {
  test('open with the start of the next one, and its team', async () => {
    await open();
    expect(heading()).toBe('Your next shift begins Mon 30 Mar 09:00, for web.');
    expect(rows()).toEqual([expect.stringContaining('1 day')]);
    expect(page.root.querySelector('ol.list a')?.getAttribute('href')).toBe('/oncall/web?date=2026-03-30');
  });

  test('open with the running one, and mark it', async () => {
    const on_call: Mine['on_call'] = [{ team: 'web', role: 'primary', source: weekly, until: march(29) }];
    const source = { kind: 'override', id: 'o', override: 'takeover', layer: null, reason: 'Dentist' } as const;
    await open({ on_call, shifts: [shift(march(28), march(29), { source }), NEXT] });
    expect(heading()).toBe('You are on call for web.');
    expect(rows()[0]).toMatch(/Dentist.*Now/);
    expect(rows()[1]).not.toContain('Now');
    expect(page.text()).toContain('2 days in 2 shifts');
  });

  test('show a notice if there are none', async () => {
    await open({ shifts: [] });
    expect(heading()).toBe('You are not on call now.');
    expect(page.text()).toContain('No shift in the next 60 days');
  });

  test('show a person in no schedule which step is missing, and offer no feed', async () => {
    await open({ email: null, shifts: [] });
    expect(page.text()).toContain('Your user has no e-mail address');
    expect(page.text()).not.toContain('iCal');
  });

  test('show the reason if they cannot be loaded', async () => {
    await open(
      {},
      {
        myShifts: async () => {
          throw new Problem('unavailable', 'On call does not answer');
        },
      },
    );
    expect(page.text()).toContain('On call does not answer.');
  });
});

describe('a calendar feed', () => {
  test('is listed with its creation and last read, without those of teams', async () => {
    await open();
    const links = [...page.root.querySelectorAll('ul.list > li')].map((each) => each.textContent);
    expect(links).toEqual([expect.stringMatching(/made 20 March.*last read now/)]);
  });

  test('is created for the viewer, and a refusal is shown at the button', async () => {
    const asked: unknown[] = [];
    const createFeed = async (input: object) => {
      asked.push(input);
      throw new Problem('conflict', 'You have 50 calendar feeds; revoke one before you make another');
    };
    await open({}, { createFeed });
    await page.doing(() => page.button('Make an iCal link').click());
    expect(asked).toEqual([{ team: null }]);
    expect(page.text()).toContain('revoke one before you make another.');
  });

  test('is revoked only after a confirmation', async () => {
    await open();
    await page.doing(() => page.button('Revoke').click());
    expect(revoked).toEqual([]);
    await submit();
    expect(revoked).toEqual([{ id: FEED.id }]);
    expect(page.text()).toContain('iCal link revoked');
  });
});
