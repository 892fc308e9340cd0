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

const newEvent = (subject: string, more: Partial<NewEvent> = {}): NewEvent => ({
  kind: 'step_taken',
  subject,
  actor: 'system',
  data: {},
  at: clock.now(),
  ...more,
});
const recorded = (...events: NewEvent[]) => below.db.transaction((trx) => record(trx, events, BY_SYSTEM));
const feedOf = (settleMs = 2_000) => eventsFeed({ db: below.db, url: below.url, settleMs });
const subjects = ({ events }: { events: { subject: string }[] }) => events.map(({ subject }) => subject);

/** A follower that inserts the subjects of its events into a table of its module. */
async function newFollower(more: Partial<FollowOptions> = {}) {
  await above.db.raw('create table if not exists handled (subject text)');
  const feed = feedOf();
  const follower = follow({
    db: above.db,
    name: 'test follower',
    source: 'oncall',
    read: feed.wait,
    handle: (trx: Db, events) => trx('handled').insert(events.map(({ subject }) => ({ subject }))),
    clock,
    log: createLog('silent', 'test'),
    ...more,
  });
  const handledSubjects = async () => (await above.db('handled')).map(({ subject }: { subject: string }) => subject);
  return { follower, handledSubjects };
}

test('an event of a transaction that was rolled back does not exist', async () => {
  const failing = below.db.transaction(async (trx) => {
    await record(trx, [newEvent('a')], BY_SYSTEM);
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect((await feedOf().wait(null, 0)).events).toEqual([]);
});

test('events are read page by page from a cursor, as they were written', async () => {
  const feed = feedOf();
  await recorded(newEvent('a', { actor: 'ada@example.org', data: { step: 1 } }), newEvent('b'), newEvent('c'));
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
  await record(early, [newEvent('late commit')], BY_SYSTEM);
  await recorded(newEvent('quick'));
  const page = await readEvents(below.db, { after: null });
  expect(page).toEqual({ events: [], cursor: null, pending: true });
  await early.commit();
  // Transactions of other tests on the same server can hide the second event longer than the first.
  const seen: string[] = [];
  for (let cursor = page.cursor, tries = 0; seen.length < 2 && tries < 10; tries++) {
    const next = await feedOf().wait(cursor, 0);
    seen.push(...subjects(next));
    cursor = next.cursor;
  }
  expect(seen).toEqual(['late commit', 'quick']);
});

test('a reader with wait 0 still waits for events that are already committed', async () => {
  const early = await below.db.transaction();
  await record(early, [newEvent('rolled back')], BY_SYSTEM);
  await recorded(newEvent('quick'));
  const page = feedOf().wait(null, 0);
  await early.rollback();
  expect(subjects(await page)).toEqual(['quick']);
});

test('a transaction that does not end delays a reader only for the settle time', async () => {
  const early = await below.db.transaction();
  await record(early, [newEvent('never')], BY_SYSTEM);
  await recorded(newEvent('hidden'));
  expect((await feedOf(10).wait(null, 0)).events).toEqual([]);
  await early.rollback();
});

test('a commit of an event wakes a waiting reader', async () => {
  const feed = feedOf();
  await feed.start();
  const page = feed.wait(null, 15_000);
  await recorded(newEvent('a'));
  expect(subjects(await page)).toEqual(['a']);
  await feed.stop();
});

test('a feed that stops answers all waiting readers', async () => {
  const feed = feedOf();
  await feed.start();
  const page = feed.wait(null, 15_000);
  await feed.stop();
  expect((await page).events).toEqual([]);
});

test('events cannot be updated, deleted or truncated', async () => {
  await recorded(newEvent('a'));
  await expect(below.db('events').update({ subject: 'b' })).rejects.toThrow('events are append-only');
  await expect(below.db('events').delete()).rejects.toThrow('events are append-only');
  await expect(below.db.raw('truncate events')).rejects.toThrow('events are append-only');
});

test('expired events are deleted: those of background jobs earlier than those of people', async () => {
  const at = clock.now();
  const old = { at: new Date(at.getTime() - days(30)) };
  await recorded(
    newEvent('old', old),
    newEvent('old too', old),
    newEvent('by ada', { ...old, actor: 'ada@example.org' }),
    newEvent('new'),
  );
  const before = { people: new Date(at.getTime() - days(365)), system: new Date(at.getTime() - days(7)) };
  expect(await deleteExpiredEvents(below.db, before, { batch: 1, batches: 1 })).toBe(1);
  expect(await deleteExpiredEvents(below.db, before, { batch: 1 })).toBe(1);
  expect(subjects(await feedOf().wait(null, 0))).toEqual(['by ada', 'new']);
  expect(await deleteExpiredEvents(below.db, { ...before, people: at })).toBe(1);
});

test('a person or key named system is no background job, and its events are kept as long as those of others', async () => {
  const old = new Date(clock.now().getTime() - days(30));
  await below.db.transaction(async (trx) => {
    for (const kind of ['user', 'key', 'system'] as const) {
      await record(trx, [newEvent(kind, { at: old })], { actor: 'system', kind });
    }
  });
  await below.db.raw(
    "insert into events (kind, subject, actor, data, at) values ('k', 'old version', 'system', '{}', ?)",
    [old],
  );
  const week = new Date(clock.now().getTime() - days(7));
  expect(await deleteExpiredEvents(below.db, { people: new Date(0), system: week })).toBe(2);
  const { events } = await feedOf().wait(null, 0);
  expect(events.map(({ subject, actor_kind }) => [subject, actor_kind])).toEqual([
    ['user', 'user'],
    ['key', 'key'],
  ]);
});

test('a reader continues at its cursor after events were restored from another server', async () => {
  const future = (offset: number) => `(pg_snapshot_xmax(pg_current_snapshot())::text::bigint + ${offset})::text::xid8`;
  await below.db.raw(
    `insert into events (xid, kind, subject, actor, data, at)
     select ${future(1_000_000)}, 'k', s, 'system', '{}', ? from unnest(array['seen', 'unseen']) s returning xid`,
    [clock.now()],
  );
  const { rows } = await below.db.raw("select xid || '.' || id as cursor from events where subject = 'seen'");
  expect(await renumberEvents(below.db)).toBe(2);
  expect(await renumberEvents(below.db)).toBe(0);
  await recorded(newEvent('new'));
  // The new event can come on a page of its own, if a transaction of another database on this server still runs.
  const read: string[] = [];
  let page = await feedOf().wait(rows[0].cursor, 0);
  for (; page.events.length > 0; page = await feedOf().wait(page.cursor, 0)) read.push(...subjects(page));
  expect(read).toEqual(['unseen', 'new']);
});

test('an invalid cursor reads from the beginning', async () => {
  await recorded(newEvent('a'));
  for (const cursor of ['', 'x', '1', '-1.2', '99999999999999999999.1', "1.1'; drop table events"]) {
    expect(subjects(await feedOf().wait(cursor, 0))).toEqual(['a']);
  }
});

test('a follower handles every event once, also after a restart', async () => {
  const { follower, handledSubjects } = await newFollower();
  await recorded(newEvent('a'), newEvent('b'));
  expect(await follower.drain()).toBe(2);
  await recorded(newEvent('c'));
  const { follower: restarted } = await newFollower();
  expect(await restarted.drain()).toBe(1);
  expect(await follower.drain()).toBe(0);
  expect(await handledSubjects()).toEqual(['a', 'b', 'c']);
});

test('the work of a follower that fails is rolled back, and done once when it succeeds', async () => {
  let fails = true;
  const { follower, handledSubjects } = await newFollower({
    handle: async (trx, events) => {
      await trx('handled').insert(events.map(({ subject }) => ({ subject })));
      if (fails) throw new Error('half way');
    },
  });
  await recorded(newEvent('a'));
  await expect(follower.drain()).rejects.toThrow('half way');
  expect(await handledSubjects()).toEqual([]);
  fails = false;
  expect(await follower.drain()).toBe(1);
  expect(await handledSubjects()).toEqual(['a']);
});

test('two processes with one follower handle every event once', async () => {
  const [one, other] = [await newFollower(), await newFollower()];
  await recorded(...Array.from({ length: 50 }, (_, n) => newEvent(String(n))));
  const handled = await Promise.all([one.follower.drain(), other.follower.drain()]);
  expect(handled.reduce((a, b) => a + b)).toBe(50);
  expect(new Set(await one.handledSubjects()).size).toBe(50);
  expect(await one.handledSubjects()).toHaveLength(50);
});

test('events that do not concern a follower are skipped, and not read again', async () => {
  const { follower, handledSubjects } = await newFollower({ concerns: ({ subject }) => subject === 'b' });
  await recorded(newEvent('a'), newEvent('b'));
  expect(await follower.drain()).toBe(2);
  await recorded(newEvent('c'));
  expect(await follower.drain()).toBe(1);
  expect(await handledSubjects()).toEqual(['b']);
  const { follower: restarted } = await newFollower();
  expect(await restarted.drain()).toBe(0);
});

test('an event that cannot be handled is set aside and does not block later ones', async () => {
  const { follower, handledSubjects } = await newFollower({
    handle: async (trx, events) => {
      if (events.some(({ subject }) => subject === 'poison')) throw new Error('cannot be handled');
      await trx('handled').insert(events.map(({ subject }) => ({ subject })));
    },
  });
  await recorded(newEvent('a'), newEvent('poison'), newEvent('b'));
  for (let n = 0; n < 8; n++) await follower.drain().catch(() => 0);
  expect(await handledSubjects()).toEqual(['a', 'b']);
  expect(await above.db('events_set_aside')).toMatchObject([
    { follower: 'test follower', source: 'oncall', event: { subject: 'poison' }, error: 'Error: cannot be handled' },
  ]);
});

test('a started follower gets events by the long poll, and continues after an outage of its source', async () => {
  const feed = feedOf();
  await feed.start();
  let away = true;
  let receive = (_: string): void => {};
  const received = new Promise<string>((resolve) => {
    receive = resolve;
  });
  const { follower } = await newFollower({
    read: (...asked) => {
      if (!away) return feed.wait(...asked);
      away = false;
      return Promise.reject(new Error('source unreachable'));
    },
    handle: async (_, events) => receive(events[0]?.subject ?? ''),
  });
  follower.start();
  await recorded(newEvent('a'));
  expect(await received).toBe('a');
  await follower.stop();
  await feed.stop();
});
