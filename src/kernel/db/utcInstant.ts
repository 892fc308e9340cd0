const [ZERO, ONE, COLON, DOT, PLUS] = [0x30, 0x31, 0x3a, 0x2e, 0x2b];
const SHORTEST = '2026-01-05 09:00:00+00'.length;
const LONGEST = '2026-01-05 09:00:00.123456+00'.length;
const FRACTION = '2026-01-05 09:00:00.'.length;

/**
 * Parses an instant as Postgres writes nearly all of them: UTC, years 1000 to 9999. The general reader of pg takes three
 * times as long, which counts in long lists. Microseconds are cut off.
 * @returns null for every other form
 */
export function utcInstant(text: string): Date | null {
  const { length } = text;
  const end = length - 3;
  const isPlain =
    (length === SHORTEST || (length > FRACTION + 3 && length <= LONGEST && text.charCodeAt(FRACTION - 1) === DOT)) &&
    text.charCodeAt(0) >= ONE &&
    text.charCodeAt(13) === COLON &&
    text.charCodeAt(16) === COLON &&
    text.charCodeAt(end) === PLUS &&
    text.endsWith('00');
  if (!isPlain) return null;
  const year = two(text, 0) * 100 + two(text, 2);
  const ms = length === SHORTEST ? 0 : milliseconds(text, end);
  return new Date(Date.UTC(year, two(text, 5) - 1, two(text, 8), two(text, 11), two(text, 14), two(text, 17), ms));
}

const digit = (text: string, at: number): number => text.charCodeAt(at) - ZERO;
const two = (text: string, at: number): number => digit(text, at) * 10 + digit(text, at + 1);

/** The first three digits of a fraction that ends before `end`. */
const milliseconds = (text: string, end: number): number =>
  digit(text, FRACTION) * 100 +
  (FRACTION + 1 < end ? digit(text, FRACTION + 1) * 10 : 0) +
  (FRACTION + 2 < end ? digit(text, FRACTION + 2) : 0);
