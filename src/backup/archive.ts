import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { type Config, configOfProcess as configOf, MODULES, type ModuleName } from '../config/config';
import { closeDatabases, databaseUrlsOf, needsAdministrator, openDatabases } from '../config/databases';
import { NO_CHANNELS, settingsOf } from '../config/settings';
import { clusterIn, runningAdminUrl, startPostgres } from '../embedded/postgres';
import { fill, isEmpty, type Resumption } from './copyIn';
import { type DatabaseCopy, openSnapshot, type Snapshot } from './copyOut';

export { ConfigFault } from '../config/config';

/** The settings that a copy needs: all but those of the channels. */
export const configOfProcess = (): Config => configOf(settingsOf(NO_CHANNELS));

/**
 * An **archive** is a folder with everything that was accepted: per module one compressed file per table, the generated
 * secrets, and `archive.json`, which describes it. It is made while Tocsin runs, and restored only into an empty installation.
 */
interface Archive {
  format: 1;
  /** ISO 8601. */
  madeAt: string;
  modules: Partial<Record<ModuleName, DatabaseCopy>>;
  resumptions: Partial<Record<ModuleName, Omit<Resumption, 'xid'>[]>>;
}

const DESCRIPTION = 'archive.json';
const SECRETS = 'secrets.json';

/**
 * Modules in the order of calls, callers first. A command from one module to the next is then either in the caller's jobs or
 * already applied, and every event that a module has read is in the archive of its source: nothing is lost in between.
 */
const TOP_DOWN = [...MODULES].reverse();

/** Writes an archive into `folder`, which must not exist. Returns how many rows it holds. */
export async function backup(config: Config, folder: string, now: Date): Promise<number> {
  if (existsSync(folder)) throw new Error(`${folder} exists already; an archive is never overwritten.`);
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(resolve(partial, '..'), { recursive: true });
  mkdirSync(partial, { mode: 0o700 });
  const archive = await visiting(config, (urls) => copyAll(urls, partial, now)).catch((error) => {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  });
  const secrets = join(config.dataDir, SECRETS);
  if (existsSync(secrets)) copyFileSync(secrets, join(partial, SECRETS));
  writeFileSync(join(partial, DESCRIPTION), `${JSON.stringify(archive, null, 2)}\n`, { mode: 0o600 });
  renameSync(partial, folder);
  return rowsIn(archive);
}

type Urls = Partial<Record<ModuleName, string>>;

/** Runs `work` with the URLs of the databases; an embedded server that does not run is started for that time. */
async function visiting<T>(config: Config, work: (urls: Urls) => Promise<T>): Promise<T> {
  if (!needsAdministrator(config)) return work(databaseUrlsOf(config, undefined));
  const dataDir = `${config.dataDir}/postgres`;
  const adminUrl = config.databaseUrl ?? runningAdminUrl(dataDir);
  if (adminUrl !== undefined) return work(databaseUrlsOf(config, adminUrl));
  if (clusterIn(dataDir) === undefined) throw new Error(`There is no database in ${dataDir} to back up.`);
  const postgres = await startPostgres({ dataDir, log: () => {} });
  try {
    return await work(databaseUrlsOf(config, postgres.adminUrl));
  } finally {
    await postgres.stop();
  }
}

async function copyAll(urls: Urls, folder: string, now: Date): Promise<Archive> {
  const open = new Map<ModuleName, Snapshot>();
  try {
    for (const module of TOP_DOWN) {
      const url = urls[module];
      if (url !== undefined) open.set(module, await openSnapshot(url));
    }
    const archive: Archive = { format: 1, madeAt: now.toISOString(), modules: {}, resumptions: {} };
    for (const [module, snapshot] of open) {
      archive.resumptions[module] = await resumptionsOf(snapshot, open);
      archive.modules[module] = await snapshot.copyTo(join(folder, module));
    }
    return archive;
  } finally {
    for (const snapshot of open.values()) await snapshot.close().catch(() => {});
  }
}

