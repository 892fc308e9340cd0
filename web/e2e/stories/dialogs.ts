import type { Locator, Page } from 'playwright-core';
import { sideways, violations } from '../../testing/browser';
import type { Visit } from '../../testing/visit';
import { settle, type Things } from './sweep';

/** Every dialog, open: in both themes, on a desk and a phone. The focus stays in it and returns afterwards. */

interface Asked {
  path: string | ((things: Things) => string);
  /** The names of the buttons that open it, in order; a key if it begins with `key:`. */
  by: string[];
  /** Its title, or the start of it. */
  title: string | RegExp;
  /** Has a field, and asks before its input is lost. */
  guarded?: boolean;
  /** A preparation with the page open. */
  before?(page: Page): Promise<unknown>;
}

const row = (text: string) => (page: Page) => page.locator('main tr', { hasText: text }).first();
const ofIntegration = ({ integration }: Things) => `/integrations/${integration}`;
const incidentOf = ({ incident }: Things) => `/incidents/${incident}`;
const choose = async (page: Page) => {
  for (const n of [0, 1]) await page.locator('tbody input[type=checkbox]').nth(n).check();
};

export const DIALOGS: Asked[] = [
  { path: '/', by: ['key:c'], title: 'New incident', guarded: true },
  { path: '/', by: ['key:?'], title: 'Keys' },
  { path: '/', by: ['key:Control+k'], title: '' },
  { path: '/incidents?status=open', by: ['Resolve'], title: /^Resolve two incidents/, before: choose },
  { path: incidentOf, by: ['Reassign'], title: 'Who takes this?', guarded: true },
  {
    ...{ path: incidentOf, by: ['Silence this'], title: 'Silence alerts like those of this incident', guarded: true },
  },
  { path: incidentOf, by: ['Snooze'], title: 'Snooze for how long?' },
  { path: incidentOf, by: ['Change severity'], title: 'How bad is it?' },
  { path: '/alerts', by: ['Send a test alert'], title: 'Send a test alert', guarded: true },
  { path: '/oncall', by: ['Set override'], title: '' },
  { path: '/oncall?tab=schedules', by: ['New schedule'], title: 'New schedule', guarded: true },
  { path: '/oncall?tab=schedules', by: [], title: /^Delete the schedule of/, before: (page) => press(page, /^Delete/) },
  { path: '/shifts', by: ['Make an iCal link'], title: 'Your iCal link' },
  { path: '/shifts', by: ['Revoke'], title: 'Revoke this iCal link?' },
  { path: '/services', by: ['Set owner'], title: '', guarded: true },
  { path: '/services', by: ['Remove: checkout'], title: /^Remove the owner of checkout/ },
  { path: '/rules', by: ['New rule'], title: 'What does the new rule do?', guarded: true },
  { path: '/rules', by: ['Test a report'], title: 'Test a report' },
  { path: '/rules', by: ['Change Second'], title: 'What changes for Second?', guarded: true },
  { path: '/rules', by: ['Delete Second'], title: 'Delete Second?' },
  { path: '/silences', by: ['New silence'], title: 'Which alerts are muted?', guarded: true },
  { path: '/silences', by: ['Plan maintenance'], title: 'When do you work on what?', guarded: true },
  {
    path: ({ alert }) => `/alerts/${alert}`,
    by: ['Silence this'],
    title: 'Silence alerts like this one',
    guarded: true,
  },
  { path: '/heartbeats', by: ['Add heartbeat'], title: 'Which job checks in?', guarded: true },
  { path: '/heartbeats', by: ['Add ping key'], title: 'Who pings with this key?', guarded: true },
  { path: ({ heartbeat }) => `/heartbeats/${heartbeat}`, by: ['Change'], title: /^What changes for/, guarded: true },
  { path: ({ heartbeat }) => `/heartbeats/${heartbeat}`, by: ['Delete'], title: /^Delete Nightly backup/ },
  { path: ofIntegration, by: ['Change settings'], title: /^Settings of/, guarded: true },
  { path: ofIntegration, by: ['Rotate key'], title: /^Give .* a new key/ },
  { path: ofIntegration, by: ['Revoke key'], title: '' },
  { path: '/notifications', by: [], title: '', before: (page) => page.locator('tbody a.t').first().click() },
  { path: '/admin', by: ['New user'], title: 'Who may log in?', guarded: true },
  { path: '/admin', by: ['Change: ana'], title: /^What changes for ana/ },
  { path: '/admin?tab=keys', by: ['New API key'], title: 'What is the key for?', guarded: true },
  {
    ...{ path: '/admin?tab=keys', by: [], title: /^Revoke the key/ },
    before: async (page) => {
      await row('dialogs')(page).waitFor();
      await row('dialogs')(page)
        .getByRole('button', { name: /^Revoke/ })
        .click();
    },
  },
  { path: '/admin?tab=channels', by: [], title: /^Send a test by/, before: (page) => press(page, /^Send a test/) },
];

