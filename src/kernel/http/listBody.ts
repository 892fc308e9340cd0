import type { IncomingMessage } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { IN_MEMORY } from '../ports/contract';
import { itemsOf, jsonScanner, parseJson } from './jsonScanner';
import type { Spool, StoredBody } from './spool';

/** The JSON object of a request. It has been checked completely; its long list is read in slices. */
export interface ListBody {
  /** The value with an empty list. */
  rest: unknown;
  /** How many items the list has; null if the value has no such list. */
  total: number | null;
  /** Indexes of items that are no objects, at most 20. */
  invalidIndexes: number[];
  /** The first `most` items in order, a few hundred per slice. */
  slices(): AsyncGenerator<unknown[]>;
}

export interface ListBodyOptions extends BodyOptions {
  /** Name of the list. */
  list: string;
  /** How many items `slices` returns. */
  most: number;
}

interface BodyOptions {
  spool: Spool;
  /** The sender, for the limit of bodies per sender. */
  key: string;
  /** Checks the bytes as they were sent, before they are parsed. What it throws refuses the request. */
  check?: (body: StoredBody) => Promise<void>;
}

const CHUNK = 256 * 1024;
/** How long the scan may run before it lets other work run. */
const YIELD_EVERY_MS = 10;

/**
 * Receives a request's body, passes it to `use` and frees it afterwards.
 * @param onBody gets the first bytes before they are parsed
 * @throws Problem as `Spool.take`, `malformed` if the body is not JSON, `too-large` if an item exceeds 1 MiB
 */
export async function withListBody<T>(
  req: IncomingMessage,
  { spool, key, list, most, check }: ListBodyOptions,
  use: (body: ListBody) => Promise<T>,
  onBody: (head: Buffer) => void = () => {},
): Promise<T> {
  const body = await spool.take(req, key);
  try {
    onBody(await body.read(0, Math.min(body.size, CHUNK)));
    await check?.(body);
    return await use(await scan(body, list, most));
  } finally {
    await body.release();
  }
}

/** The value of a body that is not empty. @throws Problem `malformed` */
export type ParseBody = (bytes: Buffer) => unknown;

/** @throws Problem `malformed` if the bytes are not JSON */
export const parseJsonBody: ParseBody = (bytes) => parseJson(utf8.decode(bytes));

/**
 * Receives a request's body as a whole, for a value without a long list, and passes it to `use`.
 * @param options.largest in bytes, at most 1 MiB
 * @param options.parse default: JSON
 * @param onBody gets the bytes before they are parsed
 * @throws Problem as `Spool.take`, `malformed` if the body cannot be parsed
 */
export async function withWholeBody<T>(
  req: IncomingMessage,
  { spool, key, largest, check, parse = parseJsonBody }: BodyOptions & { largest: number; parse?: ParseBody },
  use: (body: ListBody) => Promise<T>,
  onBody: (bytes: Buffer) => void = () => {},
): Promise<T> {
  const body = await spool.take(req, key, Math.min(largest, IN_MEMORY));
  try {
    const bytes = await body.read(0, body.size);
    onBody(bytes);
    await check?.(body);
    const rest = bytes.length === 0 ? undefined : parse(bytes);
    return await use({ rest, total: null, invalidIndexes: [], async *slices() {} });
  } finally {
    await body.release();
  }
}

const utf8 = new TextDecoder();

async function scan(body: StoredBody, list: string, most: number): Promise<ListBody> {
  if (body.size === 0) return { rest: undefined, total: null, invalidIndexes: [], async *slices() {} };
  const scanner = jsonScanner({ list, most });
  const pause = breather();
  for (let at = 0; at < body.size; at += CHUNK) {
    scanner.write(await body.read(at, Math.min(body.size, at + CHUNK)));
    await pause();
  }
  const { rest, total, runs, invalidIndexes } = scanner.end();
  const isThere = typeof rest === 'object' && rest !== null && Array.isArray((rest as Record<string, unknown>)[list]);
  async function* slices(): AsyncGenerator<unknown[]> {
    if (!isThere) return;
    for (const { start, end } of runs) yield itemsOf(await body.read(start, end));
  }
  return { rest, total: isThere ? total : null, invalidIndexes: isThere ? invalidIndexes : [], slices };
}

/** Returns a function that waits for the next turn of the event loop if 10 ms have passed since the last wait. */
export function breather(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < YIELD_EVERY_MS) return;
    await setImmediate();
    since = performance.now();
  };
}
