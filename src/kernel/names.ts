import confusables from './confusables.json';
import { MODULES, SERVICE_NAMES } from './modules';

/**
 * Names that people distinguish by sight. A reader confuses two names with the same **look**: `admin`, `Admin`, `аdmin`
 * with a Cyrillic а, `ad\u200bmin`. The table is derived from confusables.txt (UTS #39, Unicode 13; © Unicode, Inc.,
 * Unicode License). It groups characters by their look, after NFKC and lower case.
 */
const LOOKS = new Map(
  Object.entries(confusables).flatMap(([look, characters]) => [...characters].map((one) => [one, look] as const)),
);

/** Invisible characters: joiners, direction marks, variation selectors. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}]/gu;

/**
 * The look of a name: equal for names that people confuse. Not for display.
 * @example lookOf('ｒооt') === lookOf('root')
 */
export function lookOf(name: string): string {
  const plain = name.normalize('NFKC').toLowerCase().normalize('NFKC').replace(UNSEEN, '');
  const look = [...plain].map((one) => LOOKS.get(one) ?? one).join('');
  return look.normalize('NFC').replace(/\s+/g, ' ').trim();
}

/** Names that Tocsin and its services use as actors. */
const RESERVED = new Set(
  [
    ...['system', 'anonymous', 'unknown', 'tocsin', 'somebody', 'nobody'],
    'on-call',
    ...MODULES,
    ...Object.values(SERVICE_NAMES),
  ].map(lookOf),
);
const ENVIRONMENT_KEY = new RegExp(`^${lookOf('environment key')} `);

/** Whether a reader would confuse a user or key of this name with Tocsin itself. */
export function isReserved(name: string): boolean {
  const look = lookOf(name);
  return RESERVED.has(look) || ENVIRONMENT_KEY.test(look);
}
