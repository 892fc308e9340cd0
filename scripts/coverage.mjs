/**
 * `npm run coverage [-- --days 400] [-- --team <team>]`: asks a running server for every span in which a page would reach
 * nobody, and ends with 1 where there is one, so that a pipeline can hold a release back; 2 where it could not be asked.
 * Environment: API_KEY, URL (default http://localhost:8080).
 */
import { parseArgs } from 'node:util';

const URL_OF_SERVER = (process.env.URL ?? 'http://localhost:8080').replace(/\/+$/, '');

function fail(why) {
  console.error(why);
  process.exit(2);
}

const { values: options } = (() => {
  try {
    return parseArgs({ options: { days: { type: 'string', default: '400' }, team: { type: 'string' } } });
  } catch (error) {
    return fail(error.message);
  }
})();
if (!process.env.API_KEY) fail('Set API_KEY to the key that npm start printed.');

const query = new URLSearchParams({ days: options.days, ...(options.team && { team: options.team }) });
const response = await fetch(`${URL_OF_SERVER}/api/v1/oncall/coverage?${query}`, {
  headers: { 'X-API-Key': process.env.API_KEY },
}).catch(() => fail(`Nothing answers at ${URL_OF_SERVER}: start it with npm start, or set URL.`));
const report = await response.json().catch(() => fail(`What answers at ${URL_OF_SERVER} is no Tocsin.`));
if (!response.ok) {
  const faults = (report.errors ?? []).map(({ path, message }) => `${path}: ${message}`).join('; ');
  fail(`The server answered ${response.status}: ${faults || (report.detail ?? 'no reason given')}`);
}

const LACKS = { nobody: 'nobody', unreachable: 'only people without an address' };
const words = (instant) => instant.replace('T', ' ').slice(0, 16);
for (const { team, starts_at, ends_at, whole, lack, steps, mends } of report.gaps) {
  const what = whole ? 'a page' : `step ${steps.map(({ step }) => step).join(', ')}`;
  const whose = team ?? 'services that nobody owns';
  console.log(`${words(starts_at)} to ${words(ends_at)} UTC  ${whose}: ${what} reaches ${LACKS[lack]}`);
  for (const { text } of mends) console.log(`    ${text}`);
}
const unlisted = report.gaps_total - report.gaps.length;
if (unlisted > 0) console.log(`and ${unlisted} more`);
console.log(
  `${report.policies} policies from ${words(report.from)} to ${words(report.to)} UTC: ${report.gaps_total} gaps`,
);
process.exitCode = report.covered ? 0 : 1;
