/** What backup and restore have in common: the bundle, the settings, archives in pipes, and one line at the end. */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';

/** Runs one of them; `work` gets the archive's functions, the settings and the arguments, and answers what to say. */
export async function archiveCommand(work) {
  await build();
  const archive = (await import('../dist/archive.cjs')).default;
  try {
    // Stdout may be the archive itself.
    console.error(await work(archive, archive.configOfProcess(), process.argv.slice(2)));
  } catch (error) {
    for (const fault of error.faults ?? [error.message]) console.error(`tocsin: ${fault}`);
    process.exitCode = 1;
  }
}

/** Lends the folder that is named, or for `-` one beside the data that is gone afterwards. */
export async function inFolder(name, { dataDir }, work) {
  if (name !== '-') return work(name, false);
  const folder = join(dataDir, `archive-${process.pid}`);
  try {
    return await work(folder, true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Between the folder and this process's own stdin or stdout. */
export function tar(way, folder, ...what) {
  const { status, error } = spawnSync('tar', [way, '-C', folder, '-f', '-', ...what], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`tar ended with ${error?.message ?? status}.`);
}
