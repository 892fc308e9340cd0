import type { Express } from 'express';
import ICAL from 'ical.js';
import { register } from 'prom-client';
import request from 'supertest';
import { days, hours } from '../../kernel/clock';
import { enqueueRetention } from '../../kernel/jobs/retention';
import { appOf, someone } from '../../testing/http';
import { ada, clockwork, type OncallHarness, oncallHarness } from '../../testing/oncall';
import { oncallContract } from '../contract';

let harness: OncallHarness;
let app: Express;
let team: string;
let teams = 0;
beforeAll(async () => {
  harness = await oncallHarness();
  app = appOf(oncallContract, harness.port, ada, harness.oncall.routes);
});
beforeEach(async () => {
  team = `team ${++teams}`;
  harness.clock.set('2026-01-05T09:00:30.000Z');
  await harness.database.db('feeds').delete();
});
afterAll(async () => {
  register.clear();
  await harness.database.drop();
});

const person = (name: string) => ({ name, email: `${name.toLowerCase()}@example.com` });
const [ANN, BOB] = [person('Ann'), person('Bob')];
const layer = (rotation: object = {}, more: object = {}) => ({
  name: 'days',
  rotation: { unit: 'weekly', handoff: '2026-01-05T09:00', slots: [[ANN], [BOB]], ...rotation },
  ...more,
});
const schedulePath = (rest = '') => `/api/v1/schedules/${encodeURIComponent(team)}${rest}`;
const put = (body: object) => request(app).put(schedulePath()).send(body).expect(200);
const as = (caller: Parameters<typeof someone>[0]) => appOf(oncallContract, harness.port, someone(caller));
const make = async (body: object = { team }, from: Express = app) =>
  (await request(from).post('/api/v1/oncall/feeds').send(body).expect(201)).body;
const feeds = async (from: Express = app, query: object = {}) =>
  (await request(from).get('/api/v1/oncall/feeds').query(query).expect(200)).body.feeds;
const pathOf = ({ url }: { url: string }) => new URL(url).pathname;
const fetched = (feed: { url: string }, headers: Record<string, string> = {}, from: Express = app) =>
  request(from).get(pathOf(feed)).set(headers);

interface ReadEvent {
  uid: string;
  sequence: number;
  status: string;
  start: string;
  end: string;
  summary: string;
}

/** The events that a calendar program reads from the text. */
function read(text: string): ReadEvent[] {
  const calendar = new ICAL.Component(ICAL.parse(text));
  return calendar.getAllSubcomponents('vevent').map((component) => {
    const event = new ICAL.Event(component);
    expect([event.startDate.zone.tzid, event.endDate.zone.tzid]).toEqual(['UTC', 'UTC']);
    return {
      uid: event.uid,
      sequence: event.sequence,
      status: String(component.getFirstPropertyValue('status')),
      start: event.startDate.toJSDate().toISOString(),
      end: event.endDate.toJSDate().toISOString(),
      summary: event.summary,
    };
  });
}
const eventsOf = async (feed: { url: string }) => read((await fetched(feed).expect(200)).text);
const live = (events: ReadEvent[]) => events.filter(({ status }) => status === 'CONFIRMED');

async function shifts(from: string, to: string) {
  const { body } = await request(app).get(schedulePath('/shifts')).query({ from, to }).expect(200);
  return body.shifts as { starts_at: string; ends_at: string; person: { name: string } }[];
}

test('a feed is created with its addresses, listed without them, and found by a hash of its secret', async () => {
  await put({ layers: [layer()] });
  const made = await make();
  expect(made).toMatchObject({ team, email: null, created_by: 'ada', last_fetched_at: null });
  expect(made.url).toMatch(/^https:\/\/tocsin[.]example\/calendar\/[\w-]{43}[.]ics$/);
  expect(made.webcal_url).toBe(made.url.replace('https:', 'webcal:'));
  const { url: _, webcal_url: __, ...listed } = made;
  expect(await feeds()).toEqual([listed]);
  const [, secret] = /calendar\/(.*)[.]ics/.exec(made.url) as unknown as [string, string];
  const stored = JSON.stringify(await harness.database.db('feeds').select());
  expect(stored).not.toContain(secret);
  const facts = JSON.stringify(await harness.database.db('events').where({ kind: 'feed_created', subject: made.id }));
  expect(facts).toContain(team);
  expect(facts).not.toContain(secret);
});

