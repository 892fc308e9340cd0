import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Client, DatabaseError } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { cursorAt } from '../kernel/events/events';
import type { DatabaseCopy } from './copyOut';
import { layoutOf, listed, migrationsOf, quoted } from './layout';

/** The new position of a follower: after this id of the source, whose events now have this number. */
export interface Resumption {
  follower: string;
  source: string;
  xid: string;
  after: string;
}

const NO_SUCH_DATABASE = '3D000';
/** The answer is the same for an absent role and a wrong password. */
const REFUSED = /^28/;

/** Whether the database is absent or has no table; an archive is restored only into such a one. */
export async function isEmpty(url: string): Promise<boolean> {
  const client = clientOf(url);
  try {
    await client.connect();
    return (await layoutOf(client)).tables.length === 0;
  } catch (error) {
    const code = error instanceof DatabaseError ? (error.code ?? '') : '';
    if (code === NO_SUCH_DATABASE || REFUSED.test(code)) return true;
    throw error;
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * Fills a newly migrated database with the files of `copyTo`, completely or not at all. Returns the transaction number
 * that its events now have. @throws Error with one sentence if the copy differs from its description
 */
export async function fill(url: string, folder: string, copy: DatabaseCopy, resume: Resumption[]): Promise<string> {
  const client = clientOf(url);
  await client.connect();
  try {
    await sameMigrations(client, copy.migrations);
    await client.query('begin');
    const { rows } = await client.query('select pg_current_xact_id()::text as xid');
    await fillTables(client, folder, copy);
    for (const [name, value] of Object.entries(copy.sequences))
      await client.query('select setval($1::regclass, $2::bigint)', [quoted(name), value]);
    for (const { follower, source, xid, after } of resume)
      await client.query('update cursors set cursor = $3 where follower = $1 and source = $2', [
        follower,
        source,
        cursorAt(xid, after),
      ]);
    await client.query('commit');
    return rows[0].xid;
  } finally {
    await client.end().catch(() => {});
  }
}

async function sameMigrations(client: Client, wanted: string[]): Promise<void> {
  const done = await migrationsOf(client);
  const unknown = wanted.filter((name) => !done.includes(name));
  if (unknown.length === 0) return;
  throw new Error(`The archive was made by another version: this one has no migration ${unknown.join(', ')}.`);
}

async function fillTables(client: Client, folder: string, { tables, partitions, rows }: DatabaseCopy): Promise<void> {
  const names = tables.map(({ name }) => name);
  // The copy holds the rows that triggers write (tallies) too, which would be counted twice.
  for (const name of names) await client.query(`alter table ${quoted(name)} disable trigger user`);
  await client.query(`truncate ${listed(names)}`);
  const standing = (await layoutOf(client)).partitions.map(({ name }) => name);
  for (const { name, of, bounds } of partitions.filter((each) => !standing.includes(each.name)))
    await client.query(`create table ${quoted(name)} partition of ${quoted(of)} ${bounds}`);
  for (const { name, columns } of tables) {
    const read = await fillTable(client, name, columns, join(folder, `${name}.gz`));
    if (read !== rows[name]) throw new Error(`The archive is damaged: ${name} has ${read} rows, not ${rows[name]}.`);
  }
  for (const name of names) await client.query(`alter table ${quoted(name)} enable trigger user`);
}

async function fillTable(client: Client, name: string, columns: string[], file: string): Promise<number> {
  const copy = client.query(copyFrom(`copy ${quoted(name)} (${listed(columns)}) from stdin`));
  await pipeline(createReadStream(file), createGunzip(), copy);
  return copy.rowCount;
}

function clientOf(connectionString: string): Client {
  const client = new Client({
    connectionString,
    application_name: 'tocsin restore',
    connectionTimeoutMillis: 10_000,
    statement_timeout: 0,
  });
  client.on('error', () => {});
  return client;
}
