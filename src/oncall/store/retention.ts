import type { Db } from '../../kernel/db/pool';

/** Totals of small tables, and the deletion of old rows. */

export interface Totals {
  schedules: number;
  members: number;
  overrides: number;
  rotation_types: Record<string, number>;
}

/** Totals of schedules, members and overrides at an instant. */
export async function totals(db: Db, now: Date): Promise<Totals> {
  const { rows } = await db.raw(
    `select rotation_type, count(*)::int as schedules, sum(jsonb_array_length(members))::int as members,
            (select count(*)::int from overrides o join schedules l on l.id = o.schedule_id and l.deleted_at is null
              where o.starts_at <= :now and :now < least(o.ends_at, o.ended_at)) as overrides
       from schedules where deleted_at is null group by rotation_type order by rotation_type`,
    { now },
  );
  const sum = (field: 'schedules' | 'members') =>
    rows.reduce((all: number, row: Record<string, number>) => all + (row[field] ?? 0), 0);
  return {
    schedules: sum('schedules'),
    members: sum('members'),
    overrides: rows[0]?.overrides ?? 0,
    rotation_types: Object.fromEntries(
      rows.map((row: { rotation_type: string; schedules: number }) => [row.rotation_type, row.schedules]),
    ),
  };
}

const BATCH = 1_000;
const BATCHES = 100;

/**
 * The rows that no query reads any more. The version in force at `before` stays, because it applies to the time after
 * it.
 */
const OLD: Record<string, string> = {
  history: 'select id from history where at < ? order by at, seq limit ?',
  escalations: 'select id from escalations where created_at < ? order by created_at limit ?',
  overrides: 'select id from overrides where ended_at is not null and ends_at < ? order by ends_at limit ?',
  schedule_versions: `
    select v.id from schedule_versions v
     where exists (select 1 from schedule_versions n where n.schedule_id = v.schedule_id and n.effective_from < ?
                      and (n.effective_from, n.id) > (v.effective_from, v.id))
     order by v.id limit ?`,
};

/**
 * Deletes rows older than `before` in small transactions, at most some batches per call. Returns the number of rows.
 */
export async function forgetOld(db: Db, before: Date, batch = BATCH): Promise<number> {
  let forgotten = 0;
  for (const [table, old] of Object.entries(OLD)) {
    for (let round = 0; round < BATCHES; round++) {
      const gone = await db.transaction(async (trx) => {
        await trx.raw("set local tocsin.retention = 'on'");
        const { rowCount } = await trx.raw(`delete from ${table} where id in (${old})`, [before, batch]);
        return rowCount as number;
      });
      forgotten += gone;
      if (gone < batch) break;
    }
  }
  return forgotten;
}
