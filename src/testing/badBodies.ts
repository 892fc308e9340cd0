import { isRecord } from '../alerts/formats/read';

/** Values and changes that make a good body of a request wrong. */

/** How many values a body has, at any depth. */
export function placesIn(body: unknown): number {
  if (Array.isArray(body)) return 1 + body.reduce((sum: number, item) => sum + placesIn(item), 0);
  return isRecord(body) ? placesIn(Object.values(body)) : 1;
}

const REMOVED = Symbol('removed');

/** The same body with one value replaced, or without it. */
export function changedAt(body: unknown, place: number, change: (value: unknown) => unknown): unknown {
  let left = place;
  const walk = (here: unknown): unknown => {
    if (left-- === 0) return change(here);
    if (Array.isArray(here)) return here.map(walk).filter((item) => item !== REMOVED);
    if (!isRecord(here)) return here;
    const fields = Object.entries(here).map(([name, value]) => [name, walk(value)] as const);
    return Object.fromEntries(fields.filter(([, value]) => value !== REMOVED));
  };
  const changed = walk(body);
  return changed === REMOVED ? undefined : changed;
}

export const without = (): unknown => REMOVED;

/** The same body with each text, number or boolean replaced. */
export function eachValue(body: unknown, change: (value: unknown, name: string) => unknown): unknown {
  const walk = (here: unknown, name: string): unknown => {
    if (Array.isArray(here)) return here.map((item) => walk(item, name));
    if (!isRecord(here)) return change(here, name);
    return Object.fromEntries(Object.entries(here).map(([field, value]) => [field, walk(value, field)]));
  };
  return walk(body, '');
}

/** Whether one of the values, at any depth, is wanted. */
export const hasValue = (body: unknown, isWanted: (value: unknown) => boolean): boolean => {
  let found = false;
  eachValue(body, (value) => {
    found ||= isWanted(value);
    return value;
  });
  return found;
};

/** Texts that break careless code: NUL, control characters, lone surrogates, letters that grow in lower case. */
export const TEXTS = [
  '',
  ' \t\r\n',
  '\0',
  'a\0b',
  '\ud800',
  '\udfff\ud800',
  '\u0001\u0008\u001b[31m\u007f\u0085',
  '\u202ecod.exe\u2066\ufeff\u200b',
  'İ'.repeat(300),
  '👩‍👩‍👧‍👦'.repeat(300),
  '\u{10ffff}\ufffe\uffff',
  '__proto__',
  '$1 $& $$',
  "'; drop table alerts; --",
  '{{template}} %s %n',
  'http://[::1',
  'x'.repeat(50_000),
];

const RUNS = ['_', '-', ' ', '/', '"', '(', 'is ', 'a_', 'http://', '\n', '[', '?token=', 'eyJ'];

/** A text on which a careless pattern takes minutes: 200 KB of runs, which many patterns read once for each character. */
export const LONG_TEXT = RUNS.map((part) => part.repeat(Math.ceil(15_000 / part.length))).join('');

/** Values of other types than expected. */
export const OTHERS: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e300,
  0.1,
  Number.MAX_SAFE_INTEGER,
  'x',
  [],
  {},
  [[]],
  [null],
  [{}],
  ['x', 7],
  { a: { b: [] } },
  { toString: 1, valueOf: 1 },
];

/** Instants that are out of every range, or none. */
export const TIMES: readonly unknown[] = [
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00Z',
  '1969-12-31T23:59:59.999Z',
  '9999-12-31T23:59:59.999999999Z',
  '10000-01-01T00:00:00Z',
  '-271821-04-20T00:00:00Z',
  '+275760-09-13T00:00:00.000Z',
  '+275760-09-13T00:00:00.001Z',
  '2026-02-30T25:61:61Z',
  '2026-03-02T09:00:00+99:99',
  'yesterday',
  0,
  -1,
  1e9,
  1e12,
  1e18,
  1e300,
];

const INSTANT = /^\d{4}-\d\d-\d\dT|^\d{10,19}$/;
export const isInstant = (value: unknown): boolean => INSTANT.test(String(value));

/** Fields that tools send and samples may lack. */
const USUAL = ['job', 'app', 'component', 'host', 'title', 'url', 'alertname', 'rulename', 'grafana_folder', 'summary'];

/** The same body with a long text in the place of each text, and in usual fields, one at a time. */
export function* withLongText(body: unknown): Generator<unknown> {
  for (let place = 0; place < placesIn(body); place++) {
    let isText = false;
    const changed = changedAt(body, place, (value) => {
      isText = typeof value === 'string';
      return LONG_TEXT;
    });
    if (isText) yield changed;
  }
  for (const name of USUAL) yield withField(body, name, LONG_TEXT);
}

/** The same body with a field in the first object that holds no others, which are often the labels. */
function withField(body: unknown, name: string, value: unknown): unknown {
  let done = false;
  const walk = (here: unknown): unknown => {
    if (Array.isArray(here)) return here.map(walk);
    if (!isRecord(here)) return here;
    const fields = Object.fromEntries(Object.entries(here).map(([field, inner]) => [field, walk(inner)]));
    if (done) return fields;
    done = true;
    return { ...fields, [name]: value };
  };
  return walk(body);
}

/** Names that mean something in JavaScript, or nothing. */
const NAMES = ['__proto__', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'length', '', ' ', '\0'];

/** The same body with many more fields in each of its objects. */
export function widened(body: unknown, count: number, value: unknown): unknown {
  if (Array.isArray(body)) return body.map((item) => widened(item, count, value));
  if (!isRecord(body)) return body;
  const fields = Object.entries(body).map(([name, inner]) => [name, widened(inner, count, value)] as const);
  const more = Array.from({ length: count }, (_, n) => [
    `${NAMES[n % NAMES.length]}${n < NAMES.length ? '' : n}`,
    value,
  ]);
  return Object.fromEntries([...more, ...fields]);
}
