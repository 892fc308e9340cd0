import { type TestDatabase, testDatabase } from '../../testing/databases';
import { days, fakeClock } from '../clock';
import type { Db } from '../db/pool';
import { createLog } from '../observe/observe';
import {
  BY_SYSTEM,
  deleteExpiredEvents,
  latestCursor,
  type NewEvent,
  readEvents,
  record,
  renumberEvents,
} from './events';
import { eventsFeed } from './feed';
import { type FollowOptions, follow } from './follow';

let below: TestDatabase;
let above: TestDatabase;
const clock = fakeClock();

beforeEach(async () => {
  [below, above] = await Promise.all([testDatabase('oncall'), testDatabase('incidents')]);
});
afterEach(() => Promise.all([below.drop(), above.drop()]));

const fact = (subject: string, more: Partial<NewEvent> = {}): NewEvent => ({
  kind: 'step_taken',
  subject,
  actor: 'system',
  data: {},
  at: clock.now(),
  ...more,
});
const recorded = (...facts: NewEvent[]) => below.db.transaction((trx) => record(trx, facts, BY_SYSTEM));
const feedOf = (settleMs = 2_000) => eventsFeed({ db: below.db, url: below.url, settleMs });
const subjects = ({ events }: { events: { subject: string }[] }) => events.map(({ subject }) => subject);

/** A follower that keeps what it was told in a table of its own module. */
async function pupil(more: Partial<FollowOptions> = {}) {
  await above.db.raw('create table if not exists learnt (subject text)');
  const feed = feedOf();
  const follower = follow({
    db: above.db,
    name: 'pupil',
    source: 'oncall',
    read: feed.wait,
    handle: (trx: Db, events) => trx('learnt').insert(events.map(({ subject }) => ({ subject }))),
    clock,
    log: createLog('silent', 'test'),
    ...more,
  });
  const learnt = async () => (await above.db('learnt')).map(({ subject }: { subject: string }) => subject);
  return { follower, learnt };
}

