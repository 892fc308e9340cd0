import { ask } from '../../api';
import { pause } from '../../children';
import type { Measure } from '../figure';
import { ms, perSecond, spread } from '../numbers';
import { drive } from '../processes';
import { withProduct } from '../product';
import { alarmsOf, BATCH } from '../requests';

const LOAD = { body: 'webhook', connections: 16 } as const;
const SECONDS = 20;
/** Until the people of the other key's incidents are paged. */
const WARM_UP_MS = 6_000;
const EVERY_MS = 50;

/** Measures how soon a single alert of one integration is accepted while another sends as much as it can. */
export const measure: Measure = () =>
  withProduct({}, async (product) => {
    const pathOf = async (name: string): Promise<string> => {
      const { key } = await ask<{ key: string }>(product, 'POST', '/api/v1/integrations', { name });
      return `/api/v1/integrations/${key}/alertmanager`;
    };
    const [noisy, single] = [await pathOf('noisy'), await pathOf('single')];
    const { url, apiKey } = product;
    let running = true;
    const loaded = drive('posts', { ...LOAD, url, apiKey, path: noisy, run: 'noisy', seconds: SECONDS }).finally(() => {
      running = false;
    });
    await pause(WARM_UP_MS);
    const times: number[] = [];
    let refused = 0;
    for (let n = 0; running; n++) {
      const sentAt = performance.now();
      const { status } = await fetch(url + single, { method: 'POST', body: JSON.stringify(alarmsOf('single', n, 1)) });
      times.push(performance.now() - sentAt);
      if (status !== 200) refused += 1;
      await pause(EVERY_MS);
    }
    const load = await loaded;
    const { p50, p99 } = spread(times);
    const noisyRows = load.perSecond * BATCH;
    return [
      {
        what: 'a single alert while another key sends as much as it can, p99',
        measured: ms(p99),
        reach: '≤ 100 ms',
        reached: p99 <= 100 && refused === 0,
        beside: `p50 ${ms(p50)} of ${times.length}, ${refused} refused; the other key sent ${perSecond(noisyRows)}`,
        raw: { p50, p99, count: times.length, refused, noisy: noisyRows, statuses: load.statuses },
      },
    ];
  });
