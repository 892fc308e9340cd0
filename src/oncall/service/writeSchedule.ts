import type { Db } from '../../kernel/db/pool';
import type { By } from '../../kernel/events/events';
import { invalid, Problem } from '../../kernel/ports/problem';
import { Email } from '../../kernel/ports/values';
import { keepTurns, keptInTurn } from '../domain/keepTurn';
import type { Layer } from '../domain/layers';
import { onCallAt, type Version, versionAt } from '../domain/onCall';
import { type ChangedPlan, draftOf, nearestPlan, type Plan, ZONE } from '../domain/simpleSchedule';
import { instantOf, minuteOf } from '../domain/zones';
import { type HistoryEntry, recordHistory } from '../store/history';
import { upsertPeople } from '../store/registry';
import {
  addVersion,
  changeSchedule,
  dropPlannedVersions,
  lockOrCreateSchedule,
  rewriteLayers,
  type ScheduleRow,
  versionsFrom,
  withdrawVersion,
} from '../store/schedules';
import { readyZones } from '../store/zones';
import { enqueueHandoff } from './jobKinds';

/** The caller and the time of a change. */
export interface Change {
  by: By;
  now: Date;
  source?: 'seed';
}

export interface Draft {
  time_zone: string;
  layers: Layer[];
}

/** A simple schedule to set, by default in UTC and from now. */
export type PlanDraft = Plan & { time_zone?: string; effective_from?: Date | undefined };

export interface Planned {
  row: ScheduleRow;
  /** False if a schedule that was not deleted was replaced. */
  created: boolean;
  /** Whether another person is primary at once. */
  rotated: boolean;
}

/**
 * Creates or replaces the schedule of a team, from now or from a later instant. The schedule keeps its id and its past.
 * @throws Problem `invalid` if that instant is in the past
 */
export async function putPlan(
  trx: Db,
  team: string,
  { time_zone = ZONE, effective_from, ...plan }: PlanDraft,
  change: Change,
  check: (before: ScheduleRow) => Promise<void> = async () => {},
): Promise<Planned> {
  const { by, now, source } = change;
  const planned = plannedFrom(effective_from, now);
  const before = await lockOrCreateSchedule(trx, team, plan, now);
  await check(before);
  const created = before.deleted_at !== null;
  const draft = { ...draftOf(plan, time_zone), layered: false };
  const { handoff_at, rotation } = await putVersion(trx, before, draft, change, planned);
  const simple = planned === null || created ? { ...plan, layered: false } : {};
  const row = await changeSchedule(trx, before.id, { ...simple, ...datesOf(before, now), handoff_at });
  const details = {
    members_count: plan.members.length,
    rotation_type: plan.rotation_type,
    ...(time_zone !== ZONE && { time_zone }),
    ...(planned && { effective_from: planned.toISOString() }),
    ...(!created && { replaced: true }),
    ...(source && { source }),
  };
  await recordHistory(
    trx,
    [{ event_type: 'schedule_created', team, actor: by.actor, at: now, details }, ...rotation],
    by,
  );
  return { row, created, rotated: rotation.length > 0 };
}

const datesOf = ({ deleted_at }: ScheduleRow, now: Date) =>
  deleted_at === null ? { updated_at: now } : { created_at: now, updated_at: null, deleted_at: null };

/**
 * The later instant from which an edit applies, a whole minute; null for now.
 * @throws Problem `invalid` if it is in the past
 */
export function plannedFrom(effectiveFrom: Date | undefined, now: Date): Date | null {
  if (effectiveFrom === undefined) return null;
  if (minuteOf(effectiveFrom) < minuteOf(now)) {
    throw invalid([{ path: 'effective_from', message: 'Must not be in the past' }]);
  }
  const minute = minuteOf(effectiveFrom);
  return minute > minuteOf(now) ? instantOf(minute) : null;
}

/**
 * Sets the layers of a team from now or from a later instant, and creates the schedule if the team has none.
 * @throws Problem `invalid` if that instant is in the past
 */
export async function putLayers(
  trx: Db,
  team: string,
  { effective_from, ...draft }: Draft & { effective_from: Date | undefined },
  change: Change,
  check: (before: ScheduleRow) => Promise<void>,
): Promise<Planned> {
  const { by, now } = change;
  const planned = plannedFrom(effective_from, now);
  const plan = nearestPlan(draft.layers);
  const before = await lockOrCreateSchedule(trx, team, plan, now);
  await check(before);
  const created = before.deleted_at !== null;
  const { handoff_at, rotation } = await putVersion(trx, before, { ...draft, layered: true }, change, planned);
  const simple = planned === null || created ? { ...plan, layered: true } : {};
  const row = await changeSchedule(trx, before.id, { ...simple, ...datesOf(before, now), handoff_at });
  const details = {
    layers: draft.layers.map(({ name }) => name),
    time_zone: draft.time_zone,
    ...(planned && { effective_from: planned.toISOString() }),
  };
  const event_type = created ? 'schedule_created' : 'schedule_updated';
  await recordHistory(trx, [{ event_type, team, actor: by.actor, at: now, details }, ...rotation], by);
  return { row, created, rotated: rotation.length > 0 };
}

/**
 * Stores a changed plan in the zone of the schedule, from now or from the start of a schedule that has not begun.
 * Without a change it only updates `updated_at`.
 */
