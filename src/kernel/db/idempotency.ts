import { createHash } from 'node:crypto';
import { days } from '../clock';
import type { Caller } from '../ports/contract';
import { invalid } from '../ports/problem';
import type { Db } from './pool';

const KEPT_MS = days(1);

export interface Claim {
  operation: string;
  input: unknown;
  /** What this command would make, if it is the first under its key. */
  resourceId: string;
}

/**
 * Makes a command with an Idempotency-Key repeatable for 24 hours. Called first in the transaction that makes the
 * thing: a second command under the key waits for the first and then learns what it made.
 * @returns null when this is the first (go on and make it), else the id of what the first one made
 * @throws Problem `invalid` when the key was used for something else
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

/** As rows name the caller: a user and a key of one name do not share their keys. */
export const ownerOf = ({ kind, actor }: Pick<Caller, 'kind' | 'actor'>): string => `${kind} ${actor}`;

/** Forgets keys older than 24 hours; returns how many. */
export const deleteExpiredKeys = (db: Db, now: Date): Promise<number> =>
  db('idempotency_keys')
    .where('created_at', '<=', new Date(now.getTime() - KEPT_MS))
    .delete();
