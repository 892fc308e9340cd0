import { createHmac, randomInt, timingSafeEqual } from 'node:crypto';
import { minutes, seconds } from '../../kernel/clock';

/** Verification codes, and the pace of codes and tests. Only the hash of a code is stored. */

export const CODE_VALID_MS = minutes(10);
export const MOST_TRIES = 5;

/** A code of six digits. */
export const newCode = (): string => randomInt(1_000_000).toString().padStart(6, '0');

/** The hash of a code of one method: without the secret key, a million codes are tried in a second. */
export const hashOf = (secretKey: string, methodId: string, code: string): string =>
  createHmac('sha256', secretKey).update(`tocsin-contact-code.${methodId}.${code}`).digest('hex');

export interface StoredCode {
  code_hash: string;
  expires_at: Date;
  /** Wrong tries so far. */
  tries: number;
}

/** The result of a typed code. */
export type Verdict = 'right' | 'wrong' | 'used_up' | 'expired' | 'none';

/** Compares in constant time. A code that expired or was tried too often is never right. */
export function judgeCode(stored: StoredCode | undefined, hash: string, now: Date): Verdict {
  if (stored === undefined) return 'none';
  if (stored.tries >= MOST_TRIES) return 'used_up';
  if (stored.expires_at <= now) return 'expired';
  const [a, b] = [Buffer.from(stored.code_hash), Buffer.from(hash)];
  return a.length === b.length && timingSafeEqual(a, b) ? 'right' : 'wrong';
}

/** Codes and tests that were sent before. */
export interface Sends {
  /** The latest to this address, by anyone. */
  latest: Date | null;
  /** Within the last hour. */
  toAddress: number;
  ofPerson: number;
}

const PAUSE_MS = seconds(30);
export const COUNTED_MS = minutes(60);
const MOST_TO_ADDRESS = 6;
const MOST_OF_PERSON = 30;

/** When another code or test may be sent; null if now. */
export function nextSendAt({ latest, toAddress, ofPerson }: Sends, now: Date): Date | null {
  if (latest === null) return null;
  const pauseOver = new Date(latest.getTime() + PAUSE_MS);
  if (toAddress >= MOST_TO_ADDRESS || ofPerson >= MOST_OF_PERSON) return new Date(now.getTime() + minutes(10));
  return pauseOver > now ? pauseOver : null;
}

/** When another one may be sent after one that was sent now. */
export const againAt = (now: Date): Date => new Date(now.getTime() + PAUSE_MS);
