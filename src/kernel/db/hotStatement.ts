import type { Knex } from 'knex';

/** A statement of a hot path, by the names of its values; answers its rows. */
export type Statement<Row> = (db: Knex, values: Record<string, unknown>) => Promise<Row[]>;

interface Connection {
  query(statement: { text: string; values: unknown[] }, answered: (error: Error | null, result: unknown) => void): void;
}
interface Pool {
  acquireConnection(): Promise<Connection>;
  releaseConnection(connection: Connection): Promise<void>;
}

/** A colon that begins a name, and not the second one of a cast. */
const NAME = /(?<!:):([a-z]\w*)/g;

/**
 * Reads the names once, where knex looks through the whole text each time; goes through the pool, or stays in the
 * transaction, like everything else.
 */
export function statement<Row>(sql: string): Statement<Row> {
  const names = [...new Set([...sql.matchAll(NAME)].map(([, name]) => name as string))];
  const text = sql.replace(NAME, (_, name: string) => `$${names.indexOf(name) + 1}`);
  return async (db, values) => {
    const pool = db.client as Pool;
    const connection = await pool.acquireConnection();
    try {
      return await new Promise<Row[]>((resolve, reject) => {
        connection.query({ text, values: names.map((name) => values[name]) }, (error, result) => {
          if (error === null || error === undefined) resolve((result as { rows: Row[] }).rows);
          else reject(error);
        });
      });
    } finally {
      await pool.releaseConnection(connection);
    }
  };
}
