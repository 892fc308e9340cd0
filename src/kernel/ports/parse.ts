import * as z from 'zod';
import type { Steps } from '../async/steps';
import { LIGHT, lightGroups, weightOf } from './weight';

/**
 * Parses a value in steps, so that large lists can be interrupted. The result equals that of `parse`: only plain objects
 * and plain lists are split, everything else is parsed as a whole.
 * @throws ZodError whose paths are relative to the part that was parsed
 */
export function* parseSteps(schema: z.ZodType, value: unknown): Steps<unknown> {
  if (weightOf(value, LIGHT) <= LIGHT) return schema.parse(value);
  const bare = bareOf(schema);
  if (Array.isArray(value) && isPlainList(bare)) return yield* parseList(bare, value);
  if (isRecord(value) && isPlainObject(bare)) return yield* parseFields(bare, value);
  return schema.parse(value);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** For a present value an optional or nullable schema equals its inner schema. */
function bareOf(schema: z.ZodType): z.ZodType {
  let bare = schema;
  while (bare instanceof z.ZodOptional || bare instanceof z.ZodNullable) bare = bare.unwrap() as z.ZodType;
  return bare;
}

const isUnchecked = (schema: z.ZodType): boolean => (schema.def.checks ?? []).length === 0;

const isPlainList = (schema: z.ZodType): schema is z.ZodArray<z.ZodType> =>
  schema instanceof z.ZodArray && isUnchecked(schema);

const isPlainObject = (schema: z.ZodType): schema is z.ZodObject<Record<string, z.ZodType>> =>
  schema instanceof z.ZodObject && isUnchecked(schema) && schema.def.catchall === undefined;

function* parseList(schema: z.ZodArray<z.ZodType>, list: readonly unknown[]): Steps<unknown[]> {
  const parsed: unknown[] = [];
  for (const group of lightGroups(list)) {
    if (group.length === 1) parsed.push(yield* parseSteps(schema.element, group[0]));
    else for (const item of schema.parse(group)) parsed.push(item);
    yield;
  }
  return parsed;
}

function* parseFields(
  schema: z.ZodObject<Record<string, z.ZodType>>,
  fields: Record<string, unknown>,
): Steps<Record<string, unknown>> {
  const heavy: Record<string, unknown> = {};
  const light: Record<string, z.ZodType> = {};
  for (const [key, field] of Object.entries(schema.shape)) {
    if (weightOf(fields[key], LIGHT) > LIGHT) heavy[key] = yield* parseSteps(field, fields[key]);
    else light[key] = field;
  }
  const rest = z.object(light).parse(fields);
  // In the order of the schema, as `parse` returns them.
  const both: Record<string, unknown> = { ...rest, ...heavy };
  return Object.fromEntries(Object.keys(schema.shape).flatMap((key) => (key in both ? [[key, both[key]]] : [])));
}
