import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The unprivileged account PostgreSQL runs as when Tocsin itself is root, which PostgreSQL refuses to be. */
export interface Account {
  uid: number;
  gid: number;
}

/** Undefined for an ordinary user, because PostgreSQL then runs as that user. */
export function serverAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  // The uid needs an entry in the user database, or initdb refuses it.
  const entry = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
  if (!entry) throw new Error('PostgreSQL refuses to run as root and there is no user "nobody": set DATABASE_URL.');
  return { uid: Number(entry[1]), gid: Number(entry[2]) };
}

/** Whether a stranger to the owner's groups can read and enter the path and every folder above it. */
export function reachableBy(account: Account, path: string): boolean {
  for (let at = path; ; at = dirname(at)) {
    const { uid, mode } = statSync(at);
    const needed = at === path ? 0o5 : 0o1;
    const granted = uid === account.uid ? (mode >> 6) & 0o7 : mode & 0o7;
    if ((granted & needed) !== needed) return false;
    if (dirname(at) === at) return true;
  }
}