test('a fact of a change that was rolled back is no fact', async () => {
  const failing = below.db.transaction(async (trx) => {
    await record(trx, [fact('a')], BY_SYSTEM);
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect((await feedOf().wait(null, 0)).events).toEqual([]);
});

test('facts are read page by page from a cursor, each as it was written', async () => {
  const feed = feedOf();
  await recorded(fact('a', { actor: 'ada@example.org', data: { step: 1 } }), fact('b'), fact('c'));
  const first = await feed.wait(null, 0, 2);
  expect(first.events[0]).toEqual({
    cursor: expect.any(String),
    kind: 'step_taken',
    subject: 'a',
    actor: 'ada@example.org',
    actor_kind: null,
    data: { step: 1 },
    at: clock.now().toISOString(),
  });
  expect(first.cursor).toBe(first.events[1]?.cursor);
  const second = await feed.wait(first.cursor, 0, 2);
  expect(subjects(second)).toEqual(['c']);
  expect(await feed.wait(second.cursor, 0)).toEqual({ events: [], cursor: second.cursor });
  expect(await latestCursor(below.db)).toBe(second.cursor);
});

test('a transaction that commits late is not skipped', async () => {
  const early = await below.db.transaction();
  await record(early, [fact('late commit')], BY_SYSTEM);
  await recorded(fact('quick'));
  const page = await readEvents(below.db, { after: null });
  expect(page).toEqual({ events: [], cursor: null, pending: true });
  await early.commit();
  // Other tests' transactions on the same server may hide the second fact for a moment longer than the first.
  const seen: string[] = [];
  for (let cursor = page.cursor, tries = 0; seen.length < 2 && tries < 10; tries++) {
    const next = await feedOf().wait(cursor, 0);
    seen.push(...subjects(next));
    cursor = next.cursor;
  }
  expect(seen).toEqual(['late commit', 'quick']);
});

test('a reader who does not want to wait still waits for what is already committed', async () => {
  const early = await below.db.transaction();
  await record(early, [fact('rolled back')], BY_SYSTEM);
  await recorded(fact('quick'));
  const page = feedOf().wait(null, 0);
  await early.rollback();
  expect(subjects(await page)).toEqual(['quick']);
});

test('a reader is not kept for ever by a transaction that does not end', async () => {
  const early = await below.db.transaction();
  await record(early, [fact('never')], BY_SYSTEM);
  await recorded(fact('hidden'));
  expect((await feedOf(10).wait(null, 0)).events).toEqual([]);
  await early.rollback();
});

test('who waits is woken by the commit of a fact', async () => {
  const feed = feedOf();
  await feed.start();
  const page = feed.wait(null, 15_000);
  await recorded(fact('a'));
  expect(subjects(await page)).toEqual(['a']);
  await feed.stop();
});

test('a feed that stops answers everybody who waits', async () => {
  const feed = feedOf();
  await feed.start();
  const page = feed.wait(null, 15_000);
  await feed.stop();
  expect((await page).events).toEqual([]);
});

test('facts can neither be changed nor deleted nor truncated', async () => {
  await recorded(fact('a'));
  await expect(below.db('events').update({ subject: 'b' })).rejects.toThrow('events are append-only');
  await expect(below.db('events').delete()).rejects.toThrow('events are append-only');
  await expect(below.db.raw('truncate events')).rejects.toThrow('events are append-only');
});

test("old facts are forgotten: the clockwork's before those of people", async () => {
  const at = clock.now();
  const old = { at: new Date(at.getTime() - days(30)) };
  await recorded(
    fact('old', old),
    fact('old too', old),
    fact('by ada', { ...old, actor: 'ada@example.org' }),
    fact('new'),
  );
  const before = { people: new Date(at.getTime() - days(365)), clockwork: new Date(at.getTime() - days(7)) };
  expect(await deleteExpiredEvents(below.db, before, { batch: 1, batches: 1 })).toBe(1);
  expect(await deleteExpiredEvents(below.db, before, { batch: 1 })).toBe(1);
  expect(subjects(await feedOf().wait(null, 0))).toEqual(['by ada', 'new']);
  expect(await deleteExpiredEvents(below.db, { ...before, people: at })).toBe(1);
});

test('a person or key named system is no background job, and its events are kept as long as those of others', async () => {
  const old = new Date(clock.now().getTime() - days(30));
  await below.db.transaction(async (trx) => {
    for (const kind of ['user', 'key', 'system'] as const) {
      await record(trx, [fact(kind, { at: old })], { actor: 'system', kind });
    }
  });
  await below.db.raw(
    "insert into events (kind, subject, actor, data, at) values ('k', 'old version', 'system', '{}', ?)",
    [old],
  );
  const week = new Date(clock.now().getTime() - days(7));
  expect(await deleteExpiredEvents(below.db, { people: new Date(0), clockwork: week })).toBe(2);
  const { events } = await feedOf().wait(null, 0);
  expect(events.map(({ subject, actor_kind }) => [subject, actor_kind])).toEqual([
    ['user', 'user'],
    ['key', 'key'],
  ]);
});

test('facts restored from another server are found again, from where a reader had stopped', async () => {
  const future = (offset: number) => `(pg_snapshot_xmax(pg_current_snapshot())::text::bigint + ${offset})::text::xid8`;
  await below.db.raw(
    `insert into events (xid, kind, subject, actor, data, at)
     select ${future(1_000_000)}, 'k', s, 'system', '{}', ? from unnest(array['seen', 'unseen']) s returning xid`,
    [clock.now()],
  );
  const { rows } = await below.db.raw("select xid || '.' || id as cursor from events where subject = 'seen'");
  expect(await renumberEvents(below.db)).toBe(2);
  expect(await renumberEvents(below.db)).toBe(0);
  await recorded(fact('new'));
  const page = await feedOf().wait(rows[0].cursor, 0);
  expect(subjects(page)).toEqual(['unseen', 'new']);
  expect((await feedOf().wait(page.cursor, 0)).events).toEqual([]);
});

test('a cursor that is none reads from the beginning', async () => {
  await recorded(fact('a'));
  for (const cursor of ['', 'x', '1', '-1.2', '99999999999999999999.1', "1.1'; drop table events"]) {
    expect(subjects(await feedOf().wait(cursor, 0))).toEqual(['a']);
  }
});

test('a follower is told every fact once, also when it starts anew', async () => {
  const { follower, learnt } = await pupil();
  await recorded(fact('a'), fact('b'));
  expect(await follower.drain()).toBe(2);
  await recorded(fact('c'));
  const { follower: restarted } = await pupil();
  expect(await restarted.drain()).toBe(1);
  expect(await follower.drain()).toBe(0);
  expect(await learnt()).toEqual(['a', 'b', 'c']);
});

test('what a follower did before it failed is undone, and done once when it succeeds', async () => {
  let fails = true;
  const { follower, learnt } = await pupil({
    handle: async (trx, events) => {
      await trx('learnt').insert(events.map(({ subject }) => ({ subject })));
      if (fails) throw new Error('half way');
    },
  });
  await recorded(fact('a'));
  await expect(follower.drain()).rejects.toThrow('half way');
  expect(await learnt()).toEqual([]);
  fails = false;
  expect(await follower.drain()).toBe(1);
  expect(await learnt()).toEqual(['a']);
});

test('two processes that follow for one module handle every fact once between them', async () => {
  const [one, other] = [await pupil(), await pupil()];
  await recorded(...Array.from({ length: 50 }, (_, n) => fact(String(n))));
  const handled = await Promise.all([one.follower.drain(), other.follower.drain()]);
  expect(handled.reduce((a, b) => a + b)).toBe(50);
  expect(new Set(await one.learnt()).size).toBe(50);
  expect(await one.learnt()).toHaveLength(50);
});

test('facts that do not concern a follower are passed over, and not read again', async () => {
  const { follower, learnt } = await pupil({ concerns: ({ subject }) => subject === 'b' });
  await recorded(fact('a'), fact('b'));
  expect(await follower.drain()).toBe(2);
  await recorded(fact('c'));
  expect(await follower.drain()).toBe(1);
  expect(await learnt()).toEqual(['b']);
  const { follower: restarted } = await pupil();
  expect(await restarted.drain()).toBe(0);
});

test('a fact that cannot be digested is put aside and blocks nobody behind it', async () => {
  const { follower, learnt } = await pupil({
    handle: async (trx, events) => {
      if (events.some(({ subject }) => subject === 'poison')) throw new Error('cannot digest');
      await trx('learnt').insert(events.map(({ subject }) => ({ subject })));
    },
  });
  await recorded(fact('a'), fact('poison'), fact('b'));
  for (let n = 0; n < 8; n++) await follower.drain().catch(() => 0);
  expect(await learnt()).toEqual(['a', 'b']);
  expect(await above.db('events_set_aside')).toMatchObject([
    { follower: 'pupil', source: 'oncall', event: { subject: 'poison' }, error: 'Error: cannot digest' },
  ]);
});

test('a started follower hears of a fact through the long poll, and survives that its source is away', async () => {
  const feed = feedOf();
  await feed.start();
  let away = true;
  let hear = (_: string): void => {};
  const heard = new Promise<string>((resolve) => {
    hear = resolve;
  });
  const { follower } = await pupil({
    read: (...asked) => {
      if (!away) return feed.wait(...asked);
      away = false;
      return Promise.reject(new Error('source unreachable'));
    },
    handle: async (_, events) => hear(events[0]?.subject ?? ''),
  });
  follower.start();
  await recorded(fact('a'));
  expect(await heard).toBe('a');
  await follower.stop();
  await feed.stop();
});
