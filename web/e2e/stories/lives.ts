import { incidentOf } from '../../../src/testing/product';
import type { Visit } from '../../testing/visit';
import { admin } from '../../text/admin';
import { ADDITIONS, PUMP } from './lives/additions';
import type { Change, Own } from './lives/change';
import { REMOVALS } from './lives/removals';
import { settle } from './sweep';

/** Every list and every kind of change by another person: each appears without a reload. */

export function livesStory(visit: () => Visit): void {
  let own: Own;

  beforeAll(async () => {
    const { ask, product, apiKey } = visit();
    const { alert_id: alert } = await ask<{ alert_id: string }>('POST', '/api/v1/alerts', PUMP);
    const { id, url } = await ask<{ id: string; url: string }>('POST', '/api/v1/integrations', { name: 'Cellar' });
    const address = product.url + new URL(url).pathname;
    const incident = await incidentOf(product.url, apiKey, alert);
    own = { incident, alert, integration: { id, url: address } };
  });

  const open = async (path: Change['path']) => {
    const { page, url } = visit();
    await page.goto(url + (typeof path === 'string' ? path : path(own)));
    await settle(page);
    await page.getByText('Live', { exact: true }).waitFor();
    return page;
  };

  test.each(ADDITIONS)('$name', async ({ path, change, seen }) => {
    const page = await open(path);
    expect(await seen(page).count()).toBe(0);
    await change(visit(), own);
    await seen(page).waitFor();
  });

  test.each(REMOVALS)('gone: $name', async ({ path, change, seen }) => {
    const page = await open(path);
    await seen(page).waitFor();
    await change(visit(), own);
    await seen(page).waitFor({ state: 'detached' });
  });

  test('each action of these changes has a sentence in the audit log', async () => {
    const { entries } = await visit().ask<{ entries: { kind: string }[] }>('GET', '/api/v1/audit?per_page=200');
    const kinds = [...new Set(entries.map(({ kind }) => kind))];
    expect(kinds.length).toBeGreaterThan(20);
    expect(kinds.filter((kind) => admin.audit.kinds[kind] === undefined)).toEqual([]);
  });
}
