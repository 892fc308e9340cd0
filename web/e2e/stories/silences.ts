import { enterAt, heading, said, tabTo, typeAt, type Visit } from '../../testing/visit';

/** Silences and maintenance, by keyboard: an alert is silenced, the next one is muted, and the end of the silence pages. */
export function silencesStory(visit: () => Visit): void {
  const boiler = (message: string) => ({ service: 'boiler', severity: 'low', message, labels: { room: 'cellar' } });
  let muted: string;

  test('an alert is silenced with its values as tick boxes', async () => {
    const { page, url, ask } = visit();
    const { alert_id } = await ask<{ alert_id: string }>('POST', '/api/v1/alerts', boiler('Boiler is cold'));
    await page.goto(`${url}/alerts/${alert_id}`);
    await heading(page, 'Boiler is cold');
    await enterAt(page, page.getByRole('button', { name: 'Silence this' }));
    const dialog = page.getByRole('dialog');
    await tabTo(page, dialog.getByRole('checkbox', { name: 'service=boiler' }));
    await page.keyboard.press('Space');
    await typeAt(page, dialog.getByLabel('Comment'), 'The plumber is here');
    await enterAt(page, dialog.getByRole('button', { name: 'Silence' }));
    await said(page, 'Silenced');
  });

  test('the next alert that matches is muted, and its page says by what', async () => {
    const { page, url, ask } = visit();
    const answer = await ask<{ alert_id: string; action: string }>('POST', '/api/v1/alerts', boiler('Boiler leaks'));
    expect(answer.action).toBe('none');
    muted = answer.alert_id;
    await page.goto(`${url}/alerts/${muted}`);
    await page.getByText('Muted by a silence: The plumber is here').first().waitFor();
  });

  test('the list shows the silence; its end opens the incident of the muted alert', async () => {
    const { page, url, ask } = visit();
    await page.goto(`${url}/silences`);
    await heading(page, 'Silences and maintenance');
    const row = page.locator('.list li', { hasText: 'The plumber is here' });
    await row.getByText('1 alert muted').waitFor();
    await enterAt(page, row.getByRole('button', { name: /^End now/ }));
    await enterAt(page, page.getByRole('dialog').getByRole('button', { name: 'End silence' }));
    await said(page, 'The silence has ended');
    await row.getByText('Over').waitFor();
    await page.goto(`${url}/alerts/${muted}`);
    await page.getByRole('link', { name: 'See the incident' }).waitFor();
    const { incident_id } = await ask<{ incident_id: string | null }>('GET', `/api/v1/alerts/${muted}`);
    expect(incident_id).not.toBeNull();
  });

  test('maintenance that repeats is planned with a preview, and deleted', async () => {
    const { page, url } = visit();
    await page.goto(`${url}/silences`);
    await enterAt(page, page.getByRole('button', { name: 'Plan maintenance' }));
    const dialog = page.getByRole('dialog');
    await typeAt(page, dialog.getByLabel('Name'), 'Boiler service');
    await typeAt(page, dialog.getByLabel(/^Services/), 'boiler');
    await tabTo(page, dialog.getByLabel('When'));
    await page.keyboard.type('Rep');
    await tabTo(page, dialog.getByLabel('Rule'));
    await enterAt(page, dialog.getByRole('button', { name: 'Show the next ten' }));
    await dialog.locator('ol li').nth(9).waitFor();
    await enterAt(page, dialog.getByRole('button', { name: 'Plan', exact: true }));
    await said(page, 'Boiler service is planned');
    // On the calendar, each occurrence of the next 14 days is a span, in the drawing and as text.
    const drawn = page.locator('.mutes > ul > li', { hasText: 'Boiler service' });
    await enterAt(page, drawn.locator('summary'));
    await drawn.locator('ol li').nth(1).waitFor();
    expect(await drawn.locator('rect.mute').count()).toBe(await drawn.locator('ol li').count());
    const row = page.locator('.list li', { hasText: 'Boiler service' });
    await row.getByText('Planned').waitFor();
    await enterAt(page, row.getByRole('button', { name: /^Delete/ }));
    await enterAt(page, page.getByRole('dialog').getByRole('button', { name: 'Delete' }));
    await said(page, 'Boiler service is deleted');
  });
}
