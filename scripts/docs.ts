/**
 * The second half of `npm run docs`, after scripts/environment.ts: writes the generated documents. An incompatible change of
 * the API is printed and not written. With `--check` it only prints outdated files; `npm run check` uses that.
 * docs/schema.md needs databases, so a test checks it (scripts/docs/schema.test.ts).
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../src/embedded/postgres';
import { migrate } from '../src/kernel/db/migrate';
import { connect } from '../src/kernel/db/pool';
import { MODULES, type ModuleName } from '../src/kernel/modules';
import { provisionTemplates } from '../src/testing/server';
import { brokenSince, openApiText } from './docs/openapi';
import { schemaPage } from './docs/schema';
import { derived } from './environment';
import { formatsPage } from './formats';

const OPENAPI = 'docs/openapi.json';
const read = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');

const texts = (): [file: string, text: string][] => [
  ...derived(read),
  ['docs/formats.md', formatsPage()],
  [OPENAPI, openApiText()],
];

/** The schema of five migrated databases, on a disposable server. */
async function schema(): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tocsin-docs-'));
  const server = await startPostgres({ dataDir, disposable: true, log: () => {} });
  try {
    const urls = (await provisionTemplates(server.adminUrl)) as Record<ModuleName, string>;
    for (const module of MODULES) {
      const db = connect(urls[module]);
      await migrate(db, module);
      await db.destroy();
    }
    return await schemaPage(urls, 'migrations');
  } finally {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const committed = read(OPENAPI);
  const broken = committed === '' ? [] : brokenSince(committed);
  for (const change of broken) console.log(`breaks clients of v1: ${change}`);
  if (broken.length > 0) process.exitCode = 1;
  if (process.argv.includes('--check')) {
    const stale = texts().filter(([file, text]) => read(file) !== text);
    for (const [file] of stale) console.log(`${file} is stale: run \`npm run docs\``);
    if (stale.length > 0) process.exitCode = 1;
    return;
  }
  if (broken.length > 0) return;
  for (const [file, text] of texts()) writeFileSync(file, text);
  writeFileSync('docs/schema.md', await schema());
}

void main();
