import fc from 'fast-check';
import { days, fakeClock } from '../clock';
import { readLink, signLink } from '../http/signedLinks';
import { traceparentOf } from '../observe/observe';
import { jsonFaults } from './jsonSafety';
import { Problem } from './problem';
import { Email, InstantIn, idOf, Labels, ServiceName, SeverityIn } from './values';

describe('an instant', () => {
  test.each([
    '2026-03-21T03:14:00Z',
    '2026-03-21T03:14:00.123456+02:00',
    '2026-03-21t03:14:00z',
    '2024-02-29T00:00:00-11:30',
  ])('%s is accepted', (text) => expect(InstantIn.safeParse(text).success).toBe(true));
  test.each([
    '2026-03-21',
    'yesterday',
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-03-21T25:00:00Z',
    '2026-03-21T03:14:00',
    '0000-01-01T00:00:00Z',
    '1774062840',
    '2026-03-21T03:14:00+99:99',
  ])('%s is refused', (text) => expect(InstantIn.safeParse(text).success).toBe(false));
  test('every date of JavaScript in years 1 to 9999 is accepted', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          expect(InstantIn.safeParse(date.toISOString()).success).toBe(true);
        },
      ),
    );
  });
});

test('a word is trimmed and lower-cased, and an unknown word is refused with the list of valid ones', () => {
  expect(SeverityIn.parse(' CRITICAL ')).toBe('critical');
  expect(SeverityIn.safeParse('urgent').error?.issues[0]?.message).toBe(
    'severity must be one of critical, high, medium, low',
  );
});

test('a service name fits its column before and after lower-casing', () => {
  expect(ServiceName.parse('  Payment-API ')).toBe('payment-api');
  expect(ServiceName.safeParse('   ').success).toBe(false);
  expect(ServiceName.safeParse('İ'.repeat(200)).success).toBe(false);
});

test('labels are bounded in number, keys and values', () => {
  const many = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, i]));
  expect(Labels.safeParse(many(64)).success).toBe(true);
  expect(Labels.safeParse(many(65)).success).toBe(false);
  expect(Labels.safeParse({ ['k'.repeat(129)]: 1 }).success).toBe(false);
  expect(Labels.safeParse({ k: 'v'.repeat(1025) }).success).toBe(false);
  expect(Labels.safeParse({ k: null }).success).toBe(false);
  expect(Labels.safeParse({ k: true, l: 1.5, m: '' }).success).toBe(true);
});

test('an e-mail address is the lower-case key of a person', () => {
  expect(Email.parse(' Ada@Example.COM ')).toBe('ada@example.com');
  expect(Email.safeParse('ada').success).toBe(false);
});

test('only the canonical form of an id is accepted', () => {
  expect(idOf('6F0C5A1E-9C4B-4F0E-8F5E-1D2C3B4A5F60')).toBe('6f0c5a1e-9c4b-4f0e-8f5e-1d2c3b4a5f60');
  expect(idOf('{6f0c5a1e-9c4b-4f0e-8f5e-1d2c3b4a5f60}')).toBeNull();
});

test('JSON safety finds errors at any depth and never overflows the stack', () => {
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  expect(jsonFaults(deep)).toHaveLength(1);
  expect(jsonFaults({ a: [{ b: 'x\0' }] })).toEqual([{ path: 'a.0.b', message: expect.stringContaining('NUL') }]);
  expect(jsonFaults({ 'k\0': 1 })[0]?.path).toBe('k\\0');
  expect(jsonFaults({ a: 'fine', n: 1, t: true, z: null })).toEqual([]);
});

test('JSON safety accepts all well-formed JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 10, stringUnit: 'grapheme' }), (value) => {
      const text = JSON.stringify(value);
      if (!text.includes('\\u0000') && !text.includes('__proto__')) expect(jsonFaults(JSON.parse(text))).toEqual([]);
    }),
  );
});

describe('a signed link', () => {
  const clock = fakeClock();
  const link = {
    purpose: 'acknowledge',
    incident_id: 'i-1',
    actor: 'Ada Ω',
    expires: clock.now().getTime() / 1_000 + 60,
  } as const;
  const token = signLink('a key that signs links', link);

  test('is read with the key that signed it', () => {
    expect(readLink('a key that signs links', token, clock.now())).toEqual(link);
  });
  test('is refused with another key, if a character is changed, or if it is truncated', () => {
    const refused = (text: string, key = 'a key that signs links') =>
      expect(() => readLink(key, text, clock.now())).toThrow(Problem);
    refused(token, 'another key, as long');
    fc.assert(
      fc.property(fc.nat(token.length - 1), (at) => {
        if (token[at] !== 'A') refused(`${token.slice(0, at)}A${token.slice(at + 1)}`);
      }),
    );
    refused('');
    refused(token.split('.')[0] as string);
  });
  test('expires', () => {
    const late = fakeClock();
    late.advance(days(1));
    expect(() => readLink('a key that signs links', token, late.now())).toThrow('This link has expired.');
  });
});

test('a trace continues with a new span, and an invalid one is replaced', () => {
  const given = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  expect(traceparentOf(given)).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
  expect(traceparentOf(given)).not.toBe(given);
  expect(traceparentOf('nonsense')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  expect(traceparentOf(undefined)).not.toBe(traceparentOf(undefined));
});
