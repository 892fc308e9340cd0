import { createHash, createHmac } from 'node:crypto';
import type { InboundRequest } from './inbound';
import { isSigned, signatureOf } from './twilioSignature';

/** The fields of the example on Twilio's page about security, whose token is 12345. */
const FIELDS = {
  CallSid: 'CA1234567890ABCDE',
  Caller: '+14158675309',
  Digits: '1234',
  From: '+14158675309',
  To: '+18005551212',
};
const URL_ = 'https://mycompany.com/myapp.php?foo=1&bar=2';
const PUBLISHED = 'RSOYDt4T1cUTdK1PDd93/VVr8B8=';

const request = (over: Partial<InboundRequest> = {}): InboundRequest => ({
  method: 'POST',
  url: URL_,
  path: '',
  headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8', 'x-twilio-signature': PUBLISHED },
  query: {},
  body: Buffer.from(new URLSearchParams(FIELDS).toString()),
  at: new Date('2026-01-05T09:00:00Z'),
  ...over,
});

const signed = (text: string, key = '12345') => createHmac('sha1', key).update(text).digest('base64');
const headersWith = (signature: string, type = 'application/x-www-form-urlencoded', name = 'x-twilio-signature') => ({
  'content-type': type,
  [name]: signature,
});

test("is that of Twilio's published examples", () => {
  const form = (number: string) => new URLSearchParams({ ...FIELDS, Caller: number, From: number });
  expect(signatureOf('12345', URL_, form('+14158675309'))).toBe(PUBLISHED);
  expect(signatureOf('12345', URL_, form('+12349013030'))).toBe('0/KCTR6DLpKmkAf8muzZqo1nDgQ=');
});

test('is accepted with any of the keys, and refused with another one', () => {
  expect(isSigned(request(), ['other', '12345'])).toBe(true);
  expect(isSigned(request(), ['other'])).toBe(false);
  expect(isSigned(request(), [])).toBe(false);
});

test('is accepted in the header of SignalWire', () => {
  const headers = headersWith(PUBLISHED, undefined, 'x-signalwire-signature');
  expect(isSigned(request({ headers }), ['12345'])).toBe(true);
});

test.each([
  ['no signature', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
  ['an empty signature', { headers: headersWith('') }],
  ['another field', { body: Buffer.from(new URLSearchParams({ ...FIELDS, Digits: '4' }).toString()) }],
  ['one more field', { body: Buffer.from(new URLSearchParams({ ...FIELDS, Zero: '' }).toString()) }],
  ['another query', { url: 'https://mycompany.com/myapp.php?foo=1&bar=3' }],
  ['another path', { url: 'https://mycompany.com/tocsin/myapp.php?foo=1&bar=2' }],
  ['another host', { url: 'https://example.com/myapp.php?foo=1&bar=2' }],
  ['a URL that is none', { url: 'mycompany' }],
] as [string, Partial<InboundRequest>][])('is refused with %s', (_what, over) => {
  expect(isSigned(request(over), ['12345'])).toBe(false);
});

const body = Buffer.from('A=1');
const at = (url: string, signedUrl: string, of = body) =>
  request({ url, headers: headersWith(signed(`${signedUrl}A1`)), body: of });

test.each([
  ['https://t.example.com/x?a=1', 'https://t.example.com:443/x?a=1'],
  ['https://t.example.com:443/x?a=1', 'https://t.example.com/x?a=1'],
  ['http://t.example.com/x', 'http://t.example.com:80/x'],
  ['https://t.example.com:8443/tocsin/x', 'https://t.example.com/tocsin/x'],
  ['https://t.example.com:8443/tocsin/x', 'https://t.example.com:8443/tocsin/x'],
  ['https://t.example.com/x?a=1+2', 'https://t.example.com/x?a=1%202'],
  ["https://t.example.com/x?a='1'", "https://t.example.com:443/x?a='1'"],
  ["https://t.example.com/x?a='1'", 'https://t.example.com/x?a=%271%27'],
  ['https://t.example.com/x?a=%c3%a4', 'https://t.example.com:443/x?a=%C3%A4'],
])('of %s counts if the provider signed %s', (url, signedUrl) => {
  expect(isSigned(at(url, signedUrl), ['12345'])).toBe(true);
});

test('covers a repeated field once for each value, sorted', () => {
  const repeated = Buffer.from('B=2&A=z&B=1&B=2');
  const headers = headersWith(signed(`${URL_}AzB1B2`));
  expect(isSigned(request({ headers, body: repeated }), ['12345'])).toBe(true);
});

test('covers text beyond ASCII as UTF-8', () => {
  const headers = headersWith(signed(`${URL_}BodyJa, jürgen 🔥`));
  const umlauts = Buffer.from(new URLSearchParams({ Body: 'Ja, jürgen 🔥' }).toString());
  expect(isSigned(request({ headers, body: umlauts }), ['12345'])).toBe(true);
});

describe('the signature of JSON', () => {
  const json = Buffer.from('{"a":1}');
  const url = `https://t.example.com/x?bodySHA256=${createHash('sha256').update(json).digest('hex')}`;
  const headers = headersWith(signed(url), 'application/json');

  test('covers the body by its hash in the URL', () => {
    expect(isSigned(request({ url, headers, body: json }), ['12345'])).toBe(true);
    expect(isSigned(request({ url, headers, body: Buffer.from('{"a":2}') }), ['12345'])).toBe(false);
  });
});
