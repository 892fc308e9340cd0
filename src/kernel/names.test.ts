import fc from 'fast-check';
import { isReserved, lookOf } from './names';

test.each([
  ['case', 'Admin', 'admin'],
  ['a full-width letter', 'ａdmin', 'admin'],
  ['a Cyrillic letter', '\u0430dmin', 'admin'],
  ['a Greek letter', 'r\u03bfot', 'root'],
  ['a zero-width space', 'ad\u200bmin', 'admin'],
  ['a direction mark', 'ad\u202emin', 'admin'],
  ['a ligature', '\ufb01nn', 'finn'],
  ['letters that look like one', 'rnax', 'max'],
  ['a digit for o', 'b0b', 'bob'],
  ['a digit for i', 'adm1n', 'admin'],
  ['l for i', 'admln', 'admin'],
  ['a digit for s', 'u5er', 'user'],
  ['a dotless i', 'adm\u0131n', 'admin'],
  ['a space', 'ad min', 'admin'],
  ['a no-break space', 'on\u00a0 call', 'on call'],
  ['a dot', 'admin.', 'admin'],
  ['a hyphen', 'deploy-bot', 'deploy bot'],
  ['an underscore', 'deploy_bot', 'deploy bot'],
  ['a modifier letter apostrophe', 'admin\u02bc', 'admin'],
  ['a diacritic', 'ádmin', 'admin'],
  ['a combining diacritic', 'a\u0301dmin', 'admin'],
  ['a stroke', 'j\u00f8n', 'jon'],
  ['a sharp s', 'Stra\u00dfe', 'STRASSE'],
  ['a composed letter', 'jose\u0301', 'jos\u00e9'],
])('%s does not make a different name (%s)', (_what, given, known) => {
  expect(lookOf(given)).toBe(lookOf(known));
});

test('names that look different stay different', () => {
  const names = [
    'ann',
    'anna',
    'anne',
    'jose',
    '李雷',
    '韩梅梅',
    'мария',
    'राम',
    'रमा',
    'かき',
    'がき',
    'דן',
    'דין',
    'ada 1',
    'ada 2',
  ];
  expect(new Set(names.map(lookOf)).size).toBe(names.length);
});

test('a name of punctuation alone keeps its look', () => {
  expect(lookOf('...')).not.toBe(lookOf('---'));
});

/** Spellings of each letter that a reader takes for it. */
const SPELLINGS: Record<string, readonly string[]> = {
  a: ['a', 'A', 'á', 'à', 'ä', 'a\u0301', '\u0430', '\uff41', '\u1d43'],
  e: ['e', 'E', 'é', 'ê', '\u0435', '\uff25'],
  i: ['i', 'I', 'í', '1', 'l', 'L', '|', '\u0456', '\u0131', '\u2170'],
  o: ['o', 'O', 'ö', '0', '\u043e', '\u03bf'],
  s: ['s', 'S', '5', '\u0455', 'š'],
  n: ['n', 'N', 'ñ', '\uff4e'],
  c: ['c', 'C', 'ç', '\u0441', '\u217d'],
};
const BETWEEN = ['', ' ', '.', '-', '_', '\u00a0', '\u200b', '\u00ad', '\u202e', '\u2024', "'"];

test('every spelling of a name has its look, and no change of a letter has', () => {
  const letters = Object.keys(SPELLINGS);
  const name = fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(name, fc.array(fc.nat(), { minLength: 24, maxLength: 24 }), fc.nat(), (word, picks, at) => {
      const spelt = word.map((letter, i) => {
        const spellings = SPELLINGS[letter] as readonly string[];
        const spelling = spellings[(picks[2 * i] as number) % spellings.length];
        return `${spelling}${BETWEEN[(picks[2 * i + 1] as number) % BETWEEN.length]}`;
      });
      expect(lookOf(spelt.join(''))).toBe(lookOf(word.join('')));
      const place = at % word.length;
      const other = word.with(place, letters[(letters.indexOf(word[place] as string) + 1) % letters.length] as string);
      expect(lookOf(other.join(''))).not.toBe(lookOf(word.join('')));
    }),
  );
});

test.each([
  ...['system', 'SYSTEM', 's\u0443stem', '5ystem', 'anonymous', 'api-gateway', 'notify', 'environment key 1'],
  ...['room', 'r00m', 'nobody', 'no-body', 'policy', 'p0l1cy', 'On Call'],
])('%s is reserved', (name) => expect(isReserved(name)).toBe(true));

test('ordinary names are not reserved', () => {
  for (const name of ['ada', 'systems', 'grafana', 'on call phone', 'first key', 'rooms', 'admin']) {
    expect(isReserved(name)).toBe(false);
  }
});
