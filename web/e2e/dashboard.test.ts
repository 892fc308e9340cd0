import type { Browser, BrowserContext, Page } from 'playwright-core';
import { incidentOf, type Product, startProduct, until } from '../../src/testing/product';
import { type SmtpSink, smtpSink } from '../../src/testing/smtp';
import { openBrowser, sideways } from '../testing/browser';

/** The path of a person in a real browser on the real product. One story: each test starts where the last ended. */

jest.setTimeout(300_000);

/** Long, because test machines run many tests at once; on an idle machine each wait ends within a second. */
const PATIENCE_MS = 45_000;

const NAME = 'ana';
const PASSWORD = 'correct horse battery';
let product: Product;
let mail: SmtpSink;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let apiKey: string;
const faults: string[] = [];
const elsewhere: string[] = [];

/** Errors of the page, and requests to other hosts. */
function watch(watched: Page): void {
  watched.on('pageerror', (error) => faults.push(String(error)));
  watched.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) faults.push(message.text());
  });
  watched.on('request', (request) => {
    if (!request.url().startsWith(product.url) && !/^(data|blob):/.test(request.url())) elsewhere.push(request.url());
  });
}

/** Returns its incident. */
async function sendAlert(message: string, severity = 'critical', service = 'checkout'): Promise<string> {
  const response = await fetch(`${product.url}/api/v1/alerts`, {
    method: 'POST',
    headers: { 'X-API-Key': apiKey, 'Content-Type': 'application/json' },
    body: JSON.stringify({ service, severity, message }),
  });
  expect(response.status).toBe(201);
  return incidentOf(product.url, apiKey, ((await response.json()) as { alert_id: string }).alert_id);
}

const see = (text: string | RegExp, timeout = PATIENCE_MS) => page.getByText(text).first().waitFor({ timeout });
const heading = (text: string | RegExp) =>
  page.getByRole('heading', { level: 1, name: text }).waitFor({ timeout: PATIENCE_MS });
const stateOf = (title: string, state: string) =>
  page.locator('tr', { hasText: title }).locator('.state', { hasText: state }).waitFor({ timeout: PATIENCE_MS });

async function logIn(): Promise<void> {
  await page.getByLabel('Name').fill(NAME);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
}

beforeAll(async () => {
  mail = await smtpSink();
  [product, browser] = await Promise.all([startProduct({ SMTP_URL: mail.url }), openBrowser()]);
  apiKey = /API key\s+(\S+)/.exec(product.output())?.[1] as string;
  context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  watch(page);
});

afterAll(async () => {
  await browser?.close();
  product?.process.kill('SIGTERM');
  await product?.exited;
  await mail?.close();
});

test('the link of the first start creates the first administrator, who sees a guide', async () => {
  const link = /\/setup\?token=\S+/.exec(product.output())?.[0] as string;
  await page.goto(product.url + link);
  await page.getByLabel('Name').fill(NAME);
  await page.getByLabel('E-mail').fill('ana@example.com');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Make administrator' }).click();
  await heading('All quiet');
  await see('0 of 4 done');
  await see('Make yourself reachable');
});

test('the guide creates a schedule and marks its step as done', async () => {
  await page.getByRole('button', { name: 'Make a schedule' }).click();
  await page.getByRole('button', { name: 'Make schedule' }).click();
  await see('1 of 4 done');
});

test('an alert appears live and pages the on-call responder', async () => {
  await page.getByText('Live', { exact: true }).waitFor();
  await sendAlert('Payments fail');
  await heading(/^1 critical\b/);
  await see('2 of 4 done');
  await until(() => mail.mails.some(({ envelope }) => envelope.to.includes('ana@example.com')), PATIENCE_MS);
});

test('it is acknowledged by keyboard alone, and shows that at once', async () => {
  await page.keyboard.press('g');
  await page.keyboard.press('i');
  await heading('Incidents');
  await stateOf('Payments fail', 'Unacknowledged');
  await page.keyboard.press('j');
  await page.keyboard.press('a');
  await stateOf('Payments fail', 'Acknowledged');
});

