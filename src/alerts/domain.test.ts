import fc from 'fast-check';
import { instantOf, type Report, reportOf } from './domain';
import { canonicalJson, fingerprintOf, fingerprintOfKey } from './domain/fingerprint';
import { fold } from './domain/fold';
import { asDuplicate, retryDelayMs } from './domain/outcome';

const now = new Date('2026-01-05T09:00:00.000Z');
const condition = { service: 'frontend-api', severity: 'high' as const, message: 'HTTP 5xx error rate > 10%' };
const labels = { region: 'us-east-1', env: 'production' };

test('senders can compute the fingerprint themselves', () => {
  expect(fingerprintOf({ ...condition, labels })).toBe(
    '566b195ba71f096b5100596c8f5964a44a89984c567c97ea5d023df785ea2c60',
  );
});

test('without labels the fingerprint begins like that of the original system', () => {
  const condition = { service: 'payment-api', severity: 'critical' as const, labels: {} };
  expect(fingerprintOf({ ...condition, message: 'HTTP 5xx error rate > 10%' }).slice(0, 16)).toBe('0042aa24d3cff311');
  expect(fingerprintOf({ ...condition, message: 'Connection pool exhausted' }).slice(0, 16)).toBe('b11c29128791f384');
});

test('the message after 100 code points does not change the fingerprint', () => {
  const of = (message: string) => fingerprintOf({ ...condition, message, labels: {} });
  expect(of(`${'x'.repeat(100)}a`)).toBe(of(`${'x'.repeat(100)}b`));
  expect(of(`${'x'.repeat(99)}a`)).not.toBe(of(`${'x'.repeat(99)}b`));
});

test('a character outside the basic plane counts as one code point and is not cut', () => {
  const of = (message: string) => fingerprintOf({ ...condition, message, labels: {} });
  expect(of(`${'🔥'.repeat(100)}a`)).toBe(of('🔥'.repeat(100)));
  expect(of(`${'🔥'.repeat(99)}a`)).not.toBe(of(`${'🔥'.repeat(99)}b`));
});

test('the message is case-insensitive, labels are case-sensitive', () => {
  const of = (message: string, env: string) => fingerprintOf({ ...condition, message, labels: { env } });
  expect(of('DISK FULL', 'a')).toBe(of('disk full', 'a'));
  expect(of('disk full', 'A')).not.toBe(of('disk full', 'a'));
});

test('canonical JSON has sorted keys, also those that look like numbers', () => {
  expect(canonicalJson({ b: 'x', '10': 1, '2': true, a: 'ä"' })).toBe('{"10":1,"2":true,"a":"ä\\"","b":"x"}');
});

const label = fc.oneof(fc.string(), fc.integer(), fc.boolean());
const someLabels = fc.dictionary(fc.string({ minLength: 1 }), label, { maxKeys: 8, noNullPrototype: true });

test('the order of labels does not change the fingerprint', () => {
  fc.assert(
    fc.property(someLabels, fc.string(), (sent, message) => {
      const reversed = Object.fromEntries(Object.entries(sent).reverse());
      const of = (order: typeof sent) => fingerprintOf({ ...condition, message, labels: order });
      expect(of(reversed)).toBe(of(sent));
      expect(of(sent)).toMatch(/^[0-9a-f]{64}$/);
    }),
  );
});

test('labels with one different value are another condition', () => {
  fc.assert(
    fc.property(someLabels, fc.string({ minLength: 1 }), label, label, (others, key, one, other) => {
      fc.pre(JSON.stringify(one) !== JSON.stringify(other) && key !== '__proto__');
      const of = (value: typeof one) => fingerprintOf({ ...condition, labels: { ...others, [key]: value } });
      expect(of(one)).not.toBe(of(other));
    }),
  );
});

test('canonical JSON parses to the same labels', () => {
  fc.assert(fc.property(someLabels, (sent) => expect(JSON.parse(canonicalJson(sent))).toEqual({ ...sent })));
});

test('the same key of another sender is another condition', () => {
  const maria = { actor: 'maria', integrationId: null };
  expect(fingerprintOfKey(maria, 'k')).toBe(fingerprintOfKey(maria, 'k'));
  expect(fingerprintOfKey({ actor: 'tom', integrationId: null }, 'k')).not.toBe(fingerprintOfKey(maria, 'k'));
  expect(fingerprintOfKey({ actor: 'maria', integrationId: 'i' }, 'k')).not.toBe(fingerprintOfKey(maria, 'k'));
});

test.each([
  ['2026-03-21T03:14:00Z', '2026-03-21T03:14:00.000Z'],
  ['2026-03-21 03:14:00.5+02:00', '2026-03-21T01:14:00.500Z'],
  ['2026-03-21t03:14:00.123456789z', '2026-03-21T03:14:00.123Z'],
])('%s is %s', (text, instant) => expect(instantOf(text).toISOString()).toBe(instant));

const input = { ...condition, labels, source: 'api' };
const maria = { actor: 'maria', integrationId: null };

test.each([undefined, null, ''])('a report with timestamp %p gets the current time', (timestamp) => {
  expect(reportOf({ ...input, timestamp }, maria, 'id', now).timestamp).toEqual(now);
});

test('reports of one condition fold into one with their count and the text of the last, in the order of the first', () => {
  const of = (fingerprint: string, message: string): Report => ({
    ...reportOf({ ...input, message }, maria, message, now),
    fingerprint,
  });
  const folded = fold([of('a', 'first'), of('b', 'other'), of('a', 'second')]);
  expect(folded.map(({ message, count }) => [message, count])).toEqual([
    ['second', 2],
    ['other', 1],
  ]);
});

test('only the first of several reports of a condition can open the incident', () => {
  const first = { alertId: 'a', incidentId: 'i', action: 'new_incident' as const, repeated: false };
  expect(asDuplicate(first)).toEqual({ ...first, action: 'existing_incident', repeated: true });
});

test('the retry delay grows with the outage, between 1 and 15 s', () => {
  const after = (ms: number) => retryDelayMs(now, new Date(now.getTime() + ms), 0.5);
  expect([0, 5_000, 20_000, 75_000, 86_400_000].map(after)).toEqual([1_000, 1_000, 4_000, 15_000, 15_000]);
  expect(retryDelayMs(now, now, 0)).toBe(750);
  expect(retryDelayMs(now, now, 1)).toBe(1_250);
});
