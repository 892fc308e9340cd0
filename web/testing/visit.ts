import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { type Product, startProduct } from '../../src/testing/product';
import { openBrowser } from './browser';

/** A visit: the real product, a real browser, somebody logged in, and what both complain of. */

/** Long, because machines that run tests run many; whatever is waited for is there within a second on an idle one. */
export const PATIENCE_MS = 45_000;

export const PASSWORD = 'correct horse battery';
export const ANA = { username: 'ana', email: 'ana@example.com', role: 'admin' } as const;

export interface Visit {
  readonly product: Product;
  readonly browser: Browser;
  /** Where the page is asked for: the product itself, or what stands before it. */
  readonly url: string;
  readonly context: BrowserContext;
  readonly page: Page;
  readonly apiKey: string;
  /** What pages threw, what the policy refused, what the console called an error. */
  readonly faults: string[];
  /** What was asked of anybody but our own server. */
  readonly elsewhere: string[];
  ask<T = unknown>(method: string, path: string, body?: object): Promise<T>;
  /** A context of its own, logged in. */
  enter(options?: Parameters<Browser['newContext']>[0]): Promise<BrowserContext>;
  watch(page: Page): void;
  end(): Promise<void>;
}

/** An answer that a story asks for (a wrong password, an address of nothing) is no fault of the page. */
const ASKED_FOR = /Failed to load resource: .* (400|401|403|404|409|422)/;

export async function beginVisit(before: (product: Product) => Promise<string> = async ({ url }) => url) {
  const [product, browser] = await Promise.all([startProduct(), openBrowser()]);
  const url = await before(product);
  const apiKey = /API key\s+(\S+)/.exec(product.output())?.[1] as string;
  const faults: string[] = [];
  const elsewhere: string[] = [];
  const ask = asker(product.url, apiKey);
  await ask('POST', '/api/v1/users', { ...ANA, password: PASSWORD });
  const watch = (page: Page) => {
    page.on('pageerror', (error) => faults.push(`${page.url()}: ${error}`));
    page.on('console', (message) => {
      if (message.type() === 'error' && !ASKED_FOR.test(message.text()))
        faults.push(`${page.url()}: ${message.text()}`);
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) elsewhere.push(request.url());
    });
  };
  const enter: Visit['enter'] = async (options) => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
    await logInBy(context, url);
    return context;
  };
  const context = await enter();
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  watch(page);
  const end = async () => {
    await browser.close();
    product.process.kill('SIGTERM');
    await product.exited;
  };
  return { product, browser, url, context, page, apiKey, faults, elsewhere, ask, enter, watch, end } satisfies Visit;
}

const asker =
  (url: string, apiKey: string): Visit['ask'] =>
  async (method, path, body) => {
    const response = await fetch(url + path, {
      method,
      headers: { 'X-API-Key': apiKey, 'Content-Type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (response.status === 204 ? undefined : await response.json()) as never;
  };

/** Without the form, which has a story of its own. */
export async function logInBy(context: BrowserContext, url: string, password = PASSWORD): Promise<void> {
  const data = { username: ANA.username, password };
  const answer = await context.request.post(`${url}/api/v1/auth/login`, { data });
  if (!answer.ok()) throw new Error(`The login answered ${answer.status()}.`);
}

export const heading = (page: Page, text: string | RegExp): Promise<void> =>
  page.getByRole('heading', { level: 1, name: text }).waitFor();

/** What was just done, as the page says it. */
export const said = (page: Page, text: string | RegExp): Promise<void> =>
  page.locator('.toasts').getByText(text).waitFor();

const MOST_STOPS = 120;

/** Goes there by the tab key and by nothing else. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.first().waitFor();
  for (let stop = 0; stop < MOST_STOPS; stop++) {
    if (await target.first().evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`No tab leads to ${target}.`);
}

/** Presses what a person at the keyboard would: tab until it has the focus, then Enter. */
export async function enterAt(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press('Enter');
}

/** Writes into a field that was reached by tab. */
export async function typeAt(page: Page, target: Locator, text: string): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type(text);
}
