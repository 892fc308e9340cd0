/** @jest-environment @happy-dom/jest-environment */
import type { Ports } from '../ports';
import { closePage, type ShownPage, showPage } from '../testing/page';
import { now } from '../ui/times';
import { AnalyticsPage } from './AnalyticsPage';
import type { Report } from './report';

// This environment has no canvas: drawings need a browser (e2e/stories/analytics.ts).
const nothing: object = new Proxy(() => {}, { get: () => nothing, apply: () => nothing });
HTMLCanvasElement.prototype.getContext = () => nothing as never;
globalThis.Path2D = class {
  rect() {}
  moveTo() {}
  lineTo() {}
  closePath() {}
  addPath() {}
  arc() {}
} as never;

type Asked = Parameters<Ports['incidents']['analytics']>[0];

const NONE = { median: null, p90: null };
const times = (median: number) => ({ median, p90: 2 * median });
const totals = (change: Partial<Report['totals']> = {}) =>
  ({
    incidents: 8,
    resolved: 6,
    mtta: times(120),
    mttr: times(3_600),
    by_status: { open: 1, acknowledged: 1, in_progress: 0, resolved: 6 },
    by_severity: { critical: 2, high: 2, medium: 4, low: 0 },
    ...change,
  }) as Report['totals'];
const report = (change: Partial<Report> = {}): Report =>
  ({
    totals: totals(),
    previous: totals({ incidents: 10, mtta: times(180) as never, mttr: times(3_600) as never }),
    days: ['2026-03-27', '2026-03-28'].map((day) => ({ day, ...totals({ incidents: 4 }) })),
    by_service: [
      { service: 'checkout', incidents: 5, resolved: 4, alerts: 9, mtta: times(60), mttr: times(600) },
      { service: 'search', incidents: 3, resolved: 2, alerts: 3, mtta: NONE, mttr: NONE },
    ],
    hours: Array.from({ length: 7 }, (_, d) => Array.from({ length: 24 }, (_, h) => (d === 2 && h === 3 ? 5 : 0))),
    ...change,
  }) as Report;

let page: ShownPage;
let asked: Asked[];

async function open(url = '/analytics', answer = report()) {
  asked = [];
  page = await showPage(
    <AnalyticsPage />,
    {
      incidents: {
        analytics: async (input) => {
          asked.push(input);
          return answer as never;
        },
      },
    },
    url,
  );
}
const days = ({ from, to }: Asked) => Math.round((Date.parse(String(to)) - Date.parse(String(from))) / 86_400_000);

beforeEach(() => {
  now.value = Date.now();
});
afterEach(closePage);

test("the query has thirty whole days in the viewer's zone, or the span of the address", async () => {
  await open();
  expect(days(asked[0] as Asked)).toBe(30);
  expect(asked[0]).toMatchObject({ time_zone: new Intl.DateTimeFormat().resolvedOptions().timeZone });
  page.close();
  await open('/analytics?span=week&severity=high&service=checkout');
  expect(days(asked[0] as Asked)).toBe(7);
  expect(asked[0]).toMatchObject({ severity: 'high', service: 'checkout' });
});

test('a selected span is in the address', async () => {
  await open();
  await page.doing(() => page.button('90 days').click());
  expect(location.search).toBe('?span=quarter');
  expect(days(asked.at(-1) as Asked)).toBe(90);
});

test('figures are compared with the span before, in words', async () => {
  await open();
  const figures = page.root.querySelector('.figures')?.textContent;
  expect(figures).toContain('1 min faster than the span before');
  expect(figures).toContain('2 fewer than the span before');
  expect(figures).toContain('75 %');
  expect(figures).toContain('as before');
});

test('each drawing has a text, and a table with the same numbers', async () => {
  await open();
  const drawn = [...page.root.querySelectorAll('[role=img]')].map((each) => each.getAttribute('aria-label'));
  expect(drawn.some((label) => /checkout/.test(label ?? ''))).toBe(true);
  expect(drawn.some((label) => /Wed 03:00, 5 incidents/.test(label ?? ''))).toBe(true);
  await page.doing(() => page.button('TableNoisy services').click());
  const rows = [...page.root.querySelectorAll('.charted tbody tr')].map((row) => row.textContent);
  expect(rows[0]).toContain('checkout');
  expect(rows[1]).toContain('not measured');
});

test('the files contain exactly the rows that are shown', async () => {
  await open('/analytics?span=week&service=checkout');
  const hrefs = [...page.root.querySelectorAll<HTMLAnchorElement>('a[href*="format=csv"]')].map(
    (link) => new URL(link.getAttribute('href') ?? '', 'http://x').searchParams,
  );
  expect(hrefs.map((query) => query.get('table'))).toEqual(['incidents', 'days']);
  expect(hrefs[0]?.get('service')).toBe('checkout');
  expect([hrefs[0]?.get('from'), hrefs[0]?.get('to')]).toEqual([asked[0]?.from, asked[0]?.to]);
});

test('a span without incidents and filters without matches have different texts', async () => {
  const empty = report({ totals: totals({ incidents: 0 }), by_service: [] });
  await open('/analytics', empty);
  expect(page.text()).toContain('Nothing happened in this span');
  page.close();
  await open('/analytics?severity=low', empty);
  expect(page.text()).toContain('Nothing here fits the filters');
});
