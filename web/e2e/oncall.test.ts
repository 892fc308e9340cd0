import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { type Product, startProduct } from '../../src/testing/product';
import { openBrowser, sideways, violations } from '../testing/browser';

/** On-call in a real browser on the real product: one story, each test starts where the last ended. */

jest.setTimeout(300_000);

/** Long, because test machines run many tests at once. */
const PATIENCE_MS = 45_000;
const NAME = 'ana';
const PASSWORD = 'correct horse battery';
const DAY_MS = 86_400_000;
const monday = new Date(Math.floor((Date.now() - 4 * DAY_MS) / (7 * DAY_MS)) * 7 * DAY_MS + 4 * DAY_MS);
const HANDOFF = `${monday.toISOString().slice(0, 10)}T09:00`;

const ana = { name: 'Ana Brandt', email: 'ana@example.com' };
const ben = { name: 'Ben Okafor', email: 'ben@example.com' };
const weekly = (slots: (typeof ana)[][]) => ({ unit: 'weekly', length: 1, handoff: HANDOFF, slots });
const SCHEDULE = {
  time_zone: 'Europe/Berlin',
  layers: [
    { name: 'weekly', role: 'primary', rotation: weekly([[ana], [ben]]) },
    { name: 'secondary', role: 'secondary', rotation: weekly([[ben], [ana]]) },
  ],
};

let product: Product;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let apiKey: string;
const faults: string[] = [];

