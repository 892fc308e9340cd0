import { enterAt, heading, logInBy, PASSWORD, said, tabTo, typeAt, type Visit } from '../../testing/visit';

const NEXT_PASSWORD = 'another horse, another battery';

/** Account, by keyboard alone: theme, single keys, password and sessions. */
export function accountStory(visit: () => Visit): void {
  const themeOf = () => visit().page.evaluate(() => document.documentElement.dataset['theme'] ?? 'system');

  test('the theme is stored on this device, and applies from the first drawing', async () => {
    const { page, url } = visit();
    await page.goto(`${url}/account`);
    await heading(page, 'Account');
    await enterAt(page, page.getByRole('button', { name: 'Dark', exact: true }));
    expect(await themeOf()).toBe('dark');
    await page.reload();
    await heading(page, 'Account');
    expect(await themeOf()).toBe('dark');
    await enterAt(page, page.getByRole('button', { name: 'System', exact: true }));
    expect(await themeOf()).toBe('system');
  });

  test('single keys can be turned off', async () => {
    const { page } = visit();
    const tick = page.getByRole('checkbox', { name: 'Single keys act at once' });
    await tabTo(page, tick);
    await page.keyboard.press('Space');
    await page.keyboard.press('?');
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    expect(await page.getByRole('heading', { name: 'Keys' }).count()).toBe(0);
    await page.keyboard.press('Space');
    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
  });

  test('another session is listed, and ended from here', async () => {
    const { page, url, enter } = visit();
    const other = await enter({ userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' });
    const line = page.locator('li', { hasText: 'Firefox on Linux' });
    await enterAt(page, line.getByRole('button', { name: /^End/ }));
    await said(page, 'The session ended');
    await line.waitFor({ state: 'detached' });
    expect((await other.request.get(`${url}/api/v1/auth/me`)).status()).toBe(401);
    await other.close();
  });

  test('the password is changed by a person who knows it, which ends all other sessions', async () => {
    const { page, url, enter, browser } = visit();
    const other = await enter();
    const change = async (current: string) => {
      await typeAt(page, page.getByLabel('Current password'), current);
      await typeAt(page, page.getByLabel('New password'), NEXT_PASSWORD);
      await enterAt(page, page.getByRole('button', { name: 'Change password' }));
    };
    await change('not the password');
    await page.locator('.fault').first().waitFor();
    await change(PASSWORD);
    await said(page, 'The password is changed');
    expect((await other.request.get(`${url}/api/v1/auth/me`)).status()).toBe(401);
    const again = await browser.newContext();
    await logInBy(again, url, NEXT_PASSWORD);
    const body = JSON.stringify({ current_password: NEXT_PASSWORD, new_password: PASSWORD });
    const back = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body };
    expect(await page.evaluate(async (init) => (await fetch('/api/v1/auth/password', init)).status, back)).toBe(200);
    await Promise.all([other.close(), again.close()]);
  });
}
