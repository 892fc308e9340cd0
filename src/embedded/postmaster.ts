import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The state of a running server in its `postmaster.pid`. */
export interface Postmaster {
  pid: number;
  port: number;
  /** It accepts connections (not: starting, recovering, stopping). */
  ready: boolean;
  /** It was ordered to stop. */
  stopping: boolean;
}

export function readPostmaster(cluster: string): Postmaster | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const pid = Number(lines[0]);
  const status = lines[7]?.trim();
  return pid > 0
    ? { pid, port: Number(lines[3]), ready: status === 'ready', stopping: status === 'stopping' }
    : undefined;
}

/** The longest path of a socket in bytes: 107 on Linux, 103 on other systems. */
const LONGEST_SOCKET_PATH = 103;

/** The absolute folder of the server's socket; undefined if it has none, or if its path is too long for a client. */
export function socketFolder(cluster: string, port: number): string | undefined {
  const folder = resolve(cluster);
  const socket = join(folder, `.s.PGSQL.${port}`);
  return Buffer.byteLength(socket) <= LONGEST_SOCKET_PATH && existsSync(socket) ? folder : undefined;
}

/** Whether the process runs; a zombie does not. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  if (process.platform !== 'linux') return true;
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
}

/** The server of this folder, if it runs. A pid that another program has by now does not count. */
export function runningPostmaster(cluster: string): Postmaster | undefined {
  const found = readPostmaster(cluster);
  return found && alive(found.pid) && isServerOf(found.pid, cluster) ? found : undefined;
}

/**
 * After a reboot, or in a new container, the number in the pid file can belong to another program, and PostgreSQL would refuse
 * to start beside it. Our own number (its parent's) is one it ignores, while it still checks for leftover backends.
 */
export function forgetStranger(cluster: string): void {
  forgetSockets(cluster);
  const found = readPostmaster(cluster);
  if (!found || !alive(found.pid) || isServerOf(found.pid, cluster)) return;
  const file = join(cluster, 'postmaster.pid');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^\d+/, String(process.pid)));
}

/** Removes what servers that were killed left of their sockets, for the same reason. */
function forgetSockets(cluster: string): void {
  for (const name of readdirSync(cluster).filter((each) => /^\.s\.PGSQL\.\d+\.lock$/.test(each))) {
    const pid = Number.parseInt(readOrEmpty(join(cluster, name)), 10);
    // A server that starts right now has not written its number yet.
    if (!(pid > 0) || (alive(pid) && isServerOf(pid, cluster))) continue;
    rmSync(join(cluster, name.replace(/\.lock$/, '')), { force: true });
    rmSync(join(cluster, name), { force: true });
  }
}

function isServerOf(pid: number, cluster: string): boolean {
  if (process.platform !== 'linux') return /postgres/.test(commandOf(pid));
  if (readOrEmpty(`/proc/${pid}/comm`).trim() !== 'postgres') return false;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(cluster);
  } catch {
    return false;
  }
}

function commandOf(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
