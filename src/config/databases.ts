import { createHmac } from 'node:crypto';
import { migrate } from '../kernel/db/migrate';
import { connect, type Db, type ModuleDatabase, provision, urlFor } from '../kernel/db/pool';
import { type Config, MODULES, type ModuleName } from './config';

/** The database of each module. */
export const DATABASE_NAMES: Record<ModuleName, string> = {
  alerts: 'alert_db',
  incidents: 'incident_db',
  oncall: 'oncall_db',
  notify: 'notification_db',
  gateway: 'gateway_db',
};

/** Most connections of a module in one process; together they stay below the limit of the embedded server. */
const POOL: Record<ModuleName, number> = { alerts: 8, incidents: 14, oncall: 8, notify: 14, gateway: 5 };

/** One module's database, open and migrated. */
export interface OpenDatabase {
  db: Db;
  url: string;
}
export type OpenDatabases = Partial<Record<ModuleName, OpenDatabase>>;

/** Whether a module of this process has no database URL, so that an administrator must create its database. */
export const needsAdministrator = ({ hosted, databaseUrls }: Config): boolean =>
  hosted.some((module) => databaseUrls[module] === undefined);

/**
 * Creates missing databases, opens a pool per module of this process, and migrates each schema to the newest or the `only`
 * migrations of that module.
 */
export async function openDatabases(
  config: Config,
  adminUrl: string | undefined,
  only: Partial<Record<ModuleName, readonly string[]>> = {},
): Promise<OpenDatabases> {
  const wanted = config.hosted.filter((module) => config.databaseUrls[module] === undefined);
  const made =
    adminUrl === undefined
      ? {}
      : await provision({ adminUrl, databases: wanted.map((m) => ownedBy(m, adminUrl, config)) });
  const open: OpenDatabases = {};
  try {
    for (const module of MODULES.filter((each) => config.hosted.includes(each))) {
      const url = config.databaseUrls[module] ?? (made[module] as string);
      open[module] = { url, db: connect(url, { poolMax: POOL[module], applicationName: `tocsin ${module}` }) };
    }
    await Promise.all(
      Object.entries(open).map(([module, { db }]) => migrate(db, module, { only: only[module as ModuleName] })),
    );
    return open;
  } catch (error) {
    await closeDatabases(open);
    throw error;
  }
}

/** The URL of each module's database, even before it is created. */
export function databaseUrlsOf(config: Config, adminUrl: string | undefined): Partial<Record<ModuleName, string>> {
  const urls = config.hosted.map((module) => {
    const given = config.databaseUrls[module];
    return [module, given ?? (adminUrl && urlFor(adminUrl, ownedBy(module, adminUrl, config)))];
  });
  return Object.fromEntries(urls);
}

export async function closeDatabases(open: OpenDatabases): Promise<void> {
  await Promise.all(Object.values(open).map(({ db }) => db.destroy()));
}

/** The password of each role is derived from the administrator's, so that no further secret is stored. */
function ownedBy(module: ModuleName, adminUrl: string, { postgresPassword }: Config): ModuleDatabase {
  const secret = postgresPassword ?? decodeURIComponent(new URL(adminUrl).password);
  const password = createHmac('sha256', secret).update(`tocsin role ${module}`).digest('base64url');
  return { module, database: DATABASE_NAMES[module], role: `tocsin_${module}`, password };
}