export async function editPlan(
  trx: Db,
  before: ScheduleRow,
  { details, ...plan }: ChangedPlan,
  change: Change,
): Promise<Omit<Planned, 'created'>> {
  const { by, now } = change;
  if (Object.keys(details).length === 0) {
    return { row: await changeSchedule(trx, before.id, { updated_at: now }), rotated: false };
  }
  const { time_zone, planned } = await zoneAndStart(trx, before.id, now);
  const draft = { ...draftOf(plan, time_zone), layered: false };
  const { handoff_at, rotation } = await putVersion(trx, before, draft, change, planned);
  const row = await changeSchedule(trx, before.id, { ...plan, updated_at: now, handoff_at });
  const entry: HistoryEntry = {
    event_type: 'schedule_updated',
    team: before.team,
    actor: by.actor,
    at: now,
    details,
  };
  await recordHistory(trx, [entry, ...rotation], by);
  return { row, rotated: rotation.length > 0 };
}

/** The zone of the version in force. If the schedule has not begun, the zone and the start of its first version. */
async function zoneAndStart(trx: Db, id: string, now: Date): Promise<{ time_zone: string; planned: Date | null }> {
  const versions = await versionsFrom(trx, id, now);
  const inForce = versionAt(versions, now);
  if (inForce !== null && inForce.layers.length > 0) return { time_zone: inForce.time_zone, planned: null };
  const first = versions.find(({ effective_from }) => effective_from > now);
  const begins = first === undefined ? null : versionAt(versions, first.effective_from);
  return { time_zone: begins?.time_zone ?? ZONE, planned: begins?.effective_from ?? null };
}

/** Adds a version, upserts its people and enqueues the next hand-off. */
async function putVersion(
  trx: Db,
  { id, team }: ScheduleRow,
  { layered, ...draft }: Draft & { layered: boolean },
  { by, now }: Change,
  planned: Date | null = null,
) {
  const before = await versionsFrom(trx, id, now);
  const from = planned ?? now;
  await readyZones([draft]);
  const layers = keepTurns(draft, versionAt(before, from), from);
  const { time_zone } = draft;
  await addVersion(trx, id, { time_zone, layers, layered, effective_from: planned, created_by: by.actor }, now);
  const after = await keepPlannedTurns(trx, id, now);
  await upsertPeople(trx, layers.flatMap(({ rotation }) => rotation.slots.flat()).flatMap(knownPerson));
  const handoff_at = await enqueueHandoff(trx, id, { versions: after, after: now, now });
  return { handoff_at, rotation: rotationChange(before, after, { team, actor: by.actor, at: now }) };
}

/**
 * Recomputes the turn offsets of planned versions after an earlier version was added or withdrawn, so that the person
 * on call at each change stays on call. Returns the versions from now on.
 */
async function keepPlannedTurns(trx: Db, id: string, now: Date): Promise<readonly Version[]> {
  const stored = await versionsFrom(trx, id, now);
  const kept = keptInTurn(stored, now);
  for (const [i, version] of kept.entries()) {
    if (version !== stored[i]) await rewriteLayers(trx, version.id, version.layers);
  }
  return kept;
}

/** A member as a person; none if the address is not valid, because other modules identify people by address. */
export const knownPerson = ({ name, email }: { name: string; email: string }): { name: string; email: string }[] => {
  const parsed = Email.safeParse(email);
  return parsed.success ? [{ name, email: parsed.data }] : [];
};

/** The history entry for a change of the scheduled primary, if it changed. */
export function rotationChange(
  before: readonly Version[],
  after: readonly Version[],
  { team, actor, at, was = at }: { team: string; actor: string; at: Date; was?: Date },
): HistoryEntry[] {
  const old = onCallAt(before, [], was).primary;
  const next = onCallAt(after, [], at).primary;
  if (old === null || next === null || (old.name === next.name && old.email === next.email)) return [];
  const details = { old_primary: old.name, new_primary: next.name };
  return [{ event_type: 'rotation_change', team, actor, at, details }];
}

/**
 * Withdraws a planned version and enqueues the next hand-off, which may now be another.
 * @throws Problem `not-found` if there is no such version, `conflict` if it has begun
 */
export async function withdrawPlan(
  trx: Db,
  { id, team }: ScheduleRow,
  version: string,
  { by, now }: Change,
): Promise<void> {
  const withdrawn = await withdrawVersion(trx, id, version, now);
  if (withdrawn === undefined)
    throw new Problem('not-found', `The schedule of team '${team}' has no version ${version}`);
  if (withdrawn === null) throw new Problem('conflict', `Version ${version} has begun and cannot be withdrawn`);
  const versions = await keepPlannedTurns(trx, id, now);
  const handoff_at = await enqueueHandoff(trx, id, { versions, after: now, now });
  await changeSchedule(trx, id, { updated_at: now, handoff_at });
  const { effective_from, layers } = withdrawn;
  const details = { version, effective_from: effective_from.toISOString(), layers: layers.map(({ name }) => name) };
  await recordHistory(trx, [{ event_type: 'schedule_version_withdrawn', team, actor: by.actor, at: now, details }], by);
}

/** Ends a schedule now. Its past can still be read. */
export async function endPlan(trx: Db, { id }: ScheduleRow, { by, now }: Change): Promise<void> {
  await dropPlannedVersions(trx, id, now);
  await addVersion(
    trx,
    id,
    { time_zone: ZONE, layers: [], layered: false, effective_from: null, created_by: by.actor },
    now,
  );
  await changeSchedule(trx, id, { deleted_at: now, handoff_at: null });
}
