import { atOnce, type Steps } from '../async/steps';
import type { FieldFault } from './problem';

const MAX_DEPTH = 24;
const MAX_FAULTS = 20;
/** How many values are checked between two steps. */
const WITHOUT_PAUSE = 500;

/**
 * Finds values that schemas accept but the database cannot store: NUL characters and lone surrogates (Postgres refuses
 * both), infinite numbers, `__proto__` as a key, and nesting deeper than 24. At most 20 errors. The walk is iterative, so
 * that deep nesting does not overflow the stack.
 */
export const jsonFaults = (value: unknown): FieldFault[] => atOnce(jsonSafetySteps(value));

/** The same as steps, so that it can be interrupted. */
export function* jsonSafetySteps(value: unknown): Steps<FieldFault[]> {
  const faults: FieldFault[] = [];
  const open: { value: unknown; path: string; depth: number }[] = [{ value, path: '', depth: 0 }];
  for (let seen = 0; open.length > 0 && faults.length < MAX_FAULTS; seen++) {
    if (seen % WITHOUT_PAUSE === 0) yield;
    const { value: item, path, depth } = open.pop() as (typeof open)[number];
    const message = typeof item === 'object' ? (depth > MAX_DEPTH ? 'Nested too deeply' : null) : scalarFault(item);
    if (message !== null) {
      faults.push({ path, message });
      continue;
    }
    if (typeof item !== 'object' || item === null) continue;
    for (const key of Object.keys(item)) {
      const below = path === '' ? key : `${path}.${key}`;
      const fault = key === '__proto__' ? 'This key is not allowed' : scalarFault(key);
      if (fault !== null) faults.push({ path: printable(below), message: fault });
      else open.push({ value: (item as Record<string, unknown>)[key], path: below, depth: depth + 1 });
    }
  }
  return faults;
}

function scalarFault(value: unknown): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? null : 'The number is out of range';
  if (typeof value !== 'string') return null;
  if (value.includes('\0')) return 'NUL characters are not allowed';
  return value.isWellFormed() ? null : 'The text is not well-formed Unicode';
}

const printable = (path: string): string => path.replaceAll('\0', '\\0').toWellFormed();
