import { Counter, type Registry } from 'prom-client';
import * as z from 'zod';
import type { Log } from '../observe/observe';

/**
 * A row that does not fit the contract, for example one of another version, must not make a whole list fail: reads leave
 * it out, log it and count it. If the output is a single row, its invalid field is emptied if the contract allows that.
 */
export interface Unreadable {
  /** Dotted path from the root of the output. */
  path: string;
  /** Id of the row, if it has one. */
  id: string | null;
  fault: string;
}

/** Records a row that a read of an operation left out. */
export type NoteUnreadable = (operation: string, row: Unreadable) => void;

const ROUNDS = 3;
const EMPTY: readonly unknown[] = [null, [], {}];

/**
 * Parses an output without the rows that do not fit.
 * @returns null if the invalid part is neither a row of a list nor a field that may be empty
 */
export function parseReadable(schema: z.ZodType, answer: unknown): { value: unknown; left: Unreadable[] } | null {
  const left: Unreadable[] = [];
  let rest = answer;
  for (let round = 0; round < ROUNDS; round++) {
    const parsed = schema.safeParse(rest);
    if (parsed.success) return { value: parsed.data, left };
    for (const [path, fault] of placesOf(parsed.error)) {
      const mended = path.some(isIndex) ? without(rest, path) : emptied(schema, rest, path);
      if (mended === null) return null;
      left.push({ path: path.join('.'), id: idAt(rest, path), fault });
      rest = mended;
    }
  }
  return null;
}

const isIndex = (step: PropertyKey): step is number => typeof step === 'number';

/** The invalid rows and fields, each once. The last row of a list comes first, because removing a row moves later ones. */
function placesOf({ issues }: z.ZodError): [path: PropertyKey[], fault: string][] {
  const places = new Map<string, [PropertyKey[], string]>();
  for (const { path, message } of issues) {
    const at = path.findIndex(isIndex);
    const place = at < 0 ? path.slice(0, 1) : path.slice(0, at + 1);
    places.set(place.join('.'), [place, `${path.slice(place.length).join('.')} ${message}`.trim()]);
  }
  return [...places.values()].sort(([a], [b]) => Number(b.at(-1)) - Number(a.at(-1)) || 0);
}

/** A copy of a value without the list item at a path. */
function without(value: unknown, [step, ...rest]: readonly PropertyKey[]): unknown {
  if (Array.isArray(value) && rest.length === 0) return value.filter((_, i) => i !== step);
  const fields = value as Record<PropertyKey, unknown>;
  return { ...fields, [step as string]: without(fields[step as string], rest) };
}

/** A copy of an output with an empty field; null if the contract does not allow it to be empty. */
function emptied(schema: z.ZodType, value: unknown, [key]: readonly PropertyKey[]): unknown {
  const field = schema instanceof z.ZodObject ? (schema.shape[key as string] as z.ZodType | undefined) : undefined;
  const empty = EMPTY.find((candidate) => field?.safeParse(candidate).success);
  return empty === undefined ? null : { ...(value as object), [key as string]: empty };
}

function idAt(value: unknown, path: readonly PropertyKey[]): string | null {
  let at = value as Record<PropertyKey, unknown> | null | undefined;
  for (const step of path) at = at?.[step] as typeof at;
  const id = (typeof at === 'object' ? at?.['id'] : undefined) ?? (value as { id?: unknown } | null)?.id;
  return typeof id === 'string' ? id : null;
}

/** Logs and counts the rows that reads of a module leave out. */
export function unreadableRows({ log, registry }: { log: Log; registry: Registry }, module: string): NoteUnreadable {
  const name = 'tocsin_unreadable_rows_total';
  const labelNames = ['module', 'operation'];
  const help = 'Rows that reads left out because they do not fit the contract.';
  const counter =
    (registry.getSingleMetric(name) as Counter | undefined) ??
    new Counter({ name, help, labelNames, registers: [registry] });
  return (operation, row) => {
    counter.labels(module, operation).inc();
    log.error({ operation, ...row }, 'row does not fit the contract; left out');
  };
}
