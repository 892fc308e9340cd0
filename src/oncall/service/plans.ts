import type { Db } from '../../kernel/db';
import { Email } from '../../kernel/values';
import { onCallAt, type Version } from '../domain/calendar';
import type { Layer } from '../domain/layers';
import { type ChangedPlan, layersOf, type Plan, ZONE } from '../domain/seedStyle';
import { type Happening, remember } from '../store/history';
import { meetPeople } from '../store/registry';
import { addVersion, changeSchedule, lockOrMakeSchedule, type ScheduleRow, versionOf } from '../store/schedules';
import { promiseHandoff } from './promises';

/** Who changes a plan, and when. */
export interface Change {
  actor: string;
  now: Date;
  source?: 'seed';
}

export interface Planned {
  row: ScheduleRow;
  /** False where a living schedule was replaced. */
  created: boolean;
  /** Whether somebody else is primary at once. */
  rotated: boolean;
}

/** Creates the schedule of a team or replaces it; the team's schedule keeps its id and its past. */
export async function putPlan(trx: Db, team: string, plan: Plan, change: Change): Promise<Planned> {
  const { actor, now, source } = change;
  const before = await lockOrMakeSchedule(trx, team, plan, now);
  const created = before.deleted_at !== null;
  const { handoff_at, rotation } = await putVersion(trx, before, plan, change);
  const dates = created ? { created_at: now, updated_at: null, deleted_at: null } : { updated_at: now };
  const row = await changeSchedule(trx, before.id, { ...plan, ...dates, handoff_at });
  const details = {
    members_count: plan.members.length,
    rotation_type: plan.rotation_type,
    ...(!created && { replaced: true }),
    ...(source && { source }),
  };
  await remember(trx, [{ event_type: 'schedule_created', team, actor, at: now, details }, ...rotation]);
  return { row, created, rotated: rotation.length > 0 };
}

/** Writes a changed plan down; where nothing changed, only that somebody asked. */
export async function editPlan(
  trx: Db,
  before: ScheduleRow,
  { details, ...plan }: ChangedPlan,
  change: Change,
): Promise<Omit<Planned, 'created'>> {
  const { actor, now } = change;
  if (Object.keys(details).length === 0) {
    return { row: await changeSchedule(trx, before.id, { updated_at: now }), rotated: false };
  }
  const { handoff_at, rotation } = await putVersion(trx, before, plan, change);
  const row = await changeSchedule(trx, before.id, { ...plan, updated_at: now, handoff_at });
  const happening = { event_type: 'schedule_updated', team: before.team, actor, at: now, details };
  await remember(trx, [happening, ...rotation]);
  return { row, rotated: rotation.length > 0 };
}

/** Adds the version of a plan, meets its people and promises its next hand-off. */
async function putVersion(trx: Db, { id, team }: ScheduleRow, plan: Plan, { actor, now }: Change) {
  const before = await versionOf(trx, id, now);
  const layers = layersOf(plan, before ?? null, now);
  const after = {
    time_zone: ZONE,
    layers,
    effective_from: await addVersion(trx, id, { time_zone: ZONE, layers }, now),
  };
  await meetPeople(trx, plan.members.flatMap(personOf));
  const handoff_at = await promiseHandoff(trx, id, { version: after, after: now, now });
  const rotation = rotationChange(before, after, { team, actor, at: now });
  return { handoff_at, rotation };
}

/** A member without a real e-mail address is told by name only, and is nobody that other modules could know. */
const personOf = ({ name, email }: { name: string; email: string }): { name: string; email: string }[] => {
  const parsed = Email.safeParse(email);
  return parsed.success ? [{ name, email: parsed.data }] : [];
};

/** The fact that the scheduled primary is another one than before, if that is so. */
export function rotationChange(
  before: Version | undefined,
  after: Version | undefined,
  { team, actor, at, was = at }: { team: string; actor: string; at: Date; was?: Date },
): Happening[] {
  const primary = (version: Version | undefined, instant: Date) =>
    onCallAt(version === undefined ? [] : [version], [], instant).primary;
  const old = primary(before, was);
  const next = primary(after, at);
  if (old === null || next === null || (old.name === next.name && old.email === next.email)) return [];
  const details = { old_primary: old.name, new_primary: next.name };
  return [{ event_type: 'rotation_change', team, actor, at, details }];
}

/** Ends a schedule: from now on it says nothing, and what it said before stays answerable. */
export async function endPlan(trx: Db, { id }: ScheduleRow, now: Date): Promise<void> {
  const layers: Layer[] = [];
  await addVersion(trx, id, { time_zone: ZONE, layers }, now);
  await changeSchedule(trx, id, { deleted_at: now, handoff_at: null });
}
