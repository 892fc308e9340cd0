import { type TestDatabase, testDatabase } from '../../testing/databases';
import { days } from '../clock';
import { type Caller, systemCaller } from '../ports/contract';
import { claimKey, ownerOf } from './idempotency';

let database: TestDatabase;
const NOW = new Date('2026-01-05T09:00:00.000Z');

beforeAll(async () => {
  database = await testDatabase('notify');
});
beforeEach(() => database.db('idempotency_keys').delete());
afterAll(() => database.drop());

const by = (caller: Partial<Caller>): Caller => ({ ...systemCaller('req-1'), idempotencyKey: 'once', ...caller });
const claim = (
  caller: Caller,
  resourceId: string,
  now = NOW,
  input: unknown = { title: 'a' },
): Promise<string | null> =>
  database.db.transaction((trx) => claimKey(trx, now, caller, { operation: 'test.create', input, resourceId }));

const bot = by({ actor: 'bot', kind: 'key', id: 'key-1' });

test('a repeated command gets the resource of the first', async () => {
  expect(await claim(bot, 'made-1')).toBeNull();
  expect(await claim(bot, 'made-2')).toBe('made-1');
});

test('commands of one key at once are one', async () => {
  const made = await Promise.all(Array.from({ length: 10 }, (_, n) => claim(bot, `made-${n}`)));
  expect(made.filter((id) => id === null)).toHaveLength(1);
  expect(new Set(made).size).toBe(2);
});

test('a new key or user with an old name does not repeat the commands of the old one', async () => {
  await claim(bot, 'made-1');
  expect(await claim({ ...bot, id: 'key-2' }, 'made-2')).toBeNull();
  expect(await claim({ ...bot, kind: 'user', id: 'user-1' }, 'made-3')).toBeNull();
});

test('a key that changed its name still repeats its commands', async () => {
  await claim(bot, 'made-1');
  expect(await claim({ ...bot, actor: 'robot' }, 'made-2')).toBe('made-1');
});

test('no name makes a caller without an id another caller', async () => {
  await claim(bot, 'made-1');
  const named = by({ actor: 'key-1', kind: 'key' });
  expect(await claim(named, 'made-2')).toBeNull();
  expect(new Set([bot, named, by({ actor: '-id key-1', kind: 'key' })].map(ownerOf)).size).toBe(3);
});

test('a command that an earlier version took is still known, for its 24 hours', async () => {
  const [row] = await database
    .db('idempotency_keys')
    .insert({
      actor: 'key bot',
      operation: 'test.create',
      key: 'once',
      request_hash: '',
      resource_id: 'old',
      created_at: NOW,
    })
    .returning('*');
  await claim(by({ actor: 'x', kind: 'key', id: 'x' }), 'made-0');
  const { request_hash } = await database.db('idempotency_keys').where({ resource_id: 'made-0' }).first('request_hash');
  await database.db('idempotency_keys').where({ resource_id: row.resource_id }).update({ request_hash });
  expect(await claim(bot, 'made-1')).toBe('old');
  expect(await claim(bot, 'made-2', new Date(NOW.getTime() + days(1)))).toBeNull();
});

test('a key that was used for another request is refused', async () => {
  await claim(bot, 'made-1');
  await expect(claim(bot, 'made-2', NOW, { title: 'b' })).rejects.toMatchObject({ kind: 'invalid' });
});
