import { randomUUID } from 'node:crypto';
import type { Db } from '../../kernel/db';
import type { Person } from '../domain/rotation';

export interface OverrideRow {
  id: string;
  schedule_id: string;
  team: string;
  in_name: string;
  in_email: string;
  reason: string | null;
  starts_at: Date;
  ends_at: Date;
}

export interface NewOverride {
  schedule_id: string;
  in: Person;
  reason: string | null;
  created_by: string;
  starts_at: Date;
  ends_at: Date;
}

export async function addOverride(trx: Db, { in: person, ...rest }: NewOverride): Promise<string> {
  const id = randomUUID();
  await trx('overrides').insert({ id, in_name: person.name, in_email: person.email, ...rest });
  return id;
}

export interface EndedOverride {
  in_name: string;
  ends_at: Date;
  /** False where its time had already run out and only nobody had written it down. */
  ranShort: boolean;
}

/** Ends the takeover of a schedule that has not been ended; at its own end where that is past. */
export async function endOverride(trx: Db, scheduleId: string, now: Date): Promise<EndedOverride | undefined> {
  const { rows } = await trx.raw(
    `update overrides set ended_at = greatest(starts_at, least(ends_at, cast(? as timestamptz)))
      where schedule_id = ? and ended_at is null
     returning in_name, ends_at, ended_at < ends_at as "ranShort"`,
    [now, scheduleId],
  );
  return rows[0];
}

/** Writes down that an override ran out; undefined where it was ended before, or by somebody else just now. */
export async function expireOverride(
  trx: Db,
  id: string,
  now: Date,
): Promise<{ team: string; in_name: string; ends_at: Date } | undefined> {
  const { rows } = await trx.raw(
    `update overrides o set ended_at = ends_at from schedules s
      where o.id = ? and s.id = o.schedule_id and o.ended_at is null and o.ends_at <= ?
     returning s.team, o.in_name, o.ends_at`,
    [id, now],
  );
  return rows[0];
}

export const IN_FORCE = 'o.starts_at <= :now and :now < least(o.ends_at, o.ended_at)';

/** Overrides in force, oldest first. */
export async function overridesAt(db: Db, now: Date): Promise<OverrideRow[]> {
  const { rows } = await db.raw(
    `select o.id, o.schedule_id, s.team, o.in_name, o.in_email, o.reason, o.starts_at, o.ends_at
       from overrides o join schedules s on s.id = o.schedule_id and s.deleted_at is null
      where ${IN_FORCE} order by o.starts_at, o.id`,
    { now },
  );
  return rows;
}
