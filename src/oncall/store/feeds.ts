import type { Db } from '../../kernel/db';

/** Secret addresses of published calendars. */

export interface Owner {
  owner_kind: string;
  owner: string;
}

/** Stands for the owner whose account is removed. */
export const LEFT_BEHIND = 'removed';

export interface FeedRow extends Owner {
  id: string;
  publication_id: number;
  team: string | null;
  email: string | null;
  created_at: Date;
  last_fetched_at: Date | null;
}

export type NewFeed = Owner & { id: string; publication_id: number; secret_hash: Buffer; created_at: Date };

const ROWS = `
  select f.id, f.publication_id, s.team, p.email, f.owner_kind, f.owner, f.created_at, f.last_fetched_at
    from feeds f join publications p on p.id = f.publication_id left join schedules s on s.id = p.schedule_id`;

/** Oldest first. */
export async function feedsOf(db: Db, { owner_kind, owner }: Owner): Promise<FeedRow[]> {
  const { rows } = await db.raw(
    `${ROWS} where f.owner_kind = :owner_kind and f.owner = :owner order by f.created_at, f.id`,
    { owner_kind, owner },
  );
  return rows;
}

/** Oldest first. */
export async function allFeeds(db: Db, limit: number): Promise<FeedRow[]> {
  const { rows } = await db.raw(`${ROWS} order by f.created_at, f.id limit :limit`, { limit });
  return rows;
}

export async function feedById(db: Db, id: string): Promise<FeedRow | undefined> {
  const { rows } = await db.raw(`${ROWS} where f.id = :id`, { id });
  return rows[0];
}

/** Looked up by its hash, so that the time it takes says nothing of the secret. */
export async function feedByHash(db: Db, hash: Buffer): Promise<FeedRow | undefined> {
  const { rows } = await db.raw(`${ROWS} where f.secret_hash = :hash`, { hash });
  return rows[0];
}

/** How many an owner has; until the transaction ends, nobody else counts or adds to them. */
export async function countFeedsLocked(trx: Db, { owner_kind, owner }: Owner): Promise<number> {
  await trx.raw("select pg_advisory_xact_lock(hashtextextended('oncall.feeds ' || ? || ' ' || ?, 0))", [
    owner_kind,
    owner,
  ]);
  const row = await trx('feeds').where({ owner_kind, owner }).count({ n: '*' }).first();
  return Number(row?.['n'] ?? 0);
}

export const addFeed = (trx: Db, feed: NewFeed): Promise<unknown> => trx('feeds').insert(feed);

/** False where somebody else was first. */
export const removeFeed = async (trx: Db, id: string): Promise<boolean> =>
  (await trx('feeds').where({ id }).delete()) === 1;

/** What an account owns that was made until an instant. */
export async function feedsMadeBy(trx: Db, { owner_kind, owner }: Owner, until: Date): Promise<FeedRow[]> {
  const { rows } = await trx.raw(
    `${ROWS} where f.owner_kind = :owner_kind and f.owner = :owner and f.created_at <= :until order by f.publication_id, f.id`,
    { owner_kind, owner, until },
  );
  return rows;
}

/** Nobody's any more, so that whoever is given the name of its owner later is not given it too. */
export const leaveBehind = (trx: Db, id: string): Promise<number> =>
  trx('feeds').where({ id }).update({ owner_kind: LEFT_BEHIND });

export const noteFetch = (db: Db, id: string, now: Date): Promise<number> =>
  db('feeds')
    .where({ id })
    .update({ last_fetched_at: db.raw('greatest(last_fetched_at, ?)', [now]) });
