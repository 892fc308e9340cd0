import type { IncomingMessage } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { IN_MEMORY } from '../ports/contract';
import { itemsOf, jsonScanner, parseJson } from './jsonScanner';
import type { Spool, StoredBody } from './spool';

/** A JSON object of a request, checked whole, whose long list is read slice by slice. */
export interface ListBody {
  /** The value; if it holds the list, the list is empty here. */
  rest: unknown;
  /** How many items the list has; null if the value has no such list. */
  total: number | null;
  /** Places of the first items that are no objects. */
  invalidIndexes: number[];
  /** The first `most` items in order, a few hundred at a time. */
  slices(): AsyncGenerator<unknown[]>;
}

export interface ListBodyOptions {
  spool: Spool;
  /** Whose request it is. */
  key: string;
  /** Name of the list. */
  list: string;
  /** So many items are handed out. */
  most: number;
}

const CHUNK = 256 * 1024;
/** Far below what a request may hold the event loop for. */
const BREATH_EVERY_MS = 10;

/**
 * Receives a request's body, hands it to `use` and frees it afterwards.
 * @param onBody is given the first bytes before they are read as JSON
 * @throws Problem as `Spool.take` does, and `malformed` or `too-large` for what is no JSON or has an item beyond 1 MiB
 */
export async function withListBody<T>(
  req: IncomingMessage,
  { spool, key, list, most }: ListBodyOptions,
  use: (body: ListBody) => Promise<T>,
  onBody: (head: Buffer) => void = () => {},
): Promise<T> {
  const body = await spool.take(req, key);
  try {
    onBody(await body.read(0, Math.min(body.size, CHUNK)));
    return await use(await scan(body, list, most));
  } finally {
    await body.release();
  }
}

/**
 * Receives a request's body whole, for JSON without a long list, and hands it to `use`.
 * @param options.largest in bytes, at most 1 MiB
 * @param onBody is given the bytes before they are read as JSON
 * @throws Problem as `Spool.take` does, and `malformed` for what is no JSON
 */
export async function withWholeBody<T>(
  req: IncomingMessage,
  { spool, key, largest }: { spool: Spool; key: string; largest: number },
  use: (body: ListBody) => Promise<T>,
  onBody: (bytes: Buffer) => void = () => {},
): Promise<T> {
  const body = await spool.take(req, key, Math.min(largest, IN_MEMORY));
  try {
    const bytes = await body.read(0, body.size);
    onBody(bytes);
    const rest = bytes.length === 0 ? undefined : parseJson(utf8.decode(bytes));
    return await use({ rest, total: null, invalidIndexes: [], async *slices() {} });
  } finally {
    await body.release();
  }
}

const utf8 = new TextDecoder();

async function scan(body: StoredBody, list: string, most: number): Promise<ListBody> {
  if (body.size === 0) return { rest: undefined, total: null, invalidIndexes: [], async *slices() {} };
  const scanner = jsonScanner({ list, most });
  const breathe = breather();
  for (let at = 0; at < body.size; at += CHUNK) {
    scanner.write(await body.read(at, Math.min(body.size, at + CHUNK)));
    await breathe();
  }
  const { rest, total, runs, invalidIndexes } = scanner.end();
  const isThere = typeof rest === 'object' && rest !== null && Array.isArray((rest as Record<string, unknown>)[list]);
  async function* slices(): AsyncGenerator<unknown[]> {
    if (!isThere) return;
    for (const { start, end } of runs) yield itemsOf(await body.read(start, end));
  }
  return { rest, total: isThere ? total : null, invalidIndexes: isThere ? invalidIndexes : [], slices };
}

/** Lets others have the event loop if the caller has held it for a while. */
export function breather(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < BREATH_EVERY_MS) return;
    await setImmediate();
    since = performance.now();
  };
}
