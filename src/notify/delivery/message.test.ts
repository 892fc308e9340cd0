import { systemCaller } from '../../kernel/ports/contract';
import { someone } from '../../testing/http';
import { type NotifyHarness, notifyHarness, PUBLIC_URL, SECRET_KEY } from '../../testing/notify';
import { readAnswer, readAttempt } from '../answers/tokens';
import { channels } from '../channels';
import type { Channel, Message } from '../channels/channel';
import type { ChannelName, IncidentView, Target } from '../contract';

/** The message that a channel gets, with channels that answer and report receipts. */

const sent: Message[] = [];
let outcomes: Awaited<ReturnType<Channel['send']>>[] = [];
const send = async (message: Message) => {
  sent.push(message);
  return outcomes.shift() ?? { outcome: 'sent' as const, receipt: null, ref: `ref-${sent.length}` };
};
const inbound = { read: async () => ({}), reply: () => ({ status: 200 }) };
const can = { answers: true, receipts: true } as const;
/** The e-mail channel sends to people; the webhook replaces a channel of phones, slack one without answers. */
const definitions = channels.map((channel) => {
  const { can: _, ...plain }: Channel<ChannelName> = channel;
  const made = { ...plain, configured: () => true, open: () => null, close: () => {}, send } as Channel<ChannelName>;
  if (channel.id === 'mock') return channel as Channel<ChannelName>;
  if (channel.id === 'email') return { ...made, can, inbound, address: { ...channel.address, kind: 'email' as const } };
  if (channel.id === 'webhook')
    return {
      ...made,
      can,
      inbound,
      threads: true as const,
      address: { kind: 'phone' as const, hint: '', example: { text: '', shown: '' } },
    };
  return made;
});

let harness: NotifyHarness;
beforeAll(async () => {
  harness = await notifyHarness({ definitions });
});
afterAll(() => harness.close());
beforeEach(async () => {
  sent.length = 0;
  outcomes = [];
  await harness.clean();
});

const INCIDENT = '3e3e7e5e-0b3a-4a50-9d5e-6a1b6a4c7d10';
const OTHER = '4e3e7e5e-0b3a-4a50-9d5e-6a1b6a4c7d10';
const maria: Target = { kind: 'person', name: 'Maria', email: 'maria@example.com' };
const room = (address: string): Target => ({ kind: 'room', address });
const caller = systemCaller('request-1');
let commands = 0;
async function page(to: Target, more: { severity?: string; incident?: IncidentView; incident_id?: string } = {}) {
  const words = { message: '[HIGH] checkout: cards are declined', severity: 'high' };
  const command = { key: `step-${commands++}`, incident_id: INCIDENT, ...words, to: [to], ...more };
  const { told } = await harness.port.tell(command, caller);
  await harness.module.drain();
  return { id: told[0]?.notification_id as string, message: sent.at(-1) as Message };
}

test('a page to a person has one signed token for each answer', async () => {
  const { id, message } = await page(maria);
  const tokens = Object.entries(message.answers?.tokens ?? {});
  expect(tokens.map(([action]) => action)).toEqual(['acknowledge', 'resolve', 'escalate']);
  for (const [action, token] of tokens)
    expect(readAnswer(SECRET_KEY, token as string, harness.clock.now())).toMatchObject({
      ...{ action, incidentId: INCIDENT, notificationId: id },
      person: { name: 'Maria', email: 'maria@example.com' },
      pagedAt: Date.parse('2026-01-05T09:00:00Z') / 1_000,
      expires: Date.parse('2026-01-12T09:00:00Z') / 1_000,
    });
  expect(message.answers?.url).toBe(`${PUBLIC_URL}/api/v1/answers`);
  expect(message).toMatchObject({ kind: 'page', urgency: 'high' });
});

test('a page by e-mail has no short code', async () => {
  expect((await page(maria)).message.answers).not.toHaveProperty('code');
});

test('a message to a room can be answered, but holds no token of a person', async () => {
  const { message } = await page(room('webhook:+15550100'));
  expect(message.answers).toEqual({ tokens: {} });
  expect(message).not.toHaveProperty('kind');
});

test('a channel that takes no answers gets none, and no URL for receipts', async () => {
  const { message } = await page(room('slack:ops'));
  expect(message).not.toHaveProperty('answers');
  expect(message).not.toHaveProperty('receiptUrl');
});

test.each([
  ['critical', 'high'],
  ['high', 'high'],
  ['medium', 'low'],
  ['low', 'low'],
])('the urgency of a page of severity %s is %s', async (severity, urgency) => {
  expect((await page(maria, { severity })).message.urgency).toBe(urgency);
});

test('the URL for receipts names the attempt, also in a retry', async () => {
  outcomes = [{ outcome: 'failed', reason: 'busy', permanent: false }];
  const { id } = await page(maria);
  harness.clock.advance(2_000);
  await harness.module.drain();
  const attempts = sent.map(({ receiptUrl = '' }) => {
    expect(receiptUrl.startsWith(`${PUBLIC_URL}/api/v1/inbound/email/receipts/`)).toBe(true);
    return readAttempt(SECRET_KEY, receiptUrl.split('/').at(-1) as string);
  });
  expect(attempts).toEqual([
    { notificationId: id, attempt: 1 },
    { notificationId: id, attempt: 2 },
  ]);
});

test('a message of a user is no page: it has no answers', async () => {
  const input = { incident_id: INCIDENT, channel: 'email' as const, recipient: 'ops@example.com', message: 'Hello' };
  await harness.port.notify(input, someone());
  expect(sent[0]).not.toHaveProperty('answers');
  expect(sent[0]).not.toHaveProperty('kind');
});

test('a test of a channel is marked as one', async () => {
  await harness.port.testChannel({ channel: 'email', address: 'ops@example.com' }, someone({ role: 'admin' }));
  expect(sent[0]?.kind).toBe('test');
});

test('a later message about an incident names the reference of the first one in its thread', async () => {
  await page(room('webhook:+15550101'));
  harness.clock.advance(60_000);
  const { message } = await page(room('webhook:+15550101'));
  expect(message.thread).toMatchObject({ ref: 'ref-1', notificationId: sent[0]?.notificationId });
});

test('a message shows the newest known state of its incident', async () => {
  const state = (status: IncidentView['status'], changed_at?: string): IncidentView => ({
    ...{ title: 'Cards are declined', service: 'checkout', status, by: null },
    ...(changed_at && { changed_at }),
  });
  const shown = async (incident: IncidentView) => {
    harness.clock.advance(60_000);
    return (await page(maria, { incident_id: OTHER, incident })).message.incident;
  };
  expect(await shown(state('open'))).toEqual(state('open'));
  expect(await shown(state('acknowledged', '2026-01-05T09:00:02.000Z'))).toMatchObject({ status: 'acknowledged' });
  expect(await shown(state('open', '2026-01-05T09:00:01.000Z'))).toMatchObject({ status: 'acknowledged' });
  expect(await shown(state('open'))).toMatchObject({ status: 'acknowledged' });
  expect((await page(maria)).message).not.toHaveProperty('incident');
});
