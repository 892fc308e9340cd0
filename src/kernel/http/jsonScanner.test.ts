import fc from 'fast-check';
import { itemsOf, jsonScanner } from './jsonScanner';

/** What the scanner makes of a text that arrives in chunks of some size, put together again. */
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
/** JSON as others write it: blanks anywhere between its tokens. */
const spaced = (json: string, gap: string): string =>
  json.replace(/"(?:[^"\\]|\\.)*"|[[\]{},:]/g, (token) => `${gap}${token}${gap}`);

test('an object is read as JSON.parse reads it, wherever its chunks are cut', () => {
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

test('a text with one character changed is refused exactly if JSON.parse refuses it', () => {
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
  ['a name that is spelt with an escape', '{"\\u0061lerts":[1,2]}'],
  ['a list that is there twice', '{"alerts":[1,2],"alerts":[3]}'],
  ['a list whose name later has another value', '{"alerts":[1,2],"alerts":5}'],
  ['a list of that name further in', '{"a":{"alerts":[1,{}]},"b":[{"alerts":[2]}]}'],
  ['a text that looks like the list', '{"a":"alerts","b":"\\"alerts\\":[1","alerts":["]",",","\\\\"]}'],
  ['a list instead of an object', '["alerts",[1]]'],
  ['a mark of byte order at its beginning', '\ufeff{"alerts":[{}]}'],
])('%s is read as JSON.parse reads it', (_name, text) => {
  expect(scanned(text, 3).value).toEqual(JSON.parse(text.replace('\ufeff', '')));
});

test('of a list that is too long the first items are located, and the others are counted and checked', () => {
  const items = Array.from({ length: 30 }, (_, i) => ({ i }));
  const text = JSON.stringify({ alerts: items });
  expect(scanned(text, 11, 10)).toEqual({ value: { alerts: items.slice(0, 10) }, total: 30 });
  expect(() => scanned(`${text.slice(0, -3)}x]}`, 11, 10)).toThrow('not valid JSON');
});

test('an item or a rest beyond all bounds is refused while it arrives', () => {
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
  // Of several turns the quietest: another process may take the processor in one of them.
  expect(Math.min(longest(), longest(), longest())).toBeLessThan(50);
});
