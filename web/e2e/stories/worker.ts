import type { BrowserContext, Page } from 'playwright-core';
import { until } from '../../../src/testing/product';
import type { Front } from '../../testing/front';
import { ANA, heading, PASSWORD, PATIENCE_MS, type Visit } from '../../testing/visit';
import type { Things } from './sweep';

/** The page without its server: installed, stored with its time, renewed by a build, removed by a logout. */
export function workerStory(visit: () => Visit, front: () => Front, things: () => Things): void {
  let context: BrowserContext;
  let page: Page;
  const caching = <T>(work: string): Promise<T> => page.evaluate(work) as Promise<T>;
  const SEEN = `caches.open('seen').then((cache) => cache.keys()).then((keys) => keys.map(({ url }) => new URL(url).pathname))`;
  const controlled = () => page.waitForFunction(() => navigator.serviceWorker.controller !== null);

  beforeAll(async () => {
    context = await visit().browser.newContext({ viewport: { width: 1440, height: 900 } });
    const data = { username: ANA.username, password: PASSWORD };
    await context.request.post(`${front().url}/api/v1/auth/login`, { data });
    page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
  });
  afterAll(() => context?.close());
  afterEach(() => {
    front().away = false;
    front().noStreams = false;
  });

  test('the browser would install it: the manifest has no fault, and its icons have the listed sizes', async () => {
    await page.goto(front().url);
    await controlled();
    const devtools = await context.newCDPSession(page);
    const { data, errors, url } = await devtools.send('Page.getAppManifest');
    expect(errors).toEqual([]);
    const manifest = JSON.parse(data as string) as { icons: { src: string; sizes: string }[]; start_url: string };
    const sizes = await page.evaluate(
      (icons) =>
        Promise.all(
          icons.map(async (src) => {
            const image = await createImageBitmap(await (await fetch(src)).blob());
            return `${image.width}x${image.height}`;
          }),
        ),
      manifest.icons.map(({ src }) => new URL(src, url).href),
    );
    expect(sizes).toEqual(manifest.icons.map((icon) => icon.sizes));
    expect(new URL(manifest.start_url, url).pathname).toBe('/');
    const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
    expect(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([]);
  });

  test('without a server it opens, shows the last data with its time, and allows no action', async () => {
    await page.goto(`${front().url}/incidents/${things().incident}`);
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Resolve' }).first().waitFor();
    front().away = true;
    await page.reload();
    await heading(page, 'Payments fail');
    await page.getByText(/This is what you last saw, at .*\d\d:\d\d/).waitFor();
    expect(await page.getByText(/^Live/).allTextContents()).toEqual([]);
    expect(await page.getByRole('button', { name: 'Resolve' }).first().isDisabled()).toBe(true);
  });

  test('data that was never loaded is not shown', async () => {
    front().away = true;
    await page.goto(`${front().url}/notifications?status=cancelled`);
    await heading(page, 'Notifications');
    await page.getByText('The server cannot be reached.').first().waitFor();
  });

  test('it is live again with the server, with the events of the meantime', async () => {
    await page.goto(`${front().url}/incidents`);
    await page.getByText('Payments fail').first().waitFor();
    front().away = true;
    await page.reload();
    await page.getByText('This is what you last saw').waitFor();
    const alert = { service: 'dns', severity: 'high', message: 'Resolver is gone' };
    await visit().ask('POST', '/api/v1/alerts', alert);
    front().away = false;
    await page.getByText('Live', { exact: true }).waitFor();
    await page.getByText('Resolver is gone').first().waitFor();
    await page.getByText('This is what you last saw').waitFor({ state: 'detached' });
  });

  test('if the network blocks streams, the page polls, and an alert still appears by itself', async () => {
    front().noStreams = true;
    await page.reload();
    await page.getByText('Live, every 3 s').waitFor();
    await visit().ask('POST', '/api/v1/alerts', { service: 'ntp', severity: 'low', message: 'Clock drifts' });
    await page.getByText('Clock drifts').first().waitFor();
  });

  test('nothing that helps another person is stored: keys, sessions, users, the audit log', async () => {
    for (const path of ['/integrations', '/admin', '/admin?tab=keys', '/admin?tab=audit', '/account']) {
      await page.goto(front().url + path);
      await page.locator('main .card li, main .card tbody tr').first().waitFor();
    }
    const kept = await caching<string[]>(SEEN);
    expect(kept).toContain('/api/v1/incidents');
    expect(kept.filter((path) => /events|audit|users|keys|sessions|integrations|feeds|login/.test(path))).toEqual([]);
  });

  test('a new build replaces the old one', async () => {
    const shells = `caches.keys().then((names) => names.filter((name) => name.startsWith('shell-')))`;
    const [old] = await caching<string[]>(shells);
    expect(old).toMatch(/^shell-/);
    front().edit = (_path, text) => text.replace(/const VERSION = '[^']+'/, "const VERSION = 'next'");
    await page.reload();
    await until(async () => (await caching<string[]>(shells)).join() === 'shell-next', PATIENCE_MS);
    front().away = true;
    await page.reload();
    await heading(page, 'Account');
  });

  test('a logout removes the stored data', async () => {
    await page.goto(`${front().url}/incidents`);
    await page.getByText('Payments fail').first().waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await heading(page, 'Log in');
    await until(async () => !(await caching<boolean>(`caches.has('seen')`)), PATIENCE_MS);
    front().away = true;
    await page.goto(`${front().url}/incidents`);
    await page
      .getByText(/cannot be reached/)
      .first()
      .waitFor();
    expect(await page.getByText('Payments fail').count()).toBe(0);
  });
}
