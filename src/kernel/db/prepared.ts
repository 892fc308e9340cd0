import { createHash } from 'node:crypto';

/**
 * Statements with parameters are **prepared** under a name: each connection parses and plans one once, which is half of
 * what our short statements cost. Texts come from code, so there are only so many of them; those whose text depends on
 * how many values they are given are not among them, and the number of names is bounded all the same.
 */
export type Nameable = { text: string; values?: unknown[]; name?: string };

const NAMES_AT_MOST = 500;
/** Lists of placeholders, of which there is another text for every length. */
const AS_LONG_AS_ITS_VALUES = /\bin \(\$|\), \(\$/i;
const NAME_LENGTH = 24;

const names = new Map<string, string>();
let generation = 0;

/** The statement under its name, or as it is where it has none. */
export function prepared<S extends Nameable>(statement: S): S {
  const name = (statement.values?.length ?? 0) > 0 ? nameOf(statement.text) : undefined;
  return name === undefined ? statement : { ...statement, name: `${name}_${generation}` };
}

function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined) return known;
  if (names.size >= NAMES_AT_MOST || AS_LONG_AS_ITS_VALUES.test(text)) return undefined;
  const name = createHash('sha256').update(text).digest('hex').slice(0, NAME_LENGTH);
  names.set(text, name);
  return name;
}

/** Whether a prepared statement failed because its tables were changed, or the statement taken away, under it. */
export function isStale(error: unknown): boolean {
  const { code, message = '' } = error as { code?: unknown; message?: string };
  return code === '26000' || (code === '0A000' && message.includes('cached plan must not change'));
}

/** Prepares everything anew from now on, on every connection; once for all that fail under the same names. */
export function forgetPrepared(failed: Nameable): void {
  if (failed.name?.endsWith(`_${generation}`)) generation += 1;
}
