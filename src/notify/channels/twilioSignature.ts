import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { parse, stringify } from 'node:querystring';
import type { InboundRequest } from './inbound';

const HEADERS = ['x-twilio-signature', 'x-signalwire-signature'];

/** The signature of a request: HMAC-SHA1, in base64, of the URL and the sorted fields. https://www.twilio.com/docs/usage/security */
export function signatureOf(key: string, url: string, fields: URLSearchParams): string {
  const names = [...new Set(fields.keys())].sort();
  const text = names.flatMap((name) => [...new Set(fields.getAll(name))].sort().map((value) => name + value)).join('');
  return createHmac('sha1', key)
    .update(url + text, 'utf8')
    .digest('base64');
}

/**
 * Whether one of the keys signed the request. A provider signs the URL as it was entered, so it counts with and without its
 * port, and in the usual encodings of its query. A body that is no form is signed by the hash in the query.
 */
export function isSigned({ url, headers, body }: InboundRequest, keys: readonly string[]): boolean {
  const given = HEADERS.map((name) => headers[name]).filter((value) => value !== undefined);
  if (given.length === 0 || !URL.canParse(url)) return false;
  const fields = signedFields(url, headers['content-type'] ?? '', body);
  if (fields === null) return false;
  const spellings = spellingsOf(url);
  return keys.some((key) =>
    spellings.some((spelling) => given.some((one) => isEqual(one, signatureOf(key, spelling, fields)))),
  );
}

/** Whether a key of any of the accounts signed the request. */
export const isSignedBy = (accounts: readonly { keys: readonly string[] }[], request: InboundRequest): boolean =>
  isSigned(
    request,
    accounts.flatMap(({ keys }) => keys),
  );

/** The fields that the signature covers; null if the body is not the one that the URL names by its hash. */
function signedFields(url: string, type: string, body: Buffer): URLSearchParams | null {
  const hash = new URL(url).searchParams.get('bodySHA256');
  if (hash === null) return isForm(type) ? formOf(body) : new URLSearchParams();
  const own = createHash('sha256').update(body).digest('hex');
  return isEqual(hash.toLowerCase(), own) ? new URLSearchParams() : null;
}

const isForm = (type: string): boolean => /^application\/x-www-form-urlencoded\b/i.test(type);

/** The fields of a form body. */
export const formOf = (body: Buffer): URLSearchParams => new URLSearchParams(body.toString('utf8'));

function spellingsOf(url: string): string[] {
  const encoded = [url, new URL(url).href];
  const ports = encoded.flatMap((one) => [one, withPort(one, 'without'), withPort(one, 'with')]);
  return [...new Set([...ports, ...ports.map(withLegacyQuery)])];
}

/** The URL with the standard port of its scheme where it names none, or without any port. */
function withPort(url: string, mode: 'with' | 'without'): string {
  const { protocol, host, hostname, port } = new URL(url);
  const standard = protocol === 'https:' ? '443' : '80';
  const place = mode === 'without' ? hostname : `${hostname}:${port === '' ? standard : port}`;
  const [scheme, rest] = url.split('//', 2) as [string, string];
  const typed = rest.split(/[/?#]/, 1)[0] as string;
  return host === '' ? url : `${scheme}//${place}${url.slice(scheme.length + 2 + typed.length)}`;
}

function withLegacyQuery(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? url : `${url.slice(0, at)}?${stringify(parse(url.slice(at + 1)))}`;
}

function isEqual(given: string, expected: string): boolean {
  const [one, two] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === two.length && timingSafeEqual(one, two);
}
