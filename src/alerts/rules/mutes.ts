import { type Db, withRetry } from '../../kernel/db/pool';
import { type NewEvent, record } from '../../kernel/events/events';
import { breather } from '../../kernel/http/listBody';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Caller } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import type { AlertsEvent, MuteCause } from '../contract';
import {
  changeConfiguration,
  countInForce,
  inForceOf,
  insertMute,
  lockMute,
  type MuteRow,
  mutedAlerts,
  muteOf,
  mutesEnded,
  updateMute,
} from '../store/mutes';
import { nextOccurrence } from './compile';
import type { RuleDeps } from './deps';
import type { Occurrence } from './recurrence';
import { endAfter, releaseJob } from './release';

/** What silences and maintenance windows share: both are rows of mutes, and every change releases what it no longer mutes. */

const MOST_IN_FORCE: Record<MuteCause, number> = { silence: 1_000, window: 200, upstream: Number.POSITIVE_INFINITY };
/** Ended mutes that a list shows. */
const MOST_ENDED = 1_000;
const ENDED_SHOWN_MS = 30 * 86_400_000;

export type MuteState = 'active' | 'pending' | 'expired';

/** A mute as it is at an instant. */
export interface MuteNow {
  row: MuteRow;
  state: MuteState;
  /** The span that runs or follows; for an ended mute its last, null if it is not known. */
  next: Occurrence | null;
  muted: number;
}

export const stateOf = (row: MuteRow, next: Occurrence | null, now: Date): MuteState => {
  if (row.ended_at !== null || next === null || next.end <= now) return 'expired';
  return next.start <= now ? 'active' : 'pending';
};

export function nextOf(
  { recurrence, over_until, starts_at, ends_at, ended_at }: MuteRow,
  now: Date,
): Occurrence | null {
  if (recurrence !== null) return ended_at === null ? nextOccurrence(recurrence, over_until, now) : null;
  return ends_at === null ? null : { start: starts_at, end: ends_at };
}

/** Mutes with their states, computed in turns. */
async function place(rows: readonly MuteRow[], now: Date): Promise<Placed[]> {
  const placed: Placed[] = [];
  const breathe = breather();
  for (const row of rows) {
    const next = nextOf(row, now);
    placed.push({ row, next, state: stateOf(row, next, now) });
    await breathe();
  }
  return placed;
}

async function counted(db: Db, placed: readonly Placed[]): Promise<MuteNow[]> {
  const muted = await mutedAlerts(
    db,
    placed.map(({ row }) => row.id),
  );
  return placed.map((mute) => ({ ...mute, muted: muted.get(mute.row.id) ?? 0 }));
}

/**
 * Reads a mute.
 * @throws Problem `not-found`
 */
export async function getMute(deps: RuleDeps, cause: MuteCause, text: string): Promise<MuteNow> {
  const id = idOf(text);
  const row = id === null ? undefined : await muteOf(deps.db, id);
  if (row === undefined || row.cause !== cause) throw notFound(cause);
  return (await counted(deps.db, await place([row], deps.clock.now())))[0] as MuteNow;
}

const notFound = (cause: MuteCause): Problem =>
  new Problem('not-found', cause === 'silence' ? 'Silence not found' : 'Maintenance window not found');

/** Active mutes by their end, then pending ones by their start, then expired ones, latest first. */
export async function listMutes(
  deps: RuleDeps,
  cause: MuteCause,
  { state, page, per_page }: { state?: MuteState | undefined; page: number; per_page: number },
): Promise<{ total: number; mutes: MuteNow[] }> {
  const since = new Date(deps.clock.now().getTime() - ENDED_SHOWN_MS);
  const rows = [...(await inForceOf(deps.db, cause)), ...(await mutesEnded(deps.db, cause, since, MOST_ENDED))];
  const now = deps.clock.now();
  const placed = await place(rows, now);
  const found = placed.filter((mute) => state === undefined || mute.state === state).sort(inOrder);
  const shown = found.slice((page - 1) * per_page, page * per_page);
  const mutes = await counted(deps.db, shown);
  return { total: found.length, mutes };
}

