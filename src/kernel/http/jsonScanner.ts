import { Problem } from '../ports/problem';

/**
 * Reads a large JSON object in pieces. One of its lists may be long: `{"version":"4","alerts":[…],…}`. The scanner only
 * finds where the items of that list begin and end; `JSON.parse` reads **runs** of a few hundred items, and the **rest**
 * of the object with the list left empty. So no step takes longer than a run, and memory holds one run, not the whole.
 * The object is valid exactly if the rest, every run, and the commas between the items are.
 */
export interface Run {
  /** Offsets in the body, in bytes; the end is exclusive. The bytes between them are items separated by commas. */
  start: number;
  end: number;
  count: number;
}

export interface ScannedList {
  /** The value without the items of its list. */
  rest: unknown;
  /** How many items the list has, those beyond `most` included. */
  total: number;
  /** Of the first `most` items. */
  runs: Run[];
  /** Places of the first items that are no objects. */
  invalidIndexes: number[];
}

export interface ScanOptions {
  /** Name of the list in the top-level object. */
  list: string;
  /** So many items are located; those behind them are only checked. */
  most: number;
}

export interface JsonScanner {
  /** @throws Problem `malformed`, `too-large` or `invalid` as soon as a fault is seen */
  write(chunk: Buffer): void;
  /** @throws Problem `malformed` if the body ends too early or its rest is no JSON */
  end(): ScannedList;
}

/** A report of a condition is a few kilobytes; what is larger than this is not one. */
const LARGEST_ITEM = 1024 * 1024;
const LARGEST_REST = 1024 * 1024;
const LARGEST_RUN = 256 * 1024;
const LONGEST_RUN = 500;
const MAX_INVALID_INDEXES = 20;

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Where the scanner is: outside the list, between its items, or inside an item of one of three shapes. */
type At = 'rest' | 'gap' | 'nested' | 'text' | 'word';
/** What may follow in a gap. */
type Next = 'item or end' | 'comma or end' | 'item';

const malformed = (): Problem => new Problem('malformed', 'The body is not valid JSON.');

/** @throws Problem `malformed` */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed();
  }
}

/** The items of a run, or of a part of one that ends with an item. @throws Problem `malformed` */
export const itemsOf = (bytes: Buffer): unknown[] => parseJson(`[${bytes.toString('utf8')}]`) as unknown[];

/** The name that a text in JSON spells; null if it is none, which reading the rest will find. */
function nameOf(parts: readonly Buffer[]): string | null {
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    return null;
  }
}

const utf8 = new TextDecoder();

export function jsonScanner({ list, most }: ScanOptions): JsonScanner {
  let at: At = 'rest';
  /** Offset of the current chunk in the body. */
  let base = 0;
  let depth = 0;
  let inText = false;
  let escaped = false;

  const restParts: Buffer[] = [];
  let restSize = 0;
  /** The text that was read last at depth 1, and whether it was followed by a colon. */
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
    // Of a name that is there twice the last one counts, as JSON.parse has it.
    [total, runs, invalidIndexes] = [0, [], []];
  }

  /** Scans outside the list; answers where it stopped. */
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
        // The bracket that follows closes the list, which lies in the object.
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

  /** Reads the items since the run began; `upTo` is where they end at the latest in this chunk. */
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

  /** What of a run lies in a chunk is kept until the run ends; between two items it ends with the chunk. */
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
