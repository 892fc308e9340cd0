import fc from 'fast-check';
import { Problem } from '../ports/problem';
import { isForm, parseForm } from './formBody';

const URLENCODED = 'application/x-www-form-urlencoded';
const multipart = (boundary: string): string => `multipart/form-data; boundary=${boundary}`;
const bytes = (...lines: string[]): Buffer => Buffer.from(lines.join('\r\n'));

/** The fields as `fetch` writes them. */
async function written(form: FormData): Promise<[string, Buffer]> {
  const sent = new Response(form);
  return [sent.headers.get('content-type') ?? '', Buffer.from(await sent.arrayBuffer())];
}

test.each([
  ['application/x-www-form-urlencoded', true],
  ['Application/X-WWW-Form-Urlencoded; charset=utf-8', true],
  ['multipart/form-data; boundary=x', true],
  ['multipart/mixed; boundary=x', false],
  ['application/json', false],
  [undefined, false],
])('the content type %p of a form: %p', (type, is) => expect(isForm(type)).toBe(is));

test('fields of a form are read, and a repeated field is a list', () => {
  expect(parseForm(URLENCODED, Buffer.from('summary=Disk+is%20full&meta=a%3D1&meta=b&meta=c&empty='))).toEqual({
    summary: 'Disk is full',
    meta: ['a=1', 'b', 'c'],
    empty: '',
  });
});

test('a multipart form is read, its files are left out', async () => {
  const form = new FormData();
  form.append('summary', 'Größe: 95 %\r\n--x\r\n');
  form.append('say "hi"', 'yes');
  form.append('image', new Blob(['bytes']), 'image.png');
  form.append('summary', 'again');
  expect(parseForm(...(await written(form)))).toEqual({
    summary: ['Größe: 95 %\r\n--x\r\n', 'again'],
    'say "hi"': 'yes',
  });
});

test('a quoted boundary, names without quotes, and a text around the parts are read', () => {
  const body = bytes(
    'before',
    '--a b',
    'content-disposition: form-data; name=summary',
    '',
    'full',
    '--a b',
    'Content-Type: text/plain',
    '',
    'without a name',
    '--a b--',
    'behind',
  );
  expect(parseForm(multipart('"a b"'), body)).toEqual({ summary: 'full' });
});

test.each([
  ['without a boundary in its type', 'multipart/form-data', bytes('--x', '', 'a', '--x--')],
  ['with a boundary that is too long', multipart('x'.repeat(71)), bytes('--x')],
  ['without its boundary', multipart('x'), bytes('summary=full')],
  ['that is cut off', multipart('x'), bytes('--x', 'Content-Disposition: form-data; name="a"', '', 'text')],
  ['with a part without a head', multipart('x'), bytes('--x', 'text', '--x--')],
  ['that is empty', multipart('x'), bytes('')],
])('a multipart form %s is refused', (_what, type, body) => {
  expect(() => parseForm(type, body)).toThrow(expect.objectContaining({ kind: 'malformed' }));
});

test('a form with more than 1,000 fields is refused', () => {
  expect(() => parseForm(URLENCODED, Buffer.from('a=1&'.repeat(1_001)))).toThrow('at most 1000 fields');
  expect(parseForm(URLENCODED, Buffer.from('a=1&'.repeat(1_000)))['a']).toHaveLength(1_000);
});

test('a name of a prototype is a field like others', () => {
  const fields = parseForm(URLENCODED, Buffer.from('__proto__=x&constructor=y'));
  expect(Object.entries(fields)).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
});

test('any bytes are a form or malformed', () => {
  const pieces = fc.constantFrom(
    '--x',
    '\r\n',
    '\r\n\r\n',
    '--',
    'content-disposition: form-data; name="a"',
    '\0',
    '%',
    '&',
    '=',
  );
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((one) => Buffer.from(one)),
    fc.array(pieces, { maxLength: 20 }).map((all) => Buffer.from(all.join(''))),
  );
  fc.assert(
    fc.property(body, fc.constantFrom(URLENCODED, multipart('x')), (sent, type) => {
      try {
        for (const value of Object.values(parseForm(type, sent)).flat()) expect(typeof value).toBe('string');
      } catch (error) {
        expect(error).toBeInstanceOf(Problem);
      }
    }),
  );
});
