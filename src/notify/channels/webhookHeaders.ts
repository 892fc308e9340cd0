import * as z from 'zod';

/** Headers that an operator adds to requests of the webhook channel, such as a token that the receiver asks for. */

const MOST = 10;
const LONGEST_NAME = 64;
const LONGEST_VALUE = 1_000;
const NAME = new RegExp(`^[A-Za-z0-9!#$%&'*+.^_\`|~-]{1,${LONGEST_NAME}}$`);
/** No line end and no other control character, so that a value cannot begin another header. */
const VALUE = new RegExp(`^[\\x20-\\x7e]{1,${LONGEST_VALUE}}$`);

/** The connection, the framing, the receiver and the signature are ours. */
const OURS = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer'],
  ...['transfer-encoding', 'upgrade', 'http2-settings', 'expect', 'host', 'content-length', 'content-type'],
  ...['content-encoding', 'user-agent'],
]);
const SIGNATURE = /^webhook-/;

/** JSON text of an object with header names and values. */
export const HeadersSetting = z
  .string()
  .superRefine((text, context) => {
    const message = faultOf(text);
    if (message !== null) context.addIssue({ code: 'custom', message });
  })
  .optional();

/** The headers by lower-case name. The text is a valid setting. */
export const extraHeaders = (text: string | undefined): Record<string, string> =>
  Object.fromEntries(
    ((text === undefined ? null : entriesOf(text)) ?? []).map(([name, value]) => [name.toLowerCase(), value]),
  );

function faultOf(text: string): string | null {
  const entries = entriesOf(text);
  if (entries === null) return 'must be a JSON object of texts';
  if (entries.length > MOST) return `must have at most ${MOST} headers`;
  const names = entries.map(([name]) => name.toLowerCase());
  if (new Set(names).size < names.length) return 'must name each header once';
  for (const [n, [name, value]] of entries.entries()) {
    const lower = names[n] as string;
    if (!NAME.test(name)) return 'has a name that is no name of a header';
    if (OURS.has(lower) || SIGNATURE.test(lower)) return `must not set ${lower}`;
    if (!VALUE.test(value)) return `must give ${lower} 1 to ${LONGEST_VALUE} printable ASCII characters`;
  }
  return null;
}

function entriesOf(text: string): [string, string][] | null {
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read !== 'object' || read === null || Array.isArray(read)) return null;
    const entries = Object.entries(read);
    return entries.every((entry): entry is [string, string] => typeof entry[1] === 'string') ? entries : null;
  } catch {
    return null;
  }
}
