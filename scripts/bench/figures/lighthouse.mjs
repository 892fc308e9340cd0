import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { browser } from '../../browser.mjs';
import { eventually, start, temporaryFolder } from '../../children.mjs';
import { ask, withProduct } from '../house.mjs';
import { median } from '../numbers.mjs';
import { BATCH, BODIES } from '../requests.mjs';

const LIGHTHOUSE = 'lighthouse@12.8.2';
const INCIDENTS = 10_000;
const RUNS = 3;
const REACH = 95;
const CATEGORIES = ['performance', 'accessibility', 'best-practices'];
const STORED_WITHIN_MS = 120_000;

/** Lighthouse on the pages that are opened first, with many incidents stored: desktop, the median of three. */
export const measure = () =>
  withProduct({}, async (product) => {
    const incident = await fill(product);
    const { folder, remove } = temporaryFolder('lighthouse');
    try {
      const figures = [];
      for (const [name, path] of [
        ['Home', '/'],
        ['Incident', `/incidents/${incident}`],
      ]) {
        const runs = [];
        for (let run = 0; run < RUNS; run++) runs.push(await scoresOf(product, path, folder));
        figures.push(figureOf(name, runs));
      }
      return figures;
    } finally {
      remove();
    }
  });

/** Answers the incident that was opened last. */
async function fill(product) {
  for (let n = 0; n < INCIDENTS / BATCH; n++)
    await ask(product, 'POST', '/api/v1/alerts/batch', BODIES.batchApart('lh', n));
  const stored = async () =>
    (await ask(product, 'GET', '/api/v1/incidents/stats/summary')).open >= INCIDENTS || undefined;
  if (!(await eventually(stored, { withinMs: STORED_WITHIN_MS })))
    throw new Error('The incidents were not stored in time.');
  const { incidents } = await ask(product, 'GET', '/api/v1/incidents?per_page=1');
  return incidents[0].id;
}

async function scoresOf({ url, apiKey }, path, folder) {
  const headers = join(folder, 'headers.json');
  const report = join(folder, 'report.json');
  writeFileSync(headers, JSON.stringify({ 'X-API-Key': apiKey }));
  const { executablePath, env } = await browser();
  const args = [
    '--yes',
    LIGHTHOUSE,
    url + path,
    '--preset=desktop',
    '--quiet',
    '--output=json',
    `--output-path=${report}`,
  ];
  args.push(`--only-categories=${CATEGORIES.join(',')}`, `--extra-headers=${headers}`);
  args.push('--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-background-networking');
  const child = start('npx', args, { env: { ...process.env, ...env, CHROME_PATH: executablePath } });
  if ((await child.ended) !== 0) throw new Error(`Lighthouse failed: ${child.said().slice(-500)}`);
  const { categories } = JSON.parse(readFileSync(report, 'utf8'));
  return CATEGORIES.map((category) => Math.round(100 * categories[category].score));
}

function figureOf(name, runs) {
  const scores = CATEGORIES.map((_, at) => median(runs.map((run) => run[at])));
  return {
    what: `Lighthouse on ${name}, ${INCIDENTS.toLocaleString('en')} incidents stored`,
    measured: scores.join(' · '),
    reach: `each ≥ ${REACH}`,
    reached: scores.every((score) => score >= REACH),
    beside: `${CATEGORIES.join(' · ')}; desktop, median of ${RUNS}`,
    raw: { runs },
  };
}
