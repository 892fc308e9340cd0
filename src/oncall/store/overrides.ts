import { randomUUID } from 'node:crypto';
import type { Db } from '../../kernel/db/pool';
import { Problem } from '../../kernel/ports/problem';
import type { Person } from '../domain/rotation';
import type { OverrideKind, Role } from '../domain/types';
import { instantOf, minuteOf } from '../domain/zones';

export interface OverrideRow {
  id: string;
  schedule_id: string;
  team: string;
  kind: OverrideKind;
  role: Role | null;
  layer: string | null;
  in_name: string | null;
  in_email: string | null;
  out_name: string | null;
  out_email: string | null;
  reason: string | null;
  plain: boolean;
  starts_at: Date;
  /** The end; if the override was ended early, that instant. */
  ends_at: Date;
  created_by: string;
  created_at: Date;
}

export interface NewOverride {
  schedule_id: string;
  kind: OverrideKind;
  role: Role | null;
  layer: string | null;
  out: Person | null;
  in: Person | null;
  reason: string | null;
  plain: boolean;
  created_by: string;
  created_at: Date;
  starts_at: Date;
  ends_at: Date;
}

/**
 * Inserts an override.
 * @throws Problem `conflict` if it would put a person on one role twice at the same time
 */
export async function insertOverride(trx: Db, { in: comes, out: goes, ...rest }: NewOverride): Promise<string> {
  const id = randomUUID();
  const people = {
    in_name: comes?.name ?? null,
    in_email: comes?.email ?? null,
    out_name: goes?.name ?? null,
    out_email: goes?.email ?? null,
  };
  await onePlace(people.in_name, () => trx('overrides').insert({ id, ...people, ...rest }));
  return id;
}

/**
 * Moves an override to another span; false if the span was changed or the override ended in the meantime.
 * @throws Problem `conflict` if it would put a person on one role twice at the same time
 */
export async function moveOverride(
  trx: Db,
  { id, in_name, starts_at, ends_at }: OverrideRow,
  to: { starts_at: Date; ends_at: Date },
): Promise<boolean> {
  const moved = await onePlace(in_name, () =>
    trx('overrides').where({ id, starts_at, ends_at }).whereNull('ended_at').update(to),
  );
  return moved === 1;
}

async function onePlace<T>(comes: string | null, write: () => PromiseLike<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if ((error as { constraint?: string }).constraint !== 'overrides_one_place') throw error;
    throw new Problem('conflict', `Another override already puts ${comes} on this role within this span`);
  }
}

/** The minute of an instant: overrides end at whole minutes. */
const minuteStart = (at: Date): Date => instantOf(minuteOf(at));

export interface EndedOverride {
  in_name: string | null;
  out_name: string | null;
  ends_at: Date;
  /** False if the override had already run out, and only the record of its end was missing. */
  ranShort: boolean;
}

/** Ends the takeover that is not recorded as ended; if it ran out before `now`, at its own end. */
export async function endPlainOverride(trx: Db, scheduleId: string, now: Date): Promise<EndedOverride | undefined> {
  const { rows } = await trx.raw(
    `update overrides set ended_at = greatest(starts_at, least(ends_at, cast(? as timestamptz)))
      where schedule_id = ? and plain and ended_at is null
     returning in_name, out_name, ends_at, ended_at < ends_at as "ranShort"`,
    [minuteStart(now), scheduleId],
  );
  return rows[0];
}

/** Ends all overrides of a schedule that are not over: running ones now, future ones before they begin. */
export async function endAllOverrides(trx: Db, scheduleId: string, now: Date): Promise<EndedOverride[]> {
  const { rows } = await trx.raw(
    `update overrides set ended_at = greatest(starts_at, least(ends_at, cast(? as timestamptz)))
      where schedule_id = ? and ended_at is null
     returning in_name, out_name, ends_at, ended_at < ends_at as "ranShort"`,
    [minuteStart(now), scheduleId],
  );
  return rows;
}

