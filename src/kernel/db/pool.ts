import knex, { type Knex } from 'knex';
import { types as builtins, TypeOverrides } from 'pg';
import { type Problem, unavailable } from '../ports/problem';
import { registerPool } from './notify';
import { forgetPrepared, isStale, type Nameable, prepared } from './prepared';
import { utcInstant } from './utcInstant';

export { statement } from './hotStatement';
export { type Listener, type ListenOptions, listen } from './listen';
export { notifyAfterCommit } from './notify';
export { type ModuleDatabase, provision, urlFor } from './provision';

/** A pool, or a transaction of a pool. */
export type Db = Knex;

const BIGINT = 20;
const DATE = 1082;
const TIMESTAMPTZ = 1184;
const ATTEMPTS = 4;

/**
 * The longest life of a connection. A connection keeps its plans, and a plan that was made for few rows is slow for many,
 * so connections are replaced often.
 */
const CONNECTION_AT_MOST_MS = 120_000;

/**
 * Makes plans that suit many rows: they use an index even if the table is small now. Otherwise plans of a quiet time
 * would be used in an alert storm.
 */
const PLANNING = '-c enable_seqscan=off';

/** Errors after which the whole transaction is retried: serialization failure and deadlock. */
const LOST_RACE = new Set(['40001', '40P01']);

/** Codes of sockets, name lookups and Postgres for a server that cannot be reached or is shutting down. */
const UNREACHABLE =
  /^(ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|57P0\d|08...|53...|58...|XX...|25006|25P03)$/;
const UNREACHABLE_WORDS =
  /^(Connection terminated|Client has encountered a connection error|Unable to acquire a connection|timeout expired|timeout exceeded when|Query read timeout|aborted)/;

export interface ConnectOptions {
  poolMax?: number;
  applicationName?: string;
  /** The timeout of one statement; 0 for none (migrations). */
  statementTimeoutMs?: number;
  /** The longest wait for a connection, if the pool is full or the server is unreachable. */
  acquireTimeoutMs?: number;
}

type Answered = (error: Error | null, result: unknown) => void;

interface PooledClient extends NodeJS.EventEmitter {
  connection: NodeJS.EventEmitter;
  query(statement: Nameable | string, answered: Answered): unknown;
  __knex__disposed?: unknown;
}

/** Creates a pool. The first query opens the first connection; a connection is closed after ten idle seconds. */
export function connect(url: string, options: ConnectOptions = {}): Db {
  const { poolMax = 10, applicationName = 'tocsin', statementTimeoutMs = 10_000, acquireTimeoutMs = 3_000 } = options;
  const pool = knex({
    client: 'pg',
    connection: {
      connectionString: url,
      application_name: applicationName,
      statement_timeout: statementTimeoutMs,
      // A server that hangs does not enforce its timeout, so the client has one that is a little longer.
      ...(statementTimeoutMs > 0 && { query_timeout: statementTimeoutMs + 1_000 }),
      idle_in_transaction_session_timeout: 60_000,
      connectionTimeoutMillis: acquireTimeoutMs,
      keepAlive: true,
      types: valueTypes(),
      options: PLANNING,
    } as Knex.PgConnectionConfig,
    // With a given version knex need not query it.
    version: '15',
    acquireConnectionTimeout: acquireTimeoutMs,
    pool: {
      min: 0,
      max: poolMax,
      idleTimeoutMillis: 10_000,
      reapIntervalMillis: 1_000,
      maxConnectionLifetimeMillis: CONNECTION_AT_MOST_MS,
      // Random, so that connections that were opened together are not replaced together.
      maxConnectionLifetimeJitterMillis: CONNECTION_AT_MOST_MS,
      // If the server restarts, the pool waits for it up to the acquire timeout, instead of failing at once.
      propagateCreateError: false,
      afterCreate,
    },
    // The caller of the query gets the error, so knex logs nothing.
    log: { warn() {}, error() {}, deprecate() {}, debug() {} },
  });
  registerPool(pool);
  return pool;
}

function afterCreate(client: PooledClient, done: (error: null, client: PooledClient) => void): void {
  // A query fails before its socket closes. Mark the client as disposed, so that the pool does not hand it out in between.
  // (The error listener of knex keeps the end of an idle client from ending Node.)
  client.connection.on('errorMessage', ({ severity }: { severity?: string }) => {
    if (severity === 'FATAL' || severity === 'PANIC') client.__knex__disposed = severity;
  });
  prepareStatements(client);
  done(null, client);
}

/** knex does not support prepared statements, so this adds their names before the driver sends them. */
function prepareStatements(client: PooledClient): void {
  const query = client.query.bind(client);
  client.query = (statement, answered) => {
    if (typeof statement === 'string') return query(statement, answered);
    const named = prepared(statement);
    return query(named, (error, result) => {
      if (error !== null && isStale(error)) forgetPrepared(named);
      answered(error, result);
    });
  };
}

/** The connection URL of a pool. */
export const urlOf = (db: Db): string => db.client.config.connection.connectionString;

const readInstant: (text: string) => Date | number = builtins.getTypeParser(TIMESTAMPTZ);
const EARLIEST = new Date('0001-01-01T00:00:00.000Z');
const LATEST = new Date('9999-12-31T23:59:59.999Z');

/** Clamps instants that JSON cannot express (infinity, years beyond 9999) to the nearest one it can. */
function instantOf(text: string): Date {
  const plain = utcInstant(text);
  if (plain !== null) return plain;
  const instant = readInstant(text);
  if (typeof instant === 'number') return instant > 0 ? LATEST : EARLIEST;
  return instant > LATEST ? LATEST : instant < EARLIEST ? EARLIEST : instant;
}

/** Reads bigint (counts, ids) as numbers and dates as text; instants are `Date`, as in pg. */
function valueTypes(): TypeOverrides {
  const types = new TypeOverrides();
  types.setTypeParser(BIGINT, Number);
  types.setTypeParser(DATE, (text) => text);
  types.setTypeParser(TIMESTAMPTZ, instantOf);
  return types;
}

/** The `unavailable` problem for an error of the database server; undefined for every other error. */
export function asProblem(error: unknown): Problem | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code: given, syscall } = error as { code?: unknown; syscall?: unknown };
  const code = String(given ?? '');
  if (LOST_RACE.has(code)) return unavailable('The database was busy with a competing change.');
  if (isStale(error)) return unavailable('The database was just changed.');
  if (code === '57014' || code === '55P03') return unavailable('The database did not answer in time.');
  const lost = code === '' && UNREACHABLE_WORDS.test(withoutStatement(error.message));
  // A server that starts has no socket yet.
  const noSocket = syscall === 'connect' && code === 'ENOENT';
  if (UNREACHABLE.test(code) || noSocket || lost || /TimeoutError$/.test(error.name)) {
    return unavailable('The database is unreachable.', 2);
  }
  return undefined;
}

/** Knex puts the statement in front of the message. Server errors have a code, so no data is matched as a message here. */
const withoutStatement = (message: string): string => message.split(' - ').at(-1) as string;

/**
 * Runs `work` in a transaction. Retries at most three times after a deadlock, a serialization failure or a change of a
 * table, so `work` must be repeatable.
 */
export async function withRetry<T>(db: Db, work: (trx: Knex.Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction(work);
    } catch (error) {
      const again = LOST_RACE.has((error as { code?: string }).code ?? '') || isStale(error);
      if (attempt === ATTEMPTS || !again) throw error;
    }
  }
}
