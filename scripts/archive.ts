/**
 * `npm run backup [-- <folder>]`: writes an archive of all data; Tocsin can be running or not.
 * `npm run restore -- <folder>`: restores such an archive into an empty installation.
 *
 * Both read the settings of Tocsin. With `-` as the folder the archive is a tar on stdout or stdin. Containers use that,
 * because they keep no files: `node dist/archive.cjs backup -` and `node dist/archive.cjs restore -`.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { backup, ConfigFault, configOfProcess, restore } from '../src/backup/archive';
import type { Config } from '../src/config/config';

/** Each command returns the sentence to print at the end. */
const COMMANDS: Record<string, (config: Config, folder?: string) => Promise<string>> = {
  async backup(config, folder = `backups/tocsin-${timestamp()}`) {
    const rows = await inFolder(folder, config, async (path, piped) => {
      const copied = await backup(config, path, new Date());
      if (piped) tar('-c', path, '.');
      return copied;
    });
    const archive = folder === '-' ? 'The archive' : folder;
    return `${archive} holds ${rows} rows. It also holds secrets: keep it where only you can read it.`;
  },

  async restore(config, folder) {
    if (folder === undefined) throw new Error('Which archive? npm run restore -- <folder>');
    const rows = await inFolder(folder, config, async (path, piped) => {
      if (piped) {
        mkdirSync(path, { recursive: true });
        tar('-x', path);
      }
      return restore(config, path);
    });
    return `Restored ${rows} rows from ${folder === '-' ? 'the archive' : folder}. Start Tocsin now.`;
  },
};

/** A name that sorts by time and is valid on every file system. */
const timestamp = (): string => new Date().toISOString().replace(/\.\d+/, '').replaceAll(':', '-');

/** Calls the command with the named folder, or for `-` with a temporary one in the data folder, and removes that afterwards. */
async function inFolder(
  name: string,
  { dataDir }: Config,
  work: (path: string, piped: boolean) => Promise<number>,
): Promise<number> {
  if (name !== '-') return work(name, false);
  const path = join(dataDir, `archive-${process.pid}`);
  try {
    return await work(path, true);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

/** Packs `files` of a folder to stdout, or unpacks stdin into it. */
function tar(mode: '-c' | '-x', folder: string, ...files: string[]): void {
  const { status, error } = spawnSync('tar', [mode, '-C', folder, '-f', '-', ...files], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`tar ended with ${error?.message ?? status}.`);
}

async function run([name = '', folder]: readonly string[]): Promise<void> {
  try {
    const command = COMMANDS[name];
    if (command === undefined) throw new Error(`Use one of ${Object.keys(COMMANDS).join(', ')}.`);
    // Stderr, because stdout can be the archive.
    console.error(await command(configOfProcess(), folder));
  } catch (error) {
    const faults = error instanceof ConfigFault ? error.faults : [(error as Error).message];
    for (const fault of faults) console.error(`tocsin: ${fault}`);
    process.exitCode = 1;
  }
}

void run(process.argv.slice(2));
