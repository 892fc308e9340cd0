// The command of before; scripts/boundaries.ts is the check.
import { spawnSync } from 'node:child_process';

const { status } = spawnSync('node_modules/.bin/tsx', ['scripts/boundaries.ts', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
