import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { type Db, withRetry } from '../../kernel/db/pool';
import { type By, type NewEvent, record } from '../../kernel/events/events';
import type { Caller, Service } from '../../kernel/ports/contract';
import { invalid, Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import type { OncallContract, OncallEvent } from '../contract';
import {
  addFeed,
  countFeedsLocked,
  type FeedRow,
  feedById,
  feedsMadeBy,
  feedsOf,
  feedsOfOtherKeys,
  LEFT_BEHIND,
  leaveBehind,
  markEnded,
  type Owner,
  removeFeed,
} from '../store/feeds';
import { deleteIfUnused, lockOrCreatePublication, lockPublication, type Subject } from '../store/publications';
import { findSchedule } from '../store/schedules';
import { emailOf } from './callerEmail';
import { noSchedule, type ServiceDeps, withDeps } from './deps';

type Answers = Pick<
  Service<OncallContract>,
  'feeds' | 'createFeed' | 'revokeFeed' | 'endFeedsOf' | 'endFeedsOfOtherKeys'
>;

type Deps = Pick<ServiceDeps, 'db' | 'clock' | 'publicUrl'>;

const SECRET_BYTES = 32;
const MOST_FEEDS = 20;

/** The hash of a secret. Only the hash is stored; the secret itself is only in the answer that creates the feed. */
export const secretHash = (secret: string): Buffer => createHash('sha256').update(secret).digest();

const ownerOf = ({ kind, actor, id = null }: OfCaller): Owner => ({ owner_kind: kind, owner: actor, owner_id: id });
type OfCaller = Pick<Caller, 'kind' | 'actor'> & { id?: string | null | undefined };

/** Calendar feeds: list, create, revoke. */
export const feedAnswers = (deps: Deps): Answers =>
  withDeps(deps, { feeds, createFeed, revokeFeed, endFeedsOf, endFeedsOfOtherKeys });

type Input<K extends keyof Answers> = Parameters<Answers[K]>[0];
type Output<K extends keyof Answers> = Promise<Awaited<ReturnType<Answers[K]>>>;

async function subjectOf(trx: Db, team: string | null, caller: Caller): Promise<Subject> {
  if (team !== null) {
    const schedule = await findSchedule(trx, team);
    if (schedule === undefined) throw noSchedule(team);
    return { schedule_id: schedule.id };
  }
  const email = await emailOf(trx, caller);
  if (email !== null) return { email };
  const message = 'Name a team: you have no e-mail address, so your own shifts are unknown';
  throw invalid([{ path: 'team', message }]);
}

/** Deletes a feed; false if another call deleted it first. */
async function end(deps: Deps, trx: Db, row: FeedRow, by: By): Promise<boolean> {
  const { clock } = deps;
  await lockPublication(trx, row.publication_id);
  if (!(await removeFeed(trx, row.id))) return false;
  await deleteIfUnused(trx, row.publication_id);
  await record(trx, [feedEvent('feed_revoked', row, by.actor, clock.now())], by);
  return true;
}

/** Ends a feed but keeps its row, so that lists show the reason; false if it had ended. */
async function mark(deps: Deps, trx: Db, row: FeedRow, by: By): Promise<boolean> {
  const { clock } = deps;
  const now = clock.now();
  if (!(await markEnded(trx, row.id, now))) return false;
  await record(trx, [feedEvent('feed_revoked', row, by.actor, now)], by);
  return true;
}

async function feeds(deps: Deps, { everybody, page, per_page }: Input<'feeds'>, caller: Caller): Output<'feeds'> {
  const { db } = deps;
  if (everybody === 'true' && caller.role !== 'admin') {
    throw new Problem('forbidden', 'Only admins see the feeds of others');
  }
  const owner = everybody === 'true' ? null : ownerOf(caller);
  const { total, rows } = await feedsOf(db, owner, { page, per_page });
  return { total, page, per_page, feeds: rows.map(feedOf) };
}

async function createFeed(deps: Deps, { team = null }: Input<'createFeed'>, caller: Caller): Output<'createFeed'> {
  const { db, clock, publicUrl } = deps;
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const row = await withRetry(db, async (trx) => {
    const owner = ownerOf(caller);
    if ((await countFeedsLocked(trx, owner)) >= MOST_FEEDS) {
      throw new Problem('conflict', `You have ${MOST_FEEDS} calendar feeds; revoke one before you make another`);
    }
    const now = clock.now();
    const publication_id = await lockOrCreatePublication(trx, await subjectOf(trx, team, caller), now);
    const id = randomUUID();
    await addFeed(trx, { ...owner, id, publication_id, secret_hash: secretHash(secret), created_at: now });
    const made = (await feedById(trx, id)) as FeedRow;
    await record(trx, [feedEvent('feed_created', made, caller.actor, now)], caller);
    return made;
  });
  const url = `${publicUrl}/calendar/${secret}.ics`;
  return { ...feedOf(row), url, webcal_url: url.replace(/^https?:/, 'webcal:') };
}

async function revokeFeed(deps: Deps, { id: given }: Input<'revokeFeed'>, caller: Caller): Output<'revokeFeed'> {
  const { db } = deps;
  return withRetry(db, async (trx) => {
    const id = idOf(given);
    const row = id === null ? undefined : await feedById(trx, id);
    if (row === undefined || !mayRevoke(row, caller)) throw noFeed();
    if (!(await end(deps, trx, row, caller))) throw noFeed();
  });
}

async function endFeedsOf(
  deps: Deps,
  { username, kind, owner_id, removed, at, by: actor, by_kind }: Input<'endFeedsOf'>,
): Output<'endFeedsOf'> {
  const { db } = deps;
  return withRetry(db, async (trx) => {
    let ended = 0;
    const by: By = { actor, kind: by_kind };
    for (const row of await feedsMadeBy(trx, ownerOf({ kind, actor: username, id: owner_id }), new Date(at))) {
      if (kind === 'key') ended += Number(await mark(deps, trx, row, by));
      else if (row.email !== null) ended += Number(await end(deps, trx, row, by));
      else if (removed) await leaveBehind(trx, row.id);
    }
    return { ended };
  });
}

async function endFeedsOfOtherKeys(
  deps: Deps,
  { configured, at }: Input<'endFeedsOfOtherKeys'>,
  caller: Caller,
): Output<'endFeedsOfOtherKeys'> {
  const { db } = deps;
  return withRetry(db, async (trx) => {
    let ended = 0;
    for (const row of await feedsOfOtherKeys(trx, configured, new Date(at)))
      ended += Number(await mark(deps, trx, row, caller));
    return { ended };
  });
}

const noFeed = (): Problem => new Problem('not-found', 'Calendar feed not found');

const mayRevoke = ({ owner_kind, owner, owner_id }: FeedRow, { kind, actor, role, id }: Caller): boolean =>
  role === 'admin' || (owner_kind === kind && (owner_id === null ? owner === actor : owner_id === id));

const feedOf = ({ id, team, email, owner_kind, owner, created_at, last_fetched_at, ended_at }: FeedRow) => ({
  id,
  team,
  email,
  created_by: owner,
  left_behind: owner_kind === LEFT_BEHIND,
  created_at: created_at.toISOString(),
  last_fetched_at: last_fetched_at?.toISOString() ?? null,
  ended_at: ended_at?.toISOString() ?? null,
});

const feedEvent = (
  kind: OncallEvent,
  { id, team, email, owner }: FeedRow,
  actor: string,
  at: Date,
): NewEvent<OncallEvent> => ({
  kind,
  subject: id,
  actor,
  data: { team, email, owner },
  at,
});
