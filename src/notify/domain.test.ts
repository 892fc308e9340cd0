import fc from 'fast-check';
import { channels } from './channels';
import { addressesOf, nextState, type Pace, resolveTargets, roomOf, type Setup } from './domain';

const now = new Date('2026-01-05T09:00:00Z');
const pace = (over: Partial<Pace> = {}): Pace => ({
  now,
  attempt: 1,
  firstAttemptAt: now,
  giveUpAfterMs: 3_600_000,
  jitter: 0.5,
  ...over,
});
const failed = (over: object = {}) => ({ outcome: 'failed' as const, reason: 'HTTP 500', permanent: false, ...over });
const pauseAfter = (over: Partial<Pace>, outcome = failed()) => {
  const next = nextState(outcome, pace(over));
  return next.status === 'queued' ? next.nextAttemptAt.getTime() - now.getTime() : next.status;
};

describe('the state of a notification after an attempt', () => {
  test('is sent if the provider accepted it, however late', () => {
    const late = pace({ firstAttemptAt: new Date(0) });
    expect(nextState({ outcome: 'sent', receipt: 'r' }, late)).toEqual({ status: 'sent' });
  });

  test('is failed at once if a retry cannot help', () => {
    expect(nextState(failed({ permanent: true }), pace())).toEqual({ status: 'failed', reason: 'HTTP 500' });
  });

  test('is another attempt after a pause that doubles up to five minutes', () => {
    expect([1, 2, 3, 8, 9, 10, 50, 10_000].map((attempt) => pauseAfter({ attempt }))).toEqual([
      1_000, 2_000, 4_000, 128_000, 256_000, 300_000, 300_000, 300_000,
    ]);
  });

  test('spreads its attempts by a quarter to either side', () => {
    expect([pauseAfter({ jitter: 0 }), pauseAfter({ jitter: 1 })]).toEqual([750, 1_250]);
  });

  test('waits as long as the provider asks, if that is longer', () => {
    expect(pauseAfter({}, failed({ retryAfterMs: 90_000 }))).toBe(90_000);
    expect(pauseAfter({ attempt: 9 }, failed({ retryAfterMs: 1 }))).toBe(256_000);
  });

  test('is given up when the next attempt would come too late, counted from the first one', () => {
    const firstAttemptAt = new Date(now.getTime() - 3_599_000);
    expect(pauseAfter({ firstAttemptAt })).toBe(1_000);
    expect(nextState(failed(), pace({ firstAttemptAt, jitter: 0.6 }))).toEqual({
      status: 'failed',
      reason: 'gave up: HTTP 500',
    });
  });

  test('never waits beyond the end, whatever happens', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 0, max: 7_200_000 }),
        fc.integer({ min: 0, max: 100_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, agoMs, retryAfterMs, jitter) => {
          const firstAttemptAt = new Date(now.getTime() - agoMs);
          const next = nextState(failed({ retryAfterMs }), pace({ attempt, firstAttemptAt, jitter }));
          if (next.status !== 'queued') return next.status === 'failed';
          const nextAt = next.nextAttemptAt.getTime();
          return nextAt > now.getTime() && nextAt <= firstAttemptAt.getTime() + 3_600_000;
        },
      ),
    );
  });
});

const setup = (configured: string[], defaultRoom: string | null = null): Setup => ({
  channels,
  configured: (channel) => configured.includes(channel),
  defaultRoom,
});

describe('addresses', () => {
  test('a person has their e-mail address if mail is configured, else mock, which is unreachable', () => {
    const eva = { name: 'Eva', email: 'eva@example.com' };
    expect(addressesOf(eva, setup(['email']))).toEqual([
      { channel: 'email', recipient: 'eva@example.com', reachable: true, recordsOnly: false },
    ]);
    expect(addressesOf(eva, setup([]))).toEqual([
      { channel: 'mock', recipient: 'Eva', reachable: false, recordsOnly: true },
    ]);
    expect(addressesOf({ name: 'Eva', email: null }, setup(['email']))).toMatchObject([{ channel: 'mock' }]);
  });

  test('a person without a name is recorded under another text', () => {
    expect(addressesOf({ name: ' ', email: 'e@x' }, setup([]))).toMatchObject([{ recipient: 'e@x' }]);
    expect(addressesOf({ name: '', email: '' }, setup(['email']))).toMatchObject([{ recipient: 'unknown' }]);
  });

  test('the default room follows the configuration', () => {
    expect(roomOf(null, setup([], 'email:ops@x'))).toMatchObject({ channel: 'email', recipient: 'ops@x' });
    expect(roomOf(null, setup(['slack']))).toMatchObject({ channel: 'slack', recipient: 'ops-team' });
    expect(roomOf(null, setup([]))).toMatchObject({ channel: 'mock', recipient: 'ops-team' });
  });

  test('keep the order and the index of their targets, and a refusal makes one unreachable', () => {
    const targets = [
      { kind: 'room' as const, address: 'slack:ops' },
      { kind: 'person' as const, name: 'Eva', email: null },
      { kind: 'room' as const, address: 'nowhere' },
    ];
    const rows = resolveTargets(targets, setup([]), ({ channel }) => (channel === 'slack' ? 'not_configured' : null));
    expect(
      rows.map(({ to, channel, refusal, reachable, audience }) => [to, channel, refusal, reachable, audience]),
    ).toEqual([
      [0, 'slack', 'not_configured', false, 'room'],
      [1, 'mock', null, false, 'person'],
      [2, 'mock', 'unknown_channel', false, 'room'],
    ]);
  });
});
