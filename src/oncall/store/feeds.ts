import type { Db } from '../../kernel/db/pool';
import { ENVIRONMENT_KEY } from '../../kernel/ports/values';

/** Calendar feeds: the secret addresses of published calendars. */

export interface Owner {
  owner_kind: string;
  owner: string;
  /** Null in rows of earlier versions. */
  owner_id: string | null;
}

/** The kind of owner of a feed whose account was removed. */
export const LEFT_BEHIND = 'removed';

export interface FeedRow extends Owner {
  id: string;
  publication_id: number;
  team: string | null;
  email: string | null;
  created_at: Date;
  last_fetched_at: Date | null;
  /** When the feed ended; null while its address works. */
  ended_at: Date | null;
}

export type NewFeed = Owner & { id: string; publication_id: number; secret_hash: Buffer; created_at: Date };

const ROWS = `
  select f.id, f.publication_id, s.team, p.email, f.owner_kind, f.owner, f.owner_id, f.created_at, f.last_fetched_at, f.ended_at
    from feeds f join publications p on p.id = f.publication_id left join schedules s on s.id = p.schedule_id`;

/** Matches an owner by id; rows of earlier versions have only a name. */
const OWNED = `f.owner_kind = :owner_kind
  and case when f.owner_id is null then f.owner = :owner else f.owner_id = :owner_id end`;

/** A page of the feeds of an owner, or of all owners, oldest first. */
export async function feedsOf(
  db: Db,
  owner: Owner | null,
  { page, per_page }: { page: number; per_page: number },
): Promise<{ total: number; rows: FeedRow[] }> {
  const whose = owner === null ? 'true' : OWNED;
  const asked = owner === null ? {} : { owner_kind: owner.owner_kind, owner: owner.owner, owner_id: owner.owner_id };
  const counted = await db.raw(`select count(*)::int as total from feeds f where ${whose}`, asked);
  const { rows } = await db.raw(`${ROWS} where ${whose} order by f.created_at, f.id limit :limit offset :offset`, {
    ...asked,
    limit: per_page,
    offset: (page - 1) * per_page,
  });
  return { total: counted.rows[0].total, rows };
}

/** A feed by its id. */
export async function feedById(db: Db, id: string): Promise<FeedRow | undefined> {
  const { rows } = await db.raw(`${ROWS} where f.id = :id`, { id });
  return rows[0];
}

/** A feed by the hash of its secret. The time of a lookup by hash reveals nothing about the secret. */
export async function feedByHash(db: Db, hash: Buffer): Promise<FeedRow | undefined> {
  const { rows } = await db.raw(`${ROWS} where f.secret_hash = :hash and f.ended_at is null`, { hash });
  return rows[0];
}

/** The number of feeds of an owner. A lock keeps other transactions from adding feeds until this one ends. */
export async function countFeedsLocked(trx: Db, { owner_kind, owner, owner_id }: Owner): Promise<number> {
  await trx.raw("select pg_advisory_xact_lock(hashtextextended('oncall.feeds ' || ? || ' ' || ?, 0))", [
    owner_kind,
    owner_id ?? owner,
  ]);
  const { rows } = await trx.raw(`select count(*)::int as n from feeds f where ${OWNED} and f.ended_at is null`, {
    owner_kind,
    owner,
    owner_id,
  });
  return rows[0].n;
}

/** Inserts a feed. */
export const addFeed = (trx: Db, feed: NewFeed): Promise<unknown> => trx('feeds').insert(feed);

/** Deletes a feed; false if another call deleted it first. */
export const removeFeed = async (trx: Db, id: string): Promise<boolean> =>
  (await trx('feeds').where({ id }).delete()) === 1;

/** The feeds of an owner that were created until an instant. */
export async function feedsMadeBy(trx: Db, { owner_kind, owner, owner_id }: Owner, until: Date): Promise<FeedRow[]> {
  const { rows } = await trx.raw(
    `${ROWS} where ${OWNED} and f.created_at <= :until and f.ended_at is null order by f.publication_id, f.id`,
    { owner_kind, owner, owner_id, until },
  );
  return rows;
}

/**
 * The feeds that keys of the environment created until an instant, if the key is not configured any more. Rows of
 * earlier versions have only the number of a key: they end if that number is higher than the number of configured keys;
 * the others cannot be decided.
 */
export async function feedsOfOtherKeys(trx: Db, configured: readonly string[], until: Date): Promise<FeedRow[]> {
  const { rows } = await trx.raw(
    `${ROWS} where f.owner_kind = 'key' and f.created_at <= :until and f.ended_at is null
        and case when f.owner_id is null then cast(substring(f.owner from '^environment key (\\d{1,9})$') as int) > :count
                 else starts_with(f.owner_id, :environment)
                      and not exists (select 1 from jsonb_array_elements_text(cast(:configured as jsonb)) as c(id) where c.id = f.owner_id) end
      order by f.publication_id, f.id`,
    { environment: ENVIRONMENT_KEY, configured: JSON.stringify(configured), count: configured.length, until } as never,
  );
  return rows;
}

/** Ends a feed; false if it had ended before. */
export const markEnded = async (trx: Db, id: string, now: Date): Promise<boolean> =>
  (await trx('feeds').where({ id }).whereNull('ended_at').update({ ended_at: now })) === 1;

/** Deletes feeds that ended before an instant, at most a thousand. */
export async function forgetEndedFeeds(db: Db, before: Date): Promise<number> {
  const { rowCount } = await db.raw(
    'delete from feeds where id in (select id from feeds where ended_at < ? limit 1000)',
    [before],
  );
  return rowCount;
}

/** Removes the owner of a feed, so that a later account of the same name does not own it. */
export const leaveBehind = (trx: Db, id: string): Promise<number> =>
  trx('feeds').where({ id }).update({ owner_kind: LEFT_BEHIND });

/** Stores when a feed was last fetched. */
export const noteFetch = (db: Db, id: string, now: Date): Promise<number> =>
  db('feeds')
    .where({ id })
    .update({ last_fetched_at: db.raw('greatest(last_fetched_at, ?)', [now]) });