async function resumptionsOf(snapshot: Snapshot, open: Map<ModuleName, Snapshot>): Promise<Omit<Resumption, 'xid'>[]> {
  const resumptions: Omit<Resumption, 'xid'>[] = [];
  for (const { follower, source, cursor } of await snapshot.readings()) {
    const after = await open.get(source as ModuleName)?.placeById(cursor);
    if (after) resumptions.push({ follower, source, after });
  }
  return resumptions;
}

/** Restores an archive into an empty installation. Returns how many rows it holds. */
export async function restore(config: Config, folder: string): Promise<number> {
  const archive = describedIn(folder);
  if (!needsAdministrator(config) || config.databaseUrl !== undefined) {
    await fillAll(config, config.databaseUrl, folder, archive);
  } else {
    await fillEmbedded(config, folder, archive);
  }
  restoreSecrets(config, folder);
  return rowsIn(archive);
}

function describedIn(folder: string): Archive {
  const file = join(folder, DESCRIPTION);
  if (!existsSync(file)) throw new Error(`${folder} is no archive: it has no ${DESCRIPTION}.`);
  const archive = JSON.parse(readFileSync(file, 'utf8')) as Archive;
  if (archive.format !== 1)
    throw new Error(`${folder} was written in format ${archive.format}, which this version cannot read.`);
  return archive;
}

/** Restores into a data folder without a database. If it fails midway, the new database is deleted again. */
async function fillEmbedded(config: Config, folder: string, archive: Archive): Promise<void> {
  const dataDir = `${config.dataDir}/postgres`;
  if (clusterIn(dataDir) !== undefined)
    throw new Error(`${dataDir} holds a database already; restore into an empty DATA_DIR.`);
  const postgres = await startPostgres({ dataDir, log: () => {} });
  let filled = false;
  try {
    await fillAll(config, postgres.adminUrl, folder, archive);
    filled = true;
  } finally {
    await postgres.stop();
    if (!filled) rmSync(dataDir, { recursive: true, force: true });
  }
}

async function fillAll(config: Config, adminUrl: string | undefined, folder: string, archive: Archive): Promise<void> {
  const urls = databaseUrlsOf(config, adminUrl);
  for (const [module, url] of Object.entries(urls)) {
    if (archive.modules[module as ModuleName] === undefined)
      throw new Error(`The archive holds no data of the module ${module}.`);
    if (!(await isEmpty(url))) throw new Error(`The database of ${module} is not empty; restore into an empty server.`);
  }
  const migrations = Object.entries(archive.modules).map(([module, copy]) => [module, copy.migrations]);
  await closeDatabases(await openDatabases(config, adminUrl, Object.fromEntries(migrations)));
  // Callees first: the cursor of a follower needs the new number of the events of the module below it.
  const xids = new Map<string, string>();
  for (const module of MODULES) {
    const [url, copy] = [urls[module], archive.modules[module]];
    if (url === undefined || copy === undefined) continue;
    const known = (archive.resumptions[module] ?? []).flatMap((each) => {
      const xid = xids.get(each.source);
      return xid === undefined ? [] : [{ ...each, xid }];
    });
    xids.set(module, await fill(url, join(folder, module), copy, known));
  }
}

/** Keeps links valid that were signed before. Secrets in the environment take precedence over this file. */
function restoreSecrets({ dataDir, monolith }: Config, folder: string): void {
  const [from, to] = [join(folder, SECRETS), join(dataDir, SECRETS)];
  if (!monolith || !existsSync(from) || existsSync(to)) return;
  mkdirSync(dataDir, { recursive: true });
  copyFileSync(from, to);
  chmodSync(to, 0o600);
}

const rowsIn = ({ modules }: Archive): number =>
  Object.values(modules)
    .flatMap(({ rows }) => Object.values(rows))
    .reduce((sum, rows) => sum + rows, 0);
