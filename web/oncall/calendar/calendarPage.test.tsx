/** @jest-environment @happy-dom/jest-environment */
import { Route, Router } from 'preact-iso';
import { Problem } from '../../../src/kernel/ports/problem';
import type { Ports } from '../../ports';
import { type ShownPage, settled, showPage } from '../../testing/page';
import { now } from '../../ui/times';
import { Toasts, unsay } from '../../ui/toast';
import { CalendarPage } from './CalendarPage';

type Oncall = Ports['oncall'];
type Shift = Awaited<ReturnType<Oncall['scheduleShifts']>>['shifts'][number];
type Override = Awaited<ReturnType<Oncall['overrides']>>['overrides'][number];

const ana = { name: 'Ana', email: 'ana@example.com' };
const ben = { name: 'Ben', email: 'ben@example.com' };
const weekly = { kind: 'layer', layer: 'weekly', level: 0 } as const;
const march = (day: number, hour = 0): string => new Date(Date.UTC(2026, 2, day) + hour * 3_600_000).toISOString();

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

const COMING: Override = {
  ...OVERRIDE,
  id: '00000000-0000-4000-8000-000000000002',
  reason: 'Training',
  starts_at: march(30, 10),
  ends_at: march(30, 14),
  state: 'future',
};

const FEED = {
  id: '00000000-0000-4000-8000-0000000000f1',
  team: 'web',
  email: null,
  created_by: 'ana',
  left_behind: false,
  created_at: march(28),
  last_fetched_at: null,
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
    getSchedule: async () =>
      ({ team: 'web', time_zone: 'UTC', members: [] as unknown[] }) as Awaited<ReturnType<Oncall['getSchedule']>>,
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
    overrides: async () => ({ total: 1, page: 1, per_page: 1_000, overrides: [OVERRIDE] }),
    feeds: async () => ({ total: 0, page: 1, per_page: 1_000, feeds: [] }),
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
  expect(figures).toContain('Primary, 2 days');
});

test('the address holds the zoom and the zone', async () => {
  await open('/oncall/web?zoom=day&date=2026-03-29&zone=Europe%2FBerlin');
  expect(spans).toContainEqual({ from: '2026-03-28T23:00:00.000Z', to: '2026-03-29T22:00:00.000Z' });
  expect(page.text()).toContain('the day has 23 h');
});

test('next page and zoom change the address and keep its other parameters', async () => {
  await open('/oncall/web?zone=Europe%2FBerlin');
  await page.doing(() => page.button('Later').click());
  await page.doing(() => page.button('Month').click());
  expect(location.search).toBe('?zoom=month&date=2026-04-06&zone=Europe%2FBerlin');
});

test('arrows select a span, shift stretches it, and enter opens the form with it', async () => {
  await open();
  for (const key of ['ArrowRight', 'ArrowRight']) await page.doing(() => void keyDown(key));
  await page.doing(() => void keyDown('ArrowRight', true));
  await page.doing(() => void keyDown('Enter'));
  expect(field('From')?.value).toBe('2026-03-28T03:00');
  expect(field('To')?.value).toBe('2026-03-28T05:00');
});

test('the form of an override shows the schedule’s time beside the viewer’s if they differ', async () => {
  const kolkata = async () =>
    ({ team: 'web', time_zone: 'Asia/Kolkata', members: [] }) as unknown as Awaited<ReturnType<Oncall['getSchedule']>>;
  await open('/oncall/web', { getSchedule: kolkata });
  await page.doing(() => page.button('Set override').click());
  expect(dialog()?.textContent).toContain('Times in UTC. Sat 28 Mar 07:43 in Kolkata.');
  await page.doing(() => page.button('1 day').click());
  expect(dialog()?.textContent).toContain('Sun 29 Mar 07:43 in Kolkata.');
});

test('the form names one zone if both zones show the same time', async () => {
  const abidjan = async () =>
    ({ team: 'web', time_zone: 'Africa/Abidjan', members: [] }) as unknown as Awaited<
      ReturnType<Oncall['getSchedule']>
    >;
  await open('/oncall/web', { getSchedule: abidjan });
  await page.doing(() => page.button('Set override').click());
  expect(dialog()?.textContent).toContain('Times in UTC.');
  expect(dialog()?.textContent).not.toContain('Abidjan');
});

