import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import type { ChannelAddress } from '../channels/channel';

/** The stored spelling of addresses, and how they are shown to others. */

type Kind = Pick<ChannelAddress, 'kind' | 'accepts' | 'spelling' | 'ignoresCase' | 'isTarget' | 'hint'>;

/** An address in its stored spelling; `key` is equal for all spellings of one address. */
export interface Spelled {
  address: string;
  key: string;
}

/** The stored spelling of an address that a person typed, or the fault to show. */
export function spelledAddress(typed: string, kind: Kind): Spelled | { fault: string } {
  const text = typed.trim();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an address must not end a header or a line.
  if (/[\u0000-\u001f\u007f]/.test(text)) return { fault: 'Must not contain control characters' };
  const phone = kind.kind === 'phone' ? phoneOf(text) : text;
  if (phone === null) return { fault: 'Must be a phone number that begins with + and the code of its country' };
  const address = kind.spelling?.(phone) ?? phone;
  if (address === '' || kind.accepts?.(address) === false) return { fault: `Not a valid address. ${kind.hint}` };
  return { address, key: keyOfAddress(address, kind) };
}

/** The key of an address in its stored spelling. */
export const keyOfAddress = (address: string, { ignoresCase }: Pick<ChannelAddress, 'ignoresCase'>): string =>
  ignoresCase ? address.toLowerCase() : address;

/** A phone number in E.164; null if it is none. 00 is the international prefix of most countries. */
function phoneOf(text: string): string | null {
  const number = parsePhoneNumberFromString(text.replace(/^00/, '+'));
  return number?.isValid() && !number.ext ? number.number : null;
}

/** An address as other people see it: long enough to distinguish two, too short to use. */
export function shortAddress(address: string, kind: ChannelAddress['kind']): string {
  if (kind === 'device') return '…';
  const at = address.lastIndexOf('@');
  if (kind === 'email' && at > 0) return `${address.slice(0, 1)}…${address.slice(at)}`;
  if (kind === 'phone') return `${address.slice(0, 3)}…${address.slice(-2)}`;
  return address.length <= 4 ? '…' : `${address.slice(0, 2)}…`;
}
