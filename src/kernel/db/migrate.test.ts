import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestDatabase, testDatabase } from '../../testing/databases';
import { migrate } from './migrate';
import type { Db } from './pool';

let folder: string;
let clone: TestDatabase;
let db: Db;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-migrations-'));
  write('kernel/0001_first.sql', "CREATE TABLE trail (step text); INSERT INTO trail VALUES ('kernel 1');");
  write('paper/0001_first.sql', "INSERT INTO trail VALUES ('paper 1');");
  clone = await testDatabase('alerts');
  db = clone.db;
  // The clone has the real migrations, and these tests use their own.
  await db.raw('DROP SCHEMA public CASCADE; CREATE SCHEMA public;');
});

afterEach(async () => {
  await clone.drop();
  rmSync(folder, { recursive: true });
});

function write(name: string, sql: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), sql);
}

const trail = () => db('trail').pluck('step');

test('kernel files run before module files, each once, even if several processes start together', async () => {
  write('paper/0002_second.sql', "INSERT INTO trail VALUES ('paper 2');");
  await Promise.all([
    migrate(db, 'paper', { folder }),
    migrate(db, 'paper', { folder }),
    migrate(db, 'paper', { folder }),
  ]);
  await migrate(db, 'paper', { folder });
  expect(await trail()).toEqual(['kernel 1', 'paper 1', 'paper 2']);
});

test('a lock row of a process that was killed during a migration does not block the next start', async () => {
  await migrate(db, 'paper', { folder });
  await db('knex_migrations_lock').update({ is_locked: 1 });
  write('paper/0002_second.sql', "INSERT INTO trail VALUES ('paper 2');");
  await migrate(db, 'paper', { folder });
  expect(await trail()).toContain('paper 2');
});

test('a file that fails is rolled back, and runs again after it is fixed', async () => {
  write('paper/0002_second.sql', "INSERT INTO trail VALUES ('paper 2'); SELECT 1 / 0;");
  await expect(migrate(db, 'paper', { folder })).rejects.toThrow('division by zero');
  expect(await trail()).toEqual(['kernel 1', 'paper 1']);
  write('paper/0002_second.sql', "INSERT INTO trail VALUES ('paper 2');");
  await migrate(db, 'paper', { folder });
  expect(await trail()).toEqual(['kernel 1', 'paper 1', 'paper 2']);
});

test('a migration of a newer version is ignored', async () => {
  write('paper/0002_newer.sql', "INSERT INTO trail VALUES ('paper 2');");
  await migrate(db, 'paper', { folder });
  rmSync(join(folder, 'paper/0002_newer.sql'));
  await migrate(db, 'paper', { folder });
  expect(await trail()).toHaveLength(3);
});

test('a new kernel file is applied to a database that already has module files', async () => {
  await migrate(db, 'paper', { folder });
  write('kernel/0002_later.sql', "INSERT INTO trail VALUES ('kernel 2');");
  await migrate(db, 'paper', { folder });
  expect(await trail()).toContain('kernel 2');
});

test('a question mark in SQL is an operator, not a placeholder', async () => {
  write('paper/0002_json.sql', `INSERT INTO trail SELECT 'asked' WHERE '{"a":1}'::jsonb ? 'a';`);
  await migrate(db, 'paper', { folder });
  expect(await trail()).toContain('asked');
});

test('a module without files gets the kernel tables', async () => {
  await migrate(db, 'blank', { folder });
  expect(await trail()).toEqual(['kernel 1']);
});

test('by default the files of the project are used', async () => {
  await migrate(db, 'alerts');
  const applied: string[] = await db('knex_migrations').pluck('name');
  expect(applied).toContain('kernel/0001_jobs_and_events.sql');
});
