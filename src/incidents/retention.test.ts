import { readFileSync } from 'node:fs';
import { days, hours, minutes } from '../kernel/clock';
import { someone } from '../testing/http';
import { alertOf, type IncidentsHarness, incidentsHarness, machine, openedBy, timelineOf } from '../testing/incidents';

let harness: IncidentsHarness;
beforeEach(async () => {
  harness = await incidentsHarness({ retentionDays: 60 });
});
afterEach(() => harness.end());

const maria = someone();
const stats = () => harness.port.statsSummary({}, maria);
const move = (id: string, status: 'acknowledged' | 'in_progress' | 'resolved') =>
  harness.port.update({ id, status }, maria);
const months = async () =>
  (
    await harness.db.raw(
      `select relname from pg_inherits join pg_class on pg_class.oid = inhrelid
        where inhparent = 'incident_timeline'::regclass order by 1`,
    )
  ).rows.map(({ relname }: { relname: string }) => relname);

/** Promises the daily upkeep as a start does, and runs it. */
async function upkeep(): Promise<void> {
  await harness.db('jobs').insert({
    kind: 'retention',
    payload: {},
    key: 'retention',
    run_at: harness.clock.now(),
    created_at: harness.clock.now(),
  });
  await harness.drain();
}

test('the summary counts by status and averages over everything that was measured', async () => {
  expect(await stats()).toEqual({
    open: 0,
    acknowledged: 0,
    in_progress: 0,
    resolved: 0,
    avg_mtta_seconds: null,
    avg_mttr_seconds: null,
  });
  const ids = await Promise.all(Array.from({ length: 5 }, () => openedBy(harness)));
  harness.clock.advance(10_000);
  await move(ids[0]!, 'acknowledged');
  harness.clock.advance(10_150);
  await move(ids[1]!, 'in_progress');
  await move(ids[2]!, 'resolved');
  expect(await stats()).toEqual({
    open: 2,
    acknowledged: 1,
    in_progress: 1,
    resolved: 1,
    avg_mtta_seconds: 16.8,
    avg_mttr_seconds: 20.2,
  });
});

test('the summary agrees with the rows after many changes at once', async () => {
  const ids = await Promise.all(Array.from({ length: 40 }, () => openedBy(harness)));
  harness.clock.advance(minutes(1));
  const to = ['acknowledged', 'in_progress', 'resolved'] as const;
  await Promise.all(ids.map((id, n) => move(id, to[n % 3]!)));
  harness.clock.advance(minutes(1));
  await Promise.all(ids.map((id) => move(id, 'resolved').catch(() => null)));
  const { rows } = await harness.db.raw(
    `select count(*)::int as resolved, round(avg(mtta_seconds)::numeric, 1)::float8 as mtta,
            round(avg(mttr_seconds)::numeric, 1)::float8 as mttr from incidents where status = 'resolved'`,
  );
  const { resolved, avg_mtta_seconds, avg_mttr_seconds } = await stats();
  expect({ resolved, mtta: avg_mtta_seconds, mttr: avg_mttr_seconds }).toEqual(rows[0]);
});

test('the gauge shows all four statuses from the start, and what the tables hold', async () => {
  const gauge = async () => (await harness.registry.getSingleMetric('incidents_total')!.get()).values;
  await openedBy(harness);
  expect((await gauge()).map(({ labels, value }) => [labels['status'], value])).toEqual([
    ['open', 1],
    ['acknowledged', 0],
    ['in_progress', 0],
    ['resolved', 0],
  ]);
});

test('a scrape succeeds without the database', async () => {
  const lonely = await incidentsHarness();
  await lonely.end();
  expect(await lonely.registry.metrics()).toContain('incidents_total{status="open"} 0');
});

test('opened incidents are counted by severity, once each', async () => {
  const alert = alertOf({ severity: 'low' });
  await Promise.all(Array.from({ length: 10 }, () => openedBy(harness, alert)));
  expect(await harness.registry.getSingleMetricAsString('incidents_created_total')).toContain(
    `incidents_created_total{severity="low",service="${alert.service}"} 1`,
  );
});

test.each([
  ['changed', "update incident_timeline set actor = 'somebody else'"],
  ['deleted', 'delete from incident_timeline'],
  ['truncated', 'truncate incident_timeline'],
  ['deleted with its incident', 'delete from incidents'],
])('the timeline cannot be %s', async (_how, sql) => {
  const id = await openedBy(harness);
  await expect(harness.db.raw(sql)).rejects.toThrow('the timeline is append-only');
  expect(await timelineOf(harness, id)).toHaveLength(3);
});

test('the database refuses an inconsistent incident', async () => {
  const id = await openedBy(harness);
  const set = (values: object) => harness.db('incidents').where({ id }).update(values);
  await expect(set({ status: 'closed' })).rejects.toThrow(/check constraint/);
  await expect(set({ status: 'resolved' })).rejects.toThrow(/check constraint/);
  await expect(set({ status: 'in_progress' })).rejects.toThrow(/check constraint/);
  await expect(set({ severity: 'fatal' })).rejects.toThrow(/check constraint/);
});

