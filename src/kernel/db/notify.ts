import type { Knex } from 'knex';

/**
 * Notifies listeners after the commit. A NOTIFY inside the transaction would take a server-wide lock at commit and hold it
 * during the write to disk, so that such commits of all databases queue. A notification is only a hint: if the process
 * dies before it is sent, listeners find the rows at their next poll.
 */

/** The first notification of a channel is sent at once. Those of the following milliseconds are sent as one. */
const TOGETHER_MS = 5;

interface Channel {
  /** A notification is being sent. */
  busy: boolean;
  /** Another one was requested in the meantime. */
  again: boolean;
}

/** Pools by their configuration, which a transaction shares with its pool. */
const pools = new WeakMap<object, { pool: Knex; channels: Map<string, Channel> }>();

const configOf = (db: Knex): object => (db as unknown as { client: { config: object } }).client.config;

/** Registers a pool, so that `notifyAfterCommit` finds the pool of a transaction. */
export function registerPool(pool: Knex): void {
  pools.set(configOf(pool), { pool, channels: new Map() });
}

/** Notifies a channel: at once if `db` is a pool, after the commit if it is a transaction, never after a rollback. */
export function notifyAfterCommit(db: Knex, channel: string, togetherMs = TOGETHER_MS): void {
  const { isTransaction, executionPromise } = db as Knex.Transaction;
  if (!isTransaction) send(db, channel, togetherMs);
  else executionPromise.then(() => send(db, channel, togetherMs)).catch(() => {});
}

function send(db: Knex, channel: string, togetherMs: number): void {
  const known = pools.get(configOf(db));
  if (!known) return;
  const state = known.channels.get(channel) ?? { busy: false, again: false };
  known.channels.set(channel, state);
  if (state.busy) {
    state.again = true;
    return;
  }
  state.busy = true;
  void notify(known.pool, channel, togetherMs, state);
}

async function notify(pool: Knex, channel: string, togetherMs: number, state: Channel): Promise<void> {
  do {
    state.again = false;
    await Promise.resolve(pool.raw('select pg_notify(?, ?)', [channel, ''])).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, togetherMs).unref());
  } while (state.again);
  state.busy = false;
}
