/** @jest-environment @happy-dom/jest-environment */
import { Route, Router } from 'preact-iso';
import type { Alert } from '../../src/alerts/contract';
import { invalid } from '../../src/kernel/ports/problem';
import { AlertPage } from '../alerts/AlertPage';
import type { Ports } from '../ports';
import { ANA, closePage, type ShownPage, showPage, submit, type } from '../testing/page';
import { Toasts, unsay } from '../ui/toast';
import { SilencesPage } from './SilencesPage';
import { daysOf, placeOf } from './strip';
import { traitsOf } from './traits';
import { linesIn, type MaintenanceWindow, matcherOf, type Silence } from './view';

type Alerts = Ports['alerts'];
const AT = '2026-03-28T02:00:00.000Z';
const LATER = '2126-03-28T04:00:00.000Z';

const silence = (change: Partial<Silence> = {}): Silence => ({
  ...{ id: '00000000-0000-4000-8000-000000000001', state: 'active', matchers: ['service="shop"'] },
  ...{ starts_at: AT, ends_at: LATER, comment: 'Move of racks', muted_alerts: 2 },
  ...{ created_at: AT, created_by: 'ana', updated_at: AT, updated_by: 'ana' },
  ...change,
});
const window = (change: Partial<MaintenanceWindow> = {}): MaintenanceWindow => ({
  ...{ id: '00000000-0000-4000-8000-000000000002', name: 'Patch day', state: 'pending', services: ['shop'] },
  ...{ matchers: [], span: null, muted_alerts: 0, next: { starts_at: LATER, ends_at: LATER } },
  recurrence: { rrule: 'FREQ=WEEKLY', time_zone: 'UTC', starts_at: '2026-03-01T02:00', duration_minutes: 60 },
  ...{ created_at: AT, created_by: 'ana', updated_at: AT, updated_by: 'ana' },
  ...change,
});
const alert = {
  ...{ id: '00000000-0000-4000-8000-000000000003', service: 'shop', severity: 'high', message: 'Disk full' },
  ...{ source: 'api', labels: { env: 'prod', 'my label': 'a "b"' }, fingerprint: 'f'.repeat(64), timestamp: AT },
  ...{ incident_id: null, created_at: AT, status: 'firing', count: 1, last_seen_at: AT, ended_at: null },
  ...{ integration_id: null, annotations: {}, description: null, links: [], generator_url: null },
  ...{ external_url: null, severity_note: null, incident_state: null, first_said: null, reported: null },
  ...{ expires_at: null, expired: false, acknowledged_at: null, acknowledged_by: null },
  ...{ waiting: null, affected_by: null, flapping: false },
  muted: { by: 'silence', id: silence().id, name: 'Move of racks', until: LATER },
  decision: [
    { stage: 'rule', id: silence().id, rule: 'Staging is quiet', did: 'set severity low' },
    { stage: 'mute', by: 'silence', id: silence().id, name: 'Move of racks', until: LATER },
  ],
} as Alert;

const CALENDAR: Awaited<ReturnType<Alerts['muteCalendar']>> = {
  ...{ from: '2026-03-26T12:00:00.000Z', to: '2026-04-11T12:00:00.000Z', left_out: 3 },
  mutes: [
    {
      ...{
        by: 'window',
        id: '00000000-0000-4000-8000-000000000002',
        name: 'Patch day',
        services: ['shop'],
        matchers: [],
      },
      spans: ['2026-03-29', '2026-04-05'].map((day) => ({
        starts_at: new Date(`${day}T02:00:00`).toISOString(),
        ends_at: new Date(`${day}T05:00:00`).toISOString(),
      })),
    },
  ],
};

let page: ShownPage;
let asked: [string, unknown][];
const noting =
  (name: string, answer: unknown = silence()) =>
  async (input: unknown) => {
    asked.push([name, input]);
    return answer as never;
  };

