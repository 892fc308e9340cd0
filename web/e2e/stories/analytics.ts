import { readFileSync } from 'node:fs';
import { enterAt, heading, type Visit } from '../../testing/visit';

/** Analytics: a span is selected, read as a table, and exported as a file. */
export function analyticsStory(visit: () => Visit): void {
  test('the span is in the address, and the figures count every incident', async () => {
    const { page, url, ask } = visit();
    await page.goto(`${url}/analytics`);
    await heading(page, 'Analytics');
    await page.locator('.uplot canvas').first().waitFor();
    await enterAt(page, page.getByRole('button', { name: '7 d' }));
    await page.waitForURL(/span=week/);
    const counts = await ask<Record<string, number>>('GET', '/api/v1/incidents/stats/summary');
    const all = ['open', 'acknowledged', 'in_progress', 'resolved'].reduce((sum, name) => sum + (counts[name] ?? 0), 0);
    await page.getByText(`${all} incidents,`).waitFor();
  });

  test('a drawing can be read as text', async () => {
    const { page } = visit();
    await enterAt(page, page.getByRole('button', { name: /^Table\s*Noisy services/ }));
    await page.getByRole('cell', { name: 'checkout' }).waitFor();
  });

  test('the rows are exported as a file', async () => {
    const { page } = visit();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      enterAt(page, page.getByRole('link', { name: 'CSV', exact: true })),
    ]);
    const [head, ...lines] = readFileSync(await file.path(), 'utf8')
      .trim()
      .split(/\r?\n/);
    expect(head).toMatch(/^"id",/);
    expect(lines.some((line) => line.includes('Payments fail'))).toBe(true);
  });

  test('the chart library is loaded on no other page', async () => {
    const { page, url } = visit();
    const loaded = () =>
      page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name)) as Promise<string[]>;
    const drawing = (await loaded()).filter((name) => /AnalyticsPage/.test(name));
    expect(drawing.length).toBeGreaterThan(0);
    await page.goto(url);
    await heading(page, /./);
    expect((await loaded()).filter((name) => drawing.includes(name))).toEqual([]);
  });
}