test('a calendar program reads the shifts of the schedule in UTC, from 15 days ago to 180 days ahead', async () => {
  const nights = layer(
    { unit: 'daily', handoff: '2026-01-05T20:00' },
    { name: 'nights', role: 'secondary', restrictions: [{ from: '20:00', to: '06:00' }] },
  );
  await put({ time_zone: 'Europe/Berlin', layers: [layer(), nights] });
  harness.clock.set('2026-03-02T12:00:00.000Z');
  await request(app)
    .post('/api/v1/overrides')
    .send({ team, kind: 'takeover', in: BOB, starts_at: '2026-03-30T10:00:00Z', ends_at: '2026-03-31T10:00:00Z' })
    .expect(201);
  const response = await fetched(await make()).expect(200);
  expect(response.headers['content-type']).toBe('text/calendar; charset=utf-8');
  const said = read(response.text).map(({ start, end, summary }) => [start, end, summary]);
  // A wide enough span cuts no shift that touches the window.
  const expected = (await shifts('2026-01-12T00:00:00Z', '2026-10-30T00:00:00Z'))
    .filter(({ starts_at, ends_at }) => ends_at > '2026-02-15' && starts_at < '2026-08-30')
    .map(({ starts_at, ends_at, person: { name }, ...rest }) => {
      const { role } = rest as unknown as { role: string };
      return [starts_at, ends_at, `${name} is on call for ${team}${role === 'secondary' ? ' (secondary)' : ''}`];
    });
  expect(said.length).toBeGreaterThan(200);
  expect(said.sort()).toEqual(expected.sort());
});

test('a shift that began before the window keeps its real beginning, and one without an end stays the same event', async () => {
  harness.clock.set('2026-01-05T09:00:00.000Z');
  await put({
    layers: [
      layer({ unit: 'monthly', handoff: '2026-01-01T09:00' }),
      layer({ slots: [[ANN]] }, { name: 'always', role: 'secondary' }),
    ],
  });
  harness.clock.set('2026-02-28T12:00:00.000Z');
  const feed = await make();
  const first = await eventsOf(feed);
  expect(first[0]).toMatchObject({
    start: '2026-01-05T09:00:00.000Z',
    summary: `Ann is on call for ${team} (secondary)`,
  });
  expect(first[1]).toMatchObject({ start: '2026-02-01T09:00:00.000Z', end: '2026-03-01T09:00:00.000Z' });
  harness.clock.advance(days(20));
  const later = await eventsOf(feed);
  expect(later[0]).toEqual(first[0]);
  expect(later.every(({ sequence, status }) => sequence === 0 && status === 'CONFIRMED')).toBe(true);
});

/** Deletes its many hand-off jobs, so that later tests do not run them. */
const noMore = () => request(app).delete(schedulePath()).expect(200);

/** The largest number of layers; each hands over every hour at a minute of its own. */
const busiest = (count = 50) =>
  Array.from({ length: count }, (_, n) => {
    const handoff = `2026-01-05T09:${String(n).padStart(2, '0')}`;
    return layer({ unit: 'hourly', handoff }, { name: `layer ${n}` });
  });

test('the feed of a schedule that changes very often ends early and names its end', async () => {
  await put({ layers: busiest() });
  const { text } = await fetched(await make()).expect(200);
  const until = /X-WR-CALDESC:Ends on (\S+):/.exec(text)?.[1];
  expect(until).toBe('2026-01-06');
  const last = read(text).at(-1) as ReadEvent;
  expect(last.start < `${until}`).toBe(true);
  await noMore();
});

