/** @jest-environment @happy-dom/jest-environment */
import { showPage } from '../testing/page';
import { Code } from './code';

/** A page without https: the clipboard is refused, and `execCommand` returns the given value. */
async function copied(byCommand: boolean): Promise<string> {
  const refuse = () => Promise.reject(new Error('not allowed'));
  Object.defineProperty(navigator, 'clipboard', { value: { writeText: refuse }, configurable: true });
  document.execCommand = jest.fn(() => byCommand);
  const page = await showPage(<Code label="alertmanager.yml">route: none</Code>, {});
  page.root.querySelector('button')?.click();
  await new Promise((done) => setImmediate(done));
  await new Promise((done) => setImmediate(done));
  const shown = page.root.querySelector('button')?.textContent ?? '';
  page.close();
  return shown;
}

test('without https a snippet is copied as a selection', async () => {
  expect(await copied(true)).toContain('Copied');
  expect(document.execCommand).toHaveBeenCalledWith('copy');
});

test('a copy that the browser refuses is not reported as copied', async () => {
  expect(await copied(false)).not.toContain('Copied');
});
