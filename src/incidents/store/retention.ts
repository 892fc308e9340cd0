import type { Db } from '../../kernel/db/pool';
import { addTotals } from './totals';

/** Retention: drops whole months of the timeline, and then deletes their incidents in batches. */

const MONTH = /^incident_timeline_(\d{4})_(\d{2})$/;
const LOCK_WITHIN = '2s';

const monthOf = (at: Date): { year: number; month: number } => ({ year: at.getUTCFullYear(), month: at.getUTCMonth() });
const firstOf = ({ year, month }: { year: number; month: number }, later = 0): Date =>
  new Date(Date.UTC(year, month + later, 1));
const nameOf = (first: Date): string => `incident_timeline_${first.toISOString().slice(0, 7).replace('-', '_')}`;

async function monthsOf(db: Db): Promise<{ name: string; from: Date; to: Date }[]> {
  const { rows } = await db.raw(
    `select c.relname as name from pg_inherits h join pg_class c on c.oid = h.inhrelid
      where h.inhparent = 'incident_timeline'::regclass order by c.relname`,
  );
  return rows.flatMap(({ name }: { name: string }) => {
    const [, year, month] = MONTH.exec(name) ?? [];
    if (year === undefined) return [];
    const first = { year: Number(year), month: Number(month) - 1 };
    return [{ name, from: firstOf(first), to: firstOf(first, 1) }];
  });
}

/**
 * Creates the partitions of the month of `now` and of the next `ahead` months. Entries that went into the default
 * partition are moved to a partition of their month. The default partition is detached for that: a detached table has no
 * triggers that refuse the change.
 */
export async function makeMonths(db: Db, now: Date, ahead: number): Promise<void> {
  await db.transaction(async (trx) => {
    await trx.raw(`set local lock_timeout = '${LOCK_WITHIN}'`);
    const { rows: unplaced } = await trx.raw(
      `select distinct date_trunc('month', created_at at time zone 'UTC') at time zone 'UTC' as first
         from incident_timeline_other`,
    );
    const made = new Set((await monthsOf(trx)).map(({ name }) => name));
    const wanted = [
      ...Array.from({ length: ahead + 1 }, (_, later) => firstOf(monthOf(now), later)),
      ...(unplaced as { first: Date }[]).map(({ first }) => first),
    ];
    if (unplaced.length > 0) await trx.raw('alter table incident_timeline detach partition incident_timeline_other');
    for (const first of wanted) {
      if (made.has(nameOf(first))) continue;
      made.add(nameOf(first));
      await makeMonth(trx, first);
    }
    if (unplaced.length > 0) await moveUnplaced(trx);
  });
}

const makeMonth = (trx: Db, first: Date) =>
  trx.raw(
    `create table ${nameOf(first)} partition of incident_timeline
       for values from ('${first.toISOString()}') to ('${firstOf(monthOf(first), 1).toISOString()}')`,
  );

async function moveUnplaced(trx: Db): Promise<void> {
  await trx.raw(`insert into incident_timeline (id, incident_id, event_type, actor, detail, created_at, seq)
    select id, incident_id, event_type, actor, detail, created_at, seq from incident_timeline_other`);
  await trx.raw('drop table incident_timeline_other');
  await trx.raw('create table incident_timeline_other partition of incident_timeline default');
}

/**
 * Drops months that ended before `before`, oldest first. Stops before the first month that may hold entries of an incident
 * that is unresolved or was resolved after `before`, so that its timeline stays whole. Returns the names of the partitions.
 */
export async function dropMonths(db: Db, before: Date): Promise<string[]> {
  const dropped: string[] = [];
  for (const { name, to } of await monthsOf(db)) {
    if (to > before) break;
    const { rows } = await db.raw(
      `select exists (select 1 from incidents where created_at < ? and (status <> 'resolved' or resolved_at >= ?)) as lived`,
      [to, before],
    );
    if (rows[0].lived) break;
    await db.transaction(async (trx) => {
      await trx.raw(`set local lock_timeout = '${LOCK_WITHIN}'`);
      await trx.raw(`drop table ${name}`);
    });
    dropped.push(name);
  }
  return dropped;
}

/**
 * Deletes at most `batch` incidents that were resolved before `before` and have no timeline left, and subtracts them from
 * the totals. Returns how many.
 */
export async function deleteIncidents(db: Db, before: Date, batch: number): Promise<number> {
  return db.transaction(async (trx) => {
    const { rows } = await trx.raw(
      `with due as (
         select i.id from incidents i
          where i.status = 'resolved' and i.resolved_at < ?
            and not exists (select 1 from incident_timeline t where t.incident_id = i.id)
          order by i.resolved_at limit ? for update skip locked),
       unlinked as (delete from alert_links l using due where l.incident_id = due.id)
       delete from incidents i using due where i.id = due.id
       returning i.id, i.mtta_seconds, i.mttr_seconds`,
      [before, batch],
    );
    const deleted = (rows as { id: string; mtta_seconds: number | null; mttr_seconds: number | null }[]).map((row) => ({
      incidentId: row.id,
      resolved: 1,
      mttaMs: inMs(row.mtta_seconds),
      mttrMs: inMs(row.mttr_seconds),
    }));
    await addTotals(trx, deleted, -1);
    return deleted.length;
  });
}

const inMs = (seconds: number | null): number | null => (seconds === null ? null : Math.round(seconds * 1_000));