test('beside an hourly rotation, a shift without an end is followed to the turn of a month and stays the same event until then', async () => {
  const always = layer({ slots: [[BOB]] }, { name: 'always' });
  await put({ layers: [layer({ unit: 'hourly', slots: [[ANN], [person('Cy')]] }), always] });
  harness.clock.set('2026-03-03T12:00:00.000Z');
  const feed = await make();
  const endless = async () => (await eventsOf(feed)).filter(({ summary }) => summary.startsWith('Bob'));
  const [first] = await endless();
  expect(first?.end).toBe('2026-11-01T00:00:00.000Z');
  harness.clock.advance(days(10));
  expect(await endless()).toEqual([first]);
  await noMore();
});

test('a program with the newest text gets 304, and HEAD answers the headers', async () => {
  await put({ layers: [layer()] });
  const feed = await make();
  const first = await fetched(feed).expect(200);
  harness.clock.advance(hours(3));
  const again = await fetched(feed).expect(200);
  expect(again.text).toBe(first.text);
  const { etag, 'last-modified': changed } = first.headers as Record<string, string>;
  expect((await fetched(feed, { 'If-None-Match': etag as string }).expect(304)).text).toBe('');
  await fetched(feed, { 'If-Modified-Since': changed as string }).expect(304);
  await fetched(feed, { 'If-None-Match': '"another"' }).expect(200);
  const head = await request(app).head(pathOf(feed)).expect(200);
  expect([head.headers['etag'], head.text]).toEqual([etag, undefined]);
  expect(await feeds()).toMatchObject([{ last_fetched_at: '2026-01-05T12:00:30.000Z' }]);
});

test('a shift that moves keeps its uid and raises its sequence; nothing else does', async () => {
  await put({ layers: [layer()] });
  const feed = await make();
  const before = await eventsOf(feed);
  harness.clock.advance(days(2));
  await put({ layers: [layer({ handoff: '2026-01-05T10:00' })] });
  const after = await eventsOf(feed);
  expect(live(after)).toHaveLength(after.length);
  expect(after[0]).toMatchObject({ uid: before[0]?.uid, sequence: 1, start: before[0]?.start });
  const moved = new Map(after.map((event) => [event.uid, event]));
  for (const { uid, start, end } of before.slice(1)) {
    const at = (instant: string) => new Date(Date.parse(instant) + hours(1)).toISOString();
    expect(moved.get(uid)).toMatchObject({ sequence: 1, start: at(start), end: at(end), status: 'CONFIRMED' });
  }
  expect(await eventsOf(feed)).toEqual(after);
});

test('a shift that is removed is cancelled under its uid, and returns under it', async () => {
  await put({ layers: [layer()] });
  const feed = await make();
  const before = await eventsOf(feed);
  const span = { starts_at: before[3]?.start, ends_at: before[3]?.end };
  const { body: override } = await request(app)
    .post('/api/v1/overrides')
    .send({ team, kind: 'takeover', in: person('Cy'), reason: 'Wedding', ...span })
    .expect(201);
  const during = await eventsOf(feed);
  expect(during.find(({ uid }) => uid === before[3]?.uid)).toMatchObject({ status: 'CANCELLED', sequence: 1 });
  const stand = during.find(({ summary }) => summary.startsWith('Cy')) as ReadEvent;
  expect(stand).toMatchObject({ sequence: 0, status: 'CONFIRMED', start: span.starts_at });
  await request(app).delete(`/api/v1/overrides/${override.id}`).expect(200);
  const back = await eventsOf(feed);
  expect(back.find(({ uid }) => uid === before[3]?.uid)).toMatchObject({ ...before[3], sequence: 2 });
  expect(back.find(({ uid }) => uid === stand.uid)).toMatchObject({ status: 'CANCELLED', sequence: 1 });
});

