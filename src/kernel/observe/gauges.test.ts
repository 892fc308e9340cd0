import { Registry } from 'prom-client';
import { testDatabase } from '../../testing/databases';
import { connect } from '../db/pool';
import { memoizeFor, tableGauge } from './gauges';
import { createRegistry } from './observe';
import { poolMetrics } from './poolMetrics';

test('a gauge shows the values of its tables, and drops series that no longer exist', async () => {
  const registry = new Registry();
  let teams = ['a', 'b'];
  const read = async () => teams.map((team) => ({ labels: { team }, value: 1 }));
  tableGauge(registry, { name: 'staffed', help: 'h', labelNames: ['team'], read });
  expect(await registry.metrics()).toContain('staffed{team="b"} 1');
  teams = ['a'];
  expect(await registry.metrics()).not.toContain('staffed{team="b"}');
});

test('if the tables cannot be read, the last value remains and the scrape succeeds', async () => {
  const registry = new Registry();
  let up = true;
  const read = async () => (up ? [{ value: 7 }] : Promise.reject(new Error('away')));
  tableGauge(registry, { name: 'stored', help: 'h', read });
  await registry.metrics();
  up = false;
  expect(await registry.metrics()).toContain('stored 7');
});

test('concurrent callers share one read, and a failed read is not kept', async () => {
  let reads = 0;
  const read = memoizeFor(async () => {
    reads += 1;
    if (reads === 1) throw new Error('away');
    return reads;
  });
  await expect(read()).rejects.toThrow('away');
  expect(await Promise.all([read(), read()])).toEqual([2, 2]);
});

test('every metric of a process whose name ends in _total is a counter', async () => {
  const types = [...(await createRegistry().metrics()).matchAll(/^# TYPE (\S+_total) (\S+)$/gm)];
  expect(types.map(([, name, type]) => [name, type]).filter(([, type]) => type !== 'counter')).toEqual([]);
});

test('metrics show used, idle and awaited connections, and their maximum', async () => {
  const database = await testDatabase('alerts');
  const db = connect(database.url, { poolMax: 1 });
  const registry = new Registry();
  poolMetrics(registry, { alerts: db });
  const holder = await db.transaction();
  const waiter = db.raw('select 1').then(() => true);
  await new Promise(setImmediate);
  const busy = await registry.metrics();
  expect(busy).toContain('tocsin_db_connections{module="alerts",state="used"} 1');
  expect(busy).toContain('tocsin_db_connections{module="alerts",state="waited_for"} 1');
  expect(busy).toContain('tocsin_db_connections_max{module="alerts"} 1');
  await holder.rollback();
  expect(await waiter).toBe(true);
  expect(await registry.metrics()).toContain('tocsin_db_connections{module="alerts",state="idle"} 1');
  await db.destroy();
  expect(await registry.metrics()).not.toContain('tocsin_db_connections{');
  await database.drop();
});
