import { hash, randomBytes } from 'node:crypto';

/**
 * Vocabulary. A **credential** is the text that a caller sends: an API key or a session token. Only its hash is stored. A
 * **bucket** is a span of `windowMs`, by its number. The limit is a sliding window over two buckets: the requests of the
 * current one, and those of the one before in proportion to the part that is still inside the window.
 */

const SESSION = 'tcs_';
const KEY = 'tck_';
const TOKEN = /^tc[sk]_[A-Za-z0-9_-]{43}$/;

/** 256 random bits behind a prefix that names their purpose. */
const token = (prefix: string): string => prefix + randomBytes(32).toString('base64url');

/** A session token, `tcs_…`. */
export const newSessionToken = (): string => token(SESSION);
/** An API key, `tck_…`. */
export const newApiKey = (): string => token(KEY);
/** The token of a set-up link, 192 random bits. */
export const newSetupToken = (): string => randomBytes(24).toString('base64url');

/** SHA-256 of a secret, as the database stores it. */
export const hashOf = (secret: string): Buffer => hash('sha256', secret, 'buffer');

/** The kind of a credential by its form; null if it has neither form, so that no look-up is needed. */
export function kindOf(credential: string): 'session' | 'key' | null {
  if (!TOKEN.test(credential)) return null;
  return credential.startsWith(SESSION) ? 'session' : 'key';
}

/** The start of a key that lists show. */
export const prefixOf = (key: string): string => key.slice(0, 10);

/** At most `limit` requests within `windowMs`. */
export interface Window {
  limit: number;
  windowMs: number;
}

/** Counted requests of a bucket, and of the bucket before it. */
export interface Hits {
  bucket: number;
  hits: number;
  before: number;
}

/** The number of the bucket at `now`. */
export const bucketOf = (now: Date, windowMs: number): number => Math.floor(now.getTime() / windowMs);

/** The elapsed part of the current bucket, 0 to 1. */
export const elapsed = (now: Date, windowMs: number): number => (now.getTime() % windowMs) / windowMs;

/** The counts of a row at `now`: zero if its buckets are over. */
export function inBucket(row: Hits | undefined, now: Date, windowMs: number): Hits {
  const bucket = bucketOf(now, windowMs);
  if (row?.bucket === bucket) return row;
  return { bucket, hits: 0, before: row?.bucket === bucket - 1 ? row.hits : 0 };
}

/** The used part of the limit at `now`, in requests. */
export function usedOf({ hits, before }: Hits, now: Date, windowMs: number): number {
  return hits + before * (1 - elapsed(now, windowMs));
}

/** Milliseconds until one more request fits; 0 if it fits now. */
export function waitMs(row: Hits, now: Date, { limit, windowMs }: Window): number {
  const { hits, before } = inBucket(row, now, windowMs);
  const free = limit - 1;
  if (usedOf({ bucket: 0, hits, before }, now, windowMs) <= free) return 0;
  const passed = elapsed(now, windowMs) * windowMs;
  if (hits <= free) return Math.max(1, (1 - (free - hits) / before) * windowMs - passed);
  return windowMs - passed + Math.max(0, 1 - free / hits) * windowMs;
}
