import { randomUUID } from 'node:crypto';
import type { Db } from '../../kernel/db';
import type { Version } from '../domain/calendar';
import type { Layer } from '../domain/layers';
import type { Member, Plan, RotationType } from '../domain/seedStyle';

export interface ScheduleRow {
  id: string;
  team: string;
  rotation_type: RotationType;
  members: Member[];
  handoff_at: Date | null;
  created_at: Date;
  updated_at: Date | null;
  deleted_at: Date | null;
}

/**
 * The schedule of a team, locked until the transaction ends and made where the team is new. A fresh or deleted one has
 * `deleted_at` set: it is the caller's to revive. Changes of one team queue up here.
 */
export async function lockOrMakeSchedule(trx: Db, team: string, plan: Plan, now: Date): Promise<ScheduleRow> {
  await trx('teams').insert({ name: team, created_at: now }).onConflict('name').ignore();
  const fresh = { id: randomUUID(), team, created_at: now, deleted_at: now, ...planColumns(plan) };
  await trx('schedules').insert(fresh).onConflict('team').ignore();
  return (await trx('schedules').where({ team }).forUpdate().first()) as ScheduleRow;
}

/** The living schedule of a team, locked until the transaction ends. */
export const lockSchedule = (trx: Db, team: string): Promise<ScheduleRow | undefined> =>
  trx('schedules').where({ team, deleted_at: null }).forUpdate().first();

export const lockScheduleById = (trx: Db, id: string): Promise<ScheduleRow | undefined> =>
  trx('schedules').where({ id, deleted_at: null }).forUpdate().first();

export const findSchedule = (db: Db, team: string): Promise<ScheduleRow | undefined> =>
  db('schedules').where({ team, deleted_at: null }).first();

/** All living schedules, oldest first. */
export const allSchedules = (db: Db): Promise<ScheduleRow[]> =>
  db('schedules').where({ deleted_at: null }).orderBy(['created_at', 'id']);

export type ScheduleChange = Partial<Omit<ScheduleRow, 'id' | 'team'>>;

export async function changeSchedule(trx: Db, id: string, change: ScheduleChange): Promise<ScheduleRow> {
  const { members, ...rest } = change;
  const columns = { ...rest, ...(members && { members: JSON.stringify(members) }) };
  const [row] = await trx('schedules').where({ id }).update(columns).returning('*');
  return row;
}

const planColumns = ({ rotation_type, members }: Plan) => ({ rotation_type, members: JSON.stringify(members) });

/** The version that counts at an instant. */
export const versionOf = (db: Db, scheduleId: string, at: Date): Promise<Version | undefined> =>
  db('schedule_versions')
    .where({ schedule_id: scheduleId })
    .andWhere('effective_from', '<=', at)
    .orderBy([
      { column: 'effective_from', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .first('effective_from', 'time_zone', 'layers');

export interface NewVersion {
  time_zone: string;
  layers: Layer[];
}

/**
 * Adds a version from `now` on; the past stays as it was. A process whose clock is behind another's begins where the
 * last version did, so that the newest edit always counts. Answers from when it counts.
 */
export async function addVersion(trx: Db, scheduleId: string, { time_zone, layers }: NewVersion, now: Date) {
  const { rows } = await trx.raw(
    `insert into schedule_versions (schedule_id, effective_from, time_zone, layers)
     select cast(:id as uuid), greatest(cast(:now as timestamptz), max(effective_from)), :time_zone, cast(:layers as jsonb)
       from schedule_versions where schedule_id = :id
     returning effective_from`,
    { id: scheduleId, now, time_zone, layers: JSON.stringify(layers) },
  );
  return rows[0].effective_from as Date;
}

/** Seeding happens once in the life of an installation, also when two processes start at the same time. */
export async function isEmptyInstallation(trx: Db): Promise<boolean> {
  await trx.raw("select pg_advisory_xact_lock(hashtext('oncall.seed'))");
  return (await trx('teams').first('name')) === undefined;
}