test('the request for an override holds the values of the form', async () => {
  await open();
  await page.doing(() => page.button('Set override').click());
  await type('New person', 'Ben');
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
      starts_at: '2026-03-28T02:13:00.000Z',
    }),
  ]);
  expect(dialog()).toBeNull();
  expect(page.text()).toContain('Override set');
});

/** Two weeks from Monday the 23rd, 100 px a day; a pointer goes down on `block` at an instant. */
const DAY_PX = 100;
const xAt = (instant: string): number => ((Date.parse(instant) - Date.parse(march(23))) / 86_400_000) * DAY_PX;
const blockOf = (of: Override) => page.root.querySelector<SVGElement>(`.calpad [data-block="override ${of.id}"]`);

function handOn(block: () => Element | null) {
  const drawing = page.root.querySelector('.calpad svg.cal') as SVGElement;
  const box = { left: 0, top: 0, width: 14 * DAY_PX, height: Number(drawing.getAttribute('height')) };
  Object.assign(drawing, { getBoundingClientRect: () => box, setPointerCapture: () => {} });
  document.elementFromPoint = block;
  const clientY = Number(block()?.getAttribute('y')) + 5;
  return (type: string, instant: string) => {
    const on = type === 'pointerdown' ? block() : drawing;
    const where = { clientX: xAt(instant), clientY, button: 0, pointerType: 'mouse', bubbles: true };
    return page.doing(() => void on?.dispatchEvent(new PointerEvent(type, where)));
  };
}

/** A server that moves overrides, and the requests that it received. */
function movable(answer?: () => Promise<never>) {
  const asks: unknown[] = [];
  let stored = [OVERRIDE, COMING];
  const fakes: Partial<Oncall> = {
    overrides: async () => ({ total: stored.length, page: 1, per_page: 1_000, overrides: stored }),
    moveOverride: async ({ id, if_match, ...span }) => {
      asks.push({ id, if_match, ...span });
      if (answer) return answer();
      const was = stored.find((each) => each.id === id) as Override;
      const moved = { ...was, ...(span as Partial<Override>), version: `${was.version}+` };
      stored = stored.map((each) => (each.id === id ? moved : each));
      return moved;
    },
  };
  return { asks, fakes };
}

test('an override is dragged, shown at its new position at once, and moved back by Undo', async () => {
  const { asks, fakes } = movable();
  await open('/oncall/web', fakes);
  const hand = handOn(() => blockOf(COMING));
  await hand('pointerdown', march(30, 12));
  await hand('pointermove', march(31, 13));
  expect(page.root.querySelector('[aria-live]')?.textContent).toBe('Moving Ben: Tue 31 Mar 11:00 to Tue 31 Mar 15:00');
  await hand('pointerup', march(31, 13));
  const asked = { id: COMING.id, if_match: '"first"', starts_at: march(31, 11), ends_at: march(31, 15) };
  expect(asks).toEqual([asked]);
  expect(page.text()).toContain('Override moved: Tue 31 Mar 11:00 to Tue 31 Mar 15:00');
  await page.doing(() => page.button('Undo').click());
  expect(asks[1]).toEqual({ ...asked, if_match: '"first+"', starts_at: march(30, 10), ends_at: march(30, 14) });
});

test('a running override is dragged by its end alone, and Escape ends the drag without a change', async () => {
  const { asks, fakes } = movable();
  await open('/oncall/web', fakes);
  const hand = handOn(() => blockOf(OVERRIDE));
  await hand('pointerdown', march(28, 5));
  await hand('pointermove', march(28, 8));
  await page.doing(() => void keyDown('Escape'));
  await hand('pointermove', march(28, 9));
  await hand('pointerup', march(28, 9));
  expect(asks).toEqual([]);
  await hand('pointerdown', march(28, 5));
  await hand('pointermove', march(28, 8));
  await hand('pointerup', march(28, 8));
  expect(asks).toEqual([{ id: OVERRIDE.id, if_match: '"first"', ends_at: march(28, 12) }]);
});