type Placed = Pick<MuteNow, 'row' | 'next' | 'state'>;
const RANK: Record<MuteState, number> = { active: 0, pending: 1, expired: 2 };
const sortKey = ({ row, next, state }: Placed): number => {
  if (state === 'active') return next?.end.getTime() ?? 0;
  if (state === 'pending') return next?.start.getTime() ?? 0;
  return -(row.ended_at ?? row.ends_at ?? row.updated_at).getTime();
};
const inOrder = (a: Placed, b: Placed): number =>
  RANK[a.state] - RANK[b.state] || sortKey(a) - sortKey(b) || (a.row.id < b.row.id ? -1 : 1);

export type MuteDraft = Pick<MuteRow, 'name' | 'matchers' | 'services' | 'starts_at' | 'ends_at' | 'recurrence'>;

/**
 * Adds a mute together with the job that ends it.
 * @throws Problem `conflict` if there are too many
 */
export async function addMute(
  deps: RuleDeps,
  given: MuteDraft & Pick<MuteRow, 'id' | 'cause' | 'created_by'>,
  kind: AlertsEvent,
  caller: Caller,
): Promise<MuteNow> {
  const { db, clock } = deps;
  await withRetry(db, async (trx) => {
    await changeConfiguration(trx);
    const most = MOST_IN_FORCE[given.cause];
    if ((await countInForce(trx, given.cause)) >= most) {
      throw new Problem('conflict', `There are already ${most}. End or delete some first.`);
    }
    const now = clock.now();
    const made = { created_at: now, updated_at: now, updated_by: given.created_by };
    const row: MuteRow = { ...given, ...made, version: 1, over_until: null, ended_at: null };
    await insertMute(trx, row);
    await enqueue(trx, now, [releaseJob(given.id, endAfter(row, now) ?? now)]);
    await record(trx, [event(kind, row, caller, now)], caller);
  });
  return afterChange(deps, given.cause, given.id);
}

/**
 * Changes a mute. The job that looks at its alerts again is committed with the change.
 * @param change returns the new fields, or null to change nothing
 * @throws Problem `not-found`
 */
export async function changeMute(
  deps: RuleDeps,
  { cause, text, kind }: { cause: MuteCause; text: string; kind: AlertsEvent },
  caller: Caller,
  change: (row: MuteRow, now: Date) => Partial<MuteRow> | null,
): Promise<MuteNow> {
  const id = idOf(text);
  if (id === null) throw notFound(cause);
  await withRetry(deps.db, async (trx) => {
    await changeConfiguration(trx);
    const row = await lockMute(trx, id);
    if (row === undefined || row.cause !== cause) throw notFound(cause);
    const now = deps.clock.now();
    const changed = change(row, now);
    if (changed === null) return;
    const next = { ...row, ...changed, updated_at: now, updated_by: caller.actor };
    await updateMute(trx, next);
    await enqueue(trx, now, [releaseJob(id)]);
    await record(trx, [event(kind, next, caller, now)], caller);
  });
  return afterChange(deps, cause, id);
}

/** The change is in force in this process before its caller has the answer. */
async function afterChange(deps: RuleDeps, cause: MuteCause, id: string): Promise<MuteNow> {
  await deps.configuration.refreshed();
  return getMute(deps, cause, id);
}

export const event = (
  kind: AlertsEvent,
  { id, name, starts_at, ends_at, recurrence }: MuteRow,
  { actor }: Caller,
  at: Date,
): NewEvent<AlertsEvent> => ({
  kind,
  subject: id,
  actor,
  data: { name, starts_at, ends_at, ...(recurrence !== null && { rrule: recurrence.rrule }) },
  at,
});
