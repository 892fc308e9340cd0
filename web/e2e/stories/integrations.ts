import { sideways, violations } from '../../testing/browser';
import { enterAt, heading, said, typeAt, type Visit } from '../../testing/visit';

/** Integrations: a key is shown once, its snippets set a tool up, and rejected reports are kept. */
export function integrationsStory(visit: () => Visit): void {
  let address: string;
  const send = (body: string) =>
    fetch(address, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  const FIRING = {
    alerts: [
      { status: 'firing', labels: { alertname: 'Slow', service: 'mail', severity: 'warning' }, annotations: {} },
    ],
  };

  test('its key is shown when it is created, in the address and in each snippet', async () => {
    const { page, url } = visit();
    await page.goto(`${url}/integrations`);
    await heading(page, 'Integrations');
    await enterAt(page, page.getByRole('link', { name: 'Add integration' }));
    await heading(page, 'Which tool reports here?');
    await typeAt(page, page.getByLabel('Search tools'), 'alertmanager');
    await enterAt(page, page.getByRole('link', { name: /^Alertmanager/ }));
    await heading(page, 'Add Alertmanager');
    await typeAt(page, page.getByLabel('Name', { exact: true }), 'Alertmanager, production');
    await enterAt(page, page.getByRole('button', { name: 'Add integration' }));
    await heading(page, 'Alertmanager, production');
    address = (await page.locator('.code', { hasText: '/api/v1/integrations/' }).first().textContent()) as string;
    const key = /integrations\/([^/]+)\//.exec(address)?.[1] as string;
    await page.getByText('the key is not shown again').waitFor();
    await page.locator('[role=tabpanel] .code', { hasText: key }).waitFor();
    await enterAt(page, page.getByRole('tab', { name: 'Alertmanager' }));
    await page.keyboard.press('ArrowRight');
    await page.locator('[role=tabpanel]', { hasText: 'contactPoints' }).filter({ hasText: key }).waitFor();
    await page.getByText('Waiting for the first event').waitFor();
  });

  test('and never again', async () => {
    const { page } = visit();
    const key = /integrations\/([^/]+)\//.exec(address)?.[1] as string;
    await page.reload();
    await page.getByText('YOUR_KEY').first().waitFor();
    expect(await page.content()).not.toContain(key);
  });

  test('reports appear live: the first event, and a rejected one with its reason', async () => {
    const { page } = visit();
    expect((await send(JSON.stringify(FIRING))).status).toBeLessThan(300);
    await page.getByText('Waiting for the first event').waitFor({ state: 'detached' });
    expect((await send('{"alerts": "on fire"}')).status).toBe(422);
    const refused = page.locator('details').first();
    await enterAt(page, refused.locator('summary'));
    await refused.getByText('on fire').waitFor();
  });

  test('a revoked key is refused', async () => {
    const { page } = visit();
    await enterAt(page, page.getByRole('button', { name: 'Revoke key' }));
    await enterAt(page, page.getByRole('dialog').getByRole('button', { name: 'Revoke key' }));
    await said(page, 'is revoked');
    await heading(page, 'Integrations');
    await page.locator('li', { hasText: 'Alertmanager, production' }).getByText('Revoked').waitFor();
    expect((await send(JSON.stringify(FIRING))).status).toBe(403);
  });

  test('the fields of any JSON are chosen in a received payload, by keyboard and on a phone', async () => {
    const { page, url } = visit();
    await page.goto(`${url}/integrations/new/json`);
    await typeAt(page, page.getByLabel('Name', { exact: true }), 'Pump room');
    await enterAt(page, page.getByRole('button', { name: 'Add integration' }));
    await heading(page, 'Pump room');
    address = (await page.locator('.code', { hasText: '/api/v1/integrations/' }).first().textContent()) as string;
    await page.getByText('Send a payload to the address').waitFor();
    const sent = JSON.stringify({ team: 'Pump room', checks: [{ n: 'The pump is hot', place: 'left' }] });
    expect((await send(sent)).status).toBe(200);
    await enterAt(page, page.locator('.tree').getByRole('button', { name: 'n: "The pump is hot"' }));
    expect(await page.getByLabel('Message').inputValue()).toBe('n');
    await page.getByRole('region', { name: 'What it reads' }).getByText('The pump is hot', { exact: true }).waitFor();
    await typeAt(page, page.getByLabel('Service'), '$payload.team');
    await page.getByRole('region', { name: 'What it reads' }).getByText('pump room', { exact: true }).waitFor();
    for (const [width, colorScheme] of [
      [1440, 'light'],
      [390, 'dark'],
    ] as const) {
      await page.setViewportSize({ width, height: 844 });
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      expect([await violations(page), await sideways(page)]).toEqual([[], 0]);
    }
    await enterAt(page, page.getByRole('button', { name: 'Save mapping' }));
    await said(page, 'The mapping is saved');
    await page.setViewportSize({ width: 1440, height: 900 });
  });
}