test.each([
  [
    new Problem('conflict', 'Another override already puts Ben on this role within this span'),
    'Not moved: Another override already puts Ben on this role within this span.',
  ],
  [new Problem('stale', 'Somebody else changed this meanwhile.'), 'another person moved this override meanwhile'],
])('an override that cannot be moved returns to its old position, with the reason', async (problem, said) => {
  let refuse: (error: Problem) => void = () => {};
  const { fakes } = movable(() => new Promise((_, reject) => (refuse = reject)));
  await open('/oncall/web', fakes);
  const x = blockOf(COMING)?.getAttribute('x');
  const hand = handOn(() => blockOf(COMING));
  await hand('pointerdown', march(30, 12));
  await hand('pointermove', march(31, 12));
  await hand('pointerup', march(31, 12));
  expect(blockOf(COMING)?.getAttribute('x')).not.toBe(x);
  expect(blockOf(COMING)?.getAttribute('class')).toContain('faded');
  await page.doing(() => refuse(problem));
  expect(blockOf(COMING)?.getAttribute('x')).toBe(x);
  expect(blockOf(COMING)?.getAttribute('class')).not.toContain('faded');
  expect(page.text()).toContain(said);
});

test('the final lane follows a dragged override, one request at a time, and is restored when the drag is cancelled', async () => {
  const asked: { starts_at?: string | undefined; ends_at?: string | undefined }[] = [];
  const answers: (() => void)[] = [];
  const { asks, fakes } = movable(() => new Promise(() => {}));
  const source = { kind: 'override', id: COMING.id, override: 'takeover', layer: null, reason: 'Training' } as const;
  const previewMove: Oncall['previewMove'] = ({ starts_at = '', ends_at = '' }) => {
    asked.push({ starts_at, ends_at });
    const shifts: Shift[] = [{ role: 'primary', person: ben, starts_at, ends_at, source }];
    const answer = { team: 'web', time_zone: 'UTC', from: march(23), to: march(31), shifts, gaps: [] };
    return new Promise((done) => answers.push(() => done(answer)));
  };
  await open('/oncall/web', { ...fakes, previewMove });
  const final = (hour: number) =>
    page.root.querySelector(`.calpad [data-block="final primary ${Date.parse(march(30, hour))} ${ben.email}"]`);
  for (const key of ['o', 'o', 'ArrowRight', 'ArrowRight', 'ArrowRight']) await page.doing(() => void keyDown(key));
  expect(asked).toEqual([{ starts_at: march(30, 11), ends_at: march(30, 15) }]);
  await page.doing(() => answers[0]?.());
  expect(final(11)?.getAttribute('class')).toContain('faded');
  expect(asked[1]).toEqual({ starts_at: march(30, 13), ends_at: march(30, 17) });
  await page.doing(() => void keyDown('Escape'));
  await page.doing(() => answers[1]?.());
  expect([final(11), final(13)]).toEqual([null, null]);
  for (const key of ['o', 'o', 'ArrowRight', 'Enter']) await page.doing(() => void keyDown(key));
  await page.doing(() => answers[2]?.());
  expect([asks.length, final(11) !== null]).toEqual([1, true]);
});

test('the keyboard picks an override up, moves it and puts it down', async () => {
  const { asks, fakes } = movable();
  await open('/oncall/web', fakes);
  for (const key of ['o', 'o', 'ArrowRight', 'End', 'ArrowRight']) await page.doing(() => void keyDown(key));
  expect(page.root.querySelector('[aria-live]')?.textContent).toBe(
    'Moving the end of Ben: Mon 30 Mar 11:00 to Mon 30 Mar 16:00',
  );
  await page.doing(() => void keyDown('Enter'));
  expect(asks).toEqual([{ id: COMING.id, if_match: '"first"', starts_at: march(30, 11), ends_at: march(30, 16) }]);
  for (const key of ['o', 'ArrowLeft', 'Escape']) await page.doing(() => void keyDown(key));
  expect(asks).toHaveLength(1);
  for (const key of ['o', 'Enter']) await page.doing(() => void keyDown(key));
  expect(dialog()?.textContent).toContain('Dentist');
});

test('a click on an override in the final lane opens it, as in its own lane', async () => {
  const source = { kind: 'override', id: OVERRIDE.id, override: 'takeover', layer: null, reason: 'Dentist' } as const;
  const [first] = SHIFTS as [Shift];
  const shifts: Shift[] = [
    { ...first, ends_at: march(28, 1) },
    { ...first, person: ben, source, starts_at: march(28, 1), ends_at: march(28, 9) },
  ];
  const spanned = { team: 'web', time_zone: 'UTC', from: march(23), to: march(31) };
  await open('/oncall/web', { scheduleShifts: async () => ({ ...spanned, shifts, layers: [] }) });
  const key = `final primary ${Date.parse(march(28, 1))} ${ben.email}`;
  const hand = handOn(() => page.root.querySelector(`.calpad [data-block="${key}"]`));
  await hand('pointerdown', march(28, 5));
  await hand('pointerup', march(28, 5));
  expect(dialog()?.textContent).toContain('Ben takes over');
});

