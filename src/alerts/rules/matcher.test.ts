import fc from 'fast-check';
import { compileMatcher, MatcherRefused, matcherText, matchesEverything, OPERATORS, parseMatchers } from './matcher';
import { compilePattern, PatternRefused } from './pattern';
import { costOf } from './patternCost';

const accepts = (pattern: string, value: string) => compilePattern(pattern).test(value);
const test1 = (text: string, value: string) => compileMatcher(parseMatchers(text)[0]!).test(value);

test('a list of matchers is read with and without braces, quotes and a comma at the end', () => {
  const expected = [
    { name: 'env', operator: '=', value: 'prod' },
    { name: 'service', operator: '=~', value: 'pay.*' },
    { name: 'zone', operator: '!=', value: 'eu' },
    { name: 'pod', operator: '!~', value: 'a|b' },
  ];
  expect(parseMatchers('env="prod", service=~"pay.*", zone!="eu",pod!~"a|b"')).toEqual(expected);
  expect(parseMatchers('{env=prod,service=~pay.*, zone != eu , "pod"!~a|b,}')).toEqual(expected);
  expect(parseMatchers('{}')).toEqual([]);
});

test('a quoted name can hold any character, and quoted values keep unknown escapes', () => {
  expect(parseMatchers('"größe \\"x\\""=~"\\\\d\\w\\n"')).toEqual([
    { name: 'größe "x"', operator: '=~', value: '\\d\\w\n' },
  ]);
});

test.each(['env', '=x', 'env=="x"x', 'env="x', '{env="x"', 'env="x"}', 'a="b" c="d"', ','])(
  'the text %s is refused',
  (text) => {
    expect(() => parseMatchers(text)).toThrow(MatcherRefused);
  },
);

test('every matcher is read back from its text', () => {
  const matcher = fc.record({
    name: fc.string({ minLength: 1, maxLength: 20 }),
    operator: fc.constantFrom(...OPERATORS),
    value: fc.string({ maxLength: 40 }),
  });
  fc.assert(
    fc.property(matcher, (given) => {
      expect(parseMatchers(matcherText(given))).toEqual([given]);
    }),
  );
});

test('patterns are anchored at both ends', () => {
  expect(accepts('pay.*', 'payments')).toBe(true);
  expect(accepts('pay.*', 'repay')).toBe(false);
  expect(accepts('a|bc', 'bc')).toBe(true);
  expect(accepts('a|bc', 'abc')).toBe(false);
  expect(accepts('db-[0-9]+', 'db-17')).toBe(true);
  expect(accepts('db-[0-9]+', 'db-17x')).toBe(false);
});

test('RE2 forms that JavaScript writes in another way are accepted', () => {
  expect(accepts('(?i)Disk [A-F]{2}', 'dISK ab')).toBe(true);
  expect(accepts('(?s)a.b', 'a\nb')).toBe(true);
  expect(accepts('a.b', 'a\nb')).toBe(false);
  expect(accepts('(?P<host>web|db)\\-\\d', 'db-1')).toBe(true);
});

test.each([
  '(a)\\1',
  '(?=a)b',
  '(?<!a)b',
  'a{1,1000}',
  '[[:alpha:]]',
  '\\p{L}',
  'a)(b',
  '(',
  '[a',
  '*',
  '\\',
  'x'.repeat(501),
])('the pattern %s is refused with a reason', (pattern) => {
  expect(() => compilePattern(pattern)).toThrow(PatternRefused);
  expect(() => compilePattern(pattern)).toThrow(/\w{4}/);
});

test.each([
  ['a.b', 3, false],
  ['(ab|c)[x\\]y]\\d?', 5, false],
  ['(a{2}b){3}', 9, false],
  ['a{1,4}b{2,}', 7, true],
  ['(?:.*){10}', 10, true],
])('the pattern %s has %d parts', (pattern, parts, unbounded) => {
  expect(costOf(pattern)).toEqual({ parts, unbounded });
});

test.each(['(.*){16}(.*){16}'.repeat(8), '(a*a*a*){15}'.repeat(40), '(a?){15}'.repeat(55), '.*'.repeat(240)])(
  'the pattern %s, which takes longer than 50 ms, is refused',
  (pattern) => {
    expect(() => compilePattern(pattern)).toThrow(/takes too long/);
  },
);

test('a pattern that runs away in other engines is matched in time', () => {
  const { test: matches } = compilePattern('(a+)+b|(x*)*y');
  const started = performance.now();
  expect(matches('a'.repeat(2_000))).toBe(false);
  expect(performance.now() - started).toBeLessThan(1_000);
});

test('direct comparisons of common patterns agree with the engine', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '.', '-', '\n'), maxLength: 4 });
  const literal = (text: string) => text.replace(/[.]/g, '\\.');
  const forms = fc.constantFrom<(text: string) => string>(
    (text) => `${literal(text)}.*`,
    (text) => `.*${literal(text)}`,
    (text) => `.*${literal(text)}.*`,
    (text) => `${literal(text)}|b`,
  );
  fc.assert(
    fc.property(word, forms, word, (text, form, value) => {
      const pattern = form(text);
      expect([pattern, value, accepts(pattern, value)]).toEqual([
        pattern,
        value,
        new RegExp(`^(?:${pattern})$`).test(value),
      ]);
    }),
  );
});

test('an absent label counts as an empty value', () => {
  expect(test1('team=""', '')).toBe(true);
  expect(test1('team!=""', '')).toBe(false);
  expect(test1('team!="a"', '')).toBe(true);
  expect(test1('team=~".+"', '')).toBe(false);
  expect(test1('team!~"a|b"', 'c')).toBe(true);
});

test('a list that accepts empty values everywhere matches everything', () => {
  const all = (text: string) => matchesEverything(parseMatchers(text).map(compileMatcher));
  expect(all('a=~".*",b!="x"')).toBe(true);
  expect(all('a=~".*",b="x"')).toBe(false);
});
