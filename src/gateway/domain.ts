import { hash, randomBytes } from 'node:crypto';

/**
 * Vocabulary. A **credential** is the text somebody shows: an API key or a session token. It is known only by its
 * hash. A **bucket** is a window of time by its number; a **weight** is how many requests of the last window's length
 * count, with the bucket before taken in proportion to what of it still lies inside.
 */

const SESSION = 'tcs_';
const KEY = 'tck_';
const TOKEN = /^tc[sk]_[A-Za-z0-9_-]{43}$/;

/** 256 random bits behind a prefix that says what they are for. */
const token = (prefix: string): string => prefix + randomBytes(32).toString('base64url');

export const newSessionToken = (): string => token(SESSION);
export const newApiKey = (): string => token(KEY);
export const newSetupToken = (): string => randomBytes(24).toString('base64url');

export const hashOf = (secret: string): Buffer => hash('sha256', secret, 'buffer');

/** What a credential could be in our tables; anything else needs no look-up to be unknown. */
export function kindOf(credential: string): 'session' | 'key' | null {
  if (!TOKEN.test(credential)) return null;
  return credential.startsWith(SESSION) ? 'session' : 'key';
}

export const prefixOf = (key: string): string => key.slice(0, 10);

export interface Window {
  limit: number;
  windowMs: number;
}

export interface Hits {
  bucket: number;
  hits: number;
  before: number;
}

export const bucketOf = (now: Date, windowMs: number): number => Math.floor(now.getTime() / windowMs);

/** How far the current bucket has run, 0 to 1. */
export const elapsed = (now: Date, windowMs: number): number => (now.getTime() % windowMs) / windowMs;

/** The hits as they stand in the bucket of `now`. */
export function inBucket(row: Hits | undefined, now: Date, windowMs: number): Hits {
  const bucket = bucketOf(now, windowMs);
  if (row?.bucket === bucket) return row;
  return { bucket, hits: 0, before: row?.bucket === bucket - 1 ? row.hits : 0 };
}

/** How much of the limit is used at `now`. */
export function usedOf({ hits, before }: Hits, now: Date, windowMs: number): number {
  return hits + before * (1 - elapsed(now, windowMs));
}

/** How long until one more request fits, in milliseconds; 0 where it fits now. */
export function waitMs(row: Hits, now: Date, { limit, windowMs }: Window): number {
  const { hits, before } = inBucket(row, now, windowMs);
  const room = limit - 1;
  if (usedOf({ bucket: 0, hits, before }, now, windowMs) <= room) return 0;
  const passed = elapsed(now, windowMs) * windowMs;
  if (hits <= room) return Math.max(1, (1 - (room - hits) / before) * windowMs - passed);
  return windowMs - passed + Math.max(0, 1 - room / hits) * windowMs;
}
