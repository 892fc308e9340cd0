import type { Page } from 'playwright-core';
import { incidentOf } from '../../src/testing/product';
import { sideways } from '../testing/browser';
import { beginVisit, heading, PATIENCE_MS, type Visit } from '../testing/visit';
import { settle } from './stories/sweep';

/** What a person sees and can reach in the first seconds of a page: on a phone, while it loads, on a slow line. */

jest.setTimeout(300_000);

const DESK = { viewport: { width: 1440, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

let visit: Visit;
let critical: string;

/** A team on call, incidents in every state, and a critical one whose service has no owner, so that its banner shows. */
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

/** A page whose browser has kept nothing, as on the first visit. */
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

  test.each(['/', '/incidents'])('an incident is made with the thumb from %s', async (path) => {
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

  test('chosen rows take the place of the dock', async () => {
    await page.goto(`${visit.url}/incidents`);
    await settle(page);
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.locator('.bulk').waitFor();
    expect(await page.locator('.dock').count()).toBe(0);
  });

  test('each action of an incident that is open says its name beside its icon', async () => {
    await page.goto(`${visit.url}/incidents/${critical}`);
    await heading(page, 'Payments fail');
    const dock = page.locator('.dock');
    await dock.getByRole('button', { name: 'Acknowledge' }).waitFor();
    expect(await dock.locator('.btn').allInnerTexts()).toEqual(['Escalate now', 'Acknowledge']);
    expect(await dock.locator('.btn.icon').count()).toBe(0);
    expect(await sideways(page)).toBeLessThanOrEqual(0);
  });
});
