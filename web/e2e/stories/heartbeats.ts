import { enterAt, heading, said, tabTo, typeAt, type Visit } from '../../testing/visit';

/** Heartbeats, by keyboard alone: one is made, its pings appear live, a failure is on Home, and it is paused. */
export function heartbeatsStory(visit: () => Visit): void {
  let address: string;
  const ping = (end: string, body = '') => fetch(address + end, { method: 'POST', body });

  test('it is made, and its page shows the address in each snippet', async () => {
    const { page, url, product } = visit();
    await page.goto(`${url}/heartbeats`);
    await heading(page, 'Heartbeats');
    await enterAt(page, page.getByRole('button', { name: 'Add heartbeat' }));
    const dialog = page.getByRole('dialog');
    await typeAt(page, dialog.getByLabel('Name'), 'Log rotation');
    await typeAt(page, dialog.getByLabel('Service', { exact: true }), 'logs');
    await tabTo(page, dialog.getByLabel('Expected'));
    await page.keyboard.type('By a cron');
    await typeAt(page, dialog.getByLabel('Cron expression'), '30 4 * * *');
    await enterAt(page, dialog.getByRole('button', { name: 'Add heartbeat' }));
    await heading(page, 'Log rotation');
    await said(page, 'Log rotation waits for its first ping');
    await page.locator('.badge', { hasText: 'Never seen' }).waitFor();
    const shown = (await page.locator('.code', { hasText: '/ping/' }).first().textContent()) as string;
    address = product.url + new URL(shown).pathname;
    await page.locator('[role=tabpanel] .code', { hasText: '30 4 * * *' }).filter({ hasText: shown }).waitFor();
  });

  test('its pings appear live, with the run time and what the job wrote', async () => {
    const { page } = visit();
    await ping('/start');
    await page.locator('.badge', { hasText: 'Running' }).waitFor();
    await ping('/7', 'No space left on device');
    await page.getByText('The job reported a failure.').waitFor();
    await page.getByText('exit code 7').waitFor();
    await page.locator('svg.runs').waitFor();
    await enterAt(page, page.getByText('Output', { exact: true }));
    await page.getByText('No space left on device').waitFor();
  });

  test('its failure opens an alert and is on Home, and a success ends both', async () => {
    const { page, url, ask } = visit();
    await page.goto(url);
    await page.getByRole('link', { name: 'Log rotation', exact: true }).waitFor();
    const alerts = () => ask<{ alerts: { message: string; status: string }[] }>('GET', '/api/v1/alerts?service=logs');
    await page.getByText('Log rotation failed: exit code 7').first().waitFor();
    await ping('');
    await page.getByRole('link', { name: 'Log rotation', exact: true }).waitFor({ state: 'detached' });
    await page.getByText('Log rotation failed: exit code 7').first().waitFor({ state: 'detached' });
    expect((await alerts()).alerts).toMatchObject([
      { message: 'Log rotation failed: exit code 7', status: 'resolved' },
    ]);
  });

  test('j and Enter open it from the list, and it is paused and resumed', async () => {
    const { page, url } = visit();
    await page.goto(`${url}/heartbeats?q=log+rot`);
    await page.locator('tbody tr', { hasText: 'Log rotation' }).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await heading(page, 'Log rotation');
    await enterAt(page, page.getByRole('button', { name: 'Pause' }));
    await said(page, 'Log rotation is paused');
    await page.locator('.badge', { hasText: 'Paused' }).waitFor();
    await enterAt(page, page.getByRole('button', { name: 'Resume' }));
    await said(page, 'Log rotation waits for its next ping');
  });
}
