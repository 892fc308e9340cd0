import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { positionById } from '../kernel/events/events';
import { type Layout, layoutOf, listed, migrationsOf, quoted, sequencesOf } from './layout';

/** The description of one database in an archive. */
export interface DatabaseCopy extends Layout {
  migrations: string[];
  /** Rows by table, so that a restore can check that it read all. */
  rows: Record<string, number>;
  sequences: Record<string, string>;
}

/** The position of a follower in the events of a module below. */
export interface Reading {
  follower: string;
  source: string;
  cursor: string | null;
}

/** One database in one snapshot, however long the copy takes. It blocks no request and delays no event. */
export interface Snapshot {
  readings(): Promise<Reading[]>;
  /** Converts a cursor of this database's own events to an event id. */
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
  // The first statement takes the snapshot.
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