test('the palette opens pages, and a dialog explains the keys', async () => {
  await page.keyboard.press('?');
  await page.getByRole('heading', { name: 'Keys' }).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'Search or jump to' }).fill('payments');
  await page.getByRole('option', { name: /Payments fail/ }).waitFor();
  await page.keyboard.press('Enter');
  await heading('Payments fail');
});

test('a note is drawn from its Markdown, and nothing in it can do harm', async () => {
  await page.keyboard.press('n');
  await page.getByLabel('Add a note').fill('**Rolled back** <img src=x onerror=alert(1)> `v41`');
  await page.keyboard.press('Control+Enter');
  await page.locator('.note strong', { hasText: 'Rolled back' }).waitFor();
  await page.locator('.note code', { hasText: 'v41' }).waitFor();
  expect(await page.locator('.note img').count()).toBe(0);
});

test('a page with unsaved input asks before it is left', async () => {
  await page.getByLabel('Add a note').fill('half a thought');
  await page.getByRole('link', { name: 'Home' }).click();
  await page.getByRole('heading', { name: 'Leave without saving?' }).waitFor();
  await page.getByRole('button', { name: 'Stay' }).click();
  expect(await page.getByLabel('Add a note').inputValue()).toBe('half a thought');
  await page.getByLabel('Add a note').fill('');
});

test('it is resolved, and then offers only what its state allows', async () => {
  await page.locator('h1').focus();
  // Right after the acknowledgement a second key does nothing, so that a double press does not resolve.
  await until(async () => {
    await page.keyboard.press('r');
    return page.locator('.head .state.resolved').isVisible();
  }, PATIENCE_MS);
  expect(await page.getByRole('button', { name: 'Acknowledge' }).count()).toBe(0);
});

test('on a phone the dock acknowledges', async () => {
  const id = await sendAlert('Search is slow', 'high', 'search');
  const phone = await browser.newContext({
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
    storageState: await context.storageState(),
  });
  const held = await phone.newPage();
  held.setDefaultTimeout(PATIENCE_MS);
  watch(held);
  await held.goto(`${product.url}/incidents/${id}`);
  await held.locator('.dock').getByRole('button', { name: 'Acknowledge' }).tap();
  await held.locator('.head .state.acknowledged').waitFor();
  expect(await sideways(held)).toBeLessThanOrEqual(0);
  await phone.close();
});

test('a session that ended leads to the login, and back to the same page', async () => {
  await page.goto(`${product.url}/incidents?status=resolved`);
  await stateOf('Payments fail', 'Resolved');
  const cookies = await context.cookies();
  const token = cookies.find(({ name }) => name === 'tocsin_session')?.value as string;
  await fetch(`${product.url}/api/v1/auth/logout`, { method: 'POST', headers: { 'X-API-Key': token } });
  await heading('Log in');
  await see(/Your session ended/);
  await logIn();
  await heading('Incidents');
  expect(new URL(page.url()).search).toBe('?status=resolved');
});

test('after a crash and restart of the server the page is live again, without missed events', async () => {
  await page.goto(product.url);
  await page.getByText('Live', { exact: true }).waitFor();
  product.process.kill('SIGKILL');
  await product.exited;
  await see(/Reconnecting|Not connected since|Offline/);
  const port = new URL(product.url).port;
  product = await startProduct({ PORT: port, DATA_DIR: product.dataDir, SMTP_URL: mail.url });
  await sendAlert('While you were away', 'critical', 'accounts');
  await page.getByText('Live', { exact: true }).waitFor({ timeout: PATIENCE_MS });
  await see('While you were away');
});

test('an acknowledgement is undone by one key', async () => {
  const id = await sendAlert('Mail is slow', 'high', 'mail');
  await page.goto(`${product.url}/incidents/${id}`);
  await heading('Mail is slow');
  await page.getByText('Live', { exact: true }).waitFor();
  await page.keyboard.press('a');
  await page.locator('.toast', { hasText: 'Acknowledged: ' }).waitFor();
  await page.locator('.head .state.acknowledged').waitFor();
  await page.keyboard.press('u');
  await page.locator('.toast', { hasText: 'Undone: ' }).waitFor();
  await page.locator('.head .state', { hasText: 'Unacknowledged' }).waitFor();
});

test('no page had an error, and no other host was asked', () => {
  expect(faults).toEqual([]);
  expect(elsewhere).toEqual([]);
});
