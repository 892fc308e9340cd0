import type { Db } from '../../kernel/db/pool';

const BATCH = 1_000;
const BATCHES = 100;
const MONTHS_AHEAD = 2;
/** Partitions change under traffic: a run that does not get the lock soon leaves the change to the next day. */
const LOCK_WITHIN = '2s';

/** Folds the rows of the tallies into one per sum; the sums stay the same. */
export async function foldTallies(db: Db): Promise<void> {
  await db.raw(
    `with gone as (delete from tallies returning *)
     insert into tallies select channel, severity, status, sum(change) from gone group by 1, 2, 3 having sum(change) <> 0`,
  );
}

/** Deletes ended notifications created before an instant, in small transactions; returns how many. */
export async function forgetNotifications(db: Db, before: Date): Promise<number> {
  return inBatches(() =>
    db('notifications')
      .whereIn(
        'id',
        db('notifications')
          .select('id')
          .where('created_at', '<', before)
          .whereNot({ status: 'queued' })
          .orderBy('created_at')
          .limit(BATCH),
      )
      .delete(),
  );
}

/** Deletes receipts before an instant, in small transactions; returns how many. */
export async function forgetReceipts(db: Db, before: Date): Promise<number> {
  return inBatches(async () => {
    const { rowCount } = await db.raw(
      `delete from receipts where (notification_id, attempt, state) in
         (select notification_id, attempt, state from receipts where at < ? order by at limit ?)`,
      [before, BATCH],
    );
    return rowCount as number;
  });
}

/** Deletes attempts before an instant that are in no month's partition; returns how many. */
export async function forgetStrayAttempts(db: Db, before: Date): Promise<number> {
  return inBatches(() =>
    db.transaction(async (trx) => {
      await trx.raw("set local tocsin.retention = 'on'");
      const { rowCount } = await trx.raw(
        `delete from attempts_default where (notification_id, attempt, started_at) in
           (select notification_id, attempt, started_at from attempts_default where started_at < ? limit ?)`,
        [before, BATCH],
      );
      return rowCount as number;
    }),
  );
}

async function inBatches(deleteOne: () => Promise<number>): Promise<number> {
  let gone = 0;
  for (let round = 0; round < BATCHES; round++) {
    const deleted = await deleteOne();
    gone += deleted;
    if (deleted < BATCH) break;
  }
  return gone;
}

/** Makes this month's partition of the attempts and the next two, and moves their rows there from the default partition. */
export async function makeMonths(db: Db, now: Date): Promise<void> {
  for (let ahead = 0; ahead <= MONTHS_AHEAD; ahead++) {
    const from = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1));
    const to = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead + 1, 1));
    await makeMonth(db, from, to);
  }
}

async function makeMonth(db: Db, from: Date, to: Date): Promise<void> {
  const name = monthName(from);
  const { rows } = await db.raw('select to_regclass(?) is not null as made', [name]);
  if (rows[0].made) return;
  await db.transaction(async (trx) => {
    await trx.raw(`set local lock_timeout = '${LOCK_WITHIN}'`);
    await trx.raw("set local tocsin.retention = 'on'");
    await trx.raw('select pg_advisory_xact_lock(hashtext(?))', [name]);
    const { rows: again } = await trx.raw('select to_regclass(?) is not null as made', [name]);
    if (again[0].made) return;
    // An insert that was planned before the partition existed would send its row to the default one and be refused.
    await trx.raw('lock table attempts in access exclusive mode');
    await trx.raw('create table ?? (like attempts including all)', [name]);
    await trx.raw(
      `with moved as (delete from attempts_default where started_at >= ? and started_at < ? returning *)
       insert into ?? select * from moved`,
      [from, to, name],
    );
    await trx.raw(
      `alter table attempts attach partition ${name} for values from ('${from.toISOString()}') to ('${to.toISOString()}')`,
    );
  });
}

/** Drops the partitions of months that ended before an instant; returns how many. */
export async function dropMonths(db: Db, before: Date): Promise<number> {
  const { rows } = await db.raw(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'attempts'::regclass and c.relname ~ '^attempts_\\d{4}_\\d{2}$' and c.relname < ?
      order by 1`,
    [monthName(before)],
  );
  for (const { name } of rows) {
    await db.transaction(async (trx) => {
      await trx.raw(`set local lock_timeout = '${LOCK_WITHIN}'`);
      await trx.raw('drop table if exists ??', [name]);
    });
  }
  return rows.length;
}

const monthName = (at: Date): string => `attempts_${at.toISOString().slice(0, 7).replace('-', '_')}`;