test('a planned version is in the feed, and its shifts return to their state before if it is withdrawn', async () => {
  await put({ layers: [layer()] });
  const feed = await make();
  const before = await eventsOf(feed);
  const { body } = await put({ layers: [layer({ slots: [[person('Dee')]] })], effective_from: '2026-02-02T09:00:00Z' });
  const planned = await eventsOf(feed);
  expect(live(planned).at(-1)).toMatchObject({
    summary: `Dee is on call for ${team}`,
    start: '2026-02-02T09:00:00.000Z',
  });
  await request(app)
    .delete(schedulePath(`/versions/${body.version}`))
    .expect(200);
  const plain = ({ sequence: _, ...event }: ReadEvent) => event;
  const after = await eventsOf(feed);
  expect(live(after).map(plain)).toEqual(before.map(plain));
  expect(after.filter(({ status }) => status === 'CANCELLED')).toMatchObject([
    { summary: `Dee is on call for ${team}` },
  ]);
});

test('a deleted schedule cancels its future shifts and keeps the past ones', async () => {
  await put({ layers: [layer()] });
  const feed = await make();
  harness.clock.advance(days(8));
  await eventsOf(feed);
  await request(app).delete(schedulePath()).expect(200);
  const [first, second, ...ahead] = await eventsOf(feed);
  expect(first).toMatchObject({ status: 'CONFIRMED', sequence: 0, end: '2026-01-12T09:00:00.000Z' });
  expect(second).toMatchObject({ status: 'CONFIRMED', sequence: 1, end: '2026-01-13T09:00:00.000Z' });
  expect(ahead.length).toBeGreaterThan(20);
  expect(ahead.every(({ status, sequence }) => status === 'CANCELLED' && sequence === 1)).toBe(true);
});

test('past events are deleted, and the passing of time changes no event', async () => {
  await put({ layers: [layer()] });
  const feed = await make();
  const before = await eventsOf(feed);
  harness.clock.advance(days(60));
  const after = await eventsOf(feed);
  expect(after.every(({ sequence, status }) => sequence === 0 && status === 'CONFIRMED')).toBe(true);
  expect(after[0]?.uid).toBe(before.find(({ end }) => end > '2026-02-19')?.uid);
  const { id } = await harness.database.db('feeds').first('publication_id as id');
  expect(await harness.database.db('published_events').where({ publication_id: id })).toHaveLength(after.length);
});

test('events that are not fetched any more are deleted, and all events of a calendar with its last feed', async () => {
  await put({ layers: [layer()] });
  const [feed, second] = [await make(), await make()];
  await eventsOf(feed);
  const { id } = await harness.database.db('feeds').where({ id: feed.id }).first('publication_id as id');
  const kept = () => harness.database.db('published_events').where({ publication_id: id });
  const before = await kept();
  harness.clock.advance(days(60));
  await enqueueRetention(harness.database.db, harness.clock.now(), 0);
  while ((await harness.oncall.drain()) > 0);
  expect(await kept()).toHaveLength(before.filter(({ ends_at }) => ends_at > new Date('2026-02-19T00:00:00Z')).length);
  await request(app).delete(`/api/v1/oncall/feeds/${feed.id}`).expect(204);
  expect(await kept()).not.toEqual([]);
  await request(app).delete(`/api/v1/oncall/feeds/${second.id}`).expect(204);
  expect(await kept()).toEqual([]);
});

test('two programs that fetch at once from two processes get the same', async () => {
  await put({ layers: [layer()] });
  const feed = await make();
  const other = appOf(oncallContract, harness.port, ada, harness.another().routes);
  const texts = async () =>
    (await Promise.all([app, other, app, other].map((from) => fetched(feed, {}, from).expect(200)))).map((r) => r.text);
  expect(new Set(await texts()).size).toBe(1);
  await put({ layers: [layer({ handoff: '2026-01-05T11:00' })] });
  const changed = await texts();
  expect(new Set(changed).size).toBe(1);
  expect(read(changed[0] as string).some(({ sequence }) => sequence > 1)).toBe(false);
});

test('my feed has only my own shifts, in every team', async () => {
  const [BEN, EVE] = [person('Ben'), person('Eve')];
  await put({ layers: [layer({ slots: [[EVE], [BEN]] })] });
  const one = team;
  team = `${team} too`;
  await put({
    layers: [layer({ slots: [[BEN], [EVE]] }), layer({ slots: [[EVE]] }, { name: 's', role: 'secondary' })],
  });
  const feed = await make({}, as({ email: 'Ben@example.com', actor: 'ben' }));
  expect(feed).toMatchObject({ team: null, email: 'ben@example.com' });
  const events = await eventsOf(feed);
  expect(new Set(events.map(({ summary }) => summary))).toEqual(new Set([`On call for ${one}`, `On call for ${team}`]));
  expect(events).toHaveLength(13 * 2);
});

