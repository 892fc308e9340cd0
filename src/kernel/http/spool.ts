import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Log } from '../observe/observe';
import { IN_MEMORY, LARGEST_BODY } from '../ports/contract';
import { Problem, unavailable } from '../ports/problem';

/**
 * Bodies of requests that can be large. A body up to 1 MiB stays in memory; a larger one goes to a file, so that memory
 * does not grow with the number of senders. A file is unlinked right after it is opened, so it disappears when its handle
 * is closed, even if the process is killed.
 */
export interface StoredBody {
  size: number;
  /** @param end exclusive, in bytes */
  read(start: number, end: number): Promise<Buffer>;
  /** Frees the memory or file and the place of the body. Call it once for each body. */
  release(): Promise<void>;
}

export interface Spool {
  /** Creates the folder and deletes files that a crash left. Never rejects; an error is logged. */
  prepare(): Promise<void>;
  /**
   * Receives a whole body and decompresses it.
   * @param key the sender; at most 4 bodies per key are spooled at once
   * @param largest in bytes; a body up to 1 MiB is not spooled
   * @throws Problem `too-large` if it exceeds the limit, `malformed` if it is truncated or badly compressed, `unavailable`
   *   if too many bodies are spooled or the disk is full
   */
  take(req: IncomingMessage, key: string, largest?: number): Promise<StoredBody>;
}

export interface SpoolOptions {
  folder: string;
  log: Log;
  /** Opens a new file for reading and writing. */
  openFile?: (path: string) => Promise<FileHandle>;
}

const AT_ONCE_PER_KEY = 4;
const AT_ONCE = 16;
const SUFFIX = '.body';

const aborted = (): Problem => new Problem('malformed', 'The request ended before its body did.');
const tooLarge = (largest: number): Problem => new Problem('too-large', `The body is larger than ${largest} bytes.`);

/** Only this user can read and write the file. */
const openPrivately = (path: string): Promise<FileHandle> => open(path, 'wx+', 0o600);

/** Creates a spool with files in `folder`. */
export function spool({ folder, log, openFile = openPrivately }: SpoolOptions): Spool {
  const spooled = new Map<string, number>();
  let all = 0;

  function takePlace(key: string): void {
    const ofKey = spooled.get(key) ?? 0;
    if (ofKey >= AT_ONCE_PER_KEY || all >= AT_ONCE) {
      throw unavailable('Too many large requests are being received. Send this again later.', 2);
    }
    spooled.set(key, ofKey + 1);
    all += 1;
  }

  function leavePlace(key: string): void {
    const left = (spooled.get(key) ?? 1) - 1;
    if (left === 0) spooled.delete(key);
    else spooled.set(key, left);
    all -= 1;
  }

  /** Opens a new file and unlinks it. */
  async function newFile(): Promise<FileHandle> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, `${randomUUID()}${SUFFIX}`);
    const file = await openFile(path);
    await rm(path, { force: true });
    return file;
  }

  async function onDisk<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      log.error({ err: error, folder }, 'a large request cannot be spooled');
      throw unavailable('The server has no room for a request of this size now. Send it again later.', 10);
    }
  }

  /** Receives a body that is too large for memory; `begun` is the part that was already read. */
  async function toFile(rest: AsyncIterator<Buffer>, begun: readonly Buffer[], key: string): Promise<StoredBody> {
    const file = await onDisk(newFile);
    try {
      let size = 0;
      for (let next: Buffer = Buffer.concat(begun); ; ) {
        size += next.length;
        if (size > LARGEST_BODY) throw tooLarge(LARGEST_BODY);
        const chunk = next;
        await onDisk(() => file.appendFile(chunk));
        const { value, done } = await rest.next();
        if (done) break;
        next = value;
      }
      return {
        size,
        read: (start, end) => onDisk(() => readWhole(file, start, end)),
        async release() {
          leavePlace(key);
          await file.close();
        },
      };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async function receive(chunks: AsyncIterator<Buffer>, key: string, largest: number): Promise<StoredBody> {
    const begun: Buffer[] = [];
    let size = 0;
    while (size <= IN_MEMORY) {
      const { value, done } = await chunks.next();
      if (done) return inMemory(Buffer.concat(begun));
      begun.push(value);
      size += value.length;
      if (size > largest) throw tooLarge(largest);
    }
    takePlace(key);
    try {
      return await toFile(chunks, begun, key);
    } catch (error) {
      leavePlace(key);
      throw error;
    }
  }

  return {
    async prepare() {
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const left = (await readdir(folder)).filter((name) => name.endsWith(SUFFIX));
        await Promise.all(left.map((name) => rm(join(folder, name), { force: true })));
      } catch (error) {
        log.error({ err: error, folder }, 'the spool folder cannot be used; requests above 1 MiB are refused');
      }
    },
    async take(req, key, largest = LARGEST_BODY) {
      const declared = Number(req.headers['content-length'] ?? 0);
      if (declared > largest) throw tooLarge(largest);
      const body = decompressed(req);
      // Do not destroy the request if reading stops early: its connection is needed for the response.
      const chunks = body.iterator({ destroyOnReturn: false });
      try {
        return await receive(chunks, key, largest);
      } catch (error) {
        // Read and discard the rest of the request.
        await chunks.return?.();
        if (body !== req) body.destroy();
        req.unpipe();
        req.resume();
        throw error instanceof Problem ? error : faultOf(error);
      }
    },
  };
}

function inMemory(bytes: Buffer): StoredBody {
  return {
    size: bytes.length,
    read: async (start, end) => bytes.subarray(start, end),
    release: async () => {},
  };
}

async function readWhole(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(end - start);
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, start + at);
    if (bytesRead === 0) throw new Error('The spooled file is shorter than its body.');
    at += bytesRead;
  }
  return bytes;
}

const DECOMPRESS: Record<string, () => ReturnType<typeof createGunzip>> = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

function decompressed(req: IncomingMessage): Readable {
  const encoding = (req.headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding === 'identity') return req;
  if (!Object.hasOwn(DECOMPRESS, encoding)) {
    throw new Problem('malformed', 'This content encoding is not supported.');
  }
  const stream = (DECOMPRESS[encoding] as () => ReturnType<typeof createGunzip>)();
  req.once('close', () => {
    if (!req.complete) stream.destroy(aborted());
  });
  return req.pipe(stream);
}

/** The problem for an error of the request's stream: the client disconnected or compressed the body badly. */
function faultOf(error: unknown): Problem {
  const code = String((error as { code?: unknown }).code ?? '');
  if (/^(Z_|ERR__ERROR|ERR_BROTLI)/.test(code)) {
    return new Problem('malformed', 'The body does not fit its Content-Encoding.');
  }
  return aborted();
}
