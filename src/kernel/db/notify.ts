import type { Knex } from 'knex';

/**
 * Wakes whoever LISTENs, once what they are to see is committed. Not by NOTIFY within the transaction: its commit would
 * take a lock on the whole server and hold it while the disk is waited for, so that all such commits of all databases
 * queue behind each other. A nudge is only a hint: should the process die before it, those who wait look by themselves
 * after a while.
 */

/** The first nudge of a channel goes at once; those that come in so short a time after it are one. */
const TOGETHER_MS = 5;

interface Channel {
  /** A nudge is on its way, and whether another one was asked for meanwhile. */
  busy: boolean;
  again: boolean;
}

/** Pools by their configuration, which a transaction shares with the pool it was begun on. */
const pools = new WeakMap<object, { pool: Knex; channels: Map<string, Channel> }>();

const configOf = (db: Knex): object => (db as unknown as { client: { config: object } }).client.config;

/** Lets the transactions of a pool find it. */
export function registerPool(pool: Knex): void {
  pools.set(configOf(pool), { pool, channels: new Map() });
}

/** Nudges a channel when `db` has committed: at once for a pool, after its end for a transaction. */
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
