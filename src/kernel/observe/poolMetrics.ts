import type { Registry } from 'prom-client';
import type { Db } from '../db/pool';
import { type Reading, tableGauge } from './gauges';

/** Metrics of connection pools. A module whose callers always wait needs more connections or faster statements. */

interface Pool {
  max: number;
  numUsed(): number;
  numFree(): number;
  numPendingAcquires(): number;
}

/** Closed pools are left out. */
const poolsOf = (databases: Record<string, Db>): [module: string, pool: Pool][] =>
  Object.entries(databases).flatMap(([module, db]) => (db.client.pool ? [[module, db.client.pool as Pool]] : []));

const statesOf = ([module, pool]: [string, Pool]): Reading[] => [
  { labels: { module, state: 'used' }, value: pool.numUsed() },
  { labels: { module, state: 'idle' }, value: pool.numFree() },
  { labels: { module, state: 'waited_for' }, value: pool.numPendingAcquires() },
];

/** Registers the metrics of the pools, by module. */
export function poolMetrics(registry: Registry, databases: Record<string, Db>): void {
  tableGauge(registry, {
    name: 'tocsin_db_connections',
    help: 'Connections to the database of a module: used, idle, and waited for because none is free.',
    labelNames: ['module', 'state'],
    read: async () => poolsOf(databases).flatMap(statesOf),
  });
  tableGauge(registry, {
    name: 'tocsin_db_connections_max',
    help: 'Connections that this process may hold to the database of a module.',
    labelNames: ['module'],
    read: async () => poolsOf(databases).map(([module, { max }]) => ({ labels: { module }, value: max })),
  });
}
