import type { Page } from 'playwright-core';
import { sideways, violations } from '../../testing/browser';
import { enterAt, heading, said, tabTo, typeAt, type Visit } from '../../testing/visit';

/** The post-mortem of an incident, by keyboard alone: drafted, saved, kept through a reload, compared and restored. */
export function postmortemStory(visit: () => Visit): void {
  let id: string;
  const path = () => `/api/v1/incidents/${id}/postmortem`;
  const editor = () => visit().page.getByRole('textbox', { name: /^(Post-mortem text|Your text)$/ });
  const button = (name: string | RegExp) => visit().page.getByRole('button', { name, exact: true });
  const inDialog = (name: string) => visit().page.getByRole('dialog').getByRole('button', { name, exact: true });

  beforeAll(async () => {
    const incident = { title: 'The depot is dark', service: 'depot', severity: 'high' };
    ({ id } = await visit().ask<{ id: string }>('POST', '/api/v1/incidents', incident));
  });

  async function openTab(page: Page): Promise<void> {
    await heading(page, 'The depot is dark');
    await page.getByText('Live', { exact: true }).waitFor();
    await tabTo(page, page.getByRole('tab', { name: 'Timeline' }));
    await page.keyboard.press('ArrowLeft');
    await page.locator('#postmortem-panel').getByRole('button', { name: 'Preview' }).waitFor();
  }

  /** Accepts the browser's question before unsaved text is left. */
  async function reload(page: Page): Promise<void> {
    const accept = (dialog: { accept(): Promise<void> }) => void dialog.accept();
    page.on('dialog', accept);
    await page.reload();
    page.off('dialog', accept);
    await openTab(page);
  }

  test('the draft from the timeline is changed, and the change survives a reload without a save', async () => {
    const { page, url } = visit();
    await page.goto(`${url}/incidents/${id}`);
    await openTab(page);
    expect(await editor().inputValue()).toContain('# Post-mortem: The depot is dark');
    await faultless(page);
    await typeAt(page, editor(), 'A fuse blew.');
    await reload(page);
    await page.getByText(/is back\. Save or discard it\./).waitFor();
    expect(await editor().inputValue()).toBe('A fuse blew.');
  });

  test('a page with unsaved text asks before it is left', async () => {
    const { page } = visit();
    await enterAt(page, page.getByRole('link', { name: 'Home' }));
    await page.getByRole('heading', { name: 'Leave without saving?' }).waitFor();
    await enterAt(page, inDialog('Stay'));
    expect(await editor().inputValue()).toBe('A fuse blew.');
  });

  test('it is saved, and still there after a reload', async () => {
    const { page, ask } = visit();
    await enterAt(page, button('Save'));
    await said(page, 'Saved as version 1');
    await reload(page);
    await page.getByText(/^Saved by ana \d\d:\d\d, version 1\.$/).waitFor();
    await page.locator('.prose', { hasText: 'A fuse blew.' }).waitFor();
    expect(await ask('GET', path())).toMatchObject({ version: 1, text: 'A fuse blew.', author: 'ana' });
  });

  test('a version of another person is shown beside the unsaved text, which is saved only on demand', async () => {
    const { page, ask } = visit();
    await enterAt(page, button('Edit'));
    await typeAt(page, editor(), 'An old fuse blew.');
    await ask('PUT', path(), { text: 'A rat bit the cable.', version: 1 });
    await page
      .getByRole('alert')
      .getByText(/saved version 2 \(\d\d:\d\d\) while you edited/)
      .waitFor();
    const theirs = page.getByRole('textbox', { name: /, version 2$/ });
    expect(await theirs.inputValue()).toBe('A rat bit the cable.');
    expect(await editor().inputValue()).toBe('An old fuse blew.');
    expect(await ask('GET', path())).toMatchObject({ version: 2, text: 'A rat bit the cable.' });
    await faultless(page);
    await enterAt(page, button('Save mine as version 3'));
    await said(page, 'Saved as version 3');
    expect(await ask('GET', path())).toMatchObject({ version: 3, text: 'An old fuse blew.', author: 'ana' });
  });

  test('an older version is read, and restored as a new one', async () => {
    const { page, ask } = visit();
    await enterAt(page, page.locator('summary', { hasText: 'Versions (3)' }));
    await enterAt(page, button('Show version 2'));
    await page.getByRole('dialog').getByText('A rat bit the cable.').waitFor();
    await faultless(page);
    await enterAt(page, inDialog('Restore as new version'));
    await said(page, 'Saved as version 4');
    expect(await ask('GET', path())).toMatchObject({ version: 4, text: 'A rat bit the cable.', author: 'ana' });
  });
}

/** axe finds nothing in either theme, on a desk and a phone, and nothing scrolls sideways. */
async function faultless(page: Page): Promise<void> {
  const found: string[] = [];
  for (const [width, colorScheme] of [
    [1440, 'light'],
    [1440, 'dark'],
    [390, 'dark'],
    [390, 'light'],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const wide = await sideways(page);
    const faults = [...(wide > 0 ? [`${wide} px too wide`] : []), ...(await violations(page))];
    found.push(...faults.map((fault) => `${colorScheme} ${width}: ${fault}`));
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  expect(found).toEqual([]);
}
