import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TSX } from '../../scripts/tsx';
import { type EmbeddedPostgres, startPostgres } from '../embedded/postgres';
import { migrate } from '../kernel/db/migrate';
import { connect } from '../kernel/db/pool';
import { MODULES } from '../kernel/modules';
import { ADMIN_URL, provisionTemplates } from './server';

export interface TestRun {
  server: EmbeddedPostgres;
  dataDir: string;
}

declare global {
  var tocsinTestRun: TestRun | undefined;
}

/** Starts a disposable server for the test run, with a migrated template database per module that tests clone. */
export default async function globalSetup(): Promise<void> {
  execFileSync(process.execPath, [...TSX, join(__dirname, '../../scripts/page.ts')], { stdio: 'inherit' });
  const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-test-'));
  chmodSync(dataDir, 0o755);
  const server = await startPostgres({ dataDir, disposable: true, log: () => {} });
  globalThis.tocsinTestRun = { server, dataDir };
  const urls = await provisionTemplates(server.adminUrl);
  await Promise.all(MODULES.map((module) => migrateTemplate(module, urls[module] as string)));
  process.env[ADMIN_URL] = server.adminUrl;
}

async function migrateTemplate(module: string, url: string): Promise<void> {
  const db = connect(url);
  await migrate(db, module);
  await db.destroy();
}
