/**
 * `tsx scripts/ci/duplication.ts <percent>`: the share of code lines that occur more than once, in runs of at least eight
 * lines. Fails if it is `percent` or more, and prints the longest runs.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const RUN = 8;
const SHOWN = 10;
const limit = Number(process.argv[2] ?? 3);

const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard', 'src', 'scripts', 'web'], {
  encoding: 'utf8',
});
const files = tracked
  .split('\n')
  .filter((name) => /\.(ts|tsx|mjs|cjs|js|css)$/.test(name) && !/\.test\.tsx?$/.test(name));

interface SourceLine {
  file: string;
  at: number;
  text: string;
}

/** Lines of code, trimmed. Imports do not count, because many files share them. */
function saying(file: string): SourceLine[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines
    .map((line, at) => ({ file, at: at + 1, text: line.trim() }))
    .filter(({ text }) => /[\w'"`]/.test(text) && !/^(\/\/|\/?\*|import |export (\*|\{).* from )/.test(text));
}

/** The first occurrence of each run of RUN lines. A run that was seen before marks its lines in both places. */
const first = new Map<string, SourceLine[]>();
const repeated = new Set<string>();
const runs: { here: SourceLine; there: SourceLine; length: number }[] = [];
let total = 0;
for (const file of files) {
  const lines = saying(file);
  total += lines.length;
  let open: (typeof runs)[number] | undefined;
  for (let at = 0; at + RUN <= lines.length; at++) {
    const run = lines.slice(at, at + RUN);
    const text = run.map((line) => line.text).join('\n');
    const before = first.get(text);
    if (before === undefined) {
      first.set(text, run);
      open = undefined;
      continue;
    }
    for (const line of [...before, ...run]) repeated.add(`${line.file}:${line.at}`);
    if (open === undefined) {
      open = { here: run[0] as SourceLine, there: before[0] as SourceLine, length: RUN - 1 };
      runs.push(open);
    }
    open.length += 1;
  }
}

const share = total === 0 ? 100 : (100 * repeated.size) / total;
for (const { here, there, length } of runs.sort((a, b) => b.length - a.length).slice(0, SHOWN))
  console.log(`${length} lines: ${there.file}:${there.at} and ${here.file}:${here.at}`);
console.log(
  `${share.toFixed(2)} % of ${total} lines in ${files.length} files are repeated; less than ${limit} % is wanted.`,
);
process.exitCode = share < limit ? 0 : 1;
