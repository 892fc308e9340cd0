import type { Locator, Page } from 'playwright-core';
import type { Visit } from '../../../testing/visit';

/** The objects on the page during the changes. */
export interface Own {
  incident: string;
  alert: string;
  integration: { id: string; url: string };
}

export interface Change {
  /** The change, made after its page was opened. */
  name: string;
  path: string | ((own: Own) => string);
  change(visit: Visit, own: Own): Promise<unknown>;
  /** What appears or disappears with the change. */
  seen(page: Page): Locator;
}

export const row = (text: string | RegExp) => (page: Page) => page.locator('main tr', { hasText: text }).first();
export const item = (text: string | RegExp) => (page: Page) => page.locator('main li', { hasText: text }).first();
export const said = (text: string | RegExp) => (page: Page) => page.locator('main').getByText(text).first();
