import confusables from './confusables.json';
import { MODULES, SERVICE_NAMES } from './modules';

/**
 * Names that people tell apart by looking at them. Two names with the same **look** are taken for each other: `admin`,
 * `Admin`, `аdmin` with a Cyrillic а, `ad\u200bmin`. The table is derived from confusables.txt (UTS #39, Unicode 13; ©
 * Unicode, Inc., Unicode License), grouped by what the characters look like, after NFKC and lower case.
 */
const LOOKS = new Map(
  Object.entries(confusables).flatMap(([look, characters]) => [...characters].map((one) => [one, look] as const)),
);

/** Characters without a shape of their own: joiners, directions, variation selectors. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}]/gu;

/**
 * What a name looks like; equal for names that people confuse. Not for display.
 * @example lookOf('ｒооt') === lookOf('root')
 */
export function lookOf(name: string): string {
  const plain = name.normalize('NFKC').toLowerCase().normalize('NFKC').replace(UNSEEN, '');
  const look = [...plain].map((one) => LOOKS.get(one) ?? one).join('');
  return look.normalize('NFC').replace(/\s+/g, ' ').trim();
}

/** What Tocsin itself and its services sign with. */
const RESERVED = new Set(
  [
    ...['system', 'anonymous', 'unknown', 'tocsin', 'somebody', 'nobody'],
    'on-call',
    ...MODULES,
    ...Object.values(SERVICE_NAMES),
  ].map(lookOf),
);
const ENVIRONMENT_KEY = new RegExp(`^${lookOf('environment key')} `);

/** Whether a user or key of this name would be taken for Tocsin itself. */
export function isReserved(name: string): boolean {
  const look = lookOf(name);
  return RESERVED.has(look) || ENVIRONMENT_KEY.test(look);
}
