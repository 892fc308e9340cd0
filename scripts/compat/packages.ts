import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../root';
import type { Package } from './client';

/** Installed packages are kept between runs. */
const CACHE = join(ROOT, 'node_modules/.cache/compat');
/** All installations of a run together may take so long. */
const WITHIN_MS = 600_000;
const until = Date.now() + WITHIN_MS;

const COMMANDS: {
  [From in Exclude<Package['from'], 'debian'>]: (folder: string, names: readonly string[]) => string[];
} = {
  npm: (folder, names) => [
    'npm',
    'install',
    '--no-save',
    '--no-audit',
    '--ignore-scripts',
    '--prefix',
    folder,
    ...names,
  ],
  pypi: (folder, names) => ['python3', '-m', 'pip', 'install', '--quiet', '--target', folder, ...names],
  go: (_folder, names) => ['go', 'install', ...names],
};

/**
 * Installs a package of a client.
 * @returns its folder, or the reason why it could not be installed
 */
export function install(needs: Package): { folder: string } | { missing: string } {
  if (needs.from === 'debian') return { folder: '' };
  const names = 'packages' in needs ? needs.packages : [needs.package];
  const id = createHash('sha256')
    .update(`${process.version} ${names.join(' ')}`)
    .digest('hex')
    .slice(0, 12);
  const folder = join(CACHE, `${needs.from}-${id}`);
  const done = join(folder, '.installed');
  if (existsSync(done)) return { folder };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const [command = '', ...args] = COMMANDS[needs.from](folder, names);
  const left = until - Date.now();
  if (left <= 0) return { missing: 'the time for installations is over' };
  const env = { ...process.env, GOBIN: folder };
  const { status, error, stderr } = spawnSync(command, args, { env, encoding: 'utf8', timeout: left });
  if (status !== 0) return { missing: `${command}: ${error?.message ?? stderr.trim().split('\n').at(-1)}` };
  writeFileSync(done, '');
  return { folder };
}
