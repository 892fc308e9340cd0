import * as z from 'zod';
import type { FieldFault } from './problem';

/** At most this many errors are returned. A list that is too long is one error. */
const MOST_FAULTS = 20;

/**
 * Finds lists that are longer than their schema allows, before their items are parsed: parsing an item can cost a hundred
 * times as much as sending it.
 */
export function lengthFaults(schema: z.ZodType, value: unknown): FieldFault[] {
  const faults: FieldFault[] = [];
  checkLengths(schema, value, '', faults);
  return faults;
}

function checkLengths(schema: z.ZodType, value: unknown, path: string, faults: FieldFault[]): void {
  if (typeof value !== 'object' || value === null || faults.length >= MOST_FAULTS) return;
  const below = (key: string | number) => (path === '' ? String(key) : `${path}.${key}`);
  const bare = bareOf(schema);
  if (Array.isArray(value) && bare instanceof z.ZodArray) {
    const most = mostOf(bare);
    if (value.length > most) faults.push({ path, message: `Too big: expected array to have <=${most} items` });
    else if (holdsLists(bare.element as z.ZodType))
      for (const [i, item] of value.entries()) checkLengths(bare.element as z.ZodType, item, below(i), faults);
  } else if (!Array.isArray(value) && bare instanceof z.ZodObject) {
    for (const [key, field] of Object.entries(bare.shape as Record<string, z.ZodType>)) {
      checkLengths(field, (value as Record<string, unknown>)[key], below(key), faults);
    }
  }
}

function bareOf(schema: z.ZodType): z.ZodType {
  let bare = schema;
  while (bare instanceof z.ZodOptional || bare instanceof z.ZodNullable || bare instanceof z.ZodDefault) {
    bare = bare.unwrap() as z.ZodType;
  }
  return bare;
}

const holdsLists = (schema: z.ZodType): boolean => {
  const bare = bareOf(schema);
  return bare instanceof z.ZodArray || bare instanceof z.ZodObject;
};

function mostOf(schema: z.ZodArray): number {
  const checks = (schema.def.checks ?? []).map((check) => check._zod.def as { check: string; maximum?: number });
  return Math.min(...checks.flatMap(({ check, maximum }) => (check === 'max_length' && maximum) || []), Infinity);
}