async function open(url: string, fakes: Partial<Alerts> = {}, who: Parameters<typeof showPage>[3] = ANA) {
  asked = [];
  page = await showPage(
    <>
      <Router>
        <Route path="/silences" component={SilencesPage} />
        <Route path="/alerts/:id" component={AlertPage} />
      </Router>
      <Toasts />
    </>,
    {
      alerts: {
        listSilences: async () => ({ total: 1, page: 1, per_page: 50, silences: [silence()] }),
        listMaintenanceWindows: async () => ({ total: 1, page: 1, per_page: 50, windows: [window()] }),
        muteCalendar: async () => CALENDAR,
        createSilence: noting('create'),
        updateSilence: noting('update'),
        endSilence: noting('end'),
        createMaintenanceWindow: noting('plan', window()),
        deleteMaintenanceWindow: noting('delete'),
        previewMaintenance: noting('preview', { occurrences: [{ starts_at: AT, ends_at: LATER }] }),
        get: async () => alert,
        reports: async () =>
          ({ alert_id: alert.id, total: 1, first: { ...alert, at: AT }, texts: [], reports: [], history: [] }) as never,
        ...fakes,
      },
    },
    url,
    who,
  );
}

/** Types into the field of this name. */
const enter = (name: string, text: string): Promise<void> =>
  page.doing(() => {
    const field = [...document.querySelectorAll<HTMLInputElement>('dialog [name]')].find((each) => each.name === name);
    type(field as HTMLInputElement, text);
  });

afterEach(() => {
  unsay();
  closePage();
});

test('the lists show matchers, end, author and how many alerts are muted', async () => {
  await open('/silences');
  expect(page.text()).toContain('service="shop"');
  expect(page.text()).toContain('Move of racks');
  expect(page.text()).toContain('2 alerts muted');
  expect(page.text()).toContain('Patch day');
  expect(page.text()).toContain('FREQ=WEEKLY');
});

test('the calendar shows each mute on a row, with its spans as a drawing and as text', async () => {
  await open('/silences');
  expect(page.text()).toContain('Patch day');
  const spans = [...page.root.querySelectorAll('.mutes ol li')].map((span) => span.textContent);
  expect(spans).toEqual(['Sun 29 March 02:00 to 05:00', 'Sun 5 April 02:00 to 05:00']);
  expect(page.root.querySelectorAll('.mute.window').length).toBe(2);
  expect(page.text()).toContain('3 more are not shown here');
});

test('a span is cut at the edges of the calendar, and a short one stays visible', () => {
  const place = (starts_at: string, ends_at: string) => placeOf(0, 1_000, { starts_at, ends_at });
  const at = (ms: number) => new Date(ms).toISOString();
  expect(place(at(-500), at(250))).toEqual({ x: 0, width: 25 });
  expect(place(at(500), at(2_000))).toEqual({ x: 50, width: 50 });
  expect(place(at(500), at(501)).width).toBe(0.4);
  expect(place(at(1_000), at(1_001)).x).toBeLessThan(100);
});

test('the days of the calendar cover it without a gap, also over a clock change', () => {
  const from = Date.parse('2026-03-26T12:00:00Z');
  const days = daysOf(from, from + 16 * 86_400_000);
  expect(days[0]?.x).toBe(0);
  for (const [n, { x, width }] of days.entries()) expect(x + width).toBeCloseTo(days[n + 1]?.x ?? 100, 6);
  expect(days.filter(({ weekend }) => weekend).length).toBeGreaterThanOrEqual(4);
});

test('the filter by state is in the questions', async () => {
  await open('/silences?state=expired', {
    listSilences: noting('list', { total: 0, page: 1, per_page: 50, silences: [] }),
  });
  expect(asked).toEqual([['list', { state: 'expired', page: 1, per_page: 50 }]]);
  expect(page.text()).toContain('No silences');
});

test('a new silence is sent with its matchers and its end in hours from now', async () => {
  await open('/silences');
  await page.doing(() => page.button('New silence').click());
  await enter('matchers', ' service="shop" \n\nenv=~"a|b"');
  await enter('hours', '3');
  await enter('comment', 'Move');
  await submit(page);
  const [[name, input]] = asked as [[string, { matchers: string[]; ends_at: string; comment: string }]];
  expect([name, input.matchers, input.comment]).toEqual(['create', ['service="shop"', 'env=~"a|b"'], 'Move']);
  expect(Math.abs(Date.parse(input.ends_at) - Date.now() - 3 * 3_600_000)).toBeLessThan(60_000);
});

