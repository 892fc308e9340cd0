import { parsePhoneNumberFromString } from 'libphonenumber-js/min';

const LONGEST_TYPED = 40;

/** A phone number in E.164, such as `+14155552671`; null if the text is no valid international number, or has an extension. */
export function e164(text: string): string | null {
  const typed = text.trim().replace(/^00/, '+');
  if (!typed.startsWith('+') || typed.length > LONGEST_TYPED) return null;
  const number = parsePhoneNumberFromString(typed);
  return number?.isValid() && number.ext === undefined ? number.number : null;
}

/** The address of channels that reach a phone. */
export const phoneAddress = {
  kind: 'phone',
  people: true,
  hint: 'A phone number with its country, such as +14155552671.',
  example: { text: '+14155552671', shown: '+14155552671' },
  accepts: (address: string) => e164(address) !== null,
  spelling: (address: string) => e164(address) ?? address.trim(),
} as const;
