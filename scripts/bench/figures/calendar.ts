import { ask } from '../../api';
import type { Product } from '../../product';
import type { Figure, Measure } from '../figure';
import { ms, type Spread, spreadText, timed } from '../numbers';
import { lookups } from '../processes';
import { databaseUrl, withProduct } from '../product';

const SCHEDULES = 1_000;
const AT_ONCE = 8;
const LOOKUPS = 3_000;
const VIEWS = 100;
/** Together with the worst schedules, the maximum of one owner. */
const FEEDS = 18;
const FETCHES = 10;
const WORST_FETCHES = 4;
const DAYS_MS = 86_400_000;

const person = (n: number) => ({ name: `P${n}`, email: `p${n}@example.com` });

/** Three layers: weekly day shifts, daily night shifts, and secondaries. */
const layersOf = (n: number) => [
  {
    name: 'days',
    level: 1,
    restrictions: [{ from: '08:00', to: '20:00', days: ['mon', 'tue', 'wed', 'thu', 'fri'] }],
    rotation: { unit: 'weekly', handoff: '2026-01-05T09:00', slots: [0, 1, 2, 3].map((i) => [person(n + i)]) },
  },
  {
    name: 'nights',
    rotation: { unit: 'daily', handoff: '2026-01-05T18:00', slots: [4, 5, 6].map((i) => [person(n + i)]) },
  },
  {
    name: 'second',
    role: 'secondary',
    rotation: { unit: 'weekly', handoff: '2026-01-05T09:00', slots: [7, 8].map((i) => [person(n + i)]) },
  },
];

const hourly = (name: string, minute: number, more = {}) => ({
  name,
  rotation: {
    unit: 'hourly',
    handoff: `2026-01-05T09:${String(minute).padStart(2, '0')}`,
    slots: [[person(minute)], [person(minute + 100)]],
  },
  ...more,
});

/** The most expensive schedules: hourly shifts beside one person without an end, and the maximum number of layers. */
const WORST = {
  'worst-endless': ['primary', 'secondary'].flatMap((role) => [
    hourly(`hourly ${role}`, 0, { role }),
    { name: `always ${role}`, role, rotation: { unit: 'weekly', handoff: '2026-01-05T09:00', slots: [[person(999)]] } },
  ]),
  'worst-busiest': Array.from({ length: 50 }, (_, n) => hourly(`layer ${n}`, n)),
};

async function worstFeeds(product: Product): Promise<Spread> {
  const paths: string[] = [];
  for (const [team, layers] of Object.entries(WORST)) {
    await ask(product, 'PUT', `/api/v1/schedules/${team}`, { layers });
    paths.push(await makeFeed(product, team));
  }
  return timed(WORST_FETCHES * paths.length, (n) => fetchFeed(product, paths[n % paths.length] ?? ''));
}

async function makeSchedules(product: Product): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let n = next++; n < SCHEDULES; n = next++) {
      const body = { time_zone: 'Europe/Berlin', layers: layersOf(n) };
      await ask(product, 'PUT', `/api/v1/schedules/team-${n}`, body);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** Creates feeds and fetches each once, so that later requests reuse the names of its events. @returns their paths */
async function makeFeeds(product: Product): Promise<string[]> {
  const paths: string[] = [];
  for (let n = 0; n < FEEDS; n++) {
    const path = await makeFeed(product, `team-${n}`);
    await fetchFeed(product, path);
    paths.push(path);
  }
  return paths;
}

/** Creates a feed. @returns its path */
async function makeFeed(product: Product, team: string): Promise<string> {
  const { url } = await ask<{ url: string }>(product, 'POST', '/api/v1/oncall/feeds', { team });
  return new URL(url).pathname;
}

async function fetchFeed({ url }: Product, path: string): Promise<void> {
  const response = await fetch(url + path);
  const text = await response.text();
  if (!response.ok) throw new Error(`A feed answered ${response.status}: ${text}`);
}

interface Judged {
  value: number;
  limit: number;
  /** How the value was measured. */
  way?: string;
}

const figure = (what: string, measured: Spread, { value, limit, way = 'through the gateway' }: Judged): Figure => ({
  what,
  measured: ms(value),
  reach: `≤ ${limit} ms`,
  reached: value <= limit,
  beside: `${spreadText(measured)} of ${measured.count} requests ${way}, one after the other`,
  raw: { ...measured },
});

/** Look-ups of who is on call among many schedules, through the port; calendars of months, through the gateway. */
export const measure: Measure = () =>
  withProduct({}, async (product) => {
    await makeSchedules(product);
    const asked = { url: databaseUrl(product, 'oncall'), schedules: SCHEDULES, lookups: LOOKUPS };
    const { result: current, empty } = await lookups(asked);
    const outside = await timed(LOOKUPS, (n) =>
      ask(product, 'GET', `/api/v1/oncall/current?team=team-${(n * 7) % SCHEDULES}`),
    );
    const from = new Date();
    const to = new Date(from.getTime() + 90 * DAYS_MS);
    const view = await timed(VIEWS, (n) =>
      ask(product, 'GET', `/api/v1/schedules/team-${n}/shifts?from=${from.toISOString()}&to=${to.toISOString()}`),
    );
    const handoffs = await timed(VIEWS, (n) =>
      ask(product, 'GET', `/api/v1/schedules/team-${n}/handoffs?from=${from.toISOString()}&to=${to.toISOString()}`),
    );
    const paths = await makeFeeds(product);
    const feed = await timed(FEEDS * FETCHES, (n) => fetchFeed(product, paths[n % FEEDS] ?? ''));
    const worst = await worstFeeds(product);
    const way = `through the port (an empty query ${spreadText(empty)}; through the gateway ${spreadText(outside)})`;
    return [
      figure(`who is on call, ${SCHEDULES} schedules of 3 layers, p99`, current, { value: current.p99, limit: 2, way }),
      figure('one schedule over 90 days, p50', view, { value: view.p50, limit: 20 }),
      figure('hand-offs of one schedule over 90 days, p50', handoffs, { value: handoffs.p50, limit: 20 }),
      figure('iCal feed of 180 days, p50', feed, { value: feed.p50, limit: 50 }),
      figure('iCal feed of the busiest schedules, p50', worst, { value: worst.p50, limit: 500 }),
    ];
  });
