import type { Locator, Page } from 'playwright-core';
import type { Visit } from '../../../testing/visit';

/** What is looked at while it changes. */
export interface Own {
  incident: string;
  alert: string;
  integration: { id: string; url: string };
}

export interface Change {
  /** What changes, after the page it is seen on. */
  name: string;
  path: string | ((own: Own) => string);
  change(visit: Visit, own: Own): Promise<unknown>;
  /** What comes with the change, or goes with it. */
  seen(page: Page): Locator;
}

export const row = (text: string | RegExp) => (page: Page) => page.locator('main tr', { hasText: text }).first();
export const item = (text: string | RegExp) => (page: Page) => page.locator('main li', { hasText: text }).first();
export const said = (text: string | RegExp) => (page: Page) => page.locator('main').getByText(text).first();
