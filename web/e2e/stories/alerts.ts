import { enterAt, heading, said, tabTo, typeAt, type Visit } from '../../testing/visit';

/** Alerts, by keyboard alone: narrow the list, see how often an alert was reported, send one. */
export function alertsStory(visit: () => Visit): void {
  const rows = () => visit().page.locator('tbody tr');
  const onlyRow = async (text: string) => {
    await rows().filter({ hasNotText: text }).first().waitFor({ state: 'detached' });
    await rows().filter({ hasText: text }).waitFor();
  };

  test('the server searches, and the address holds the search', async () => {
    const { page, url } = visit();
    await page.goto(url);
    await heading(page, /./);
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await heading(page, 'Alerts');
    await rows().nth(3).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('disk');
    await onlyRow('Disk is full');
    expect(new URL(page.url()).search).toBe('?q=disk');
  });

  test('counters and facets narrow it, and Clear shows all again', async () => {
    const { page } = visit();
    await page.keyboard.press('Escape');
    await enterAt(page, page.getByRole('link', { name: 'Clear' }));
    await enterAt(page, page.getByRole('navigation', { name: 'Severity' }).getByRole('link', { name: /Critical/ }));
    await onlyRow('Payments fail');
    await enterAt(page, page.getByRole('link', { name: 'Clear' }));
    await tabTo(page, page.getByRole('combobox', { name: 'Service' }));
    await page.keyboard.type('search');
    await onlyRow('Search is slow');
    expect(new URL(page.url()).searchParams.get('service')).toBe('search');
    await page.goBack();
  });

  test('an alert shows when it was reported again, and leads to its incident', async () => {
    const { page, url } = visit();
    await page.goto(`${url}/alerts?severity=critical`);
    await rows().first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await heading(page, 'Payments fail');
    await page.getByText('Reported again').or(page.getByText('Two reports')).first().waitFor();
    await page.getByText('First reported').waitFor();
    await page.getByText('region=eu-west-1').waitFor();
    await enterAt(page, page.getByRole('link', { name: 'See the incident' }));
    await heading(page, 'Payments fail');
    expect(new URL(page.url()).pathname).toMatch(/^\/incidents\//);
  });

  test('a test alert with an error stays in its dialog; corrected, it opens an incident that appears at once', async () => {
    const { page } = visit();
    await page.goto(`${visit().url}/alerts`);
    await enterAt(page, page.getByRole('button', { name: 'Send a test alert' }));
    await typeAt(page, page.getByRole('dialog').getByLabel('Service'), 'printer');
    await typeAt(page, page.getByRole('dialog').getByLabel('Message', { exact: true }), 'Paper jam');
    await typeAt(page, page.getByLabel(/^Labels/), 'no equals sign');
    await enterAt(page, page.getByRole('button', { name: 'Send alert' }));
    await page.getByText('Each line is a name, an equals sign and a value').waitFor();
    await typeAt(page, page.getByLabel(/^Labels/), 'floor=3');
    await enterAt(page, page.getByRole('button', { name: 'Send alert' }));
    await said(page, 'opened an incident');
    await rows().filter({ hasText: 'Paper jam' }).waitFor();
  });
}
