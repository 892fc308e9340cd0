import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Knex } from 'knex';
import { Client } from 'pg';
import { connect, type Db, urlOf } from './pool';

const LOCK = 7_245_002;
const LOCK_WITHIN_MS = 120_000;

export interface MigrateOptions {
  /** Holds the folders `kernel` and `<module>` with files `NNNN_name.sql`; by default the project's `migrations`. */
  folder?: string;
  /** Applies only these. A restore needs that, because the rows of an archive fit the schema they were read from. */
  only?: readonly string[] | undefined;
}

/**
 * Migrates a module's database: the kernel's SQL files, then the module's, in order of name, each in its own transaction.
 * Migrations only go forward. An advisory lock lets one process migrate at a time, and the server releases it if that
 * process dies. The lock row of knex would remain then, so the holder of the advisory lock frees it.
 * @throws the error of Postgres if a file fails; that file is rolled back
 */
export async function migrate(
  db: Db,
  module: string,
  { folder = migrationsFolder(), only }: MigrateOptions = {},
): Promise<void> {
  const url = urlOf(db);
  const lock = new Client({
    connectionString: url,
    statement_timeout: LOCK_WITHIN_MS,
    connectionTimeoutMillis: 10_000,
  });
  lock.on('error', () => {});
  const pool = connect(url, { poolMax: 2, applicationName: `tocsin migrate ${module}`, statementTimeoutMs: 0 });
  try {
    await lock.connect();
    await lock.query('SELECT pg_advisory_lock($1)', [LOCK]);
    const config = {
      migrationSource: sqlFiles(folder, ['kernel', module], only),
      disableMigrationsListValidation: true,
    };
    await pool.migrate.forceFreeMigrationsLock(config);
    // One file at a time: `latest` would put all of them into one transaction.
    while ((await pool.migrate.up(config))[1].length > 0);
  } finally {
    await pool.destroy();
    await lock.end().catch(() => {});
  }
}

/** Searches upwards, because sources run from `src/kernel/db` and a bundle from `dist`. */
function migrationsFolder(): string {
  for (let at = __dirname; dirname(at) !== at; at = dirname(at)) {
    const folder = join(at, 'migrations');
    if (existsSync(join(folder, 'kernel'))) return folder;
  }
  throw new Error(`There is no migrations folder above ${__dirname}.`);
}

/** Names are `<folder>/<file>`. Applied names that this version does not know, such as those of a newer version, are ignored. */
function sqlFiles(root: string, folders: string[], only?: readonly string[]): Knex.MigrationSource<string> {
  return {
    getMigrations: async () =>
      folders.flatMap((folder) => namesIn(root, folder)).filter((name) => only === undefined || only.includes(name)),
    getMigrationName: (name) => name,
    getMigration: async (name) => ({
      // In these files a question mark is an operator of jsonb, not a placeholder of knex.
      up: (trx) => trx.raw(readFileSync(join(root, name), 'utf8').replaceAll('?', '\\?')),
      down: async () => {
        throw new Error('Migrations only go forward.');
      },
    }),
  };
}

function namesIn(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  const files = readdirSync(join(root, folder)).filter((name) => name.endsWith('.sql'));
  return files.sort().map((name) => `${folder}/${name}`);
}
