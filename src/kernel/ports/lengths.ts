import * as z from 'zod';
import type { FieldFault } from './problem';

/** Faults that are named at once; a list too long is one of them however many items it has. */
const MOST_FAULTS = 20;

/**
 * Lists longer than their schema allows, found before any of their items is parsed: an item can cost a hundred times
 * what sending it cost.
 */
export function lengthFaults(schema: z.ZodType, value: unknown): FieldFault[] {
  const faults: FieldFault[] = [];
  look(schema, value, '', faults);
  return faults;
}

function look(schema: z.ZodType, value: unknown, path: string, faults: FieldFault[]): void {
  if (typeof value !== 'object' || value === null || faults.length >= MOST_FAULTS) return;
  const below = (key: string | number) => (path === '' ? String(key) : `${path}.${key}`);
  const bare = bareOf(schema);
  if (Array.isArray(value) && bare instanceof z.ZodArray) {
    const most = mostOf(bare);
    if (value.length > most) faults.push({ path, message: `Too big: expected array to have <=${most} items` });
    else if (holdsLists(bare.element as z.ZodType))
      for (const [i, item] of value.entries()) look(bare.element as z.ZodType, item, below(i), faults);
  } else if (!Array.isArray(value) && bare instanceof z.ZodObject) {
    for (const [key, field] of Object.entries(bare.shape as Record<string, z.ZodType>)) {
      look(field, (value as Record<string, unknown>)[key], below(key), faults);
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
