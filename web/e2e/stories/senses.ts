import type { Page } from 'playwright-core';
import type { Visit } from '../../testing/visit';
import { settle } from './sweep';

/** For people who need few colours or no motion. */
export function sensesStory(visit: () => Visit): void {
  let page: Page;
  const open = async (path: string) => {
    await page.goto(visit().url + path);
    await settle(page);
  };
  const grounds = (selector: string) =>
    page.locator(selector).evaluateAll((all) => all.map((each) => getComputedStyle(each).backgroundColor));

  beforeAll(async () => {
    const { enter, watch } = visit();
    const context = await enter({ forcedColors: 'active', colorScheme: 'dark', reducedMotion: 'reduce' });
    page = await context.newPage();
    watch(page);
  });
  afterAll(() => page?.context().close());

  test('in few colours, severity and state have a shape and a word each', async () => {
    await open('/incidents');
    for (const mark of ['.state', '.sev']) {
      const drawn = await page
        .locator(`tbody ${mark}`)
        .evaluateAll((all) =>
          all.map((each) => ({ word: each.textContent, shape: each.querySelector('use')?.getAttribute('href') })),
        );
      const words = new Set(drawn.map(({ word }) => word));
      expect(words.size).toBeGreaterThan(2);
      expect(new Set(drawn.map(({ shape }) => shape)).size).toBe(words.size);
      expect([...words].every(Boolean)).toBe(true);
    }
  });

  test('in few colours, the current page, tab, span and row stand out', async () => {
    await open('/incidents');
    for (const group of ['.nav a', '.tabs > a']) {
      const [chosen] = await grounds(`${group}[aria-current]`);
      expect(await grounds(`${group}:not([aria-current])`)).not.toContain(chosen);
    }
    await page.keyboard.press('j');
    expect(await page.locator('tr.at').evaluate((row) => getComputedStyle(row).outlineStyle)).toBe('solid');
    await open('/analytics');
    const [chosen] = await grounds('.seg [aria-pressed=true]');
    expect(await grounds('.seg [aria-pressed=false]')).not.toContain(chosen);
  });

  test('in few colours, the element with the focus is visible', async () => {
    for (const path of ['/', '/incidents', '/alerts', '/oncall/payments', '/admin']) {
      await open(path);
      for (let stop = 0; stop < 25; stop++) {
        await page.keyboard.press('Tab');
        const shown = await page.evaluate(() => {
          const at = document.activeElement;
          const ringed = at?.closest('label.chip') ?? at;
          const { outlineStyle, outlineWidth } = getComputedStyle(ringed as Element);
          const seen = at === document.body || (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2);
          return { name: at?.outerHTML.slice(0, 80), seen };
        });
        expect({ path, ...shown }).toEqual({ path, ...shown, seen: true });
      }
    }
  });

  /** All animations and transitions, also of pseudo-elements, and everything that moves now. */
  const moving = () =>
    page.evaluate(() => {
      const moves = ({ animationDuration, transitionDuration }: CSSStyleDeclaration) =>
        [animationDuration, transitionDuration].some((text) => text.split(',').some((one) => parseFloat(one) > 0));
      const styled = [...document.querySelectorAll('*')].flatMap((each) =>
        [null, '::before', '::after', '::backdrop']
          .filter((part) => moves(getComputedStyle(each, part)))
          .map((part) => `${part ?? ''} ${each.outerHTML.slice(0, 80)}`),
      );
      const running = document.getAnimations().map(({ playState }) => `an animation that is ${playState}`);
      return [...styled, ...running.filter((text) => text.endsWith('running'))];
    });

  test('nothing moves for a person who asked for that, on any page, in a dialog, or while something is busy', async () => {
    for (const path of ['/', '/alerts', '/analytics', '/oncall/payments', '/oncall/payments/policy', '/admin']) {
      await open(path);
      expect({ path, moving: await moving() }).toEqual({ path, moving: [] });
    }
    await open('/incidents');
    await page.keyboard.press('c');
    await page.getByRole('dialog').waitFor();
    await page
      .getByRole('dialog')
      .locator('button')
      .first()
      .evaluate((button) => button.setAttribute('aria-busy', 'true'));
    expect(await moving()).toEqual([]);
    // Without that setting something moves: the check can find it.
    await page.emulateMedia({ reducedMotion: 'no-preference' });
    expect((await moving()).length).toBeGreaterThan(0);
  });
}
