import { randomUUID } from 'node:crypto';
import type { Db } from '../../kernel/db/pool';
import type { Layer } from '../domain/layers';
import type { Version } from '../domain/onCall';
import type { Member, Plan, RotationType } from '../domain/simpleSchedule';
import { instantOf, minuteOf } from '../domain/zones';
import { readyZones } from './zones';

export interface ScheduleRow {
  id: string;
  team: string;
  rotation_type: RotationType;
  members: Member[];
  /** True if the schedule was set as layers: rotation type and members are then the closest simple schedule. */
  layered: boolean;
  handoff_at: Date | null;
  created_at: Date;
  updated_at: Date | null;
  deleted_at: Date | null;
}

/**
 * The schedule of a team, inserted if the team is new, and locked until the transaction ends. A new or deleted one has
 * `deleted_at` set; the caller restores it. Changes of one team wait for each other here.
 */
export async function lockOrCreateSchedule(trx: Db, team: string, plan: Plan, now: Date): Promise<ScheduleRow> {
  await trx('teams').insert({ name: team, created_at: now, deleted_at: null }).onConflict('name').merge(['deleted_at']);
  const fresh = { id: randomUUID(), team, created_at: now, deleted_at: now, ...planColumns(plan) };
  await trx('schedules').insert(fresh).onConflict('team').ignore();
  return (await trx('schedules').where({ team }).forUpdate().first()) as ScheduleRow;
}

/** The schedule of a team, locked until the transaction ends; undefined if it was deleted. */
export const lockSchedule = (trx: Db, team: string): Promise<ScheduleRow | undefined> =>
  trx('schedules').where({ team, deleted_at: null }).forUpdate().first();

/** A schedule by its id, locked until the transaction ends; undefined if it was deleted. */
export const lockScheduleById = (trx: Db, id: string): Promise<ScheduleRow | undefined> =>
  trx('schedules').where({ id, deleted_at: null }).forUpdate().first();

/** The schedule of a team; undefined if it was deleted. */
export const findSchedule = (db: Db, team: string): Promise<ScheduleRow | undefined> =>
  db('schedules').where({ team, deleted_at: null }).first();

/** The schedule of a team, even if it was deleted. */
export const anySchedule = (db: Db, team: string): Promise<ScheduleRow | undefined> =>
  db('schedules').where({ team }).first();

/** All schedules that are not deleted, oldest first. */
export const allSchedules = (db: Db): Promise<ScheduleRow[]> =>
  db('schedules').where({ deleted_at: null }).orderBy(['created_at', 'id']);

export type ScheduleChange = Partial<Omit<ScheduleRow, 'id' | 'team'>>;

/** Changes columns of a schedule. */
export async function changeSchedule(trx: Db, id: string, change: ScheduleChange): Promise<ScheduleRow> {
  const { members, ...rest } = change;
  const columns = { ...rest, ...(members && { members: JSON.stringify(members) }) };
  const [row] = await trx('schedules').where({ id }).update(columns).returning('*');
  return row;
}

const planColumns = ({ rotation_type, members }: Plan) => ({ rotation_type, members: JSON.stringify(members) });

export interface StoredVersion extends Version {
  id: string;
  /** Whether the schedule has layers from this version on; reliable only for planned versions. */
  layered: boolean;
}

/** The version in force at an instant and the later ones, in order of time. */
export async function versionsFrom(db: Db, scheduleId: string, at: Date): Promise<StoredVersion[]> {
  const { rows } = await db.raw(
    `select v.id::text, effective_from, time_zone, layers, layered from schedule_versions v
      where schedule_id = :id and effective_from >= coalesce(
        (select max(p.effective_from) from schedule_versions p where p.schedule_id = :id and p.effective_from <= :at),
        effective_from)
      order by effective_from, v.id`,
    { id: scheduleId, at },
  );
  await readyZones(rows);
  return rows;
}

export interface NewVersion {
  time_zone: string;
  layers: Layer[];
  /** False for a rotation type and members. */
  layered: boolean;
  /** Null for now. */
  effective_from: Date | null;
  created_by: string;
}

/**
 * Adds a version; earlier versions do not change. If the clock of this process is behind, the version begins with the
 * last edit, so that the newest edit always applies. Planned edits do not delay it.
 */
