import * as fc from 'fast-check';
import { marksOf } from './inline';

const read = (text: string) => marksOf(text).map((mark) => [mark.kind, mark.text]);

test('marks are read from left to right, and a mark without an end is text', () => {
  expect(read('a **b** _c_ *d* `e*f*` __g__')).toEqual([
    ['text', 'a '],
    ['strong', 'b'],
    ['text', ' _c_ '],
    ['em', 'd'],
    ['text', ' '],
    ['code', 'e*f*'],
    ['text', ' '],
    ['strong', 'g'],
  ]);
  for (const text of ['[a]', '[a](ftp://b)', '[](ftp://a)', '**', '* a*', '`', '[[[', 'http://']) {
    expect(read(text)).toEqual([['text', text]]);
  }
});

test('a link leads to its address', () => {
  expect(marksOf('[the book](https://run.example/a) or http://b.example, (http://c.example)')).toEqual([
    { kind: 'link', text: 'the book', href: 'https://run.example/a' },
    { kind: 'text', text: ' or ' },
    { kind: 'link', text: 'http://b.example,', href: 'http://b.example,' },
    { kind: 'text', text: ' (' },
    { kind: 'link', text: 'http://c.example', href: 'http://c.example' },
    { kind: 'text', text: ')' },
  ]);
});

const PIECE = fc.constantFrom('[', ']', '(', ')', '](', '*', '**', '_', '__', '`', 'http://', 'h', 'a', ' ', '\u2028');
const millisecondsOf = (text: string): number => {
  const began = performance.now();
  marksOf(text);
  return performance.now() - began;
};

test('twice the text takes about twice the time, for each repeated mark', () => {
  void fc.assert(
    fc.property(fc.array(PIECE, { minLength: 1, maxLength: 4 }), fc.array(PIECE, { maxLength: 2 }), (unit, tail) => {
      const of = (length: number) => unit.join('').repeat(length).slice(0, length) + tail.join('');
      const fastest = (length: number) => Math.min(...[1, 2, 3].map(() => millisecondsOf(of(length))));
      // A reader of quadratic time takes a second for these, and four times as long for twice as many.
      expect(fastest(40_000)).toBeLessThan(100 + 3 * fastest(20_000));
    }),
    { numRuns: 60 },
  );
});

test('20,000 opening brackets are read without delay', () => {
  expect(millisecondsOf('['.repeat(20_000))).toBeLessThan(50);
  expect(millisecondsOf(`${'['.repeat(20_000)}](http://${'a'.repeat(20_000)}`)).toBeLessThan(50);
});

test('a line of many marks is bounded', () => {
  expect(marksOf('`a`'.repeat(10_000)).length).toBeLessThanOrEqual(2_001);
});
