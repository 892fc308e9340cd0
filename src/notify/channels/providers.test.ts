import { TWILIO_ACCOUNT, TWILIO_SENDER, type TwilioStandIn, twilioStandIn } from '../../testing/twilio';
import type { Outcome } from '../domain';
import type { Message } from './channel';
import { type Channels, openChannels } from './open';
import { providerFallback } from './providers';

const AT = new Date('2026-01-05T09:00:00Z');
const later = (ms: number) => ({ at: new Date(AT.getTime() + ms) });
const SENT: Outcome = { outcome: 'sent', receipt: 'SM1', ref: 'SM1', channel: 'working' };
const LOGIN: Outcome = { outcome: 'failed', reason: '20003', permanent: false, slowly: true, channel: 'failing' };
const TIMEOUT: Outcome = { outcome: 'failed', reason: 'timeout', permanent: false, channel: 'failing' };
const BUSY: Outcome = { outcome: 'failed', reason: '429', permanent: false, retryAfterMs: 9_000 };
const NUMBER: Outcome = { outcome: 'failed', reason: '21211', permanent: true, channel: 'working' };

/** Which providers were tried, and the outcome, if each has this outcome. */
async function tried(
  outcomes: Record<string, Outcome>,
  fallback = providerFallback(Object.keys(outcomes), 10_000),
  ms = 0,
) {
  const names: string[] = [];
  const outcome = await fallback.send(later(ms), async (name) => {
    names.push(name);
    return outcomes[name] as Outcome;
  });
  return { names, outcome };
}

test('the first provider sends, and the second is not asked', async () => {
  expect(await tried({ one: SENT, two: SENT })).toEqual({
    names: ['one'],
    outcome: { ...SENT, receipt: 'SM1 by one' },
  });
});

test.each([
  ['its log-in', LOGIN],
  ['its limit', BUSY],
])('the second sends if the first fails by %s, and the receipt names both', async (_what, failure) => {
  const { names, outcome } = await tried({ one: failure, two: SENT });
  expect(names).toEqual(['one', 'two']);
  expect(outcome).toMatchObject({
    outcome: 'sent',
    ref: 'SM1',
    receipt: expect.stringMatching(/^SM1 by two, after one: /),
  });
});

test('a failure about the number is final, because another provider cannot help', async () => {
  const { names, outcome } = await tried({ one: NUMBER, two: SENT });
  expect([names, outcome]).toEqual([['one'], expect.objectContaining({ permanent: true })]);
});

test('if all fail, the message is tried again, and each reason is named', async () => {
  expect((await tried({ one: LOGIN, two: LOGIN })).outcome).toEqual({
    ...LOGIN,
    reason: 'one: 20003; two: 20003',
  });
  const { outcome } = await tried({ one: LOGIN, two: BUSY });
  expect(outcome).toEqual({ outcome: 'failed', permanent: false, reason: 'one: 20003; two: 429' });
  expect((await tried({ one: BUSY, two: BUSY })).outcome).toMatchObject({ retryAfterMs: 9_000 });
});

describe('a provider that fails three times in a row', () => {
  /** Two providers of which the first one has an open circuit since `AT` + 2 ms. */
  async function opened() {
    const fallback = providerFallback(['one', 'two'], 10_000);
    for (let no = 0; no < 3; no += 1) await tried({ one: TIMEOUT, two: SENT }, fallback, no);
    return fallback;
  }

  test('is passed over for a minute, and then tried first again', async () => {
    const fallback = await opened();
    expect((await tried({ one: SENT, two: SENT }, fallback, 60_001)).names).toEqual(['two']);
    expect((await tried({ one: SENT, two: SENT }, fallback, 60_002)).names).toEqual(['one']);
    expect((await tried({ one: TIMEOUT, two: SENT }, fallback, 60_003)).names).toEqual(['one', 'two']);
    expect((await tried({ one: SENT, two: SENT }, fallback, 60_004)).names).toEqual(['one']);
  });

  test('is tried last if all others fail, because a page is always tried', async () => {
    const { names, outcome } = await tried({ one: SENT, two: LOGIN }, await opened(), 2_000);
    expect([names, outcome.outcome]).toEqual([['two', 'one'], 'sent']);
  });

  test('is passed over for another minute if the first message after the minute fails too', async () => {
    const fallback = await opened();
    expect((await tried({ one: TIMEOUT, two: SENT }, fallback, 61_000)).names).toEqual(['one', 'two']);
    expect((await tried({ one: SENT, two: SENT }, fallback, 120_000)).names).toEqual(['two']);
    expect((await tried({ one: SENT, two: SENT }, fallback, 121_000)).names).toEqual(['one']);
  });

  test('is tested by one message at a time, and does not slow the others', async () => {
    const fallback = await opened();
    let answer: (outcome: Outcome) => void = () => undefined;
    const tester = fallback.send(later(61_000), () => new Promise<Outcome>((resolve) => (answer = resolve)));
    expect((await tried({ one: TIMEOUT, two: SENT }, fallback, 61_001)).names).toEqual(['two']);
    expect((await tried({ one: TIMEOUT, two: SENT }, fallback, 61_002)).names).toEqual(['two']);
    answer(SENT);
    expect(await tester).toMatchObject({ receipt: 'SM1 by one' });
    expect((await tried({ one: SENT, two: SENT }, fallback, 61_003)).names).toEqual(['one']);
  });

  test('is no longer tested if the test itself breaks', async () => {
    const fallback = await opened();
    const broken = fallback.send(later(61_000), () => Promise.reject(new Error('broken')));
    await expect(broken).rejects.toThrow('broken');
    expect((await tried({ one: SENT, two: SENT }, fallback, 61_001)).names).toEqual(['one']);
  });
});

