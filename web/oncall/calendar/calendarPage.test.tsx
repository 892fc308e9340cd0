/** @jest-environment @happy-dom/jest-environment */
import { Route, Router } from 'preact-iso';
import { Problem } from '../../../src/kernel/problem';
import type { Ports } from '../../ports';
import { type ShownPage, settled, showPage } from '../../testing/page';
import { now } from '../../ui/times';
import { Toasts, unsay } from '../../ui/toast';
import { CalendarPage } from './CalendarPage';

type Oncall = Ports['oncall'];
type Shift = Awaited<ReturnType<Oncall['scheduleShifts']>>['shifts'][number];
type Override = Awaited<ReturnType<Oncall['overrides']>>[number];

const ana = { name: 'Ana', email: 'ana@example.com' };
const ben = { name: 'Ben', email: 'ben@example.com' };
const weekly = { kind: 'layer', layer: 'weekly', level: 0 } as const;
const march = (day: number, hour = 0): string => new Date(Date.UTC(2026, 2, day, hour)).toISOString();

const SHIFTS: Shift[] = [
  { role: 'primary', person: ana, starts_at: march(23), ends_at: march(30), source: weekly },
  { role: 'primary', person: ben, starts_at: march(30), ends_at: march(31), source: weekly },
];
const OVERRIDE: Override = {
  id: '00000000-0000-4000-8000-000000000001',
  team: 'web',
  kind: 'takeover',
  role: 'primary',
  layer: null,
  out: null,
  in: ben,
  reason: 'Dentist',
  starts_at: march(28, 1),
  ends_at: march(28, 9),
  state: 'running',
  plain: false,
  created_by: 'ana',
  created_at: march(27),
  version: 'first',
};

let page: ShownPage;
let added: unknown[];
let spans: { from: string; to: string }[];

async function open(
  url = '/oncall/web',
  fakes: Partial<Oncall> = {},
  role: 'admin' | 'viewer' = 'admin',
): Promise<void> {
  added = [];
  spans = [];
  const spanned = { team: 'web', time_zone: 'UTC', from: march(23), to: march(31) };
  const oncall: Partial<Oncall> = {
    getSchedule: async () => ({ time_zone: 'UTC' }) as Awaited<ReturnType<Oncall['getSchedule']>>,
    scheduleShifts: async ({ from = '', to = '' }) => {
      spans.push({ from, to });
      return { ...spanned, shifts: SHIFTS, layers: [{ layer: 'weekly', role: 'primary', level: 0, shifts: [] }] };
    },
    scheduleGaps: async ({ role }) => ({
      ...spanned,
      gaps:
        role === 'secondary'
          ? []
          : [{ role: 'primary', starts_at: march(31), ends_at: march(33), override_id: null, planned: false }],
    }),
    overrides: async () => [OVERRIDE],
    people: async () => [ana, ben].map((each) => ({ ...each, time_zone: 'UTC' })),
    addOverride: async (input) => {
      added.push(input);
      return OVERRIDE;
    },
    ...fakes,
  };
  const shown = (
    <>
      <Router>
        <Route path="/oncall/:team" component={CalendarPage} />
        <Route default component={CalendarPage} />
      </Router>
      <Toasts />
    </>
  );
  const who = { username: 'ana', kind: 'user', role, email: ana.email, expires_at: march(40) } as never;
  page = await showPage(shown, { oncall }, url, who);
  await settled();
}

const timeline = () => page.root.querySelector<HTMLElement>('.calpad');
const keyDown = (key: string, shiftKey = false) =>
  timeline()?.dispatchEvent(new KeyboardEvent('keydown', { key, shiftKey, bubbles: true, cancelable: true }));
const dialog = () => page.root.querySelector('dialog');
const field = (label: string) => {
  const found = [...page.root.querySelectorAll('label')].find((each) => each.textContent?.trim().startsWith(label));
  return page.root.querySelector<HTMLInputElement>(`[id="${found?.getAttribute('for')}"]`);
};
const type = (label: string, value: string) =>
  page.doing(() => {
    const input = field(label);
    if (input === null) throw new Error(`There is no field ${label}.`);
    input.value = value;
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });

