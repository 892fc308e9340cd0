import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Page } from 'playwright-core';
import { ask } from '../../api';
import { browser } from '../../browser';
import type { Product } from '../../product';
import type { Measure } from '../figure';
import { ms, percentile } from '../numbers';
import { withProduct } from '../product';
import { BODIES } from '../requests';

const ALERTS = 40;
/** Milliseconds between alerts, so that each appears on its own. */
const EVERY_MS = 400;
const REACH_MS = 500;
const SEEN_WITHIN_MS = 10_000;

/** Time from sending an alert to the frame in which an open list of incidents shows it. */
export const measure: Measure = () =>
  withProduct({}, async (product) => {
    const { executablePath, env } = await browser();
    const opened = await chromium.launch({ executablePath, env: { ...process.env, ...env }, args: ['--no-sandbox'] });
    try {
      const page = await opened.newPage({ extraHTTPHeaders: { 'X-API-Key': product.apiKey } });
      await page.goto(`${product.url}/incidents`);
      await page.getByText('Live', { exact: true }).first().waitFor();
      const waits: number[] = [];
      for (let n = 0; n < ALERTS; n++) waits.push(await fromSendingToSeeing(product, page, n));
      const p95 = percentile(waits, 0.95);
      return [
        {
          what: 'alert sent → seen in the open list',
          measured: `p95 ${ms(p95)}`,
          reach: `p95 ≤ ${REACH_MS} ms`,
          reached: p95 <= REACH_MS,
          beside: `${ALERTS} alerts, an incident each; p50 ${ms(percentile(waits, 0.5))}, max ${ms(Math.max(...waits))}`,
          raw: { p95, waits },
        },
      ];
    } finally {
      await opened.close();
    }
  });

async function fromSendingToSeeing(product: Product, page: Page, n: number): Promise<number> {
  const body = BODIES.apart('pixels', n);
  const seen = page.evaluate<number>(frameThatShows(body.service, SEEN_WITHIN_MS));
  await sleep(EVERY_MS);
  const sent = Date.now();
  await ask(product, 'POST', '/api/v1/alerts', body);
  return (await seen) - sent;
}

/** Runs in the browser. @returns the time of the frame after the text was added to the page */
const frameThatShows = (text: string, withinMs: number): string => `new Promise((resolve, reject) => {
  const text = ${JSON.stringify(text)};
  const late = setTimeout(() => reject(new Error(text + ' was not shown in time')), ${withinMs});
  const watch = new MutationObserver(() => {
    if (!document.body.textContent.includes(text)) return;
    watch.disconnect();
    clearTimeout(late);
    requestAnimationFrame(() => resolve(Date.now()));
  });
  watch.observe(document.body, { childList: true, subtree: true, characterData: true });
})`;
