import { days, minutes } from '../../kernel/clock';
import { enqueue } from '../../kernel/jobs/jobs';
import { systemCaller } from '../../kernel/ports/contract';
import { someone } from '../../testing/http';
import { type NotifyHarness, notifyHarness } from '../../testing/notify';
import { type HttpSink, httpSink } from '../../testing/sink';
import { UPKEEP } from '../jobs';

let harness: NotifyHarness;
let web: HttpSink;

beforeEach(async () => {
  web = await httpSink();
  harness = await notifyHarness({ channelSettings: { WEBHOOK_URL: web.url }, giveUpAfterMs: days(365) });
});
afterEach(async () => {
  await harness.close();
  await web.close();
});

const send = (over: object = {}) =>
  harness.port.notify({ incident_id: 'INC-1', recipient: 'ops', message: 'm', ...over }, someone());
const enqueueUpkeep = () => enqueue(harness.database.db, harness.clock.now(), UPKEEP);
const months = async (): Promise<string[]> => {
  const { rows } = await harness.database.db.raw(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'attempts'::regclass order by 1`,
  );
  return rows.map(({ name }: { name: string }) => name);
};
const whereAttemptsAre = async (): Promise<string[]> => {
  const { rows } = await harness.database.db.raw(
    'select tableoid::regclass::text as name from attempts order by started_at',
  );
  return rows.map(({ name }: { name: string }) => name);
};

describe('retention', () => {
  test('deletes old ended notifications and keeps queued ones, and the counts follow', async () => {
    await enqueueUpkeep();
    await harness.module.drain();
    web.reply({ status: 503, headers: { 'retry-after': '86400' } });
    const waiting = await send({ channel: 'webhook' });
    await send();
    await send({ channel: 'slack' });
    await harness.database.db('jobs').whereLike('kind', 'deliver%').delete();
    harness.clock.advance(days(20));
    const young = await send();
    harness.clock.advance(days(11));
    await harness.module.drain();
    const left = await harness.port.list({}, someone());
    expect(left.notifications.map(({ id }) => id)).toEqual([young.id, waiting.id]);
    expect(await harness.port.statsSummary({}, someone())).toMatchObject({ total: 2, sent: 1, queued: 1, failed: 0 });
  });

  test('enqueues itself for the next day, and only once', async () => {
    await Promise.all([enqueueUpkeep(), enqueueUpkeep()]);
    expect(await harness.module.drain()).toBe(UPKEEP.length);
    expect(await harness.module.drain()).toBe(0);
    const jobs = await harness.database.db('jobs').where({ kind: 'retention' });
    expect(jobs.map(({ run_at }) => run_at)).toEqual([new Date(harness.clock.now().getTime() + days(1))]);
  });

  test('keeps what people did longer than what the clockwork did', async () => {
    await harness.port.tell(
      { key: 'k', incident_id: 'INC-1', message: 'm', severity: null, to: [{ kind: 'room', address: 'mock:ops' }] },
      systemCaller('r'),
    );
    await send();
    harness.clock.advance(days(8));
    await enqueueUpkeep();
    await harness.module.drain();
    const actors = async () => (await harness.facts()).map(({ actor }) => actor);
    expect(await actors()).toEqual(['maria']);
    harness.clock.advance(days(60));
    await harness.module.drain();
    expect(await actors()).toEqual([]);
  });

  test('forgets Idempotency-Keys after a day', async () => {
    await harness.port.notify(
      { incident_id: 'INC-1', recipient: 'ops', message: 'm' },
      someone({ idempotencyKey: 'once' }),
    );
    harness.clock.advance(days(1));
    await enqueueUpkeep();
    await harness.module.drain();
    expect(await harness.database.db('idempotency_keys')).toEqual([]);
  });
});

describe('months of attempts', () => {
  test('are made ahead, and dropped whole when they had their time', async () => {
    await enqueueUpkeep();
    await harness.module.drain();
    expect(await months()).toEqual(['attempts_2026_01', 'attempts_2026_02', 'attempts_2026_03', 'attempts_default']);
    await send();
    expect(await whereAttemptsAre()).toEqual(['attempts_2026_01']);
    harness.clock.set('2026-03-05T09:00:00.000Z');
    await harness.module.drain();
    expect(await months()).toEqual([
      'attempts_2026_02',
      'attempts_2026_03',
      'attempts_2026_04',
      'attempts_2026_05',
      'attempts_default',
    ]);
    expect(await whereAttemptsAre()).toEqual([]);
  });

  test('take over the rows that the default partition got before they existed', async () => {
    const { id } = await send();
    expect(await whereAttemptsAre()).toEqual(['attempts_default']);
    await enqueueUpkeep();
    await harness.module.drain();
    expect(await whereAttemptsAre()).toEqual(['attempts_2026_01']);
    expect((await harness.port.get({ id }, someone())).attempts).toHaveLength(1);
  });

  test('can be made while a message is sent, which waits for its month', async () => {
    const { db } = harness.database;
    const waiting = async (count: number) => {
      for (let asked = 0; asked < 5_000; asked++) {
        const { rows } = await db.raw(
          `select count(distinct pid) as n from pg_locks
            where not granted and database = (select oid from pg_database where datname = current_database())`,
        );
        if (rows[0].n >= count) return;
      }
      throw new Error('Nobody waits.');
    };
    await enqueueUpkeep();
    const holder = await db.transaction();
    await holder.raw('lock table attempts_default in share mode');
    const making = harness.module.drain();
    await waiting(1);
    const sending = send();
    await waiting(2);
    await holder.commit();
    await Promise.all([making, sending]);
    expect(await whereAttemptsAre()).toEqual(['attempts_2026_01']);
  });

  test('that were not made leave their attempts to retention', async () => {
    await send();
    harness.clock.advance(days(40));
    await enqueueUpkeep();
    await harness.module.drain();
    expect(await whereAttemptsAre()).toEqual([]);
  });

  test('hold attempts that cannot be changed after their end, or deleted', async () => {
    await send();
    const attempts = () => harness.database.db('attempts');
    await expect(attempts().update({ outcome: 'failed' })).rejects.toThrow('append-only');
    await expect(attempts().delete()).rejects.toThrow('append-only');
    expect(await attempts()).toHaveLength(1);
  });
});

describe('tallies', () => {
  test('are folded regularly, with the same sums before and after', async () => {
    await Promise.all([send(), send({ channel: 'slack' }), send({ severity: 'low' }), send({ channel: 'webhook' })]);
    const before = await harness.port.statsSummary({}, someone());
    expect((await harness.database.db('tallies')).length).toBeGreaterThan(4);
    await enqueueUpkeep();
    await harness.module.drain();
    expect(await harness.database.db('tallies')).toHaveLength(4);
    expect(await harness.port.statsSummary({}, someone())).toEqual(before);
    await send();
    harness.clock.advance(minutes(5));
    await harness.module.drain();
    expect(await harness.database.db('tallies')).toHaveLength(4);
  });
});
