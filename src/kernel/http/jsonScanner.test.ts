import fc from 'fast-check';
import { itemsOf, jsonScanner } from './jsonScanner';

/** Scans a text in chunks of `size` bytes and reassembles the value. */
function scanned(text: string | Buffer, size = 7, most = 1_000): { value: unknown; total: number } {
  const body = Buffer.from(text as string);
  const scanner = jsonScanner({ list: 'alerts', most });
  for (let i = 0; i < body.length; i += size) scanner.write(body.subarray(i, i + size));
  const { rest, total, runs } = scanner.end();
  const items = runs.flatMap(({ start, end }) => itemsOf(body.subarray(start, end)));
  const isList = typeof rest === 'object' && rest !== null && Array.isArray((rest as { alerts?: unknown }).alerts);
  return { value: isList ? { ...rest, alerts: items } : rest, total };
}

const size = fc.integer({ min: 1, max: 40 });
const blank = fc.constantFrom('', ' ', '\n', '\t \r');
/** Inserts blanks between all tokens. */
const spaced = (json: string, gap: string): string =>
  json.replace(/"(?:[^"\\]|\\.)*"|[[\]{},:]/g, (token) => `${gap}${token}${gap}`);

test('an object is read like JSON.parse reads it, for any chunk boundaries', () => {
  const object = fc.record(
    { alerts: fc.oneof(fc.array(fc.jsonValue()), fc.jsonValue()), version: fc.jsonValue(), nested: fc.jsonValue() },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(object, size, blank, (value, chunk, gap) => {
      const text = spaced(JSON.stringify(value), gap);
      expect(scanned(text, chunk).value).toEqual(JSON.parse(text));
    }),
    { numRuns: 500 },
  );
});

test('a text with one changed character is refused exactly if JSON.parse refuses it', () => {
  const changed = fc.record({
    value: fc.record({ a: fc.jsonValue(), alerts: fc.array(fc.jsonValue(), { maxLength: 4 }), z: fc.jsonValue() }),
    at: fc.double({ min: 0, max: 0.999, noNaN: true }),
    by: fc.constantFrom('', ',', ']', '[', '{', '}', '"', '\\', ':', '1', ' ', 'x', ',,'),
    chunk: size,
  });
  fc.assert(
    fc.property(changed, ({ value, at, by, chunk }) => {
      const text = JSON.stringify(value);
      const place = Math.floor(at * text.length);
      const broken = text.slice(0, place) + by + text.slice(place + 1);
      let expected: unknown;
      try {
        expected = { value: JSON.parse(broken) };
      } catch {
        expected = 'refused';
      }
      let got: unknown;
      try {
        got = { value: scanned(broken, chunk).value };
      } catch {
        got = 'refused';
      }
      expect([broken, got]).toEqual([broken, expected]);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['a name with an escape sequence', '{"\\u0061lerts":[1,2]}'],
  ['a list that occurs twice', '{"alerts":[1,2],"alerts":[3]}'],
  ['a list whose name later has another value', '{"alerts":[1,2],"alerts":5}'],
  ['a nested list of the same name', '{"a":{"alerts":[1,{}]},"b":[{"alerts":[2]}]}'],
  ['a text that looks like the list', '{"a":"alerts","b":"\\"alerts\\":[1","alerts":["]",",","\\\\"]}'],
  ['a list instead of an object', '["alerts",[1]]'],
  ['a byte order mark at the start', '\ufeff{"alerts":[{}]}'],
])('%s is read like JSON.parse reads it', (_name, text) => {
  expect(scanned(text, 3).value).toEqual(JSON.parse(text.replace('\ufeff', '')));
});

test('a list that is too long: the first items are located, the others only counted and checked', () => {
  const items = Array.from({ length: 30 }, (_, i) => ({ i }));
  const text = JSON.stringify({ alerts: items });
  expect(scanned(text, 11, 10)).toEqual({ value: { alerts: items.slice(0, 10) }, total: 30 });
  expect(() => scanned(`${text.slice(0, -3)}x]}`, 11, 10)).toThrow('not valid JSON');
});

test('an item or a rest that is too large is refused while it arrives', () => {
  const long = 'x'.repeat(1_100_000);
  expect(() => scanned(`{"alerts":[{},{"a":"${long}`, 65_536)).toThrow('alerts.1 is larger than 1048576 bytes');
  expect(() => scanned(`{"a":"${long}`, 65_536)).toThrow('Outside the list alerts the body may hold 1048576 bytes');
});

test('32 MiB are scanned in steps of a few milliseconds', () => {
  const alert = { status: 'firing', labels: { alertname: 'x'.repeat(800) }, annotations: { summary: 'y'.repeat(900) } };
  const body = Buffer.from(JSON.stringify({ alerts: Array.from({ length: 18_400 }, () => alert) }));
  const longest = (): number => {
    const scanner = jsonScanner({ list: 'alerts', most: 10_000 });
    let most = 0;
    for (let i = 0; i < body.length; i += 262_144) {
      const began = process.cpuUsage();
      scanner.write(body.subarray(i, i + 262_144));
      const { user, system } = process.cpuUsage(began);
      most = Math.max(most, (user + system) / 1_000);
    }
    expect(scanner.end()).toMatchObject({ total: 18_400 });
    return most;
  };
  expect(body.length).toBeGreaterThan(32_000_000);
  // The best of three runs, because another process can take the processor during one.
  expect(Math.min(longest(), longest(), longest())).toBeLessThan(50);
});
