import type { Knex } from 'knex';

/** A statement of a hot path. It takes values by name and returns rows. */
export type Statement<Row> = (db: Knex, values: Record<string, unknown>) => Promise<Row[]>;

interface Connection {
  query(statement: { text: string; values: unknown[] }, answered: (error: Error | null, result: unknown) => void): void;
}
interface Pool {
  acquireConnection(): Promise<Connection>;
  releaseConnection(connection: Connection): Promise<void>;
}

/** A named parameter: a colon and a name, but not the second colon of a cast. */
const NAME = /(?<!:):([a-z]\w*)/g;

/**
 * Compiles a statement with named parameters once; knex parses the text on every call. The statement runs on a
 * connection of the pool, or on that of the transaction that is passed as `db`.
 * @example const byId = statement<Row>('select * from alerts where id = :id');
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
