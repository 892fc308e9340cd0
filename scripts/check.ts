/** `npm run check`: all checks of the code that need not run it, two stages at a time, one line each. */
import { spawn } from 'node:child_process';
import { TSX } from './tsx';

const NODE = process.execPath;
const SECRET_FILES = ['**/*', '.*', '.ci/**'];
/** Name, program, arguments. */
const STAGES: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['types', 'tsc', '--noEmit', '-p', '.'],
  ['types: page', 'tsc', '--noEmit', '-p', 'web'],
  ['style', 'biome', 'check', '--error-on-warnings', '--max-diagnostics=100', '.'],
  ['boundaries', NODE, ...TSX, 'scripts/boundaries.ts'],
  ['documents', NODE, ...TSX, 'scripts/docs.ts', '--check'],
  ['budgets', NODE, ...TSX, 'scripts/budgets.ts'],
  ['dead code', 'knip', '--no-progress'],
  ['secrets', 'secretlint', '--secretlintignore', '.gitignore', ...SECRET_FILES],
];

/** Runs one stage; true if it passed. What it printed is shown only if it failed. */
function runStage([name, command, ...args]: (typeof STAGES)[number]): Promise<boolean> {
  const startedMs = Date.now();
  const PATH = `node_modules/.bin:${process.env['PATH']}`;
  const child = spawn(command, args, { env: { ...process.env, PATH }, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  const keep = (chunk: Buffer): void => {
    printed += chunk;
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return new Promise((resolve) => {
    const finish = (passed: boolean, reason: string): void => {
      console.log(`${passed ? 'ok  ' : 'FAIL'}  ${name.padEnd(12)} ${((Date.now() - startedMs) / 1000).toFixed(1)} s`);
      if (!passed) console.log(`${printed}${reason}`);
      resolve(passed);
    };
    child.on('error', (error) => finish(false, error.message));
    child.on('close', (code) => finish(code === 0, ''));
  });
}

async function run(): Promise<void> {
  const waiting = [...STAGES];
  const results: boolean[] = [];
  const worker = async (): Promise<void> => {
    for (let stage = waiting.shift(); stage; stage = waiting.shift()) results.push(await runStage(stage));
  };
  await Promise.all([worker(), worker()]);
  process.exitCode = results.length === STAGES.length && results.every(Boolean) ? 0 : 1;
}

void run();