export async function addVersion(
  trx: Db,
  scheduleId: string,
  { layers, ...rest }: NewVersion,
  now: Date,
): Promise<void> {
  await trx.raw(
    `insert into schedule_versions (schedule_id, effective_from, time_zone, layers, layered, created_by, created_at)
     select cast(:id as uuid),
            coalesce(cast(:effective_from as timestamptz), greatest(cast(:minute as timestamptz), max(effective_from)
              filter (where created_at is null or effective_from <= created_at))),
            :time_zone, cast(:layers as jsonb), cast(:layered as boolean), :created_by, :now
       from schedule_versions where schedule_id = :id`,
    { id: scheduleId, now, minute: instantOf(minuteOf(now)), layers: JSON.stringify(layers), ...rest },
  );
}

/** Deletes planned versions, which end with their schedule because they have never applied. */
export const dropPlannedVersions = (trx: Db, scheduleId: string, now: Date): Promise<number> =>
  trx('schedule_versions').where({ schedule_id: scheduleId }).andWhere('effective_from', '>', now).delete();

/** Replaces the layers of a planned version; one that has begun does not change. */
export const rewriteLayers = (trx: Db, version: string, layers: readonly Layer[]): Promise<number> =>
  trx('schedule_versions')
    .where({ id: version })
    .update({ layers: JSON.stringify(layers) });

export interface PlannedVersion {
  effective_from: Date;
  layers: Layer[];
}

/** Deletes a version that begins after `now`, and returns it; null if it has begun, undefined if it does not exist. */
export async function withdrawVersion(
  trx: Db,
  scheduleId: string,
  version: string,
  now: Date,
): Promise<PlannedVersion | null | undefined> {
  const found = () => trx('schedule_versions').where({ schedule_id: scheduleId, id: version });
  const [withdrawn] = await found().andWhere('effective_from', '>', now).delete(['effective_from', 'layers']);
  if (withdrawn !== undefined) return withdrawn;
  return (await found().first('id')) === undefined ? undefined : null;
}

/** The version of the last edit, even if it is not in force yet. */
export async function latestVersion(db: Db, scheduleId: string): Promise<string> {
  const row = await db('schedule_versions').where({ schedule_id: scheduleId }).max({ id: 'id' }).first();
  return String(row?.['id'] ?? 0);
}

export interface ScheduleView extends ScheduleRow {
  time_zone: string;
  layers: Layer[];
  version: string;
}

const VIEW = `
  select s.*, coalesce(f.time_zone, 'UTC') as time_zone, coalesce(f.layers, '[]') as layers,
         (select max(v.id) from schedule_versions v where v.schedule_id = s.id)::text as version
    from schedules s
    left join lateral (select v.time_zone, v.layers from schedule_versions v
                        where v.schedule_id = s.id and v.effective_from <= :now
                        order by v.effective_from desc, v.id desc limit 1) f on true`;

/** The schedule of a team with the version in force. */
export async function viewSchedule(db: Db, team: string, now: Date): Promise<ScheduleView | undefined> {
  const { rows } = await db.raw(`${VIEW} where s.team = :team and s.deleted_at is null`, { team, now });
  return rows[0];
}

/** All schedules that are not deleted, oldest first. */
export async function viewSchedules(db: Db, now: Date): Promise<ScheduleView[]> {
  const { rows } = await db.raw(`${VIEW} where s.deleted_at is null order by s.created_at, s.id`, { now });
  return rows;
}

export interface VersionRow extends Version {
  version: string;
  until: Date | null;
  created_by: string;
  created_at: Date;
}

export interface VersionFilter {
  team: string;
  page: number;
  per_page: number;
}

/**
 * A page of the versions of a team, newest first, even of a deleted schedule; `total` is 0 if the team never had one.
 */
export async function versionsOf(
  db: Db,
  { team, page, per_page }: VersionFilter,
): Promise<{ total: number; rows: VersionRow[] }> {
  const counted = await db.raw(
    `select count(*)::int as total from schedules s join schedule_versions v on v.schedule_id = s.id where s.team = :team`,
    { team },
  );
  const { rows } = await db.raw(
    `select v.id::text as version, v.effective_from, v.time_zone, v.layers, v.created_by,
            coalesce(v.created_at, v.effective_from) as created_at,
            lead(v.effective_from) over (order by v.effective_from, v.id) as until
       from schedules s join schedule_versions v on v.schedule_id = s.id
      where s.team = :team order by v.effective_from desc, v.id desc limit :limit offset :offset`,
    { team, limit: per_page, offset: (page - 1) * per_page },
  );
  return { total: counted.rows[0].total, rows };
}

/** Whether there has never been a team. The lock makes two processes that start at the same time seed only once. */
export async function isEmptyInstallation(trx: Db): Promise<boolean> {
  await trx.raw("select pg_advisory_xact_lock(hashtext('oncall.seed'))");
  return (await trx('teams').first('name')) === undefined;
}
