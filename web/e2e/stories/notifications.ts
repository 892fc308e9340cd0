import { enterAt, heading, tabTo, type Visit } from '../../testing/visit';

/** The delivery log, by keyboard alone: filter it, and see the attempts. */
export function notificationsStory(visit: () => Visit): void {
  const rows = () => visit().page.locator('tbody tr');
  /** Rows with this status or channel; messages may hold the word too. */
  const rowsWith = (text: string) => rows().filter({ has: visit().page.getByText(text, { exact: true }) });

  test('it is filtered by status and by channel', async () => {
    const { page, url } = visit();
    await page.goto(`${url}/notifications`);
    await heading(page, 'Notifications');
    await rowsWith('Failed').first().waitFor();
    await enterAt(page, page.getByRole('navigation', { name: 'Status' }).getByRole('link', { name: /^Recorded/ }));
    await rowsWith('Failed').first().waitFor({ state: 'detached' });
    await rowsWith('Recorded only').first().waitFor();
    await enterAt(page, page.getByRole('navigation', { name: 'Status' }).getByRole('link', { name: /^All/ }));
    await tabTo(page, page.getByRole('combobox', { name: 'Channel' }));
    await page.keyboard.type('Slack');
    await rows().filter({ hasText: 'Mock' }).first().waitFor({ state: 'detached' });
    expect(new URL(page.url()).search).toBe('?channel=slack');
  });

  test('a notification shows each attempt with its reason, and closes by Escape to the same list', async () => {
    const { page } = visit();
    await enterAt(page, rows().first().locator('a.t'));
    const dialog = page.getByRole('dialog');
    await dialog.getByText('this channel is not configured').first().waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(new URL(page.url()).search).toBe('?channel=slack');
    await page.goto(`${visit().url}/notifications?status=recorded`);
    await enterAt(page, rows().first().locator('a.t'));
    await dialog.getByText('Recorded only').first().waitFor();
    await page.keyboard.press('Escape');
  });
}
