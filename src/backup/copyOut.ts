import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { positionById } from '../kernel/events/events';
import { type Layout, layoutOf, listed, migrationsOf, quoted, sequencesOf } from './layout';

/** What an archive says of one database, beside the rows. */
export interface DatabaseCopy extends Layout {
  migrations: string[];
  /** Rows by table, by which a restore knows that it read all. */
  rows: Record<string, number>;
  sequences: Record<string, string>;
}

/** How far a follower had read the facts of a module below. */
export interface Reading {
  follower: string;
  source: string;
  cursor: string | null;
}

/** One database as it was at one instant, however long it takes to read it. Nobody waits for it, nor does any fact. */
export interface Snapshot {
  readings(): Promise<Reading[]>;
  /** A cursor of this database's own facts as an id of them. */
  placeById(cursor: string | null): Promise<string | null>;
  /** Writes `<table>.gz` for every table into `folder`. */
  copyTo(folder: string): Promise<DatabaseCopy>;
  close(): Promise<void>;
}

export async function openSnapshot(url: string): Promise<Snapshot> {
  const client = new Client({
    connectionString: url,
    application_name: 'tocsin backup',
    connectionTimeoutMillis: 10_000,
    statement_timeout: 0,
    idle_in_transaction_session_timeout: 0,
  });
  client.on('error', () => {});
  await client.connect();
  await client.query('begin isolation level repeatable read read only');
  // The first statement is what fixes the instant.
  await client.query('select 1');
  return {
    async readings() {
      return (await client.query('select follower, source, cursor from cursors')).rows;
    },
    placeById: (cursor) => positionById(client, cursor),
    async copyTo(folder) {
      await mkdir(folder, { recursive: true });
      const layout = await layoutOf(client);
      const rows: Record<string, number> = {};
      for (const { name, columns } of layout.tables) rows[name] = await copyTable(client, name, columns, folder);
      return { ...layout, migrations: await migrationsOf(client), rows, sequences: await sequencesOf(client) };
    },
    close: () => client.end(),
  };
}

async function copyTable(client: Client, name: string, columns: string[], folder: string): Promise<number> {
  // A query, because a partitioned table itself cannot be copied.
  const copy = client.query(copyTo(`copy (select ${listed(columns)} from ${quoted(name)}) to stdout`));
  await pipeline(copy, createGzip({ level: 4 }), createWriteStream(join(folder, `${name}.gz`), { mode: 0o600 }));
  return copy.rowCount;
}