async function ask(method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(product.url + path, {
    method,
    headers: { 'X-API-Key': apiKey, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

const see = (text: string | RegExp) => page.getByText(text).first().waitFor({ timeout: PATIENCE_MS });
const heading = (text: string | RegExp) =>
  page.getByRole('heading', { level: 1, name: text }).waitFor({ timeout: PATIENCE_MS });
const overrides = async () =>
  (await ask('GET', '/api/v1/overrides?team=payments')) as { in: { name: string }; role: string }[];

/** Waits until the server returns something. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !(await holds()); await page.waitForTimeout(50)) {
    if (Date.now() > end) throw new Error('It never came to hold.');
  }
}

beforeAll(async () => {
  [product, browser] = await Promise.all([startProduct(), openBrowser()]);
  apiKey = /API key\s+(\S+)/.exec(product.output())?.[1] as string;
  const user = { username: NAME, password: PASSWORD, role: 'admin', email: ana.email };
  await ask('POST', '/api/v1/users', user);
  await ask('POST', '/api/v1/schedules', { team: 'payments', ...SCHEDULE });
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, timezoneId: 'America/Chicago' });
  await context.request.post(`${product.url}/api/v1/auth/login`, { data: { username: NAME, password: PASSWORD } });
  page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on('pageerror', (error) => faults.push(String(error)));
});

afterAll(async () => {
  await browser?.close();
  product?.process.kill('SIGTERM');
  await product?.exited;
});

test('the calendar opens with the current primary, and draws the shifts of the server', async () => {
  await page.goto(`${product.url}/oncall/payments`);
  await heading('payments on call');
  await page.locator('.figures', { hasText: /Ana Brandt|Ben Okafor/ }).waitFor({ timeout: PATIENCE_MS });
  await page.getByRole('img', { name: /Primary: .*(Ana Brandt|Ben Okafor)/ }).waitFor();
  await see('Berlin 00:00');
});

test('an override is drawn across a lane, and shows at once in the result', async () => {
  const box = await page.locator('.calpad svg.cal').boundingBox();
  if (box === null) throw new Error('There is no timeline.');
  const y = box.y + box.height - 70;
  await page.mouse.move(box.x + box.width * 0.8, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.9, y, { steps: 5 });
  await page.mouse.up();
  await page.getByRole('dialog').waitFor();
  await page.getByLabel('New person').fill('Chen Li');
  await page.getByRole('dialog').getByLabel('E-mail').fill('chen@example.com');
  await page.getByLabel('Reason').fill('Training');
  await page.getByRole('dialog').getByRole('button', { name: 'Set override' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.locator('.calpad .shift.over').first().waitFor({ timeout: PATIENCE_MS });
  expect(await overrides()).toMatchObject([{ in: { name: 'Chen Li' }, role: 'primary' }]);
});

test('keys alone select a span and open the same form', async () => {
  await page.locator('.calpad').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  expect(await page.getByLabel('Role').inputValue()).toBe('secondary');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

/** The block of the only override, and its stored times. */
const block = () => page.locator('.calpad [data-block^="override "]').first();
async function middle(): Promise<{ x: number; y: number; width: number }> {
  const box = await block().boundingBox();
  if (box === null) throw new Error('There is no override.');
  return { x: box.x + box.width / 2, y: box.y + box.height / 2, width: box.width };
}
async function span(): Promise<{ from: number; to: number }> {
  const [only] = (await ask('GET', '/api/v1/overrides?team=payments')) as { starts_at: string; ends_at: string }[];
  return { from: Date.parse(only?.starts_at ?? ''), to: Date.parse(only?.ends_at ?? '') };
}

test('an override is dragged elsewhere by a mouse, and Escape cancels the drag', async () => {
  const before = await span();
  const at = await middle();
  const day = (await page.locator('.calpad svg.cal').boundingBox())?.width ?? 0;
  const drag = async () => {
    await page.mouse.move(at.x, at.y);
    await page.mouse.down();
    await page.mouse.move(at.x - day / 14, at.y, { steps: 5 });
  };
  await drag();
  await see(/Moving Chen Li/);
  await page.keyboard.press('Escape');
  await page.mouse.up();
  await drag();
  await page.mouse.up();
  await see(/Override moved/);
  const after = await span();
  expect([after.from - before.from, after.to - before.to]).toEqual([-DAY_MS, -DAY_MS]);
});

test('its end is dragged by a thumb', async () => {
  const before = await span();
  await page.locator('.calpad .faded').waitFor({ state: 'detached' });
  const { x, y, width } = await middle();
  const touch = await context.newCDPSession(page);
  const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', to?: number) =>
    touch.send('Input.dispatchTouchEvent', { type, touchPoints: to === undefined ? [] : [{ x: to, y }] });
  const edge = x + width / 2 - 4;
  await send('touchStart', edge);
  for (const by of [10, 20, 30, 40]) await send('touchMove', edge + by);
  await send('touchEnd');
  await until(async () => (await span()).to > before.to);
  expect((await span()).from).toBe(before.from);
});

test('a pressed override shows its details, and can be removed', async () => {
  await page.locator('.calpad [data-block^="override "]').first().click();
  await page.getByRole('dialog').getByText('Training').waitFor();
  await page.getByRole('button', { name: 'Remove override' }).click();
  await see('Override removed');
  expect(await overrides()).toEqual([]);
});

test('the address keeps the zoom through a reload', async () => {
  await page.getByRole('button', { name: 'Month' }).click();
  await page.waitForURL(/zoom=month/);
  await page.reload();
  await page.locator('button[aria-pressed="true"]', { hasText: 'Month' }).waitFor({ timeout: PATIENCE_MS });
});

test('a rotation is edited with its next weeks beside it, and a conflict is shown', async () => {
  await page.goto(`${product.url}/oncall/payments/edit`);
  await heading('Edit rotation');
  await page.getByLabel('Name', { exact: true }).nth(1).fill('Dana Novak');
  await page.getByLabel('E-mail').first().fill('dana@example.com');
  await page.getByRole('button', { name: 'Add', exact: true }).first().click();
  await page
    .getByRole('img', { name: /Primary: .*Dana Novak/ })
    .first()
    .waitFor({ timeout: PATIENCE_MS });
  const shorter = [{ name: 'weekly', role: 'primary', rotation: weekly([[ben], [ana]]) }];
  await ask('PUT', '/api/v1/schedules/payments', { ...SCHEDULE, layers: shorter });
  await page.getByRole('button', { name: 'Save schedule' }).click();
  await see(/Another person saved this while you were editing it.*“weekly”/);
  await page.getByRole('button', { name: 'Save mine over theirs' }).click();
  await see('Schedule saved');
  const stored = (await ask('GET', '/api/v1/schedules/payments')) as { layers: { rotation: { slots: unknown[] } }[] };
  expect(stored.layers[0]?.rotation.slots).toHaveLength(3);
});

/** The pages so far. Notices of schedules are left out, because those of an earlier edit arrive at any time. */
async function pages(): Promise<unknown[]> {
  const { notifications } = (await ask('GET', '/api/v1/notifications')) as { notifications: { incident_id: string }[] };
  return notifications.filter(({ incident_id }) => !incident_id.startsWith('on-call:'));
}

test('a policy is edited, and its preview follows before it is saved; nothing is sent', async () => {
  const before = await pages();
  await page.goto(`${product.url}/oncall/payments/policy`);
  await see('Nothing is sent');
  await page.getByRole('button', { name: 'Edit policy' }).click();
  // Without a channel each step reaches no one and has no wait, so the drawn waits are no proof here.
  const foreseen = page.waitForResponse(
    (response) => /preview/.test(response.url()) && /"wait_minutes":7\b/.test(response.request().postData() ?? ''),
    { timeout: PATIENCE_MS },
  );
  await page.locator('input[name="wait-1"]').fill('7');
  await see('If this is saved. Nothing is sent');
  expect((await foreseen).status()).toBe(200);
  expect(await ask('GET', '/api/v1/policies/payments')).toMatchObject({ is_default: true });
  await page.getByRole('button', { name: 'Save policy' }).click();
  await see('wait 7 min');
  expect(await pages()).toEqual(before);
});

test('the coverage report names who cannot be reached, and links to the page that fixes it', async () => {
  await page.goto(`${product.url}/coverage`);
  await heading(/would reach no one|would reach a person/);
  await page.locator('main .mends a[href^="/oncall/payments"]').first().click();
  await heading(/payments/);
});

test('the shifts of the viewer show when the next one starts', async () => {
  await page.goto(`${product.url}/shifts`);
  await heading(/You are on call for payments|Your next shift begins/);
});

test("a calendar program follows the viewer's shifts by a link that is shown once, until it is revoked", async () => {
  await page.getByRole('button', { name: 'Make an iCal link' }).click();
  const url = (await page.locator('dialog pre.code').textContent({ timeout: PATIENCE_MS })) ?? '';
  expect(await violations(page)).toEqual([]);
  const read = async () => (await fetch(url)).text();
  expect(await read()).toMatch(/^BEGIN:VCALENDAR[\s\S]*payments/);
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('button', { name: 'Revoke link' }).click();
  await see('iCal link revoked');
  expect(await read()).not.toContain('BEGIN:VCALENDAR');
});

const PAGES = [
  '/oncall',
  '/oncall?tab=schedules',
  '/oncall/payments',
  '/oncall/payments/edit',
  '/oncall/payments/policy',
  '/coverage',
  '/shifts',
];

test.each(['light', 'dark'] as const)('axe finds nothing on any of these pages, %s', async (colorScheme) => {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  for (const path of PAGES) {
    await page.goto(product.url + path);
    await page.locator('main .card').first().waitFor({ timeout: PATIENCE_MS });
    await page.locator('main [role="status"] .bone').first().waitFor({ state: 'detached' });
    expect({ path, found: await violations(page) }).toEqual({ path, found: [] });
  }
});

test('a phone shows days from top to bottom, and no page scrolls sideways', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const path of PAGES) {
    await page.goto(product.url + path);
    await page.locator('main .card').first().waitFor({ timeout: PATIENCE_MS });
    expect({ path, sideways: await sideways(page) }).toEqual({ path, sideways: 0 });
  }
  const tab = await page.locator('.tabs [aria-current]').boundingBox();
  expect((tab?.x ?? 390) + (tab?.width ?? 0)).toBeLessThanOrEqual(390);
  const hours = (n: number) => new Date(Date.now() + n * 3_600_000).toISOString();
  const takeover = { team: 'payments', kind: 'takeover', role: 'primary', in: ben, reason: 'Night off' };
  await ask('POST', '/api/v1/overrides', { ...takeover, starts_at: hours(24), ends_at: hours(48) });
  await page.goto(`${product.url}/oncall/payments`);
  await page.locator('svg.cal.down .shift.over').first().click({ timeout: PATIENCE_MS });
  await page.getByRole('dialog').getByText('Night off').waitFor();
  await page.getByLabel('To', { exact: true }).fill(hours(60).slice(0, 16));
  await page.getByRole('button', { name: 'Change times' }).click();
  await see(/Override moved/);
});

describe('a thumb on a phone', () => {
  let phone: BrowserContext;
  let held: Page;
  let touch: CDPSession;
  let at = { x: 0, y: 0 };

  const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', to = at) => {
    at = to;
    return touch.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [at] });
  };
  const down = ({ x, y }: { x: number; y: number }) => send('touchStart', { x, y });
  const drag = async (by: number) => {
    for (let step = 1; step <= 6; step++) await send('touchMove', { x: at.x, y: at.y + by / 6 });
  };
  /** The middle of an element, once it rests in the middle of the screen. */
  const placeOf = async (selector: string) => {
    const found = held.locator(selector).first();
    let before = '';
    for (;;) {
      await found.evaluate((element) => element.scrollIntoView({ block: 'center' }));
      const box = await found.boundingBox();
      if (box === null) throw new Error(`There is no ${selector}.`);
      if (JSON.stringify(box) === before) return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
      before = JSON.stringify(box);
      await held.evaluate(() => new Promise(requestAnimationFrame));
    }
  };
  const said = (text: RegExp) => held.getByText(text).first().waitFor({ state: 'attached', timeout: PATIENCE_MS });
  const scrolled = () => held.evaluate(() => scrollY);
  const OVERRIDE = 'svg.cal.down [data-block^="override "]';

  beforeAll(async () => {
    const small = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
    phone = await browser.newContext({
      ...small,
      timezoneId: 'Europe/Berlin',
      storageState: await context.storageState(),
    });
    held = await phone.newPage();
    held.on('pageerror', (error) => faults.push(String(error)));
    touch = await phone.newCDPSession(held);
    await held.goto(`${product.url}/oncall/payments`);
    await held.locator(OVERRIDE).waitFor({ timeout: PATIENCE_MS });
  });
  afterAll(() => phone?.close());

  test('that holds an override moves it, the result follows, and the page does not scroll', async () => {
    const [before, place] = [await span(), await placeOf(OVERRIDE)];
    const top = await scrolled();
    const foreseen = held.waitForResponse(/\/preview\?/, { timeout: PATIENCE_MS });
    await down(place);
    await said(/Moving Ben Okafor/);
    await drag(72);
    expect((await foreseen).status()).toBe(200);
    expect((await span()).from).toBe(before.from);
    await send('touchEnd');
    await until(async () => (await span()).from === before.from + DAY_MS);
    expect((await span()).to).toBe(before.to + DAY_MS);
    expect(await scrolled()).toBe(top);
  });

  test('that releases it at once can then drag its end', async () => {
    await held.locator('svg.cal.down .faded').first().waitFor({ state: 'detached' });
    const [before, place] = [await span(), await placeOf(OVERRIDE)];
    await down(place);
    await said(/Moving Ben Okafor/);
    await send('touchEnd');
    const knob = await placeOf('svg.cal.down .knob[data-part="end"]');
    await down(knob);
    await drag(36);
    await said(/Moving the end of Ben Okafor/);
    await send('touchEnd');
    await until(async () => (await span()).to === before.to + DAY_MS / 2);
    expect((await span()).from).toBe(before.from);
  });

  test('that does not wait scrolls the page, and moves nothing', async () => {
    await held.locator('svg.cal.down .faded').first().waitFor({ state: 'detached' });
    const [before, place] = [await span(), await placeOf(OVERRIDE)];
    const top = await scrolled();
    await down(place);
    // A flung page goes on scrolling; a thumb that touches it meanwhile only stops it.
    const stands = await held.evaluateHandle(() => ({
      still: new Promise<void>((done) => addEventListener('scrollend', () => done(), { once: true })),
    }));
    await drag(120);
    await send('touchEnd');
    await stands.evaluate(({ still }) => still);
    expect(await scrolled()).toBeLessThan(top);
    expect(await span()).toEqual(before);
  });

  test('that holds a shift draws a span over it', async () => {
    const place = await placeOf('svg.cal.down [data-block^="final primary"]');
    await down(place);
    await said(/, Primary$/);
    await drag(48);
    await send('touchEnd');
    await held.getByRole('dialog').getByLabel('New person').waitFor({ timeout: PATIENCE_MS });
    const hours = await Promise.all(['From', 'To'].map((name) => held.getByLabel(name, { exact: true }).inputValue()));
    const [from = 0, to = 0] = hours.map((local) => Date.parse(`${local}Z`) / 3_600_000);
    expect(to - from).toBeGreaterThan(12);
    expect(to - from).toBeLessThan(20);
    expect(faults).toEqual([]);
  });
});