test('a feed without a known person or schedule is refused', async () => {
  const nameless = as({ email: null, actor: 'a key', kind: 'key' });
  const { body } = await request(nameless).post('/api/v1/oncall/feeds').send({}).expect(422);
  expect(body.errors).toMatchObject([{ path: 'team' }]);
  await request(app).post('/api/v1/oncall/feeds').send({ team: 'nowhere' }).expect(404);
  await put({ layers: [layer()] });
  expect(await make({ team }, nameless)).toMatchObject({ team, created_by: 'a key' });
});

test('an unknown or revoked address is 404', async () => {
  await put({ layers: [layer()] });
  const feed = await make();
  await fetched(feed).expect(200);
  await request(app).delete(`/api/v1/oncall/feeds/${feed.id}`).expect(204);
  const revoked = await fetched(feed).expect(404);
  const unknown = await request(app)
    .get(`/calendar/${'x'.repeat(43)}.ics`)
    .expect(404);
  expect(revoked.body.detail).toBe(unknown.body.detail);
  await request(app).get('/calendar/%00.ics').expect(404);
  await request(app).delete(`/api/v1/oncall/feeds/${feed.id}`).expect(404);
  await request(app).delete('/api/v1/oncall/feeds/none').expect(400);
  expect(await harness.database.db('events').where({ kind: 'feed_revoked', subject: feed.id })).toHaveLength(1);
  expect(await feeds()).toEqual([]);
});

test('others neither see nor end a feed; an admin does both', async () => {
  await put({ layers: [layer()] });
  const mine = as({ actor: 'maria', role: 'viewer' });
  const feed = await make({ team }, mine);
  const stranger = as({ actor: 'tom', role: 'responder' });
  const namesake = as({ actor: 'maria', kind: 'key', role: 'responder' });
  for (const other of [stranger, namesake]) {
    expect(await feeds(other)).toEqual([]);
    await request(other).delete(`/api/v1/oncall/feeds/${feed.id}`).expect(404);
    await request(other).get('/api/v1/oncall/feeds?everybody=true').expect(403);
  }
  expect(await feeds(app, { everybody: 'true' })).toMatchObject([{ id: feed.id, created_by: 'maria' }]);
  await request(app).delete(`/api/v1/oncall/feeds/${feed.id}`).expect(204);
  await fetched(feed).expect(404);
});

test('an account that loses its access loses the feed of its shifts; its feeds of schedules are left behind for admins', async () => {
  await put({ layers: [layer()] });
  const ann = as({ actor: 'ann', email: ANN.email, role: 'viewer' });
  const [own, shared] = [await make({}, ann), await make({ team }, ann)];
  const other = await make({}, as({ actor: 'bob', email: BOB.email, role: 'viewer' }));
  const end = (more: object) =>
    harness.port.endFeedsOf(
      { username: 'ann', removed: false, at: harness.clock.now().toISOString(), by: 'ada', ...more },
      ada,
    );
  expect(await end({ at: '2026-01-05T09:00:00.000Z' })).toEqual({ ended: 0 });
  expect(await end({})).toEqual({ ended: 1 });
  await fetched(own).expect(404);
  await fetched(shared).expect(200);
  expect(await feeds(ann)).toMatchObject([{ id: shared.id, left_behind: false }]);
  expect(
    await harness.database.db('events').where({ kind: 'feed_revoked', subject: own.id, actor: 'ada' }),
  ).toHaveLength(1);
  for (let twice = 0; twice < 2; twice++) expect(await end({ removed: true })).toEqual({ ended: 0 });
  await fetched(shared).expect(200);
  await fetched(other).expect(200);
  // A later account of the same name gets nothing else either.
  expect(await feeds(ann)).toEqual([]);
  const left = (await feeds(app, { everybody: 'true' })).find(({ id }: { id: string }) => id === shared.id);
  expect(left).toMatchObject({ created_by: 'ann', left_behind: true });
  await request(app).delete(`/api/v1/oncall/feeds/${shared.id}`).expect(204);
  await fetched(shared).expect(404);
});