test('refusals of single numbers and single faults do not pass a provider over', async () => {
  const fallback = providerFallback(['one', 'two'], 10_000);
  for (let no = 0; no < 5; no += 1) await tried({ one: NUMBER, two: SENT }, fallback, no);
  for (let no = 0; no < 5; no += 1) {
    for (const one of [TIMEOUT, TIMEOUT, SENT]) await tried({ one, two: SENT }, fallback, 10 + no);
  }
  expect((await tried({ one: SENT, two: SENT }, fallback, 1_000)).names).toEqual(['one']);
});

test('a single provider is always tried', async () => {
  const fallback = providerFallback(['one'], 10_000);
  for (let no = 0; no < 5; no += 1) expect((await tried({ one: TIMEOUT }, fallback, no)).names).toEqual(['one']);
});

test.each([
  [3_000, 3_000],
  [8_000, 5_000],
  [60_000, 5_000],
])(
  'with a deadline of %i ms each of two providers has %i ms, so that both together have at most ten seconds',
  async (timeoutMs, share) => {
    const given: number[] = [];
    await providerFallback(['one', 'two'], timeoutMs).send({ at: AT }, async (_name, within) => {
      given.push(within);
      return LOGIN;
    });
    expect(given).toEqual([share, share]);
  },
);

describe('two accounts of SMS', () => {
  let first: TwilioStandIn;
  let second: TwilioStandIn;
  let channels: Channels;
  beforeAll(async () => {
    [first, second] = await Promise.all([
      twilioStandIn({ token: 'token-of-one' }),
      twilioStandIn({ token: 'token-of-two' }),
    ]);
  });
  afterAll(() => Promise.all([channels.close(), first.close(), second.close()]));

  const message: Message = {
    notificationId: '7b0c1d1e-54a3-4d89-93c6-2f6a2a2f5c11',
    incidentId: '3e3e7e5e-0b3a-4a50-9d5e-6a1b6a4c7d10',
    recipient: '+14155552671',
    text: 'checkout: cards are declined',
    severity: 'high',
    links: {},
    sourceLinks: [],
    answers: { tokens: {}, code: '4' },
    receiptUrl: 'https://tocsin.example.com/api/v1/inbound/sms/receipts/x',
    at: AT,
  };

  test('the second sends the same text with the same code if the first hangs', async () => {
    const channelSettings = {
      TWILIO_ACCOUNT_SID: TWILIO_ACCOUNT,
      TWILIO_AUTH_TOKEN: 'token-of-one',
      TWILIO_API_URL: first.url,
      SMS_FROM: TWILIO_SENDER,
      TWILIO_2_ACCOUNT_SID: TWILIO_ACCOUNT,
      TWILIO_2_AUTH_TOKEN: 'token-of-two',
      TWILIO_2_API_URL: second.url,
      SMS_2_FROM: TWILIO_SENDER,
    };
    const publicUrl = 'https://tocsin.example.com';
    channels = openChannels({ channelSettings, timeoutMs: 2_000, outgoingAllow: [], publicUrl });
    await channels.of('sms').deliver(message);
    first.always('hang');
    const outcome = await channels.of('sms').deliver(message);
    expect(outcome).toMatchObject({ outcome: 'sent', ref: second.messages[0]!.sid, channel: 'working' });
    expect(second.messages[0]!.fields.get('Body')).toBe(first.messages[0]!.fields.get('Body'));
    expect(second.messages[0]!.fields.get('Body')).toContain('Reply 4');
  });

  test('the second sends if the first refuses the log-in', async () => {
    first.always({ status: 401, code: 20003 });
    expect(await channels.of('sms').deliver(message)).toMatchObject({ outcome: 'sent', ref: second.messages[1]!.sid });
  });
});
