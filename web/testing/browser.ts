import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { TSX } from '../../scripts/tsx';

/** A real browser that opens the real product. */

const ROOT = join(__dirname, '../..');
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export async function openBrowser(): Promise<Browser> {
  const printed = execFileSync(process.execPath, [...TSX, join(ROOT, 'scripts/browser.ts')], { encoding: 'utf8' });
  const { executablePath, env } = JSON.parse(printed) as { executablePath: string; env: Record<string, string> };
  return chromium.launch({ executablePath, env: { ...process.env, ...env }, args: ['--no-sandbox', '--disable-gpu'] });
}

interface Violation {
  id: string;
  help: string;
  nodes: { html: string }[];
}

/** The findings of axe on the page or a part of it, by all its rules or by these, each with its first element. */
export async function violations(page: Page, rules?: readonly string[], within?: string): Promise<string[]> {
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(AXE);
  const options = { resultTypes: ['violations'], ...(rules && { runOnly: rules }) };
  const found = (await page.evaluate(
    `axe.run(${within ? JSON.stringify(within) : 'document'}, ${JSON.stringify(options)}).then((r) => r.violations)`,
  )) as Violation[];
  return found.map(({ id, help, nodes }) => `${id}: ${help} (${nodes[0]?.html.slice(0, 160)})`);
}

/** By how many pixels the page scrolls sideways; 0 is right. */
export const sideways = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - innerWidth') as Promise<number>;
