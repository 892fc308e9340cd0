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
  const row = { actor: ownerOf(caller), operation, key: caller.idempotencyKey };
  const hash = createHash('sha256').update(JSON.stringify(input)).digest('hex');
  const fresh = await trx.raw(
    `insert into idempotency_keys (actor, operation, key, request_hash, resource_id, created_at)
     values (:actor, :operation, :key, :hash, :resourceId, :now)
     on conflict (actor, operation, key) do update
       set request_hash = excluded.request_hash, resource_id = excluded.resource_id, created_at = excluded.created_at
       where idempotency_keys.created_at <= :expired
     returning 1`,
    { ...row, hash, resourceId, now, expired: new Date(now.getTime() - KEPT_MS) },
  );
  if (fresh.rows.length > 0) return null;
  const first = await trx('idempotency_keys').where(row).first('request_hash', 'resource_id');
  if (first.request_hash !== hash) {
    throw invalid([{ path: 'Idempotency-Key', message: 'This key was used for a different request' }]);
  }
  return first.resource_id as string;
}

/** The owner of a key, as stored. It contains the kind of caller, so that a user and an API key of one name have separate keys. */
export const ownerOf = ({ kind, actor }: Pick<Caller, 'kind' | 'actor'>): string => `${kind} ${actor}`;

/** Deletes keys older than 24 hours; returns how many. */
export const deleteExpiredKeys = (db: Db, now: Date): Promise<number> =>
  db('idempotency_keys')
    .where('created_at', '<=', new Date(now.getTime() - KEPT_MS))
    .delete();