/** Ends an override that is not over; false if it has ended already. */
export async function endOverride(trx: Db, id: string, now: Date): Promise<boolean> {
  const { rowCount } = await trx.raw(
    `update overrides set ended_at = greatest(starts_at, cast(:minute as timestamptz))
      where id = :id and ended_at is null and ends_at > :now`,
    { id, now, minute: minuteStart(now) },
  );
  return rowCount === 1;
}

/** Records that an override ran out; undefined if its end was recorded already. */
export async function expireOverride(
  trx: Db,
  id: string,
  now: Date,
): Promise<(Omit<EndedOverride, 'ranShort'> & { team: string }) | undefined> {
  const { rows } = await trx.raw(
    `update overrides o set ended_at = ends_at from schedules s
      where o.id = ? and s.id = o.schedule_id and o.ended_at is null and o.ends_at <= ?
     returning s.team, o.in_name, o.out_name, o.ends_at`,
    [id, now],
  );
  return rows[0];
}

/** SQL: whether an override is in force at `:now`. */
export const IN_FORCE = 'o.starts_at <= :now and :now < least(o.ends_at, o.ended_at)';

/** SQL: when the next version or override of a schedule begins after `:now`. */
export const NEXT_CHANGE = `least(
  (select min(n.effective_from) from schedule_versions n where n.schedule_id = s.id and n.effective_from > :now),
  (select min(n.starts_at) from overrides n
    where n.schedule_id = s.id and n.starts_at > :now and n.starts_at < least(n.ends_at, n.ended_at)))`;

const ROWS = `
  select o.id, o.schedule_id, s.team, o.kind, o.role, o.layer, o.in_name, o.in_email, o.out_name, o.out_email, o.reason,
         o.plain, o.starts_at, least(o.ends_at, o.ended_at) as ends_at, o.created_by,
         coalesce(o.created_at, o.starts_at) as created_at
    from overrides o join schedules s on s.id = o.schedule_id`;

/** Overrides in force, oldest first. */
export async function overridesAt(db: Db, now: Date): Promise<OverrideRow[]> {
  const { rows } = await db.raw(`${ROWS} where s.deleted_at is null and ${IN_FORCE} order by o.starts_at, o.seq`, {
    now,
  });
  return rows;
}

export interface OverrideFilter {
  team: string | undefined;
  from: Date;
  to: Date;
  page: number;
  per_page: number;
}

/**
 * A page of the overrides that touch a span, by their beginning. Overrides withdrawn before they began are not listed.
 */
export async function overridesIn(
  db: Db,
  { team, from, to, page, per_page }: OverrideFilter,
): Promise<{ total: number; rows: OverrideRow[] }> {
  const touching = `o.starts_at < :to and least(o.ends_at, o.ended_at) > greatest(o.starts_at, cast(:from as timestamptz))
        ${team === undefined ? '' : 'and s.team = :team'}`;
  const asked = { team: team ?? null, from, to };
  const counted = await db.raw(
    `select count(*)::int as total from overrides o join schedules s on s.id = o.schedule_id where ${touching}`,
    asked,
  );
  const { rows } = await db.raw(`${ROWS} where ${touching} order by o.starts_at, o.seq limit :limit offset :offset`, {
    ...asked,
    limit: per_page,
    offset: (page - 1) * per_page,
  });
  return { total: counted.rows[0].total, rows };
}

/** The number of overrides of a schedule that are not over. */
export async function countAhead(trx: Db, scheduleId: string, now: Date): Promise<number> {
  const row = await trx('overrides')
    .where({ schedule_id: scheduleId, ended_at: null })
    .andWhere('ends_at', '>', now)
    .count({ n: '*' })
    .first();
  return Number(row?.['n'] ?? 0);
}

/** An override by its id. */
export async function overrideById(db: Db, id: string): Promise<OverrideRow | undefined> {
  const { rows } = await db.raw(`${ROWS} where o.id = :id`, { id });
  return rows[0];
}
