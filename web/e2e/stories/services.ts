import { enterAt, heading, said, tabTo, typeAt, type Visit } from '../../testing/visit';

/** Services, by keyboard alone: set, change and remove an owner, and the page of a service. */
export function servicesStory(visit: () => Visit): void {
  const row = (text: string) => visit().page.locator('tbody tr', { hasText: text });

  test('a service gets an owner', async () => {
    const { page, url, ask } = visit();
    await page.goto(`${url}/services`);
    await heading(page, /services? pages? no one$/);
    expect(await row('search').locator('.badge.bad').textContent()).toBe('No owner');
    await enterAt(page, page.getByRole('button', { name: 'Set owner' }));
    await typeAt(page, page.getByRole('dialog').getByLabel('Service'), 'printer');
    await tabTo(page, page.getByLabel('Team'));
    await page.keyboard.type('payments');
    await enterAt(page, page.getByRole('dialog').getByRole('button', { name: 'Set owner' }));
    await said(page, 'printer belongs to payments');
    await row('printer').waitFor();
    expect(await ask('GET', '/api/v1/services')).toContainEqual({ service: 'printer', team: 'payments' });
  });

  test('it is found by its name or its team, and its owner is removed only after a dialog', async () => {
    const { page, ask } = visit();
    await typeAt(page, page.getByRole('searchbox', { name: 'Search services' }), 'print');
    await row('checkout').waitFor({ state: 'detached' });
    expect(new URL(page.url()).search).toBe('?q=print');
    await enterAt(page, page.getByRole('button', { name: 'Remove: printer' }));
    await page.getByRole('heading', { name: 'Remove the owner of printer?' }).waitFor();
    await enterAt(page, page.getByRole('button', { name: 'Remove owner' }));
    await said(page, 'The owner of printer is removed');
    expect(await ask('GET', '/api/v1/services')).not.toContainEqual({ service: 'printer', team: 'payments' });
  });

  test('a service that only alerts have named has a page, on which it gets an owner', async () => {
    const { page, url, ask } = visit();
    await page.goto(`${url}/services/billing`);
    await page.getByRole('alert').getByText('No team owns this service').waitFor();
    await enterAt(page, page.getByRole('button', { name: 'Set owner' }));
    await tabTo(page, page.getByLabel('Team'));
    await page.keyboard.type('payments');
    await enterAt(page, page.getByRole('dialog').getByRole('button', { name: 'Set owner' }));
    await page.getByText('Owned by payments').waitFor();
    await page.getByText('Ana Brandt').first().waitFor();
    await ask('DELETE', '/api/v1/services/billing');
  });
}
