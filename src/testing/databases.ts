import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { type ConnectOptions, connect, type Db } from '../kernel/db/pool';
import type { ModuleName } from '../kernel/modules';
import { ADMIN_URL, passwordOf, roleOf, templateOf } from './server';

export interface TestDatabase {
  db: Db;
  /** Connects as the role of the module. */
  url: string;
  drop(): Promise<void>;
}

/** Creates an empty, migrated database for a module, as a clone of the template of the test run. */
export async function testDatabase(module: ModuleName, options: ConnectOptions = {}): Promise<TestDatabase> {
  const name = `test_${module}_${randomBytes(6).toString('hex')}`;
  await asAdmin(
    `CREATE DATABASE ${name} OWNER ${roleOf(module)} TEMPLATE ${templateOf(module)} STRATEGY FILE_COPY`,
    `REVOKE CONNECT, TEMPORARY ON DATABASE ${name} FROM PUBLIC`,
  );
  const url = new URL(testServerUrl());
  url.username = roleOf(module);
  url.password = encodeURIComponent(passwordOf(module));
  url.pathname = `/${name}`;
  const db = connect(url.href, { applicationName: `test ${module}`, ...options });
  const drop = async () => {
    await db.destroy();
    await asAdmin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  };
  return { db, url: url.href, drop };
}

/** The administrator's URL of the server of this test run. */
export function testServerUrl(): string {
  const url = process.env[ADMIN_URL];
  if (!url) throw new Error('There is no test server: run the tests with jest and its globalSetup.');
  return url;
}

async function asAdmin(...statements: string[]): Promise<void> {
  const admin = new Client({ connectionString: testServerUrl() });
  await admin.connect();
  try {
    for (const statement of statements) await admin.query(statement);
  } finally {
    await admin.end();
  }
}
