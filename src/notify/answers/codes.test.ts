import { randomUUID } from 'node:crypto';
import { days, hours } from '../../kernel/clock';
import { type TestDatabase, testDatabase } from '../../testing/databases';
import { until } from '../../testing/product';
import { forgetCodes, giveCode, notificationOfCode } from './codes';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('notify');
});
afterAll(() => database.drop());

const START = new Date('2026-01-05T09:00:00Z');
const after = (ms: number) => new Date(START.getTime() + ms);
const phone = () => `+1555${Math.floor(Math.random() * 1e7)}-${randomUUID()}`;
const give = (address: string, subject: string, at = START, notificationId = randomUUID()) =>
  giveCode(database.db, { address, subject, notificationId }, at);
const named = (address: string, code: string, at = START) => notificationOfCode(database.db, { address, code }, at);

test('codes of an address count from 1, and another address has its own', async () => {
  const [one, other] = [phone(), phone()];
  expect([await give(one, 'a'), await give(one, 'b'), await give(other, 'c')]).toEqual(['1', '2', '1']);
});

test('an incident keeps its code at an address, and the code names its latest notification', async () => {
  const address = phone();
  const latest = randomUUID();
  await give(address, 'a');
  expect(await give(address, 'a', after(hours(23)), latest)).toBe('1');
  expect(await named(address, '1')).toBe(latest);
});

test('no other incident gets a code within 24 hours of its last use', async () => {
  const address = phone();
  await give(address, 'a');
  await give(address, 'a', after(hours(2)));
  expect(await give(address, 'b', after(hours(25)))).toBe('2');
  expect(await give(address, 'c', after(hours(26) + 1))).toBe('1');
});

test('a code that no other incident got names its page for seven days, and is then deleted', async () => {
  const address = phone();
  await give(address, 'a');
  expect(await named(address, '1', after(days(7) - 1))).not.toBeNull();
  expect(await named(address, '1', after(days(7)))).toBeNull();
  await forgetCodes(database.db, after(days(7)));
  expect(await database.db('answer_codes').where({ address })).toEqual([]);
});

test.each(['', '0', '01', '1 ', '-1', '1e1', '99999', '2', '4; drop'])('%j names no page', async (code) => {
  const address = phone();
  await give(address, 'a');
  expect(await named(address, code)).toBeNull();
});

test('pages made at the same time get different codes', async () => {
  const address = phone();
  const codes = await Promise.all(Array.from({ length: 8 }, (_, n) => give(address, `incident-${n}`)));
  expect(new Set(codes).size).toBe(8);
});

test('a code that another page takes at the same moment stays with it, and the next one is given', async () => {
  const address = phone();
  const { db } = database;
  const waiting = async () =>
    (await db('pg_stat_activity').where({ wait_event_type: 'Lock', datname: db.raw('current_database()') })).length > 0;
  const first = await db.transaction();
  const row = { address, code: 1, subject: 'first', notification_id: randomUUID(), given_at: START };
  await first('answer_codes').insert(row);
  const second = give(address, 'second');
  await until(waiting, 30_000);
  await first.commit();
  expect(await second).toBe('2');
  expect(await named(address, '1')).toBe(row.notification_id);
});