beforeEach(() => {
  now.value = Date.parse('2026-03-28T02:13:00Z');
});
afterEach(() => {
  unsay();
  page.close();
});

test('the page opens with who is primary now, until when, who is next, and the next gap', async () => {
  await open();
  const figures = page.root.querySelector('.figures')?.textContent ?? '';
  expect(figures).toContain('Ana');
  expect(figures).toContain('until Mon 30 Mar 00:00');
  expect(figures).toContain('Primary, 48 h');
});

test('the address says how much is shown, and on whose clock', async () => {
  await open('/oncall/web?zoom=day&date=2026-03-29&zone=Europe%2FBerlin');
  expect(spans).toContainEqual({ from: '2026-03-28T23:00:00.000Z', to: '2026-03-29T22:00:00.000Z' });
  expect(page.text()).toContain('the day has 23 h');
});

test('later and zoom change the address, and nothing else is lost from it', async () => {
  await open('/oncall/web?zone=Europe%2FBerlin');
  await page.doing(() => page.button('Later').click());
  await page.doing(() => page.button('Month').click());
  expect(location.search).toBe('?zoom=month&date=2026-04-06&zone=Europe%2FBerlin');
});

test('arrows choose a span, shift stretches it, and enter opens the form with it', async () => {
  await open();
  for (const key of ['ArrowRight', 'ArrowRight']) await page.doing(() => void keyDown(key));
  await page.doing(() => void keyDown('ArrowRight', true));
  await page.doing(() => void keyDown('Enter'));
  expect(field('From')?.value).toBe('2026-03-28T03:00');
  expect(field('To')?.value).toBe('2026-03-28T05:00');
});

test('an override is asked for as it was put together', async () => {
  await open();
  await page.doing(() => page.button('Set override').click());
  await type('Who comes', 'Ben');
  await type('Reason', 'Dentist');
  await page.doing(() =>
    page.root.querySelector('dialog form')?.dispatchEvent(new Event('submit', { cancelable: true })),
  );
  expect(added).toEqual([
    expect.objectContaining({
      team: 'web',
      kind: 'takeover',
      in: ben,
      reason: 'Dentist',
      starts_at: '2026-03-28T02:00:00.000Z',
    }),
  ]);
  expect(dialog()).toBeNull();
  expect(page.text()).toContain('Override set');
});

test('what the server refuses stays in the form, with the reason', async () => {
  const addOverride = async () => {
    throw new Problem('conflict', 'Ben already is primary then', { request_id: 'abcdef0123456789' });
  };
  await open('/oncall/web', { addOverride });
  await page.doing(() => page.button('Set override').click());
  await type('Who comes', 'Ben');
  await page.doing(() =>
    page.root.querySelector('dialog form')?.dispatchEvent(new Event('submit', { cancelable: true })),
  );
  expect(dialog()?.textContent).toContain('Ben already is primary then. Request abcdef01.');
  expect(field('Who comes')?.value).toBe('Ben');
});

test('a gap is covered from where it is named', async () => {
  await open();
  await page.doing(() => page.button('Find cover').click());
  expect(field('From')?.value).toBe('2026-03-31T00:00');
  expect(field('To')?.value).toBe('2026-04-02T00:00');
});

test('a viewer sees the calendar and is offered no change', async () => {
  await open('/oncall/web', {}, 'viewer');
  expect(page.text()).not.toContain('Set override');
  expect(page.text()).not.toContain('Find cover');
  expect(timeline()).toBeNull();
});

test('a team without a schedule is told so, and an administrator the way on', async () => {
  const getSchedule = async () => {
    throw new Problem('not-found', 'No schedule found');
  };
  await open('/oncall/web', { getSchedule });
  expect(page.text()).toContain('This team has no schedule yet');
  expect(page.root.querySelector('.empty a')?.getAttribute('href')).toBe('/oncall/web/edit');
});
