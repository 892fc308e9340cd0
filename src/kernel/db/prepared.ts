import { createHash } from 'node:crypto';

/**
 * Statements with parameters are **prepared** under a name: each connection parses and plans one once, which saves half
 * the cost of a short statement. Texts come from code, so their number is limited. Statements whose text depends on the
 * number of values are not prepared, and the number of names has a bound.
 */
export type Nameable = { text: string; values?: unknown[]; name?: string };

const NAMES_AT_MOST = 500;
/** Lists of placeholders: every length makes a different text. */
const AS_LONG_AS_ITS_VALUES = /\bin \(\$|\), \(\$/i;
const NAME_LENGTH = 24;

const names = new Map<string, string>();
let generation = 0;

/** The statement with a name, or unchanged if it cannot be prepared. */
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

/** Whether a prepared statement failed because its tables were changed or the server no longer has it. */
export function isStale(error: unknown): boolean {
  const { code, message = '' } = error as { code?: unknown; message?: string };
  return code === '26000' || (code === '0A000' && message.includes('cached plan must not change'));
}

/** Gives all statements new names, so that every connection prepares them again. Failures under old names change nothing. */
export function forgetPrepared(failed: Nameable): void {
  if (failed.name?.endsWith(`_${generation}`)) generation += 1;
}