test('the form changes the times of an override without dragging; a running one only has its end changed', async () => {
  const { asks, fakes } = movable();
  await open('/oncall/web', fakes);
  for (const key of ['o', 'Enter']) await page.doing(() => void keyDown(key));
  expect(field('From')?.disabled).toBe(true);
  await type('To', '2026-03-28T10:30');
  await page.doing(() =>
    page.root.querySelector('dialog form')?.dispatchEvent(new Event('submit', { cancelable: true })),
  );
  expect(asks).toEqual([{ id: OVERRIDE.id, if_match: '"first"', ends_at: march(28, 10.5) }]);
  expect(dialog()).toBeNull();
});

test('a request that the server refuses stays in the form, with the reason', async () => {
  const addOverride = async () => {
    throw new Problem('conflict', 'Ben already is primary then', { request_id: 'abcdef0123456789' });
  };
  await open('/oncall/web', { addOverride });
  await page.doing(() => page.button('Set override').click());
  await type('New person', 'Ben');
  await page.doing(() =>
    page.root.querySelector('dialog form')?.dispatchEvent(new Event('submit', { cancelable: true })),
  );
  expect(dialog()?.textContent).toContain('Ben already is primary then. Request abcdef01.');
  expect(field('New person')?.value).toBe('Ben');
});

test('a gap is filled from the figure that names it', async () => {
  await open();
  await page.doing(() => page.button('Find cover').click());
  expect(field('From')?.value).toBe('2026-03-31T00:00');
  expect(field('To')?.value).toBe('2026-04-02T00:00');
});

test('a link that asks for cover opens the form with its values, once', async () => {
  const cover = new URLSearchParams({ cover: 'secondary', from: march(30, 9), to: march(30, 17) });
  await open(`/oncall/web?date=2026-03-30&${cover}`);
  await type('New person', 'Ben');
  await page.doing(() =>
    page.root.querySelector('dialog form')?.dispatchEvent(new Event('submit', { cancelable: true })),
  );
  const span = { starts_at: march(30, 9), ends_at: march(30, 17) };
  expect(added).toMatchObject([{ role: 'secondary', in: ben, ...span }]);
  expect([dialog(), location.search]).toEqual([null, '?date=2026-03-30']);
});

test('a link that asks for cover without a valid span opens nothing', async () => {
  await open(`/oncall/web?${new URLSearchParams({ cover: 'primary', from: march(30), to: march(29) })}`);
  expect(dialog()).toBeNull();
});

test('a viewer sees the calendar and no buttons to change it', async () => {
  await open('/oncall/web', {}, 'viewer');
  expect(page.text()).not.toContain('Set override');
  expect(page.text()).not.toContain('Find cover');
  expect(timeline()).toBeNull();
});

test('a calendar feed is created for the team, and its address is shown once', async () => {
  const made: unknown[] = [];
  const createFeed = async (input: object) => {
    made.push(input);
    const url = 'https://tocsin.example.com/calendar/secret.ics';
    return { ...FEED, url, webcal_url: url.replace('https', 'webcal') };
  };
  await open('/oncall/web', {
    createFeed,
    feeds: async () => ({ total: made.length, page: 1, per_page: 1_000, feeds: made.length > 0 ? [FEED] : [] }),
  });
  await page.doing(() => page.button('Make an iCal link').click());
  expect(made).toEqual([{ team: 'web' }]);
  expect(dialog()?.textContent).toContain('https://tocsin.example.com/calendar/secret.ics');
  expect(dialog()?.querySelector('a')?.getAttribute('href')).toBe('webcal://tocsin.example.com/calendar/secret.ics');
  await page.doing(() => page.button('Close').click());
  expect(page.text()).not.toContain('secret.ics');
  expect(page.text()).toContain('not read yet');
});

test('a team without a schedule shows a notice, and an administrator a button to create one', async () => {
  const getSchedule = async () => {
    throw new Problem('not-found', 'No schedule found');
  };
  await open('/oncall/web', { getSchedule });
  expect(page.text()).toContain('This team has no schedule yet');
  expect(page.root.querySelector('.empty a')?.getAttribute('href')).toBe('/oncall/web/edit');
});
