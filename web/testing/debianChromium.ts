import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

/** Debian's Chromium, for what the headless shell of the npm package lacks: notifications. */

const DEBIAN_CHROMIUM = '/usr/bin/chromium';

export const hasDebianChromium = (): boolean => existsSync(DEBIAN_CHROMIUM);

/** A browser with a profile of its own, which allows pages of `origin` to show notifications. */
export async function openDebianChromium(origin: string): Promise<BrowserContext> {
  const profile = mkdtempSync(join(tmpdir(), 'tocsin-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: DEBIAN_CHROMIUM,
    // Playwright's own headless mode starts the shell; this is the whole browser without a window.
    headless: false,
    args: ['--headless=new', '--no-sandbox', '--disable-gpu'],
  });
  await context.grantPermissions(['notifications'], { origin });
  return context;
}
