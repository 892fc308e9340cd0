import type { Client } from 'pg';

/** The tables and sequences to copy, read from the catalog of the database. */
export interface Layout {
  /** Each table comes after the tables it refers to. */
  tables: Table[];
  /** Partitions that upkeep makes, not migrations; without them restored rows would go to the default partition. */
  partitions: Partition[];
}

export interface Table {
  name: string;
  columns: string[];
}

export interface Partition {
  name: string;
  of: string;
  bounds: string;
}

/** Migrations run again instead of being copied. Unlogged tables (rate limits) are left out. */
const OURS = `c.relnamespace = 'public'::regnamespace and c.relname not like 'knex\\_migrations%'`;

export async function layoutOf(client: Client): Promise<Layout> {
  // Transaction numbers have no meaning on another server, so those columns take their default there.
  const tables = await client.query(
    `select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
       from pg_class c join pg_attribute a on a.attrelid = c.oid
      where ${OURS} and c.relkind in ('r', 'p') and c.relpersistence = 'p' and not c.relispartition
        and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and a.atttypid <> 'xid8'::regtype
      group by c.relname order by c.relname`,
  );
  const references = await client.query(
    `select f.relname as from, t.relname as to
       from pg_constraint k join pg_class f on f.oid = k.conrelid join pg_class t on t.oid = k.confrelid
      where k.contype = 'f' and k.conparentid = 0 and k.conrelid <> k.confrelid`,
  );
  const partitions = await client.query(
    `select c.relname as name, p.relname as of, pg_get_expr(c.relpartbound, c.oid) as bounds
       from pg_class c join pg_inherits i on i.inhrelid = c.oid join pg_class p on p.oid = i.inhparent
      where ${OURS} and c.relkind = 'r' and c.relispartition order by c.relname`,
  );
  return { tables: inOrder(tables.rows, references.rows), partitions: partitions.rows };
}

/** Names of used sequences with their last number. Sequences are not part of a snapshot, so they are read last. */
export async function sequencesOf(client: Client): Promise<Record<string, string>> {
  const { rows } = await client.query(
    `select sequencename as name, last_value::text as value from pg_sequences
      where schemaname = 'public' and last_value is not null and sequencename not like 'knex\\_migrations%'`,
  );
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

export async function migrationsOf(client: Client): Promise<string[]> {
  const { rows } = await client.query('select name from knex_migrations order by id');
  return rows.map(({ name }) => name);
}

/** Orders tables after those they refer to. Tables in a circle of references come last, in any order. */
function inOrder(tables: Table[], references: { from: string; to: string }[]): Table[] {
  const ordered: Table[] = [];
  let waiting = tables;
  while (waiting.length > 0) {
    const names = new Set(waiting.map(({ name }) => name));
    const free = waiting.filter(({ name }) => !references.some(({ from, to }) => from === name && names.has(to)));
    ordered.push(...(free.length > 0 ? free : waiting));
    waiting = free.length > 0 ? waiting.filter((table) => !free.includes(table)) : [];
  }
  return ordered;
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The list `"a", "b"` for COPY and SELECT. */
export const listed = (names: readonly string[]): string => names.map(quoted).join(', ');
