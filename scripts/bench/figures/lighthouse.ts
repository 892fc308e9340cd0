import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Api, ask } from '../../api';
import { browser } from '../../browser';
import { eventually, start, temporaryFolder } from '../../children';
import type { Product } from '../../product';
import type { Figure, Measure } from '../figure';
import { median } from '../numbers';
import { withDatabase, withProduct } from '../product';
import { BODIES } from '../requests';

const LIGHTHOUSE = 'lighthouse@12.8.2';
const INCIDENTS = 10_000;
/** How many of the incidents are not acknowledged. */
const OPEN = 40;
const RUNS = 3;
const REACH = 95;
const CATEGORIES = ['performance', 'accessibility', 'best-practices'];
const OPENED_WITHIN_MS = 10_000;

/** Lighthouse on the first pages with many stored incidents: desktop, median of three runs. */
export const measure: Measure = () =>
  withProduct({}, async (product) => {
    const incident = await fill(product);
    const { folder, remove } = temporaryFolder('lighthouse');
    try {
      const figures: Figure[] = [];
      for (const [name, path] of [
        ['Home', '/'],
        ['Incident', `/incidents/${incident}`],
      ] as const) {
        const runs: number[][] = [];
        for (let run = 0; run < RUNS; run++) runs.push(await scoresOf(product, path, folder));
        figures.push(figureOf(name, runs));
      }
      return figures;
    } finally {
      remove();
    }
  });

/** Inserts three months of history directly, because sending as many alerts would take too long. */
const PAST = `
  insert into incidents (title, service, severity, status, assigned_to, assignee_email, team, alert_count,
    created_at, acknowledged_at, resolved_at, mtta_seconds, mttr_seconds)
  select 'Error rate above 10 % (' || n || ')', 'service-' || n % 100,
    (array['critical', 'high', 'medium', 'low'])[1 + n % 4], case when n <= $2 then 'open' else 'resolved' end,
    'Ada', 'ada@example.com', 'bench', 1 + n % 7, at,
    case when n > $2 then at + interval '90 s' end, case when n > $2 then at + interval '20 min' end,
    case when n > $2 then 90 end, case when n > $2 then 1200 end
  from generate_series(1, $1::integer) as n, lateral (select now() - n * interval '13 min') as then_was (at)`;

const TOTALS = `
  update incident_totals set resolved = $1::bigint, mtta_count = $1, mtta_ms = $1 * 90000, mttr_count = $1, mttr_ms = $1 * 1200000
  where shard = 0`;

/** Fills the product, and opens the measured incident by an alert, so that it has pages and an escalation. @returns its id */
async function fill(product: Product): Promise<string> {
  await withDatabase(product, 'incidents', async (client) => {
    await client.query(PAST, [INCIDENTS - 1, OPEN]);
    await client.query(TOTALS, [INCIDENTS - 1 - OPEN]);
    await client.query('analyze incidents');
  });
  const { alert_id } = await ask<{ alert_id: string }>(
    product,
    'POST',
    '/api/v1/alerts',
    BODIES.apart('lighthouse', 0),
  );
  const opened = async () =>
    (await ask<{ incident_id: string | null }>(product, 'GET', `/api/v1/alerts/${alert_id}`)).incident_id ?? undefined;
  const incident = await eventually(opened, { withinMs: OPENED_WITHIN_MS });
  if (incident === undefined) throw new Error('No incident was opened in time.');
  const path = '/api/v1/incidents/stats/summary';
  const { open, resolved } = await ask<{ open: number; resolved: number }>(product, 'GET', path);
  if (open + resolved !== INCIDENTS) throw new Error(`${open + resolved} incidents are stored.`);
  return incident;
}

async function scoresOf({ url, apiKey }: Api, path: string, folder: string): Promise<number[]> {
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
  const { categories } = JSON.parse(readFileSync(report, 'utf8')) as { categories: Record<string, { score: number }> };
  return CATEGORIES.map((category) => Math.round(100 * (categories[category]?.score ?? 0)));
}

function figureOf(name: string, runs: readonly number[][]): Figure {
  const scores = CATEGORIES.map((_, at) => median(runs.map((run) => run[at] ?? Number.NaN)));
  return {
    what: `Lighthouse on ${name}, ${INCIDENTS.toLocaleString('en')} incidents stored`,
    measured: scores.join(' · '),
    reach: `each ≥ ${REACH}`,
    reached: scores.every((score) => score >= REACH),
    beside: `${CATEGORIES.join(' · ')}; desktop, median of ${RUNS}`,
    raw: { runs },
  };
}
