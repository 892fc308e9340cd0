/** `npm run check`: all that can be said about the code without running it, two stages at a time, one line each. */
import { spawn } from 'node:child_process';

const SECRET_FILES = ['**/*', '.*', '.ci/**'];
const STAGES = [
  ['types', 'tsc', '--noEmit', '-p', '.'],
  ['types: page', 'tsc', '--noEmit', '-p', 'web'],
  ['style', 'biome', 'check', '--error-on-warnings', '--max-diagnostics=100', '.'],
  ['boundaries', process.execPath, 'scripts/boundaries.mjs'],
  ['documents', 'tsx', 'scripts/docs.ts', '--check'],
  ['budgets', process.execPath, 'scripts/budgets.mjs'],
  ['dead code', 'knip', '--no-progress'],
  ['secrets', 'secretlint', '--secretlintignore', '.gitignore', ...SECRET_FILES],
];

/** Runs one stage and answers whether it passed. What it printed is shown only where it failed. */
function run([name, command, ...args]) {
  const started = Date.now();
  const path = `node_modules/.bin:${process.env.PATH}`;
  const child = spawn(command, args, { env: { ...process.env, PATH: path }, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk));
  return new Promise((resolve) => {
    const settle = (passed, reason) => {
      console.log(`${passed ? 'ok  ' : 'FAIL'}  ${name.padEnd(12)} ${((Date.now() - started) / 1000).toFixed(1)} s`);
      if (!passed) console.log(`${printed}${reason}`);
      resolve(passed);
    };
    child.on('error', (error) => settle(false, error.message));
    child.on('close', (code) => settle(code === 0, ''));
  });
}

const waiting = [...STAGES];
const results = [];
async function worker() {
  for (let stage = waiting.shift(); stage; stage = waiting.shift()) results.push(await run(stage));
}
await Promise.all([worker(), worker()]);
process.exitCode = results.length === STAGES.length && results.every(Boolean) ? 0 : 1;