test('a matcher that the server refuses is named at its field', async () => {
  const refuse = async () => {
    throw invalid([{ path: 'matchers.1', message: 'A quotation mark is missing' }]);
  };
  await open('/silences', { createSilence: refuse });
  await page.doing(() => page.button('New silence').click());
  await enter('matchers', 'a="b"\nb="');
  await submit(page);
  expect(page.text()).toContain('A quotation mark is missing');
});

test('a silence is ended after a question', async () => {
  await open('/silences');
  await page.doing(() => page.button('End now service="shop"').click());
  expect(page.text()).toContain('End this silence now?');
  await submit(page);
  expect(asked).toEqual([['end', { id: silence().id }]]);
});

test('a repeating window is planned, and its preview is asked with the same rule', async () => {
  await open('/silences');
  await page.doing(() => page.button('Plan maintenance').click());
  await enter('name', 'Patch day');
  await enter('services', 'shop, , cart');
  const kind = page.root.ownerDocument.querySelector<HTMLSelectElement>('select[name=kind]') as HTMLSelectElement;
  await page.doing(() => {
    kind.value = 'repeat';
    kind.dispatchEvent(new Event('change', { bubbles: true }));
  });
  await enter('recurrence.rrule', 'FREQ=WEEKLY;BYDAY=SU');
  await enter('recurrence.starts_at', '2026-03-01T02:00');
  await enter('recurrence.duration_minutes', '90');
  await enter('recurrence.time_zone', 'Europe/Berlin');
  await page.doing(() => page.button('Show the next ten').click());
  const recurrence = {
    ...{ rrule: 'FREQ=WEEKLY;BYDAY=SU', starts_at: '2026-03-01T02:00' },
    ...{ duration_minutes: 90, time_zone: 'Europe/Berlin' },
  };
  expect(asked).toEqual([['preview', recurrence]]);
  await submit(page);
  expect(asked[1]).toEqual(['plan', { name: 'Patch day', services: ['shop', 'cart'], matchers: [], recurrence }]);
});

test('the page of an alert shows its mute and its decision, and silences alerts like it', async () => {
  await open(`/alerts/${alert.id}`);
  expect(page.text()).toContain('Muted by a silence: Move of racks until');
  expect(page.text()).toContain('Rule Staging is quiet: set severity low');
  await page.doing(() => page.button('Silence this').click());
  const ticks = [...page.root.ownerDocument.querySelectorAll<HTMLInputElement>('dialog input[type=checkbox]')];
  expect(ticks.map(({ checked }) => checked)).toEqual([true, true, true]);
  await page.doing(() => ticks[1]?.click());
  await submit(page);
  expect(asked).toMatchObject([['create', { matchers: ['service="shop"', '"my label"="a \\"b\\""'] }]]);
});

test('matchers of values are quoted, and empty lines are no matchers', () => {
  expect(matcherOf('größe', 'a\\b\n')).toBe('"größe"="a\\\\b\\n"');
  expect(linesIn('\n a="b"\n\n')).toEqual(['a="b"']);
});

test('the alerts of an incident have their common values ticked, and a few others to choose', () => {
  const labels = { env: 'prod', host: 'a.1', only: 'x' };
  const traits = traitsOf([
    { service: 'shop', labels },
    { service: 'shop', labels: { env: 'prod', host: 'b' } },
  ]);
  expect(traits).toEqual([
    { matcher: 'service="shop"', text: 'service=shop', common: true },
    { matcher: 'env="prod"', text: 'env=prod', common: true },
    { matcher: 'host=~"a\\\\.1|b"', text: 'host=a.1, b', common: false },
  ]);
});

test('a label with many values is not offered', () => {
  const alerts = Array.from({ length: 11 }, (_, n) => ({ service: 'shop', labels: { host: `h${n}` } }));
  expect(traitsOf(alerts).map(({ matcher }) => matcher)).toEqual(['service="shop"']);
});
