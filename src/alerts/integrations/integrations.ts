import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type * as z from 'zod';
import { type Clock, seconds } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { type NewEvent, record } from '../../kernel/events/events';
import { maskText } from '../../kernel/mask';
import { isReserved, lookOf } from '../../kernel/names';
import type { Caller, Service } from '../../kernel/ports/contract';
import { invalid, Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import type { AlertsContract, AlertsEvent, Integration } from '../contract';
import { pathOfFormat } from '../contract/formats';
import { add, all, byKeyHash, type IntegrationRow, lockNames, revoke, touch } from '../store/integrations';
import { rejectedOf } from '../store/rejected';

const KEY_BYTES = 24;
const PREFIX_LENGTH = 8;
const TRUSTED_FOR_MS = seconds(5);
const MAX_CACHED = 1_000;
const SAVE_EVERY_MS = seconds(10);

export interface Integrations
  extends Pick<Service<AlertsContract>, 'listIntegrations' | 'createIntegration' | 'revokeIntegration' | 'rejected'> {
  /**
   * The integration of a key. A key that another process revoked is still accepted for up to 5 s.
   * @throws Problem `forbidden` for a key that is unknown or revoked
   */
  ofKey(key: string): Promise<IntegrationRow>;
  /** Counts a delivery. Writes at most every ten seconds for each integration; never rejects. */
  noteDelivery(integration: IntegrationRow): Promise<void>;
}

const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');

const presentIntegration = (row: IntegrationRow): z.input<typeof Integration> => ({
  ...row,
  created_at: row.created_at.toISOString(),
  last_seen_at: row.last_seen_at?.toISOString() ?? null,
  revoked_at: row.revoked_at?.toISOString() ?? null,
});

/**
 * Refuses a name that looks like the name of another integration or of Tocsin itself, by the rules for users and keys. An
 * equal name is accepted, because scripts create several integrations with one name.
 * @throws Problem `invalid` if the name is reserved, `conflict` if the name of an integration that is not revoked looks alike
 */
async function claimName(trx: Db, name: string): Promise<void> {
  if (isReserved(name)) {
    throw invalid([{ path: 'name', message: `'${name}' is reserved for Tocsin itself. Choose another name` }]);
  }
  const look = lookOf(name);
  const taken = (await lockNames(trx)).find((one) => one !== name && lookOf(one) === look);
  if (taken === undefined) return;
  throw new Problem(
    'conflict',
    `An integration named '${taken}' exists, and '${name}' looks the same. Choose another name.`,
  );
}

/** Operations of integrations, and their keys. */
export function integrations({ db, clock, publicUrl }: { db: Db; clock: Clock; publicUrl: string }): Integrations {
  const cached = new Map<string, { integration: IntegrationRow; until: number }>();
  const savedAt = new Map<string, number>();
  /** Deliveries that are not saved yet, by integration. */
  const unsaved = new Map<string, number>();

  const event = (kind: AlertsEvent, { id, name, format }: IntegrationRow, caller: Caller): NewEvent<AlertsEvent> => ({
    kind,
    subject: id,
    actor: caller.actor,
    data: { name, format },
    at: clock.now(),
  });

  /** Removes the oldest entry if the cache is full. */
  function remember(hash: string, integration: IntegrationRow): void {
    if (cached.size >= MAX_CACHED) cached.delete(cached.keys().next().value as string);
    cached.set(hash, { integration, until: clock.now().getTime() + TRUSTED_FOR_MS });
  }

  return {
    listIntegrations: async () => ({ integrations: (await all(db)).map(presentIntegration) }),

    async createIntegration({ name, format }, caller) {
      const key = `tin_${randomBytes(KEY_BYTES).toString('base64url')}`;
      const key_prefix = key.slice(0, PREFIX_LENGTH);
      const made = { id: randomUUID(), name, format, key_prefix, created_at: clock.now(), created_by: caller.actor };
      const row: IntegrationRow = { ...made, last_seen_at: null, revoked_at: null, deliveries: 0, rejections: 0 };
      await db.transaction(async (trx) => {
        await claimName(trx, name);
        await add(trx, { ...made, key_hash: hashOf(key) });
        await record(trx, [event('integration_created', row, caller)], caller);
      });
      return { ...presentIntegration(row), key, url: publicUrl + pathOfFormat(format).replace(':key', key) };
    },

    async revokeIntegration({ id: given }, caller) {
      const id = idOf(given);
      const revoked =
        id &&
        (await db.transaction(async (trx) => {
          const result = await revoke(trx, id, clock.now());
          if (result?.changed) await record(trx, [event('integration_revoked', result.integration, caller)], caller);
          return result;
        }));
      if (!revoked) throw new Problem('not-found', 'Integration not found');
      cached.clear();
      return presentIntegration(revoked.integration);
    },

    async rejected({ id: given }) {
      const id = idOf(given);
      const rows = id === null ? undefined : await rejectedOf(db, id);
      if (rows === undefined) throw new Problem('not-found', 'Integration not found');
      return {
        rejected: rows.map(({ at, ...row }) => ({
          reason: maskText(row.reason),
          body: maskText(row.body),
          at: at.toISOString(),
        })),
      };
    },

    async ofKey(key) {
      const hash = hashOf(key);
      const known = cached.get(hash);
      if (known && known.until > clock.now().getTime()) return known.integration;
      cached.delete(hash);
      const integration = await byKeyHash(db, hash);
      if (!integration) throw new Problem('forbidden', 'Invalid integration key.');
      if (integration.revoked_at) throw new Problem('forbidden', 'This integration has been revoked.');
      remember(hash, integration);
      return integration;
    },

    async noteDelivery({ id }) {
      const count = (unsaved.get(id) ?? 0) + 1;
      unsaved.set(id, count);
      const now = clock.now();
      if ((savedAt.get(id) ?? Number.NEGATIVE_INFINITY) > now.getTime() - SAVE_EVERY_MS) return;
      savedAt.set(id, now.getTime());
      unsaved.delete(id);
      await touch(db, id, now, count).catch(() => undefined);
    },
  };
}
