import { queriesOf, SPAN_SECONDS } from './queries.mjs';

const STEP_SECONDS = 15;

/**
 * Runs every query of a dashboard. A panel of which no query finds a value is a fault; a query that finds none beside one
 * that does is a note, because some lines of a panel are there for what happens seldom.
 */
export async function panelsWithoutData(dashboard, prometheus) {
  const answers = [];
  for (const query of queriesOf(dashboard)) answers.push({ ...query, ...(await run(query, prometheus)) });
  const panels = [...new Set(answers.map(({ panel }) => panel))];
  const empty = panels.filter((panel) => answers.every((answer) => answer.panel !== panel || answer.values === 0));
  const silent = answers.filter(({ panel, values, error }) => values === 0 && !error && !empty.includes(panel));
  return {
    faults: [
      ...answers.filter(({ error }) => error).map(({ panel, error }) => `${panel}: ${error}`),
      ...empty.map((panel) => `${panel}: shows nothing`),
    ],
    notes: silent.map(({ panel, refId }) => `${panel}: query ${refId} finds nothing`),
  };
}

async function run({ expr, instant }, prometheus) {
  // To the millisecond: what was scraped in this second counts.
  const now = Date.now() / 1_000;
  const url = new URL(instant ? '/api/v1/query' : '/api/v1/query_range', prometheus);
  const span = instant ? { time: now } : { start: now - SPAN_SECONDS, end: now, step: STEP_SECONDS };
  url.search = String(new URLSearchParams({ query: expr, ...span }));
  const answer = await fetch(url).then((response) => response.json());
  if (answer.status !== 'success') return { values: 0, error: answer.error };
  const samples = answer.data.result.flatMap(({ value, values }) => values ?? [value]);
  return { values: samples.filter(([, value]) => value !== 'NaN').length };
}
