import knex, { type Knex } from 'knex';
import { types as builtins, TypeOverrides } from 'pg';
import { type Problem, unavailable } from '../ports/problem';
import { registerPool } from './notify';
import { forgetPrepared, isStale, type Nameable, prepared } from './prepared';

export { statement } from './hotStatement';
export { type Listener, type ListenOptions, listen } from './listen';
export { notifyAfterCommit } from './notify';
export { type ModuleDatabase, provision, urlFor } from './provision';

/** A pool, or a transaction begun on one. */
export type Db = Knex;

const BIGINT = 20;
const DATE = 1082;
const TIMESTAMPTZ = 1184;
const ATTEMPTS = 4;

/**
 * A plan is kept for as long as its connection. It was made for the tables as they were then, and one that was made for
 * few rows is a bad one for many, so that no connection is kept for long.
 */
const CONNECTION_AT_MOST_MS = 120_000;

/**
 * Until then it shall be the one that is good for many rows: an index is used however small its table is just now, else
 * the quiet minutes before a storm would plan for the storm.
 */
const PLANNING = '-c enable_seqscan=off';

/** Errors worth another try of the whole transaction: a serialization failure and a deadlock. */
const LOST_RACE = new Set(['40001', '40P01']);

/** What a socket or a name lookup says when the server is not there. */
const UNREACHABLE =
  /^(ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|57P0\d|08...|53...|58...|XX...|25006|25P03)$/;
const UNREACHABLE_WORDS =
  /^(Connection terminated|Client has encountered a connection error|Unable to acquire a connection|timeout expired|timeout exceeded when|Query read timeout|aborted)/;

export interface ConnectOptions {
  poolMax?: number;
  applicationName?: string;
  /** The longest one statement may run; 0 is without end (migrations). */
  statementTimeoutMs?: number;
  /** The longest wait for a connection, be it that the pool is full or the server away. */
  acquireTimeoutMs?: number;
}

type Answered = (error: Error | null, result: unknown) => void;

interface PooledClient extends NodeJS.EventEmitter {
  connection: NodeJS.EventEmitter;
  query(statement: Nameable | string, answered: Answered): unknown;
  __knex__disposed?: unknown;
}

/** Opens a pool lazily: no connection is made before the first query, and none is kept after ten idle seconds. */
export function connect(url: string, options: ConnectOptions = {}): Db {
  const { poolMax = 10, applicationName = 'tocsin', statementTimeoutMs = 10_000, acquireTimeoutMs = 3_000 } = options;
  const pool = knex({
    client: 'pg',
    connection: {
      connectionString: url,
      application_name: applicationName,
      statement_timeout: statementTimeoutMs,
      // A server that hangs enforces nothing itself, so the client gives up a little later on its own.
      ...(statementTimeoutMs > 0 && { query_timeout: statementTimeoutMs + 1_000 }),
      idle_in_transaction_session_timeout: 60_000,
      connectionTimeoutMillis: acquireTimeoutMs,
      keepAlive: true,
      types: valueTypes(),
      options: PLANNING,
    } as Knex.PgConnectionConfig,
    // Naming the version saves every first connection a query.
    version: '15',
    acquireConnectionTimeout: acquireTimeoutMs,
    pool: {
      min: 0,
      max: poolMax,
      idleTimeoutMillis: 10_000,
      reapIntervalMillis: 1_000,
      maxConnectionLifetimeMillis: CONNECTION_AT_MOST_MS,
      // Spread, so that those opened together are not replaced together.
      maxConnectionLifetimeJitterMillis: CONNECTION_AT_MOST_MS,
      // A server that restarts is waited for, within the acquire timeout, instead of failing the request at once.
      propagateCreateError: false,
      afterCreate,
    },
    // The pool's own complaints are answered by whoever asked the query.
    log: { warn() {}, error() {}, deprecate() {}, debug() {} },
  });
  registerPool(pool);
  return pool;
}

function afterCreate(client: PooledClient, done: (error: null, client: PooledClient) => void): void {
  // The query that was cut off fails before the socket closes; marked here, the pool lends the client to nobody in between.
  // (That an idle client's end does not end Node is knex's own error listener's doing.)
  client.connection.on('errorMessage', ({ severity }: { severity?: string }) => {
    if (severity === 'FATAL' || severity === 'PANIC') client.__knex__disposed = severity;
  });
  prepareStatements(client);
  done(null, client);
}

/** knex has no word for prepared statements, so they get their names on the way to the driver. */
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

/** The URL a pool was opened with. */
export const urlOf = (db: Db): string => db.client.config.connection.connectionString;

const readInstant: (text: string) => Date | number = builtins.getTypeParser(TIMESTAMPTZ);
const EARLIEST = new Date('0001-01-01T00:00:00.000Z');
const LATEST = new Date('9999-12-31T23:59:59.999Z');

/** Postgres knows instants that JSON cannot say (infinity, years beyond 9999); they are read as the nearest one it can. */
function instantOf(text: string): Date {
  const instant = readInstant(text);
  if (typeof instant === 'number') return instant > 0 ? LATEST : EARLIEST;
  return instant > LATEST ? LATEST : instant < EARLIEST ? EARLIEST : instant;
}

/** Counts and ids are numbers, a calendar day stays the text it is; instants are `Date` as in pg. */
function valueTypes(): TypeOverrides {
  const types = new TypeOverrides();
  types.setTypeParser(BIGINT, Number);
  types.setTypeParser(DATE, (text) => text);
  types.setTypeParser(TIMESTAMPTZ, instantOf);
  return types;
}

/** The problem to answer when the database, not the request, is at fault; undefined for every other error. */
export function asProblem(error: unknown): Problem | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = String((error as { code?: unknown }).code ?? '');
  if (LOST_RACE.has(code)) return unavailable('The database was busy with a competing change.');
  if (isStale(error)) return unavailable('The database was just changed.');
  if (code === '57014' || code === '55P03') return unavailable('The database did not answer in time.');
  const lost = code === '' && UNREACHABLE_WORDS.test(withoutStatement(error.message));
  if (UNREACHABLE.test(code) || lost || /TimeoutError$/.test(error.name)) {
    return unavailable('The database is unreachable.', 2);
  }
  return undefined;
}

/** Knex puts the statement before what ailed it. A server's own words have a code, so no data is read as words here. */
const withoutStatement = (message: string): string => message.split(' - ').at(-1) as string;

/** Runs `work` in a transaction, again (at most three times) when it lost a race or a table was changed under it. */
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
