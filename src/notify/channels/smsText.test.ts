import type { Message } from './channel';
import { plainText, segmentsOf, smsBody } from './smsText';

const LINK = `https://tocsin.example.com/l/${'x'.repeat(300)}`;
const message = (over: Partial<Message> = {}): Message => ({
  notificationId: '7b0c1d1e-54a3-4d89-93c6-2f6a2a2f5c11',
  incidentId: '3e3e7e5e-0b3a-4a50-9d5e-6a1b6a4c7d10',
  recipient: '+14155552671',
  text: 'checkout: cards are declined\nSince this morning',
  severity: 'high',
  links: { acknowledge: LINK, view: LINK },
  sourceLinks: [],
  answers: { tokens: {}, code: '4' },
  at: new Date('2026-01-05T09:00:00Z'),
  ...over,
});

test('begins with the event, and asks for a reply instead of a long link', () => {
  expect(smsBody(message(), true)).toBe(
    'HIGH: checkout: cards are declined\nSince this morning\nReply 4 to acknowledge, "resolve 4" to resolve.',
  );
});

test('holds the link if no reply reaches us', () => {
  expect(smsBody(message(), false)).toBe(
    `HIGH: checkout: cards are declined\nSince this morning\nAcknowledge: ${LINK}`,
  );
});

test('is the text alone if there is nothing to answer', () => {
  const over = { links: {}, severity: null, text: 'Your code is 123456.' };
  expect(smsBody(message({ ...over, kind: 'code', answers: { tokens: {} } }), true)).toBe('Your code is 123456.');
});

test('keeps a severity that the text already has', () => {
  expect(smsBody(message({ text: '[HIGH] checkout' }), true)).toMatch(/^\[HIGH\] checkout\n/);
});

test.each([
  ['a'.repeat(160), 1],
  ['a'.repeat(161), 2],
  ['a'.repeat(306), 2],
  ['a'.repeat(307), 3],
  ['€'.repeat(80), 1],
  ['€'.repeat(81), 2],
  ['ж'.repeat(70), 1],
  ['ж'.repeat(71), 2],
  ['🔥'.repeat(35), 1],
  ['🔥'.repeat(36), 2],
  // 33 characters of two units fill a segment of 67 units but for one, which cannot hold half of the next.
  ['🔥'.repeat(67), 3],
  ['', 1],
])('%s: %i segments', (text, segments) => {
  expect(segmentsOf(text)).toBe(segments);
});

test.each([
  ['“quoted” – it’s…', '"quoted" - it\'s...'],
  ['🔥🔥 disk ⚠️ full 👩‍🚒', 'disk full'],
  ['🔥', '🔥'],
  ['a\r\n\r\n  b\tc\u202ed\u0007', 'a\nb c d'],
  ['Zürich, łódź', 'Zürich, łódź'],
  ['half \ud83d', 'half \ufffd'],
])('%j is sent as %j', (text, plain) => {
  expect(plainText(text)).toBe(plain);
});

describe('however long the text is', () => {
  test.each([
    ['in the alphabet of GSM', 'x'.repeat(5_000), 4],
    ['with characters that count twice', '€[]'.repeat(1_000), 4],
    ['in another alphabet', 'ж'.repeat(5_000), 4],
    ['in pictures', '🔥'.repeat(5_000), 4],
  ])('%s, it costs at most four segments with a code, and its words are cut first', (_what, text, most) => {
    const body = smsBody(message({ text }), true);
    expect(segmentsOf(body)).toBeLessThanOrEqual(most);
    expect(body).toContain('Reply 4 to acknowledge');
    expect(body).toContain('...');
  });

  test.each([['x'.repeat(5_000)], ['ж'.repeat(5_000)]])('a link stays whole', (text) => {
    const body = smsBody(message({ text }), false);
    expect(body.endsWith(LINK)).toBe(true);
    expect(body.length).toBeLessThanOrEqual(1_600);
    expect(segmentsOf(body)).toBeLessThanOrEqual(8);
  });
});
