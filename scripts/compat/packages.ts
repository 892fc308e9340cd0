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

type Command = readonly [program: string, ...args: string[]];

/** What installs a package into a folder, in this order. */
function commandsOf(needs: Exclude<Package, { from: 'debian' }>, folder: string): Command[] {
  switch (needs.from) {
    case 'npm':
      return [['npm', 'install', '--no-save', '--no-audit', '--ignore-scripts', '--prefix', folder, needs.package]];
    case 'pypi':
      return [['python3', '-m', 'pip', 'install', '--quiet', '--target', folder, ...needs.packages]];
    case 'go':
      return [['go', 'install', needs.package]];
    case 'goProgram':
      return [
        ['go', 'mod', 'init', 'client'],
        ['go', 'get', needs.package],
        ['go', 'mod', 'tidy'],
        ['go', 'build', '-o', 'client'],
      ];
  }
}

/**
 * Installs a package of a client.
 * @returns its folder, or the reason why it could not be installed
 */
export function install(needs: Package): { folder: string } | { missing: string } {
  if (needs.from === 'debian') return { folder: '' };
  const id = createHash('sha256')
    .update(`${process.version} ${JSON.stringify(needs)}`)
    .digest('hex')
    .slice(0, 12);
  const folder = join(CACHE, `${needs.from}-${id}`);
  const done = join(folder, '.installed');
  if (existsSync(done)) return { folder };
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  if (needs.from === 'goProgram') writeFileSync(join(folder, 'main.go'), needs.program);
  for (const [program, ...args] of commandsOf(needs, folder)) {
    const left = until - Date.now();
    if (left <= 0) return { missing: 'the time for installations is over' };
    const env = { ...process.env, GOBIN: folder };
    const { status, error, stderr } = spawnSync(program, args, { cwd: folder, env, encoding: 'utf8', timeout: left });
    if (status !== 0) return { missing: `${program}: ${error?.message ?? stderr.trim().split('\n').at(-1)}` };
  }
  writeFileSync(done, '');
  return { folder };
}