const press = (page: Page, name: RegExp) => page.locator('main').getByRole('button', { name }).first().click();
const shown = (page: Page): Locator => page.locator('dialog[open]').last();

async function open(page: Page, { by, title, before }: Asked): Promise<void> {
  await before?.(page);
  for (const step of by) {
    if (step.startsWith('key:')) await page.keyboard.press(step.slice(4));
    else await page.getByRole('button', { name: step, exact: true }).first().click();
  }
  await shown(page).waitFor();
  if (title !== '') await shown(page).getByRole('heading', { name: title }).waitFor();
}

/** Each theme and each size once: the colours of a dialog do not depend on its width. */
const LOOKS = [
  { width: 390, colorScheme: 'dark' },
  { width: 1440, colorScheme: 'light' },
] as const;

async function looks(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const { width, colorScheme } of LOOKS) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const faults = await violations(page, undefined, 'dialog[open]');
    found.push(...faults.map((fault) => `${colorScheme} ${width}: ${fault}`));
    const by = await sideways(page);
    if (by > 0) found.push(`${width}: can be scrolled sideways by ${by}`);
    const cut = await shown(page).evaluate((dialog) => dialog.scrollWidth - dialog.clientWidth);
    if (cut > 1) found.push(`${width}: the dialog is ${cut} px wider than it shows`);
  }
  return found;
}

const focused = (page: Page, where: string): Promise<boolean> =>
  page.evaluate((selector) => document.activeElement?.closest(selector) != null, where);

/** The focus moves in a circle through it, and never to an element below it. */
async function keepsFocus(page: Page): Promise<string[]> {
  if (!(await focused(page, 'dialog[open]'))) return ['does not take the focus'];
  for (let stop = 0; stop < 8; stop++) {
    await page.keyboard.press('Tab');
    const beneath = await page.evaluate(
      () => document.activeElement !== document.body && document.activeElement?.closest('dialog[open]') === null,
    );
    if (beneath) return ['lets the focus go to what lies beneath'];
  }
  return [];
}

const field = (page: Page): Locator =>
  shown(page).locator('input:not([type=checkbox], [type=radio]), textarea').first();

/** Escape closes it, after a question if it has input, and returns the focus. */
async function closes(page: Page, guarded: boolean): Promise<string[]> {
  if (guarded) {
    await field(page).fill('half a thought');
    await page.keyboard.press('Escape');
    const leaving = page.getByRole('heading', { name: 'Leave without saving?' });
    const asked = await leaving.waitFor({ timeout: 3_000 }).then(
      () => true,
      () => false,
    );
    if (!asked) return ['loses what was written'];
    await page.keyboard.press('Escape');
    await leaving.waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Stay' }).click();
    if ((await field(page).inputValue()) !== 'half a thought') return ['forgets what was written'];
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Leave' }).click();
  } else {
    await page.keyboard.press('Escape');
  }
  await page.locator('dialog[open]').waitFor({ state: 'detached' });
  const back = await page
    .waitForFunction(() => document.activeElement === (window as { opener?: unknown }).opener, null, { timeout: 3_000 })
    .then(
      () => true,
      () => false,
    );
  return back
    ? []
    : [`gives the focus to ${await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 80))}`];
}

/** The element with the focus at the opening gets it back. Runs in the page. */
function notingOpener(): void {
  const show = HTMLDialogElement.prototype.showModal;
  HTMLDialogElement.prototype.showModal = function () {
    (window as { opener?: unknown }).opener ??= document.activeElement;
    show.call(this);
  };
}

export function dialogsStory(visit: () => Visit, things: () => Things): void {
  let page: Page;
  beforeAll(async () => {
    const { enter, watch, ask } = visit();
    await ask('POST', '/api/v1/api-keys', { name: 'dialogs', role: 'viewer' });
    page = await (await enter({ serviceWorkers: 'block' })).newPage();
    page.setDefaultTimeout(20_000);
    watch(page);
  });
  afterAll(() => page?.context().close());

  const cases = DIALOGS.map((asked) => ({ ...asked, name: `${asked.title || asked.by.join() || asked.path}` }));
  test.each(cases)('$name', async (asked) => {
    const { url } = visit();
    const address = url + (typeof asked.path === 'string' ? asked.path : asked.path(things()));
    // In turn on the same page, as a person would.
    if (page.url() !== address) {
      await page.goto(address);
      await settle(page);
      await page.getByText('Live', { exact: true }).waitFor();
      await page.evaluate(notingOpener);
    }
    await page.evaluate(() => {
      (window as { opener?: unknown }).opener = null;
    });
    await open(page, asked);
    const found = [...(await looks(page)), ...(await keepsFocus(page))];
    expect([...found, ...(await closes(page, asked.guarded ?? false))]).toEqual([]);
  });
}
