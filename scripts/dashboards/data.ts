import type { Dashboard } from './dashboard';
import { type Query, queriesOf, SPAN_SECONDS } from './queries';

const STEP_SECONDS = 15;

interface Found {
  faults: string[];
  notes: string[];
}

interface Answer {
  /** How many samples are numbers. */
  values: number;
  error?: string | undefined;
}

type Sample = [time: number, value: string];
interface PrometheusAnswer {
  status: string;
  error?: string;
  data: { result: { value: Sample; values?: Sample[] }[] };
}

/**
 * Runs every query of a dashboard. A panel without any value is a fault. A query without a value in a panel with other
 * values is only a note, because some lines show rare events.
 */
export async function panelsWithoutData(dashboard: Dashboard, prometheus: string): Promise<Found> {
  const answers: (Query & Answer)[] = [];
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

async function run({ expr, instant }: Query, prometheus: string): Promise<Answer> {
  // With milliseconds, so that samples of the current second count.
  const now = Date.now() / 1_000;
  const url = new URL(instant ? '/api/v1/query' : '/api/v1/query_range', prometheus);
  const span = instant ? { time: now } : { start: now - SPAN_SECONDS, end: now, step: STEP_SECONDS };
  for (const [name, value] of Object.entries({ query: expr, ...span })) url.searchParams.set(name, String(value));
  const answer = (await (await fetch(url)).json()) as PrometheusAnswer;
  if (answer.status !== 'success') return { values: 0, error: answer.error };
  const samples = answer.data.result.flatMap(({ value, values }) => values ?? [value]);
  return { values: samples.filter(([, value]) => value !== 'NaN').length };
}
