import type { Db } from '../../kernel/db/pool';
import type { Role } from '../../kernel/ports/contract';

export interface NewSession {
  id: string;
  tokenHash: Buffer;
  userId: string;
  address: string;
  userAgent: string;
  now: Date;
  expiresAt: Date;
}

export interface SessionRow {
  id: string;
  address: string;
  user_agent: string;
  created_at: Date;
  last_seen_at: Date | null;
  expires_at: Date;
}

interface SessionTimes {
  id: string;
  user_id: string;
  expires_at: Date;
  last_seen_at: Date | null;
  ended_at: Date | null;
}

/** A session with its user as of now; `username` is null if the user is deleted. */
export type SessionOfUser = SessionTimes &
  ({ username: string; email: string | null; role: Role; disabled: boolean } | { username: null });

/** Adds a session. */
export const insertSession = (trx: Db, { id, tokenHash, userId, address, userAgent, now, expiresAt }: NewSession) =>
  trx('sessions').insert({
    id,
    token_hash: tokenHash,
    user_id: userId,
    address,
    user_agent: userAgent,
    created_at: now,
    expires_at: expiresAt,
  });

/** Sessions by the hashes of their tokens, in any order. */
export const sessionsByHash = (db: Db, tokenHashes: Buffer[]): Promise<(SessionOfUser & { token_hash: Buffer })[]> =>
  db('sessions as s')
    .leftJoin('users as u', 'u.id', 's.user_id')
    .whereIn('s.token_hash', tokenHashes)
    .select(
      's.token_hash',
      's.id',
      's.user_id',
      'u.username',
      'u.email',
      'u.role',
      'u.disabled',
      's.expires_at',
      's.last_seen_at',
      's.ended_at',
    );

/** Sets the time of the last use. */
export const noteSeen = (db: Db, ids: string[], now: Date): Promise<number> =>
  db('sessions').whereIn('id', ids).update({ last_seen_at: now });

const MAX_LISTED = 200;

/** Sessions of a user that have not ended, newest first, at most 200. */
export const openSessions = (db: Db, userId: string, now: Date): Promise<SessionRow[]> =>
  db('sessions')
    .where({ user_id: userId })
    .whereNull('ended_at')
    .where('expires_at', '>', now)
    .orderBy([
      { column: 'created_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .limit(MAX_LISTED)
    .select('id', 'address', 'user_agent', 'created_at', 'last_seen_at', 'expires_at');

const MAX_ADDRESSES = 50;

/** The last 50 addresses from which a user logged in, ended sessions included. */
export async function addressesOf(db: Db, userId: string): Promise<string[]> {
  const rows = await db('sessions')
    .where({ user_id: userId })
    .groupBy('address')
    .orderByRaw('max(created_at) desc')
    .limit(MAX_ADDRESSES)
    .select('address');
  return rows.map(({ address }) => address);
}

/** Ends a session of the user; false if it is not theirs or has ended. */
export async function endSession(trx: Db, id: string, userId: string, now: Date): Promise<boolean> {
  const ended = await trx('sessions')
    .where({ id, user_id: userId })
    .whereNull('ended_at')
    .where('expires_at', '>', now)
    .update({ ended_at: now });
  return ended > 0;
}

/** Ends all sessions of a user except `but`; returns how many. */
export const endSessionsOf = (trx: Db, userId: string, now: Date, but: string | null): Promise<number> =>
  trx('sessions')
    .where({ user_id: userId })
    .whereNull('ended_at')
    .whereRaw('id is distinct from ?', [but])
    .update({ ended_at: now });

/** Deletes at most `batch` sessions that ended before `before`; returns how many. */
export async function forgetSessions(db: Db, before: Date, batch: number): Promise<number> {
  const { rowCount } = await db.raw(
    'delete from sessions where id in (select id from sessions where least(expires_at, ended_at) < ? limit ?)',
    [before, batch],
  );
  return rowCount;
}
