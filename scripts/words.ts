/**
 * `npm run words [-- --rates] [-- <path> …]`: lists the lines of comments, API summaries, log messages, problems, screen
 * texts, test titles and documents that hold a marker of unclear English, and prints the rate per 1,000 words. `--rates`
 * prints the rates alone; a path limits the files to those below it. A help for writers: it always exits with 0.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { reportOf, tableOf } from './words/report';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rates: { type: 'boolean', default: false } },
});

/** Files that git knows or would add, and that exist. */
function listFiles(paths: string[]): string[] {
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '-z', '--deduplicate', '--', ...paths];
  const deleted = execFileSync('git', ['ls-files', '--deleted', '-z', '--', ...paths], { encoding: 'utf8' }).split(
    '\0',
  );
  const listed = execFileSync('git', list, { encoding: 'utf8', maxBuffer: 64 << 20 }).split('\0');
  return listed.filter((path) => path !== '' && !deleted.includes(path) && !path.includes('/fixtures/'));
}

const report = reportOf(listFiles(positionals).map((path) => ({ path, content: readFileSync(path, 'utf8') })));
if (!values.rates) for (const line of report.lines) console.log(line);
console.log(`${values.rates ? '' : '\n'}${tableOf(report)}`);
