import { Problem } from '../ports/problem';

/**
 * Reads a large JSON object in pieces. One of its lists can be long: `{"version":"4","alerts":[…],…}`. The scanner only
 * finds the start and end of each item of that list. `JSON.parse` reads **runs** of a few hundred items, and the **rest**
 * of the object with an empty list. A step takes no longer than a run, and memory holds one run instead of the body.
 * The object is valid exactly if the rest, every run, and the commas between the items are valid.
 */
export interface Run {
  /** Offsets in the body, in bytes; the end is exclusive. The bytes between them are items separated by commas. */
  start: number;
  end: number;
  count: number;
}

/** The result of a scan. */
export interface ScannedList {
  /** The value with an empty list. */
  rest: unknown;
  /** How many items the list has, including those after the first `most`. */
  total: number;
  /** The runs of the first `most` items. */
  runs: Run[];
  /** Indexes of items that are no objects, at most 20. */
  invalidIndexes: number[];
}

export interface ScanOptions {
  /** Name of the list in the top-level object. */
  list: string;
  /** How many items to locate; the items after them are only checked. */
  most: number;
}

export interface JsonScanner {
  /** @throws Problem `malformed` or `too-large` as soon as an error is found */
  write(chunk: Buffer): void;
  /** @throws Problem `malformed` if the body ends too early or its rest is not JSON */
  end(): ScannedList;
}

/** The largest item in bytes. An alert has a few kilobytes. */
const LARGEST_ITEM = 1024 * 1024;
const LARGEST_REST = 1024 * 1024;
const LARGEST_RUN = 256 * 1024;
const LONGEST_RUN = 500;
const MAX_INVALID_INDEXES = 20;

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** The position of the scanner: outside the list, between items, or inside an item: object or list, string, or other. */
type At = 'rest' | 'gap' | 'nested' | 'text' | 'word';
/** The tokens that are valid next between items. */
type Next = 'item or end' | 'comma or end' | 'item';

const malformed = (): Problem => new Problem('malformed', 'The body is not valid JSON.');

/** `JSON.parse`. @throws Problem `malformed` */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed();
  }
}

/** Parses the items of a run. @throws Problem `malformed` */
export const itemsOf = (bytes: Buffer): unknown[] => parseJson(`[${bytes.toString('utf8')}]`) as unknown[];

/** Parses a property name; null if it is invalid (parsing the rest reports that). */
function nameOf(parts: readonly Buffer[]): string | null {
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    return null;
  }
}

const utf8 = new TextDecoder();

