import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { atEnd } from '../children';

const PACKAGES = ['prometheus', 'prometheus-alertmanager'] as const;
export type Programs = Record<(typeof PACKAGES)[number], string>;
/** Debian runs this file before it starts a newly installed service. */
const POLICY = '/usr/sbin/policy-rc.d';

/**
 * The paths of Debian's two programs. Installs missing ones.
 * @throws Error if they are missing and cannot be installed
 */
export function programs(): Programs {
  if (PACKAGES.some((name) => find(name) === undefined)) install();
  return Object.fromEntries(PACKAGES.map((name) => [name, find(name)])) as Programs;
}

const find = (name: string): string | undefined =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));

function install(): void {
  const missing = PACKAGES.filter((name) => find(name) === undefined).join(' and ');
  const byHand = `install it with: apt-get install ${PACKAGES.join(' ')}`;
  if (find('apt-get') === undefined) throw new Error(`${missing} is not installed, and this is no Debian.`);
  if (process.getuid?.() !== 0) throw new Error(`${missing} is not installed, and only root may: ${byHand}`);
  console.log(`installing ${missing}`);
  const allow = startNoService();
  try {
    // apt-get update is needed only if apt has no package lists yet.
    if (!aptGet('install')) aptGet('update');
    if (PACKAGES.some((name) => find(name) === undefined) && !aptGet('install'))
      throw new Error(`${missing} could not be installed; ${byHand}`);
  } finally {
    allow();
  }
}

function aptGet(command: 'install' | 'update'): boolean {
  const what = command === 'install' ? ['--no-install-recommends', ...PACKAGES] : [];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { status } = spawnSync('apt-get', ['-qq', '-y', command, ...what], { env, stdio: 'ignore' });
  return status === 0;
}

/** Prevents Debian from starting the services, which would take their default ports. @returns a function that allows it again */
function startNoService(): () => void {
  if (existsSync(POLICY)) return () => {};
  writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const remove = () => rmSync(POLICY, { force: true });
  const forget = atEnd(remove);
  return () => {
    forget();
    remove();
  };
}
