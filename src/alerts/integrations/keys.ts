import { createHash, randomBytes } from 'node:crypto';
import { type Clock, seconds } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { Problem } from '../../kernel/ports/problem';
import { byKeyHash, type IntegrationRow } from '../store/integrations';

/** 32 lower-case hex digits: fields that PagerDuty's clients check take nothing else. */
const KEY_BYTES = 16;
const PREFIX_LENGTH = 8;
const TRUSTED_FOR_MS = seconds(5);
const MAX_CACHED = 1_000;

/** A key, with the parts of it that are stored. */
export interface NewKey {
  key: string;
  hash: string;
  prefix: string;
}

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

export function newKey(): NewKey {
  const key = randomBytes(KEY_BYTES).toString('hex');
  return { key, hash: hashOf(key), prefix: key.slice(0, PREFIX_LENGTH) };
}

/** Finds integrations by their keys, with a short memory. */
export interface KeyLookup {
  /**
   * The integration of a key. A key that another process revoked, and settings that it changed, count for up to 5 s.
   * @throws Problem `forbidden` for a key that is unknown, revoked, or ended after a rotation
   */
  ofKey(key: string): Promise<IntegrationRow>;
  /** Forgets all keys. Called after each change of an integration. */
  clear(): void;
}

export function keyLookup({ db, clock }: { db: Db; clock: Clock }): KeyLookup {
  const cached = new Map<string, { integration: IntegrationRow; until: number }>();

  /** Removes the oldest entry if the cache is full. */
  function remember(hash: string, integration: IntegrationRow, endsAt: Date | null): void {
    if (cached.size >= MAX_CACHED) cached.delete(cached.keys().next().value as string);
    const trusted = clock.now().getTime() + TRUSTED_FOR_MS;
    cached.set(hash, { integration, until: Math.min(trusted, endsAt?.getTime() ?? trusted) });
  }

  return {
    async ofKey(key) {
      const hash = hashOf(key);
      const known = cached.get(hash);
      const now = clock.now();
      if (known && known.until > now.getTime()) return known.integration;
      cached.delete(hash);
      const found = await byKeyHash(db, hash, now);
      if (!found) throw new Problem('forbidden', 'Invalid integration key.');
      if (found.integration.revoked_at) throw new Problem('forbidden', 'This integration has been revoked.');
      remember(hash, found.integration, found.endsAt);
      return found.integration;
    },
    clear: () => cached.clear(),
  };
}
