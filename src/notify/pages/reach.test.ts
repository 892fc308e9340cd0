import { systemCaller } from '../../kernel/ports/contract';
import { type NotifyHarness, notifyHarness } from '../../testing/notify';
import { type PeopleChannels, peopleChannels } from '../../testing/peopleChannels';

const channels: PeopleChannels = peopleChannels();
let notify: NotifyHarness;

beforeAll(async () => {
  notify = await notifyHarness({ definitions: channels.list });
});
afterAll(() => notify.close());
beforeEach(async () => {
  channels.clear();
  await notify.clean();
  notify.clock.set('2026-01-05T09:00:00Z');
});

const MARIA = 'maria@example.com';
const PHONE = '+4915112345678';
const ADDED = '2026-01-05T09:00:00.000Z';
const LATER = '2026-01-06T10:00:00.000Z';
const proven = { last_delivered_at: LATER };

async function method(channel: string, address: string, over: object = {}): Promise<void> {
  const at = notify.clock.now();
  await notify.database.db('contact_methods').insert({
    ...{ person_email: MARIA, channel, address, address_key: address, position: 0, state: 'verified' },
    ...{ verified_at: at, created_at: at, created_by: 'test', ...over },
  });
}
const reach = async () => (await notify.port.reach({ people: ['Maria@example.com'] }, systemCaller('test'))).people[0];
const concerns = async () => (await reach())?.concerns.map(({ kind, since }) => [kind, since]);

test('a person with proven methods has no concern, and the ways are in the order of the rules', async () => {
  await method('slack', 'U1', proven);
  await method('webhook', PHONE, proven);
  expect(await reach()).toEqual({
    ...{ person: MARIA, reachable: true, why_not: null, ways: 'slack, then webhook after 2 min' },
    ...{ concerns: [], failing: [] },
  });
});

test('a person without any address that works is unreachable, with the reason', async () => {
  channels.configure('email', false);
  expect(await reach()).toMatchObject({ reachable: false, why_not: 'no_contact_method', ways: null });
  await method('slack', 'U1', { state: 'disabled', failing_since: LATER, last_error: 'gone' });
  expect(await reach()).toMatchObject({
    ...{ reachable: false, why_not: 'disabled', concerns: [{ kind: 'unreachable' }] },
    failing: [{ channel: 'slack', title: 'slack', state: 'disabled', since: LATER, error: 'gone' }],
  });
});

test('a person is reached only by e-mail: by the schedule entry, or by methods', async () => {
  expect(await concerns()).toEqual([['email_only', null]]);
  expect((await reach())?.ways).toBe('email');
  await method('email', MARIA, proven);
  expect(await concerns()).toEqual([['email_only', ADDED]]);
});

test('a person whose methods are not verified has only the e-mail of the schedule entry', async () => {
  await method('slack', 'U1', { state: 'unverified', verified_at: null });
  expect(await concerns()).toEqual([
    ['unverified_only', ADDED],
    ['email_only', null],
  ]);
});

test('all methods fail since the last one began to, and one method that works is enough', async () => {
  await method('slack', 'U1', { ...proven, state: 'failing', failing_since: ADDED });
  await method('webhook', PHONE, { ...proven, state: 'failing', failing_since: LATER });
  expect(await concerns()).toEqual([['failing_only', LATER]]);
  await method('webhook', '+4915112345679', proven);
  expect(await concerns()).toEqual([]);
  expect((await reach())?.failing).toHaveLength(2);
});

test('a person is never proven without a delivery and an answer', async () => {
  await method('slack', 'U1');
  expect(await concerns()).toEqual([['never_proven', ADDED]]);
  await method('webhook', PHONE, { last_answered_at: LATER });
  expect(await concerns()).toEqual([]);
});

test('a method that its owner disabled does not count as failing', async () => {
  await method('slack', 'U1', proven);
  await method('webhook', PHONE, { ...proven, state: 'disabled' });
  expect((await reach())?.failing).toEqual([]);
});

describe('a notice', () => {
  const notice = async () => {
    const to = [{ kind: 'person' as const, name: 'Maria', email: MARIA }];
    const command = {
      key: `notice-${Math.random()}`,
      incident_id: 'on-call:web',
      message: 'Your shift',
      severity: null,
      to,
    };
    await notify.port.tell({ ...command, notice: true }, systemCaller('test'));
    await notify.module.drain();
    return channels.sent.splice(0).map(({ channel }) => channel);
  };

  test('leaves out the methods that fail, and uses methods of no rule if all of the rules fail', async () => {
    await method('slack', 'U1', { state: 'failing', failing_since: ADDED });
    await method('email', MARIA);
    expect(await notice()).toEqual(['email']);
    await notify.database.db('contact_methods').where({ channel: 'email' }).update({ state: 'failing' });
    await method('webhook', PHONE);
    expect(await notice()).toEqual(['webhook']);
  });

  test('goes by methods that fail if there are no others', async () => {
    await method('slack', 'U1', { state: 'failing', failing_since: ADDED });
    expect(await notice()).toEqual(['slack']);
  });
});
