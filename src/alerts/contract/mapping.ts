import * as z from 'zod';

/** Fields of an alert that a mapping can fill, in the order in which the page shows them. */
export const MAPPED_FIELDS = [
  'message',
  'service',
  'severity',
  'status',
  'key',
  'description',
  'labels',
  'links',
  'timestamp',
] as const;
export type MappedField = (typeof MAPPED_FIELDS)[number];

const LONGEST_EXPRESSION = 2_000;
const Expression = z.string().max(LONGEST_EXPRESSION).trim().min(1, 'Must not be blank').optional();

/** Expressions of JSONata by field. A field without one is read by its usual names. */
const fields = {
  message: Expression,
  service: Expression,
  /** The tool's own word, which `severity_map` can translate. */
  severity: Expression,
  /** A word such as `ok`, `resolved` or `closed` ends the alert, and so do `false` and 0. */
  status: Expression,
  /** Identifies the condition, so that a repetition and the end find their alert. */
  key: Expression,
  description: Expression,
  /** An object. */
  labels: Expression,
  /** A URL, or a list of URLs or of objects with `href` and `text`. */
  links: Expression,
  timestamp: Expression,
} satisfies Record<MappedField, typeof Expression>;

/**
 * How an integration reads a payload. `split` selects the items of a payload with several alerts; the other expressions
 * are evaluated for each item, with `$payload` for the whole payload and `$index` for the item's number.
 */
export const Mapping = z.strictObject({ split: Expression, ...fields });
export type Mapping = z.output<typeof Mapping>;

/** One item of a payload, with the values of the expressions that select something. */
export interface MappedItem {
  item: unknown;
  values: Readonly<Partial<Record<MappedField, unknown>>>;
}

/** A mapping as it is returned. */
export const MappingShown = z.object({
  split: z.string().optional(),
  ...(Object.fromEntries(MAPPED_FIELDS.map((field) => [field, z.string().optional()])) as Record<
    MappedField,
    z.ZodOptional<z.ZodString>
  >),
});
