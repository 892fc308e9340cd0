import { createHash } from 'node:crypto';
import { days } from '../clock';
import type { Caller } from '../ports/contract';
import { invalid } from '../ports/problem';
import type { Db } from './pool';

const KEPT_MS = days(1);

/** A command that can carry an Idempotency-Key. */
export interface Claim {
  operation: string;
  input: unknown;
  /** Id of the resource that this command creates if it is the first with its key. */
  resourceId: string;
}

/**
 * Makes a command with an Idempotency-Key repeatable for 24 hours. Call it first in the transaction that creates the
 * resource: a second command with the same key waits for the first one and then gets its resource.
 * @returns null if this command is the first (create the resource), else the id of the first command's resource
 * @throws Problem `invalid` if the key was used for a different request
 */
export async function claimKey(
  trx: Db,
  now: Date,
  caller: Caller,
  { operation, input, resourceId }: Claim,
): Promise<string | null> {
  if (caller.idempotencyKey === undefined) return null;
  const command = { operation, key: caller.idempotencyKey };
  const owners = { actor: ownerOf(caller), named: `${caller.kind} ${caller.actor}` };
  const expired = new Date(now.getTime() - KEPT_MS);
  const hash = createHash('sha256').update(JSON.stringify(input)).digest('hex');
  const fresh = await trx.raw(
    `insert into idempotency_keys (actor, operation, key, request_hash, resource_id, created_at)
     select :actor, :operation, :key, :hash, :resourceId, cast(:now as timestamptz)
      where not exists (select 1 from idempotency_keys
                         where actor = :named and operation = :operation and key = :key and created_at > :expired)
     on conflict (actor, operation, key) do update
       set request_hash = excluded.request_hash, resource_id = excluded.resource_id, created_at = excluded.created_at
       where idempotency_keys.created_at <= :expired
     returning 1`,
    { ...command, ...owners, hash, resourceId, now, expired },
  );
  if (fresh.rows.length > 0) return null;
  const first = await trx('idempotency_keys')
    .where(command)
    .whereIn('actor', Object.values(owners))
    .where('created_at', '>', expired)
    .first('request_hash', 'resource_id');
  if (first.request_hash !== hash) {
    throw invalid([{ path: 'Idempotency-Key', message: 'This key was used for a different request' }]);
  }
  return first.resource_id as string;
}

/**
 * The caller as rows name the owner of a command or a change: by kind and id, because a name is given again after a user
 * is deleted or a key is revoked. Callers without an id (integrations, signed links, jobs) are known by kind and name.
 */
export const ownerOf = ({ kind, actor, id }: Pick<Caller, 'kind' | 'actor' | 'id'>): string =>
  id === undefined ? `${kind} ${actor}` : `${kind}-id ${id}`;

/** Deletes keys older than 24 hours; returns how many. */
export const deleteExpiredKeys = (db: Db, now: Date): Promise<number> =>
  db('idempotency_keys')
    .where('created_at', '<=', new Date(now.getTime() - KEPT_MS))
    .delete();
