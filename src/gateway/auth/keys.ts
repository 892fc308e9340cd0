import { randomUUID } from 'node:crypto';
import type { Db } from '../../kernel/db/pool';
import type { By } from '../../kernel/events/events';
import type { Caller, Role, Service } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import { recordOwn } from '../audit/record';
import type { ApiKey, GatewayContract } from '../contract';
import type { Deps } from '../deps';
import { hashOf, newApiKey, prefixOf } from '../domain';
import { endedBy, enqueueEndOfFeeds } from '../jobs';
import { insertKey, keyById, pageOfKeys, revokeKey } from '../store/keys';
import { claimName } from '../users/names';

type KeyService = Pick<Service<GatewayContract>, 'listKeys' | 'createKey' | 'revokeKey'>;

/** Creates a key in the transaction `trx`. Its text is in the answer only. */
export async function addKey(
  trx: Db,
  { name, role, by, now }: { name: string; role: Role; by: By; now: Date },
): Promise<ApiKey & { api_key: string }> {
  await claimName(trx, { kind: 'key', name });
  const api_key = newApiKey();
  const prefix = prefixOf(api_key);
  const key = await insertKey(trx, {
    id: randomUUID(),
    keyHash: hashOf(api_key),
    name,
    role,
    prefix,
    createdBy: by.actor,
    now,
  });
  await recordOwn(
    trx,
    [{ kind: 'api_key.created', subject: key.id, actor: by.actor, data: { name, role }, at: now }],
    by,
  );
  return { ...key, api_key };
}

/** The operations of API keys. */
export function createKeyService({ db, clock, identities }: Deps): KeyService {
  return {
    async listKeys({ page, per_page }) {
      const { total, keys } = await pageOfKeys(db, page, per_page);
      return { total, page, per_page, api_keys: keys };
    },

    createKey: ({ name, role }, caller) =>
      db.transaction((trx) => addKey(trx, { name, role, by: caller, now: clock.now() })),

    async revokeKey({ id }, caller) {
      const known = idOf(id);
      const key = known === null ? null : await db.transaction((trx) => revoke(trx, known, caller));
      if (key === null) throw new Problem('not-found', 'API key not found');
      identities.forget();
      return key;
    },
  };

  /** Revokes a key; null if it does not exist. A key that was revoked before stays as it is. */
  async function revoke(trx: Db, id: string, by: Caller): Promise<ApiKey | null> {
    const now = clock.now();
    const key = await revokeKey(trx, id, now);
    if (key === null) return keyById(trx, id);
    await recordOwn(
      trx,
      [{ kind: 'api_key.revoked', subject: id, actor: by.actor, data: { name: key.name }, at: now }],
      by,
    );
    await enqueueEndOfFeeds(trx, { kind: 'key', username: key.name, owner_id: id, removed: true, ...endedBy(by, now) });
    return key;
  }
}
