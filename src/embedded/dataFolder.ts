import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { type Account, reachableBy } from './account';
import type { Binaries } from './binaries';
import { alive } from './postmaster';

const PASSWORD_FILE = 'tocsin-password';

/**
 * The folder of the PostgreSQL cluster: `<dataDir>/pg<major>`. It is made under another name and renamed when complete,
 * password included, so that an interrupted initdb leaves no folder that looks like a cluster.
 */
export async function ensureCluster(
  dataDir: string,
  account: Account | undefined,
  binaries: Binaries,
): Promise<string> {
  const cluster = join(dataDir, `pg${binaries.major}`);
  makeWritable(dataDir);
  removeInterrupted(dataDir);
  if (existsSync(cluster)) return cluster;
  refuseOtherMajor(dataDir, binaries.major);

  const fresh = join(dataDir, `init-${process.pid}`);
  mkdirSync(fresh, { mode: 0o700 });
  if (account) chownSync(fresh, account.uid, account.gid);
  await initdb(fresh, account, binaries);
  adopt(fresh, cluster);
  return cluster;
}

/** The cluster in the folder, of any version; undefined before it was made. */
export function clusterIn(dataDir: string): string | undefined {
  if (!existsSync(dataDir)) return undefined;
  const name = readdirSync(dataDir).find((each) => /^pg\d+$/.test(each));
  return name === undefined ? undefined : join(dataDir, name);
}

export function readPassword(cluster: string): string {
  try {
    return readFileSync(join(cluster, PASSWORD_FILE), 'utf8').trim();
  } catch {
    throw new Error(`The password of the embedded database cannot be read from ${join(cluster, PASSWORD_FILE)}.`);
  }
}

/** The path of the folder as seen from inside it: below a 0700 parent the server knows no other path. */
export function nameFor(cluster: string, account: Account | undefined): string {
  if (account === undefined || process.platform !== 'linux') return cluster;
  return reachableBy(account, cluster) ? cluster : '/proc/self/cwd';
}

function makeWritable(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true });
    const probe = join(dataDir, `.writable-${process.pid}`);
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (error) {
    throw new Error(`The data folder ${dataDir} is not writable (${(error as NodeJS.ErrnoException).code}).`);
  }
}

function removeInterrupted(dataDir: string): void {
  for (const name of readdirSync(dataDir)) {
    const pid = Number(/^init-(\d+)$/.exec(name)?.[1] ?? Number.NaN);
    if (pid === process.pid || (pid > 0 && !alive(pid))) rmSync(join(dataDir, name), { recursive: true, force: true });
  }
}

function refuseOtherMajor(dataDir: string, major: string): void {
  const other = clusterIn(dataDir);
  if (!other) return;
  const found = basename(other).slice(2);
  throw new Error(`The data folder ${dataDir} was written by PostgreSQL ${found}; this version brings ${major}.`);
}

async function initdb(fresh: string, account: Account | undefined, binaries: Binaries): Promise<void> {
  const password = randomBytes(24).toString('base64url');
  const where = ['-D', nameFor(fresh, account), '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile=/dev/stdin'];
  const text = ['-E', 'UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const stdin = openPassword(`${fresh}.password`, password, account);
  const child = spawn(binaries.initdb, [...where, ...text], {
    cwd: fresh,
    env: serverEnvironment(),
    stdio: [stdin, 'ignore', 'pipe'],
    ...account,
  });
  closeSync(stdin);
  const output = await endOf(child);
  if (output !== undefined) throw new Error(`PostgreSQL could not make its data folder ${fresh}: ${output}`);
  writeFileSync(join(fresh, PASSWORD_FILE), password, { mode: 0o600 });
}

/** A file without a name: initdb opens its password file again by name, which a pipe does not allow. */
function openPassword(file: string, password: string, account: Account | undefined): number {
  writeFileSync(file, `${password}\n`, { mode: 0o600 });
  if (account) chownSync(file, account.uid, account.gid);
  const descriptor = openSync(file, 'r');
  rmSync(file);
  return descriptor;
}

/** Undefined if it succeeded, else its last line. */
function endOf(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    let output = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-2_000);
    });
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) => resolve(code === 0 ? undefined : lastLine(output)));
  });
}

function adopt(fresh: string, cluster: string): void {
  try {
    renameSync(fresh, cluster);
  } catch (error) {
    // Two first starts at the same time: the first rename makes the cluster, and the other start uses it.
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(cluster)) throw error;
  }
}

/** Nothing of the parent's environment reaches the server: PGDATA, PGPORT and the like would change what it does. */
export const serverEnvironment = (): NodeJS.ProcessEnv => ({ PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' });

export const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.trim() ?? '';