test('the migration removes acknowledgements that only a resolution by the source caused', async () => {
  const mend = readFileSync('migrations/incidents/0030_acknowledged_by_people.sql', 'utf8').split(/^-- Until now/m)[1];
  const [ended, taken] = [alertOf(), alertOf()];
  const [never, before] = [await openedBy(harness, ended), await openedBy(harness, taken)];
  await harness.port.update({ id: before, status: 'acknowledged' }, maria);
  harness.clock.advance(minutes(1));
  const ended_at = harness.clock.now().toISOString();
  const alerts = [ended, taken].map(({ id }) => ({ alert_id: id, ended_at }));
  await harness.port.alertsEnded({ alerts }, machine());
  const mean = await stats();
  const shard = Number.parseInt(never[0]!, 16);
  await harness.db.raw(
    'update incident_totals set mtta_count = mtta_count + 1, mtta_ms = mtta_ms + 60000 where shard = ?',
    [shard],
  );
  await harness.db('incidents').where({ id: never }).update({ acknowledged_at: ended_at, mtta_seconds: 60 });
  const { updated_at } = await harness.db('incidents').where({ id: never }).first();
  await harness.db.raw(`--${mend}`);
  expect(await stats()).toEqual(mean);
  const { timeline: _entries, ...mended } = await harness.port.get({ id: never }, maria);
  expect(mended).toMatchObject({ acknowledged_at: null, mtta_seconds: null, updated_at: updated_at.toISOString() });
  expect(await harness.port.get({ id: before }, maria)).toMatchObject({ acknowledged_at: expect.any(String) });
});

test('a change without updated_at gets one', async () => {
  const id = await openedBy(harness);
  await harness.db('incidents').where({ id }).update({ title: 'Another' });
  const { updated_at, created_at } = await harness.db('incidents').where({ id }).first();
  expect(updated_at).not.toEqual(created_at);
});

test('retention creates the next months, and moves rows that were written before', async () => {
  const id = await openedBy(harness);
  const before = await timelineOf(harness, id);
  await upkeep();
  expect(await months()).toEqual([
    'incident_timeline_2026_01',
    'incident_timeline_2026_02',
    'incident_timeline_2026_03',
    'incident_timeline_other',
  ]);
  expect(await harness.db('incident_timeline_other')).toHaveLength(0);
  await harness.db('incident_timeline_2026_01').first();
  expect((await timelineOf(harness, id)).slice(0, 3)).toEqual(before);
  await expect(harness.db('incident_timeline').delete()).rejects.toThrow('append-only');
  await harness.later(days(40));
  expect(await months()).toContain('incident_timeline_2026_04');
});

test('an incident resolved long ago is deleted with its month, its links and its share of the totals', async () => {
  const alert = alertOf();
  const old = await openedBy(harness, alert);
  harness.clock.advance(minutes(2));
  await move(old, 'resolved');
  await upkeep();
  await harness.later(days(100));
  await harness.later(days(1));
  await expect(harness.port.get({ id: old }, maria)).rejects.toMatchObject({ kind: 'not-found' });
  expect(await months()).not.toContain('incident_timeline_2026_01');
  expect(await harness.db('alert_links').where({ alert_id: alert.id })).toHaveLength(0);
  expect(await stats()).toMatchObject({ resolved: 0, avg_mtta_seconds: null, avg_mttr_seconds: null });
});

test('a month with entries of an unresolved incident is kept, with the entries of all incidents', async () => {
  const open = await openedBy(harness);
  const closed = await openedBy(harness);
  await move(closed, 'resolved');
  await upkeep();
  await harness.later(days(200));
  await harness.later(days(1));
  expect(await timelineOf(harness, open)).toContain('created');
  expect(await timelineOf(harness, closed)).toContain('resolved');
});

test('an incident resolved lately keeps its whole timeline, however old it is', async () => {
  const id = await openedBy(harness);
  await upkeep();
  await harness.later(days(100));
  await move(id, 'resolved');
  await harness.later(days(2));
  expect((await timelineOf(harness, id)).slice(0, 3)).toEqual(['created', 'assigned', 'alert_correlated']);
});

test('upkeep runs every day, and deletes old events and keys', async () => {
  await harness.port.create({ title: 'x', service: 'x', severity: 'low' }, someone({ idempotencyKey: 'k' }));
  await upkeep();
  const [job] = await harness.db('jobs').where({ kind: 'retention' });
  expect(job.run_at).toEqual(new Date(harness.clock.now().getTime() + days(1)));
  await harness.later(days(401));
  expect(await harness.db('idempotency_keys')).toHaveLength(0);
  const [oldest] = await harness.db('events').orderBy('at').limit(1);
  expect(oldest === undefined || oldest.at > new Date('2026-02-01')).toBe(true);
});

test('a long timeline is cut so that the entries of a storm do not hide those of people', async () => {
  const { service } = alertOf();
  const id = await openedBy(harness, alertOf({ service }));
  await move(id, 'acknowledged');
  for (let n = 0; n < 2; n++) {
    await harness.port.attach({ alerts: Array.from({ length: 600 }, () => alertOf({ service })) }, machine());
  }
  const { total, timeline } = await harness.port.timeline({ id }, maria);
  expect(total).toBe(1204);
  expect(timeline).toHaveLength(1003);
  expect(timeline.map(({ event_type }) => event_type)).toContain('acknowledged');
});

test('a start enqueues retention, and a stop leaves nothing open', async () => {
  await harness.module.start();
  await harness.module.stop();
  expect(await harness.db('jobs').where({ kind: 'retention' }).orWhereNull('kind')).toHaveLength(1);
  harness.clock.advance(hours(1));
});
