import type { Page } from 'playwright-core';
import { ROUTES } from '../../routes';
import { sideways, violations } from '../../testing/browser';
import type { Visit } from '../../testing/visit';

/** Each address of the page once, in all themes and sizes. */

const WIDTHS = [360, 390, 768, 1440, 2560];
/** The theme changes only colours: checks of colours run in each theme, all others once per width. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block'];

/** Every route; a route of one object uses an existing one. */
export interface Things {
  incident: string;
  alert: string;
  integration: string;
  heartbeat: string;
  team: string;
}

export function addresses({ incident, alert, integration, heartbeat, team }: Things): string[] {
  const named: Record<string, string> = {
    [ROUTES.incident]: incident,
    [ROUTES.alert]: alert,
    [ROUTES.integration]: integration,
    [ROUTES.newIntegration]: 'alertmanager',
    [ROUTES.heartbeat]: heartbeat,
    [ROUTES.service]: 'checkout',
    [ROUTES.person]: 'ben%40example.com',
  };
  const each = Object.values(ROUTES).map((route) =>
    route.replace(':team', team).replace(/:\w+/, () => named[route] ?? 'none'),
  );
  return [
    ...each,
    '/incidents/none',
    '/people/ana%40example.com',
    '/services/search',
    '/services/none',
    '/heartbeats/none',
    '/oncall?tab=schedules',
    '/oncall?tab=escalations',
    '/admin?tab=keys',
    '/admin?tab=channels',
    '/admin?tab=audit',
  ];
}

/** Drawn, with no loading state left. */
export async function settle(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor();
  await page.waitForFunction(() => document.querySelector('[role=status][aria-label=Loading]') === null);
}

async function faultsOf(page: Page, path: string): Promise<string[]> {
  const found: string[] = [];
  const note = (where: string, faults: string[]) => found.push(...faults.map((fault) => `${path} ${where}: ${fault}`));
  for (const width of [1440, 390]) {
    const [all, colours] = width === 1440 ? (['light', 'dark'] as const) : (['dark', 'light'] as const);
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: all, reducedMotion: 'reduce' });
    note(`${all} ${width}`, await violations(page));
    await page.emulateMedia({ colorScheme: colours, reducedMotion: 'reduce' });
    note(`${colours} ${width}`, await violations(page, OF_COLOURS));
  }
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    const by = await sideways(page);
    if (by > 0) note(`at ${width}`, [`can be scrolled sideways by ${by}`]);
  }
  return found;
}

export function sweep(visit: () => Visit, things: () => Things): void {
  test('no page has a fault that axe finds, in either theme, on a phone or a desk, and none scrolls sideways', async () => {
    const { enter, watch, url } = visit();
    const context = await enter({ serviceWorkers: 'block' });
    const page = await context.newPage();
    watch(page);
    const found: string[] = [];
    for (const path of addresses(things())) {
      await page.goto(url + path);
      await settle(page);
      found.push(...(await faultsOf(page, path)));
    }
    await context.close();
    expect(found).toEqual([]);
  });

  test('no response allows inline code, and the shell is the same for every request', async () => {
    const { page, url } = visit();
    const answers = await Promise.all(addresses(things()).map((path) => page.request.get(url + path)));
    const policies = new Set(answers.map((answer) => answer.headers()['content-security-policy']));
    expect(policies.size).toBe(1);
    expect([...policies][0]).toMatch(/default-src 'self'/);
    expect([...policies][0]).not.toMatch(/unsafe|https?:/);
  });
}
