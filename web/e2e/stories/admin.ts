import { enterAt, heading, PATIENCE_MS, said, tabTo, typeAt, type Visit } from '../../testing/visit';

/** Administration, by keyboard alone: users and their roles, keys, the audit log. */
export function adminStory(visit: () => Visit): void {
  const row = (text: string) => visit().page.locator('tbody tr', { hasText: text });

  test('a user is added with an error at its field, then without one', async () => {
    const { page, url } = visit();
    await page.goto(`${url}/admin`);
    await heading(page, 'Admin');
    await enterAt(page, page.getByRole('button', { name: 'New user' }));
    await typeAt(page, page.getByLabel('Name', { exact: true }), 'ben');
    await typeAt(page, page.getByLabel('Password'), 'short');
    await enterAt(page, page.getByRole('button', { name: 'Add user' }));
    await page.getByRole('dialog').locator('.fault').waitFor();
    await typeAt(page, page.getByLabel('Password'), 'long enough to be one');
    await enterAt(page, page.getByRole('button', { name: 'Add user' }));
    await said(page, 'ben may log in');
    await row('ben').getByText('Responder').waitFor();
  });

  test('their role is changed, and stays so', async () => {
    const { page, url, browser } = visit();
    await enterAt(page, page.getByRole('button', { name: 'Change: ben' }));
    await tabTo(page, page.getByLabel('Role'));
    await page.keyboard.type('Viewer');
    await enterAt(page, page.getByRole('button', { name: 'Save' }));
    await said(page, 'ben is saved');
    await row('ben').getByText('Viewer').waitFor();
    const theirs = await browser.newContext();
    const data = { username: 'ben', password: 'long enough to be one' };
    await theirs.request.post(`${url}/api/v1/auth/login`, { data });
    const seen = await theirs.newPage();
    await seen.goto(`${url}/admin`);
    await seen.getByText('Only administrators see this').waitFor({ timeout: PATIENCE_MS });
    expect(await seen.getByRole('link', { name: 'Admin' }).count()).toBe(0);
    await theirs.close();
  });

  test('a key is shown once, works, and is refused after it was revoked', async () => {
    const { page, url } = visit();
    await enterAt(page, page.getByRole('link', { name: 'API keys' }));
    await enterAt(page, page.getByRole('button', { name: 'New API key' }));
    await typeAt(page, page.getByLabel('Name', { exact: true }), 'nightly jobs');
    await enterAt(page, page.getByRole('button', { name: 'Make key' }));
    await page.getByRole('heading', { name: 'Key of nightly jobs' }).waitFor();
    const key = (await page.getByRole('dialog').locator('.code').textContent()) as string;
    const status = async () => (await fetch(`${url}/api/v1/incidents`, { headers: { 'X-API-Key': key } })).status;
    expect(await status()).toBe(200);
    await page.keyboard.press('Escape');
    await row('nightly jobs').waitFor();
    await page.reload();
    await row('nightly jobs').waitFor();
    expect(await page.content()).not.toContain(key);
    await enterAt(page, row('nightly jobs').getByRole('button', { name: /Revoke/ }));
    await enterAt(page, page.getByRole('dialog').getByRole('button', { name: 'Revoke key' }));
    await said(page, 'The key nightly jobs is revoked');
    await row('nightly jobs').getByText('Revoked').waitFor();
    expect(await status()).toBe(403);
  });

  test('a channel is tested, and shows why it cannot deliver', async () => {
    const { page } = visit();
    await enterAt(page, page.getByRole('link', { name: 'Channels' }));
    await row('Slack').getByText('Not configured', { exact: true }).waitFor();
    await enterAt(page, row('Slack').getByRole('button', { name: /Send a test/ }));
    await typeAt(page, page.getByRole('dialog').getByLabel('To'), 'ops-team');
    await enterAt(page, page.getByRole('dialog').getByRole('button', { name: 'Send test' }));
    await page.getByRole('dialog').getByText('this channel is not configured').first().waitFor();
    await page.keyboard.press('Escape');
  });

  test('all of it is in the audit log, found by its actor', async () => {
    const { page } = visit();
    await enterAt(page, page.getByRole('link', { name: 'Audit log' }));
    await row('Revoked an API key').waitFor();
    await row('Added a user').first().waitFor();
    await typeAt(page, page.getByRole('searchbox', { name: 'Who' }), 'nobody of that name');
    await page.getByText('No entry matches').waitFor();
  });
}
