/**
 * `npm run coverage [-- --days 400] [-- --team <team>]`: lists the time spans in which a page would reach no person, as a
 * running server computes them. Exits with 1 if there is one, so that a pipeline can stop a release, and with 2 if the
 * server gave no answer. Environment: API_KEY, URL (default http://localhost:8080).
 */
import { parseArgs } from 'node:util';

import { SERVER_URL } from './server';

interface Report {
  policies: number;
  from: string;
  to: string;
  covered: boolean;
  gaps_total: number;
  gaps: {
    team: string | null;
    starts_at: string;
    ends_at: string;
    whole: boolean;
    lack: keyof typeof LACKS;
    steps: { step: number }[];
    mends: { text: string }[];
  }[];
}

/** A problem of the API. */
interface Refusal {
  detail?: string;
  errors?: { path: string; message: string }[];
}

const LACKS = { nobody: 'nobody', unreachable: 'only people without an address' };

function fail(why: string): never {
  console.error(why);
  process.exit(2);
}

function readOptions() {
  try {
    return parseArgs({ options: { days: { type: 'string', default: '400' }, team: { type: 'string' } } }).values;
  } catch (error) {
    return fail((error as Error).message);
  }
}

async function fetchReport(): Promise<Report> {
  const { days, team } = readOptions();
  const apiKey = process.env['API_KEY'];
  if (!apiKey) fail('Set API_KEY to the key that npm start printed.');
  const query = new URLSearchParams({ days, ...(team && { team }) });
  const response = await fetch(`${SERVER_URL}/api/v1/oncall/coverage?${query}`, {
    headers: { 'X-API-Key': apiKey },
  }).catch(() => fail(`Nothing answers at ${SERVER_URL}: start it with npm start, or set URL.`));
  const body: unknown = await response.json().catch(() => fail(`What answers at ${SERVER_URL} is no Tocsin.`));
  if (response.ok) return body as Report;
  const { errors = [], detail = 'no reason given' } = body as Refusal;
  const faults = errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return fail(`The server answered ${response.status}: ${faults || detail}`);
}

/** To the minute, in UTC. */
const timeOf = (instant: string): string => instant.replace('T', ' ').slice(0, 16);

function printGap({ team, starts_at, ends_at, whole, lack, steps, mends }: Report['gaps'][number]): void {
  const what = whole ? 'a page' : `step ${steps.map(({ step }) => step).join(', ')}`;
  const whose = team ?? 'services without a team';
  console.log(`${timeOf(starts_at)} to ${timeOf(ends_at)} UTC  ${whose}: ${what} reaches ${LACKS[lack]}`);
  for (const { text } of mends) console.log(`    ${text}`);
}

async function run(): Promise<void> {
  const report = await fetchReport();
  report.gaps.forEach(printGap);
  const unlisted = report.gaps_total - report.gaps.length;
  if (unlisted > 0) console.log(`and ${unlisted} more`);
  const span = `from ${timeOf(report.from)} to ${timeOf(report.to)} UTC`;
  console.log(`${report.policies} policies ${span}: ${report.gaps_total} gaps`);
  process.exitCode = report.covered ? 0 : 1;
}

void run();
