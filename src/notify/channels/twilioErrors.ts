import { shortAddress } from '../methods/address';

/** Whose fault an error code of a Twilio-compatible provider is. https://www.twilio.com/docs/api/errors */
export type Fault =
  /** The number can never be reached, or its owner refuses messages. */
  | 'number'
  /** The account: log-in, balance, its own sender, permissions. The operator must repair it. */
  | 'provider'
  /** It may pass. */
  | 'temporary';

const FAULTS: Record<Fault, readonly number[]> = {
  number: [
    13223, 13224, 21211, 21214, 21217, 21265, 21610, 21612, 21614, 21635, 30004, 30005, 30006, 32005, 60200, 60205,
  ],
  provider: [
    10001, 10002, 20003, 20005, 20006, 20008, 20404, 21203, 21210, 21212, 21213, 21215, 21216, 21219, 21408, 21603,
    21606, 21608, 21609, 21654, 21659, 21660, 21661, 21703, 21705, 30002, 30032, 30034, 30035,
  ],
  temporary: [20429, 20500, 20503, 21611, 30001, 30003, 30007, 30008, 30009, 30010, 30022, 30023, 30027],
};

/** Whose fault a code is; null for one that we do not know. */
export function faultOf(code: number | null): Fault | null {
  const found = Object.entries(FAULTS).find(([, codes]) => code !== null && codes.includes(code));
  return (found?.[0] as Fault | undefined) ?? null;
}

const WORDS: Record<number, string> = {
  21211: 'this is no valid phone number',
  21610: 'the owner of this number replied STOP',
  21614: 'this number cannot take SMS',
  30001: 'the queue of the provider is full',
  30002: 'the account is suspended',
  30003: 'the phone is switched off or out of reach',
  30004: 'the phone or its network blocks our messages',
  30005: 'the number is unknown or no longer in use',
  30006: 'a landline, or a network that takes no SMS',
  30007: 'the network filtered the message',
  30008: 'unknown error of the network',
  30034: 'the sender is not registered for messages to US numbers',
};

/** A phone number in the words of a provider, also one that was cut off. */
const NUMBER = /\+\d{5,15}|\b\d{8,15}\b/g;

/** A code with its meaning, as `30006: a landline`. Every reader of an incident sees it, so it holds no whole phone number. */
export const errorWords = (code: number, message = ''): string =>
  [String(code), WORDS[code] ?? message.replace(NUMBER, (number) => shortAddress(number, 'phone'))]
    .filter((part) => part !== '')
    .join(': ');