/** A scanner for one body: write its chunks in order, then call `end`. */
export function jsonScanner({ list, most }: ScanOptions): JsonScanner {
  let at: At = 'rest';
  /** Offset of the current chunk in the body. */
  let base = 0;
  let depth = 0;
  let inText = false;
  let escaped = false;

  const restParts: Buffer[] = [];
  let restSize = 0;
  /** The last string at depth 1, a property name if a colon follows. */
  let name: Buffer[] = [];
  let naming = false;
  let key: string | null = null;

  let next: Next = 'item or end';
  let itemStart = 0;
  let runParts: Buffer[] = [];
  let run: Run | null = null;
  let total = 0;
  let runs: Run[] = [];
  let invalidIndexes: number[] = [];

  function keepRest(bytes: Buffer): void {
    if (bytes.length === 0) return;
    restSize += bytes.length;
    if (restSize > LARGEST_REST) {
      throw new Problem('too-large', `Outside the list ${list} the body may hold ${LARGEST_REST} bytes.`);
    }
    restParts.push(Buffer.from(bytes));
  }

  function enterList(): void {
    at = 'gap';
    next = 'item or end';
    // If a name occurs twice, the last one counts, as in JSON.parse.
    [total, runs, invalidIndexes] = [0, [], []];
  }

  /** Scans outside the list; returns the offset at which it stopped. */
  function scanRest(chunk: Buffer, from: number): number {
    let textFrom = from;
    for (let i = from; i < chunk.length; i++) {
      const byte = chunk[i] as number;
      if (inText) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) {
          inText = false;
          if (naming) name.push(Buffer.from(chunk.subarray(textFrom, i + 1)));
        }
        continue;
      }
      if (isBlank(byte)) continue;
      if (byte === COLON && depth === 1) {
        key = naming ? nameOf(name) : null;
        naming = false;
        continue;
      }
      const wanted = key === list && depth === 1;
      key = null;
      naming = false;
      if (byte === QUOTE) {
        inText = true;
        naming = depth === 1;
        name = [];
        textFrom = i;
      } else if (byte === OPEN_LIST && wanted) {
        keepRest(chunk.subarray(from, i + 1));
        enterList();
        return i + 1;
      } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth += 1;
      else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth -= 1;
    }
    if (inText && naming) name.push(Buffer.from(chunk.subarray(textFrom)));
    keepRest(chunk.subarray(from));
    return chunk.length;
  }

  function scanGap(chunk: Buffer, from: number): number {
    for (let i = from; i < chunk.length; i++) {
      const byte = chunk[i] as number;
      if (isBlank(byte)) continue;
      if (byte === COMMA) {
        if (next !== 'comma or end') throw malformed();
        next = 'item';
      } else if (byte === CLOSE_LIST) {
        if (next === 'item') throw malformed();
        endRun(chunk, i);
        at = 'rest';
        // The rest still gets the closing bracket of the list, so the depth is that of the list.
        depth = 2;
        return i;
      } else {
        if (next === 'comma or end') throw malformed();
        beginItem(byte, base + i);
        return byte === QUOTE || at === 'nested' ? i + 1 : i;
      }
    }
    return chunk.length;
  }

  function beginItem(byte: number, offset: number): void {
    itemStart = offset;
    run ??= { start: offset, end: offset, count: 0 };
    depth = 1;
    at = byte === QUOTE ? 'text' : byte === OPEN_OBJECT || byte === OPEN_LIST ? 'nested' : 'word';
  }

  function scanNested(chunk: Buffer, from: number): number {
    for (let i = from; i < chunk.length; i++) {
      const byte = chunk[i];
      if (inText) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inText = false;
      } else if (byte === QUOTE) inText = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth += 1;
      else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
        depth -= 1;
        if (depth === 0) return endItem(chunk, i + 1);
      }
    }
    return chunk.length;
  }

  function scanText(chunk: Buffer, from: number): number {
    for (let i = from; i < chunk.length; i++) {
      if (escaped) escaped = false;
      else if (chunk[i] === BACKSLASH) escaped = true;
      else if (chunk[i] === QUOTE) return endItem(chunk, i + 1);
    }
    return chunk.length;
  }

  function scanWord(chunk: Buffer, from: number): number {
    for (let i = from; i < chunk.length; i++) {
      const byte = chunk[i] as number;
      if (byte === COMMA || byte === CLOSE_LIST || isBlank(byte)) return endItem(chunk, i);
    }
    return chunk.length;
  }

  function endItem(chunk: Buffer, end: number): number {
    refuseLargeItem(base + end);
    at = 'gap';
    next = 'comma or end';
    total += 1;
    const current = run as Run;
    current.count += 1;
    current.end = base + end;
    const full = current.count >= LONGEST_RUN || current.end - current.start >= LARGEST_RUN || total === most;
    if (full) endRun(chunk, end);
    return end;
  }

  function refuseLargeItem(end: number): void {
    if (end - itemStart <= LARGEST_ITEM) return;
    const path = `${list}.${total}`;
    throw new Problem('too-large', `${path} is larger than ${LARGEST_ITEM} bytes.`);
  }

  /** Parses the items of the current run; they end at or before `upTo` in this chunk. */
  function endRun(chunk: Buffer, upTo: number): void {
    if (run === null) return;
    const from = Math.max(0, run.start - base);
    const bytes = Buffer.concat([...runParts, chunk.subarray(from, upTo)]).subarray(0, run.end - run.start);
    const items = itemsOf(bytes);
    if (items.length !== run.count) throw malformed();
    noteInvalid(items, total - run.count);
    if (total <= most) runs.push(run);
    run = null;
    runParts = [];
  }

  function noteInvalid(items: readonly unknown[], first: number): void {
    for (const [i, item] of items.entries()) {
      if (invalidIndexes.length >= MAX_INVALID_INDEXES) return;
      if (typeof item !== 'object' || item === null || Array.isArray(item)) invalidIndexes.push(first + i);
    }
  }

  /** At the end of a chunk: ends the run if the scanner is between items, else keeps the chunk's part of the run. */
  function endChunk(chunk: Buffer): void {
    if (run === null) return;
    if (at === 'gap') {
      endRun(chunk, chunk.length);
      return;
    }
    refuseLargeItem(base + chunk.length);
    runParts.push(Buffer.from(chunk.subarray(Math.max(0, run.start - base))));
  }

  const scan = { rest: scanRest, gap: scanGap, nested: scanNested, text: scanText, word: scanWord };

  return {
    write(chunk) {
      for (let i = 0; i < chunk.length; ) i = scan[at](chunk, i);
      endChunk(chunk);
      base += chunk.length;
    },
    end() {
      if (at !== 'rest') throw malformed();
      const rest = parseJson(utf8.decode(Buffer.concat(restParts)));
      return { rest, total, runs, invalidIndexes };
    },
  };
}
