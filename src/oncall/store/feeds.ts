import type { Db } from '../../kernel/db/pool';
import { ENVIRONMENT_KEY } from '../../kernel/ports/values';

/** Secret addresses of published calendars. */

export interface Owner {
  owner_kind: string;
  owner: string;
  /** Null in rows of earlier versions. */
  owner_id: string | null;
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
  /** Since when its address leads nowhere; null while it does. */
  ended_at: Date | null;
}

export type NewFeed = Owner & { id: string; publication_id: number; secret_hash: Buffer; created_at: Date };

const ROWS = `
  select f.id, f.publication_id, s.team, p.email, f.owner_kind, f.owner, f.owner_id, f.created_at, f.last_fetched_at, f.ended_at
    from feeds f join publications p on p.id = f.publication_id left join schedules s on s.id = p.schedule_id`;

/** By id; rows of earlier versions by name. */
const OWNED = `f.owner_kind = :owner_kind
  and case when f.owner_id is null then f.owner = :owner else f.owner_id = :owner_id end`;

/** A page of the feeds of an owner, or of everybody, oldest first. */
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

export async function feedById(db: Db, id: string): Promise<FeedRow | undefined> {
  const { rows } = await db.raw(`${ROWS} where f.id = :id`, { id });
  return rows[0];
}

/** Looked up by its hash, so that the time it takes says nothing of the secret. */
export async function feedByHash(db: Db, hash: Buffer): Promise<FeedRow | undefined> {
  const { rows } = await db.raw(`${ROWS} where f.secret_hash = :hash and f.ended_at is null`, { hash });
  return rows[0];
}

/** How many an owner has; until the transaction ends, nobody else counts or adds to them. */
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

export const addFeed = (trx: Db, feed: NewFeed): Promise<unknown> => trx('feeds').insert(feed);

/** False where somebody else was first. */
export const removeFeed = async (trx: Db, id: string): Promise<boolean> =>
  (await trx('feeds').where({ id }).delete()) === 1;

/** What an account owns that was made until an instant. */
export async function feedsMadeBy(trx: Db, { owner_kind, owner, owner_id }: Owner, until: Date): Promise<FeedRow[]> {
  const { rows } = await trx.raw(
    `${ROWS} where ${OWNED} and f.created_at <= :until and f.ended_at is null order by f.publication_id, f.id`,
    { owner_kind, owner, owner_id, until },
  );
  return rows;
}

/**
 * What keys of the environment made until an instant that are not configured any more. Rows of earlier versions name a key
 * by its number only: those end whose number is beyond the configured keys; of the others no one can know.
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

/** Its address leads nowhere from now on; false if it had ended before. */
export const markEnded = async (trx: Db, id: string, now: Date): Promise<boolean> =>
  (await trx('feeds').where({ id }).whereNull('ended_at').update({ ended_at: now })) === 1;

/** Forgets feeds that ended before `before`, at most a thousand. */
export async function forgetEndedFeeds(db: Db, before: Date): Promise<number> {
  const { rowCount } = await db.raw(
    'delete from feeds where id in (select id from feeds where ended_at < ? limit 1000)',
    [before],
  );
  return rowCount;
}

/** Nobody's any more, so that whoever is given the name of its owner later is not given it too. */
export const leaveBehind = (trx: Db, id: string): Promise<number> =>
  trx('feeds').where({ id }).update({ owner_kind: LEFT_BEHIND });

export const noteFetch = (db: Db, id: string, now: Date): Promise<number> =>
  db('feeds')
    .where({ id })
    .update({ last_fetched_at: db.raw('greatest(last_fetched_at, ?)', [now]) });
