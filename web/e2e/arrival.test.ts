import type { Page } from 'playwright-core';
import { incidentOf } from '../../src/testing/product';
import { sideways } from '../testing/browser';
import { beginVisit, heading, PATIENCE_MS, type Visit } from '../testing/visit';
import { settle } from './stories/sweep';

/** The first seconds of a page: on a phone, while it loads, and on a slow line. */

jest.setTimeout(300_000);

const DESK = { viewport: { width: 1440, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

let visit: Visit;
let critical: string;

/** A team on call, incidents in every state, and a critical one without an owner, so that its banner shows. */
async function moveIn({ ask, product, apiKey }: Visit): Promise<string> {
  const members = [
    { name: 'Ana Brandt', email: 'ana@example.com', role: 'primary' },
    { name: 'Ben Okafor', email: 'ben@example.com', role: 'secondary' },
  ];
  for (const team of ['payments', 'search']) {
    await ask('POST', '/api/v1/schedules', { team, rotation_type: 'weekly', members });
  }
  await ask('PUT', '/api/v1/services/checkout', { team: 'payments' });
  const opened: string[] = [];
  for (const [service, severity, message] of [
    ['checkout', 'critical', 'Payments fail'],
    ['ledger', 'critical', 'Ledger is unbalanced'],
    ['search', 'high', 'Search is slow'],
    ['billing', 'medium', 'Disk is full'],
    ['mail', 'low', 'Certificate expires'],
  ]) {
    const { alert_id } = await ask<{ alert_id: string }>('POST', '/api/v1/alerts', { service, severity, message });
    opened.push(await incidentOf(product.url, apiKey, alert_id));
  }
  await ask('PATCH', `/api/v1/incidents/${opened[3]}`, { status: 'acknowledged', assigned_to: 'ana' });
  await ask('PATCH', `/api/v1/incidents/${opened[4]}`, { status: 'resolved' });
  return opened[0] as string;
}

beforeAll(async () => {
  visit = await beginVisit();
  critical = await moveIn(visit);
});
afterAll(() => visit?.end());

/** A page in a browser without stored files, as on the first visit. */
async function cold(options: typeof DESK | typeof PHONE): Promise<Page> {
  const context = await visit.enter({ ...options, serviceWorkers: 'block', reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  visit.watch(page);
  return page;
}

describe('on a phone', () => {
  let page: Page;
  beforeAll(async () => {
    page = await cold(PHONE);
  });
  afterAll(() => page?.context().close());

  test.each(['/', '/incidents'])('the dock of %s opens the dialog for a new incident', async (path) => {
    await page.goto(visit.url + path);
    await settle(page);
    const button = page.getByRole('button', { name: 'New incident' });
    expect(await button.count()).toBe(1);
    const { y, height, width } = (await button.boundingBox()) ?? { y: 0, height: 0, width: 0 };
    // Above the tab bar, in the lower third, and large enough.
    expect(y).toBeGreaterThan((PHONE.viewport.height * 2) / 3);
    expect(Math.min(height, width)).toBeGreaterThanOrEqual(44);
    expect(await sideways(page)).toBeLessThanOrEqual(0);
    await button.tap();
    await page.getByRole('dialog').getByRole('heading', { name: 'New incident' }).waitFor();
    expect(await sideways(page)).toBeLessThanOrEqual(0);
    await page.keyboard.press('Escape');
  });

  test('the bar of selected rows replaces the dock', async () => {
    await page.goto(`${visit.url}/incidents`);
    await settle(page);
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.locator('.bulk').waitFor();
    expect(await page.locator('.dock').count()).toBe(0);
  });

  test('each action of an open incident shows its name beside its icon', async () => {
    await page.goto(`${visit.url}/incidents/${critical}`);
    await heading(page, 'Payments fail');
    const dock = page.locator('.dock');
    await dock.getByRole('button', { name: 'Acknowledge' }).waitFor();
    expect(await dock.locator('.btn').allInnerTexts()).toEqual(['Escalate now', 'Acknowledge']);
    expect(await dock.locator('.btn.icon').count()).toBe(0);
    expect(await sideways(page)).toBeLessThanOrEqual(0);
  });
});

/** Adds up all layout shifts of the page with their sources: at least as much as CLS. */
const WATCH_SHIFTS = `
  globalThis.shifts = [];
  new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries())
      globalThis.shifts.push({ value, of: sources.map(({ node }) => (node?.outerHTML ?? String(node?.nodeName)).slice(0, 80)) });
  }).observe({ type: 'layout-shift', buffered: true });`;
const READ_SHIFTS = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(globalThis.shifts))))`;

describe.each([
  ['a desk', DESK],
  ['a phone', PHONE],
])('on %s, with nothing kept', (_where, screen) => {
  test('Home moves by no more than 0.05 while it loads', async () => {
    const page = await cold(screen);
    await page.addInitScript(WATCH_SHIFTS);
    await page.goto(visit.url);
    await settle(page);
    for (const name of ['Open incidents', 'Noisiest services', 'Platform']) {
      await page.getByRole('heading', { name, exact: true }).waitFor();
    }
    await page.getByText('Live', { exact: true }).waitFor();
    const shifts = (await page.evaluate(READ_SHIFTS)) as { value: number; of: string[] }[];
    const sum = shifts.reduce((all, { value }) => all + value, 0);
    await page.context().close();
    expect(sum > 0.05 ? shifts : []).toEqual([]);
  });
});

describe('on a slow line, with an empty cache', () => {
  /** The time until a list shows its frame, at 800 ms per round trip and 50 kB per second. */
  const SHOWN_WITHIN_MS = 1_500;
  const LINE = { offline: false, latency: 800, downloadThroughput: 50_000, uploadThroughput: 50_000 };
  /** A busy machine can be late once; the line is the same each time. */
  const TRIES = 6;
  const FRAME = ['Incidents', 'Home', 'On call', 'Alerts'];

  /** Milliseconds from the request to the first drawing, on the browser's clock. */
  async function firstDrawing(): Promise<number> {
    const page = await cold(PHONE);
    const line = await page.context().newCDPSession(page);
    await line.send('Network.enable');
    await line.send('Network.setCacheDisabled', { cacheDisabled: true });
    await line.send('Network.emulateNetworkConditions', LINE);
    await page.goto(`${visit.url}/incidents`, { waitUntil: 'commit' });
    const drawn = (await page.evaluate(`new Promise((done) =>
      new PerformanceObserver((list) => {
        const [paint] = list.getEntriesByName('first-contentful-paint');
        if (paint) done(paint.startTime);
      }).observe({ type: 'paint', buffered: true }))`)) as number;
    await page.context().close();
    return drawn;
  }

  test('a list shows its frame within 1.5 s', async () => {
    const times: number[] = [];
    while (times.length < TRIES && !times.some((time) => time <= SHOWN_WITHIN_MS)) times.push(await firstDrawing());
    expect(Math.min(...times)).toBeLessThanOrEqual(SHOWN_WITHIN_MS);
    // The line alone takes 800 ms: a lower figure would mean that it was not used.
    expect(Math.min(...times)).toBeGreaterThanOrEqual(LINE.latency);
  });

  test('the frame needs only the response for the address: heading, navigation and rows', async () => {
    const page = await cold(DESK);
    const held: string[] = [];
    // No other response arrives during this check.
    await page.route('**/*', (route) => {
      if (route.request().isNavigationRequest()) return route.continue();
      held.push(route.request().url());
    });
    await page.goto(`${visit.url}/incidents`, { waitUntil: 'commit' });
    await page.locator('#frame .h1', { hasText: 'Incidents' }).waitFor();
    for (const text of FRAME) await page.locator('#frame .nav').getByText(text, { exact: true }).waitFor();
    expect(await page.locator('#frame .bone').count()).toBeGreaterThan(5);
    const look = await page.locator('#frame .shell').evaluate((shell) => getComputedStyle(shell).display);
    expect(look).toBe('grid');
    expect(held.length).toBeGreaterThan(0);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.context().close();
  });

  test('the response for the address is small enough for the line, and has a length', async () => {
    const { request } = visit.context;
    const ask = (path: string) => request.get(visit.url + path, { headers: { 'Accept-Encoding': 'gzip' } });
    const shell = await ask('/incidents');
    expect(shell.headers()['content-encoding']).toBe('gzip');
    expect(Number(shell.headers()['content-length'])).toBeLessThan(20_000);
    const script = /src="(\/assets\/index-[^"]+[.]js)"/.exec(await shell.text())?.[1] as string;
    const answer = await ask(script);
    expect(answer.headers()).toMatchObject({
      'content-encoding': 'gzip',
      'content-type': expect.stringMatching(/javascript/),
      'cache-control': 'public, max-age=31536000, immutable',
      vary: expect.stringMatching(/accept-encoding/i),
    });
    expect(Number(answer.headers()['content-length'])).toBeLessThan(60_000);
    expect(await answer.text()).toMatch(/import|function|=>/);
  });
});
