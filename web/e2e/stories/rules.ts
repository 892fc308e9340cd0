import { enterAt, heading, said, tabTo, typeAt, type Visit } from '../../testing/visit';

/** A rule as the API takes it. */
export const ruleOf = (name: string, matcher: string, then: object) => ({ name, when: [matcher], then });

/** Rules, by keyboard, by pointer and by a finger: made, ordered, tested, changed, deleted. */
export function rulesStory(visit: () => Visit): void {
  const names = async () => {
    const { rules } = await visit().ask<{ rules: { name: string }[] }>('GET', '/api/v1/rules');
    return rules.map(({ name }) => name);
  };
  /** Waits until the page shows this order and nothing is left to save; then it is stored. */
  const stored = async (wanted: string[], page = visit().page): Promise<void> => {
    await page.waitForFunction(
      (order) =>
        document.querySelector('.rules')?.getAttribute('aria-busy') === 'false' &&
        [...document.querySelectorAll('.rule .t')].map((name) => name.textContent).join() === order,
      wanted.join(),
    );
    expect(await names()).toEqual(wanted);
  };

  test('a rule is made by keyboard, and a matcher that cannot be read is named at its field', async () => {
    const { page, url, ask } = visit();
    for (const name of ['Second', 'Third']) {
      await ask('POST', '/api/v1/rules', ruleOf(name, 'env="attic"', { set: { severity: 'low' } }));
    }
    await page.goto(`${url}/rules`);
    await heading(page, 'Rules');
    await enterAt(page, page.getByRole('button', { name: 'New rule' }));
    const dialog = page.getByRole('dialog');
    await typeAt(page, dialog.getByLabel('Name'), 'First');
    await typeAt(page, dialog.getByLabel(/^If all of these match/), 'env="attic');
    await tabTo(page, dialog.getByLabel(/^Severity/));
    await page.keyboard.type('Med');
    await enterAt(page, dialog.getByRole('button', { name: 'Add rule' }));
    await dialog.locator('.fault').first().waitFor();
    await typeAt(page, dialog.getByLabel(/^If all of these match/), 'env="attic"');
    await enterAt(page, dialog.getByRole('button', { name: 'Add rule' }));
    await said(page, 'First is the last rule now');
    await page.getByText('If env="attic": set severity medium', { exact: false }).first().waitFor();
  });

  test('the arrow keys move it to the top, and the focus stays on it', async () => {
    const { page } = visit();
    await tabTo(page, page.getByRole('button', { name: /^Move First, 3 of 3/ }));
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    await said(page, 'First is now 1 of 3');
    await stored(['First', 'Second', 'Third']);
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label')?.startsWith('Move First'));
  });

  test('a pointer drags it below the others', async () => {
    const { page } = visit();
    const grip = page.getByRole('button', { name: /^Move First, / });
    const last = page.locator('.rule').last();
    const [from, to] = [await grip.boundingBox(), await last.boundingBox()];
    if (from === null || to === null) throw new Error('The rules are not shown.');
    await page.mouse.move(from.x + 8, from.y + 8);
    await page.mouse.down();
    await page.mouse.move(from.x + 8, to.y + to.height - 2, { steps: 6 });
    await page.locator('.rule.drop-below').waitFor();
    await page.mouse.up();
    await stored(['Second', 'Third', 'First']);
  });

  test('on a phone a finger drags it, and a button moves it', async () => {
    const { enter, watch, url } = visit();
    const context = await enter({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    const phone = await context.newPage();
    watch(phone);
    await phone.goto(`${url}/rules`);
    const grip = phone.getByRole('button', { name: /^Move First, / });
    await grip.scrollIntoViewIfNeeded();
    const [from, to] = [await grip.boundingBox(), await phone.locator('.rule').first().boundingBox()];
    if (from === null || to === null) throw new Error('The rules are not shown.');
    const devtools = await context.newCDPSession(phone);
    const touch = (type: string, y: number) =>
      devtools.send('Input.dispatchTouchEvent', {
        type: type as 'touchMove',
        touchPoints: type === 'touchEnd' ? [] : [{ x: from.x + 8, y }],
      });
    await touch('touchStart', from.y + 8);
    for (const share of [0.3, 0.6, 1]) await touch('touchMove', from.y + 8 + (to.y + 2 - from.y - 8) * share);
    await phone.locator('.rule.drop-above').waitFor();
    await touch('touchEnd', to.y + 2);
    await phone.getByText('First is now 1 of 3').waitFor();
    await phone.getByRole('button', { name: 'Move First down', exact: true }).click();

    await phone.screenshot({ path: '/tmp/rs-phone.png' });
    await phone.getByText('First is now 2 of 3').waitFor();
    await stored(['Second', 'First', 'Third'], phone);
    await context.close();
    await stored(['Second', 'First', 'Third']);
  });

  test('a report is tested, and its decision names the rules', async () => {
    const { page } = visit();
    await enterAt(page, page.getByRole('button', { name: 'Test a report' }));
    const dialog = page.getByRole('dialog');
    await typeAt(page, dialog.getByLabel('Service', { exact: true }), 'attic');
    await typeAt(page, dialog.getByLabel('Message'), 'Roof leaks');
    await typeAt(page, dialog.getByLabel(/^Labels/), 'env=attic');
    await enterAt(page, dialog.getByRole('button', { name: 'Test', exact: true }));
    await dialog.getByText('Rule First: set severity medium').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });

  test('beside it are the stored alerts that it matches', async () => {
    const { page, ask } = visit();
    const attic = { service: 'attic', severity: 'low', message: 'Attic is damp', labels: { env: 'attic' } };
    await ask('POST', '/api/v1/alerts', attic);
    await enterAt(page, page.getByRole('link', { name: 'First', exact: true }));
    const beside = page.getByRole('region', { name: 'Alerts that it matches' });
    await beside.getByRole('link', { name: 'Attic is damp' }).waitFor();
    await beside.getByText('set severity medium').first().waitFor();
  });

  test('what would change without a rule, and with a draft, is replayed from stored alerts', async () => {
    const { page } = visit();
    await enterAt(page, page.getByRole('button', { name: 'What would change without it' }));
    const result = page.getByRole('region', { name: 'What would change', exact: true });
    await result.getByRole('row', { name: /^Incidents \d+ \d+/ }).waitFor();
    await result.getByRole('heading', { name: /new pages?$/ }).waitFor();
    await enterAt(page, page.getByRole('button', { name: 'Change First' }));
    const dialog = page.getByRole('dialog');
    await tabTo(page, dialog.getByRole('checkbox', { name: /^Drop the report/ }));
    await page.keyboard.press('Space');
    await enterAt(page, dialog.getByRole('button', { name: 'What would change', exact: true }));
    await dialog.getByRole('heading', { name: '1 page missed' }).waitFor();
    await dialog.getByRole('link', { name: 'attic: Attic is damp' }).waitFor();
    await dialog.getByText('a rule drops it').waitFor();
    await page.keyboard.press('Escape');
    await enterAt(page, page.getByRole('button', { name: 'Leave' }));
    await dialog.waitFor({ state: 'detached' });
  });

  test('it is changed and keeps its fields, switched off, and deleted', async () => {
    const { page, ask } = visit();
    await enterAt(page, page.getByRole('button', { name: 'Change First' }));
    const dialog = page.getByRole('dialog');
    await typeAt(page, dialog.getByLabel('Name'), 'Attic is quiet');
    await enterAt(page, dialog.getByRole('button', { name: 'Save' }));
    await said(page, 'Attic is quiet is changed');
    const { rules } = await ask<{ rules: object[] }>('GET', '/api/v1/rules');
    expect(rules[1]).toMatchObject(ruleOf('Attic is quiet', 'env="attic"', { set: { severity: 'medium' } }));
    await tabTo(page, page.getByRole('checkbox', { name: 'Attic is quiet is enabled' }));
    await page.keyboard.press('Space');
    await said(page, 'Attic is quiet is disabled');
    await enterAt(page, page.getByRole('button', { name: 'Delete Attic is quiet' }));
    await enterAt(page, page.getByRole('dialog').getByRole('button', { name: 'Delete' }));
    await said(page, 'Attic is quiet is deleted');
    await stored(['Second', 'Third']);
  });
}
