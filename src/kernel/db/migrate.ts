import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Knex } from 'knex';
import { Client } from 'pg';
import { connect, type Db, urlOf } from './pool';

const LOCK = 7_245_002;
const LOCK_WITHIN_MS = 120_000;

export interface MigrateOptions {
  /** Where the folders `kernel` and `<module>` with their `NNNN_name.sql` stand; by default the project's `migrations`. */
  folder?: string;
  /** Goes no further than these, which a restore needs: the rows of an archive fit the schema they were read from. */
  only?: readonly string[] | undefined;
}

/**
 * Brings a module's database up to date: the kernel's SQL files, then the module's, in order of name, forward only, each in a
 * transaction of its own. An advisory lock lets one process migrate at a time; the server frees it when its holder dies,
 * so knex's own lock row, which would stay for ever, is freed by whoever holds the advisory lock.
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

/** Sources run from `src/kernel`, a bundle from `dist`: the folder stands beside one of the folders above either. */
function migrationsFolder(): string {
  for (let at = __dirname; dirname(at) !== at; at = dirname(at)) {
    const folder = join(at, 'migrations');
    if (existsSync(join(folder, 'kernel'))) return folder;
  }
  throw new Error(`There is no migrations folder above ${__dirname}.`);
}

/** Names are `<folder>/<file>`. A name this version does not know (a newer version runs beside it) is left alone. */
function sqlFiles(root: string, folders: string[], only?: readonly string[]): Knex.MigrationSource<string> {
  return {
    getMigrations: async () =>
      folders.flatMap((folder) => namesIn(root, folder)).filter((name) => only === undefined || only.includes(name)),
    getMigrationName: (name) => name,
    getMigration: async (name) => ({
      // A question mark is an operator of jsonb in these files, never a placeholder of knex.
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