test('all feeds of a revoked key end and are marked; a later key of the same name owns none of them', async () => {
  await put({ layers: [layer()] });
  const key = { kind: 'key', actor: 'calendar bot', role: 'viewer' } as const;
  const [first, second] = [as({ ...key, id: 'k-1' }), as({ ...key, id: 'k-2' })];
  const [old, other] = [await make({ team }, first), await make({ team }, second)];
  expect(await feeds(second)).toMatchObject([{ id: other.id }]);
  await request(second).delete(`/api/v1/oncall/feeds/${old.id}`).expect(404);
  const revoked = { username: 'calendar bot', kind: 'key', owner_id: 'k-1', removed: true, by: 'ada' } as const;
  const at = harness.clock.now().toISOString();
  expect(await harness.port.endFeedsOf({ ...revoked, at }, ada)).toEqual({ ended: 1 });
  expect(await harness.port.endFeedsOf({ ...revoked, at }, ada)).toEqual({ ended: 0 });
  await fetched(old).expect(404);
  await fetched(other).expect(200);
  const shown = (await feeds(app, { everybody: 'true' })) as { id: string; ended_at: string | null }[];
  expect(shown.find(({ id }) => id === old.id)?.ended_at).toBe(at);
  expect(shown.find(({ id }) => id === other.id)?.ended_at).toBeNull();
});

test('feeds of a key that left the environment end and are marked when a gateway starts without it', async () => {
  await put({ layers: [layer()] });
  const keyOf = (id: string, actor = 'environment key 1') => as({ kind: 'key', actor, role: 'admin', id });
  const [gone, kept, bot] = ['environment:aa', 'environment:bb', 'k-1'];
  const made = await make({ team }, keyOf(gone as string));
  const others = [
    await make({ team }, keyOf(kept as string)),
    await make({ team }, keyOf(bot as string, 'calendar bot')),
  ];
  const at = harness.clock.now().toISOString();
  const start = (instant: string) =>
    harness.port.endFeedsOfOtherKeys({ configured: [kept as string], at: instant }, clockwork);
  expect(await start('2026-01-01T00:00:00.000Z')).toEqual({ ended: 0 });
  expect(await start(at)).toEqual({ ended: 1 });
  expect(await start(at)).toEqual({ ended: 0 });
  await fetched(made).expect(404);
  for (const other of others) await fetched(other).expect(200);
  const shown = (await feeds(app, { everybody: 'true' })) as { id: string; ended_at: string | null }[];
  expect(shown.find(({ id }) => id === made.id)?.ended_at).toBe(at);
});

test('feeds of earlier versions end if the number of their key is higher than the number of configured keys', async () => {
  await put({ layers: [layer()] });
  const [first, third] = ['environment key 1', 'environment key 3'].map((actor) =>
    as({ kind: 'key', actor, role: 'admin', id: `environment:${actor}` }),
  ) as [ReturnType<typeof as>, ReturnType<typeof as>];
  const [perhaps, surely] = [await make({ team }, first), await make({ team }, third)];
  await harness.database.db('feeds').update({ owner_id: null });
  const at = harness.clock.now().toISOString();
  await harness.port.endFeedsOfOtherKeys({ configured: ['environment:aa', 'environment:bb'], at }, clockwork);
  await fetched(surely).expect(404);
  await fetched(perhaps).expect(200);
});

test('an owner has at most twenty feeds, even if many are created at once', async () => {
  await put({ layers: [layer()] });
  const all = await Promise.all(
    Array.from({ length: 24 }, () => request(app).post('/api/v1/oncall/feeds').send({ team })),
  );
  expect(all.filter(({ status }) => status === 201)).toHaveLength(20);
  expect(all.filter(({ status }) => status === 409)).toHaveLength(4);
});
