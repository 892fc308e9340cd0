import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type * as z from 'zod';
import { type Clock, hours, minutes, seconds } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { type NewEvent, record } from '../../kernel/events/events';
import type { Caller, Service } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import type { AlertsContract, AlertsEvent, PingKey } from '../contract';
import {
  addPingKey,
  allPingKeys,
  type PingKeyRow,
  pingKeyByHash,
  replacePingKey,
  revokePingKey,
  touchPingKey,
} from '../store/pingKeys';

/**
 * Ping keys. A key belongs to the installation, because slugs are unique in it and a heartbeat of a service has no team.
 * There can be several, each with a name, so that each host or cluster has its own. A key of a team pings only the
 * heartbeats of that team.
 */
export interface PingKeys
  extends Pick<Service<AlertsContract>, 'listPingKeys' | 'createPingKey' | 'rotatePingKey' | 'revokePingKey'> {
  /**
   * The key with this text; undefined if it is unknown, revoked or has ended. A key that another process revoked is still
   * accepted for up to 5 s.
   */
  ofText(text: string): Promise<PingKeyRow | undefined>;
  /** Notes that a key was used. Writes at most once a minute for each key; never rejects. */
  noteUse(key: PingKeyRow): Promise<void>;
}

/** 32 hexadecimal digits. */
const KEY_BYTES = 16;
const PREFIX_LENGTH = 6;
const TRUSTED_FOR_MS = seconds(5);
const SAVE_EVERY_MS = minutes(1);
const MAX_CACHED = 1_000;

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

const presentKey = (row: PingKeyRow, now: Date): z.input<typeof PingKey> => ({
  ...row,
  old_key_ends_at: row.old_key_ends_at !== null && row.old_key_ends_at > now ? row.old_key_ends_at.toISOString() : null,
  created_at: row.created_at.toISOString(),
  last_used_at: row.last_used_at?.toISOString() ?? null,
  revoked_at: row.revoked_at?.toISOString() ?? null,
});

function newKey() {
  const key = randomBytes(KEY_BYTES).toString('hex');
  return { key, hash: hashOf(key), prefix: key.slice(0, PREFIX_LENGTH) };
}

const event = (kind: AlertsEvent, { id, name, team }: PingKeyRow, caller: Caller, at: Date): NewEvent<AlertsEvent> => ({
  ...{ kind, subject: id, actor: caller.actor, at },
  data: { name, ...(team !== null && { team }) },
});

const notFound = (): Problem => new Problem('not-found', 'Ping key not found');

/** Operations of ping keys, and the look-up of a key. */
export function pingKeys({ db, clock, publicUrl }: { db: Db; clock: Clock; publicUrl: string }): PingKeys {
  const cached = new Map<string, { key: PingKeyRow; until: number }>();
  const savedAt = new Map<string, number>();

  function remember(hash: string, key: PingKeyRow, endsAt: Date | null): void {
    if (cached.size >= MAX_CACHED) cached.delete(cached.keys().next().value as string);
    const until = clock.now().getTime() + TRUSTED_FOR_MS;
    cached.set(hash, { key, until: Math.min(until, endsAt?.getTime() ?? until) });
  }

  const made = (row: PingKeyRow, key: string) => ({
    ...presentKey(row, clock.now()),
    key,
    url: `${publicUrl}/ping/${key}/{slug}`,
  });

  return {
    listPingKeys: async () => ({ keys: (await allPingKeys(db)).map((row) => presentKey(row, clock.now())) }),

    async createPingKey({ name, team = null }, caller) {
      const { key, hash, prefix } = newKey();
      const now = clock.now();
      const row = { id: randomUUID(), name, team, key_prefix: prefix, created_at: now, created_by: caller.actor };
      const added: PingKeyRow = { ...row, old_key_ends_at: null, last_used_at: null, revoked_at: null };
      await db.transaction(async (trx) => {
        await addPingKey(trx, { ...row, key_hash: hash });
        await record(trx, [event('ping_key_created', added, caller, now)], caller);
      });
      return made(added, key);
    },

    async rotatePingKey({ id: given, overlap_hours }, caller) {
      const id = idOf(given);
      const now = clock.now();
      const { key, hash, prefix } = newKey();
      const oldEndsAt = new Date(now.getTime() + hours(overlap_hours));
      const row =
        id &&
        (await db.transaction(async (trx) => {
          const rotated = await replacePingKey(trx, id, { hash, prefix, oldEndsAt, now });
          if (rotated) await record(trx, [event('ping_key_rotated', rotated, caller, now)], caller);
          return rotated;
        }));
      if (!row) throw notFound();
      cached.clear();
      return made(row, key);
    },

    async revokePingKey({ id: given }, caller) {
      const id = idOf(given);
      const now = clock.now();
      const revoked =
        id &&
        (await db.transaction(async (trx) => {
          const result = await revokePingKey(trx, id, now);
          if (result?.changed) await record(trx, [event('ping_key_revoked', result.key, caller, now)], caller);
          return result;
        }));
      if (!revoked) throw notFound();
      cached.clear();
      return presentKey(revoked.key, now);
    },

    async ofText(text) {
      const hash = hashOf(text);
      const now = clock.now();
      const known = cached.get(hash);
      if (known && known.until > now.getTime()) return known.key;
      cached.delete(hash);
      const found = await pingKeyByHash(db, hash);
      if (!found || found.key.revoked_at !== null) return undefined;
      if (found.endsAt !== null && found.endsAt <= now) return undefined;
      remember(hash, found.key, found.endsAt);
      return found.key;
    },

    async noteUse({ id }) {
      const now = clock.now();
      if ((savedAt.get(id) ?? Number.NEGATIVE_INFINITY) > now.getTime() - SAVE_EVERY_MS) return;
      savedAt.set(id, now.getTime());
      await touchPingKey(db, id, now).catch(() => undefined);
    },
  };
}
