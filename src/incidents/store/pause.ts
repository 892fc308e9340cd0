import type { Db } from '../../kernel/db/pool';

/** Clocks that stand still because somebody has the incident or wants no pages for a while, and how they start anew. */

/** Stands still, and has nothing armed. */
const STOPPED = `state = 'stopped', next_step = null, next_round = null, next_cycle = null, next_step_at = null`;

/**
 * Stops the clocks of incidents that somebody has, or that are over, and ends their snoozes. Of those `heard` the clock
 * remembers when. Answers which were snoozed.
 */
export async function stopEscalations(
  trx: Db,
  incidentIds: readonly string[],
  { heard, now }: { heard: readonly string[]; now: Date },
): Promise<string[]> {
  const { rows } = await trx.raw(
    `with was as materialized (
       select incident_id, snoozed_until from escalations where incident_id = any(cast(:ids as uuid[]))
        order by incident_id for update),
     unpaged as (
       update incidents set reach = 'not_paged' where id = any(cast(:ids as uuid[])) and reach = 'pending')
     update escalations e
        set ${STOPPED}, snoozed_until = null,
            heard_at = case when e.incident_id = any(cast(:heard as uuid[])) then cast(:now as timestamptz) end
       from was where e.incident_id = was.incident_id
     returning e.incident_id as "incidentId", was.snoozed_until is not null as snoozed`,
    { ids: [...incidentIds], heard: [...heard], now },
  );
  return rows.flatMap(({ incidentId, snoozed }: { incidentId: string; snoozed: boolean }) =>
    snoozed ? incidentId : [],
  );
}

/** Stops the clock of an incident until then; the caller holds the incident. */
export const snoozeEscalation = (trx: Db, incidentId: string, until: Date): Promise<unknown> =>
  trx.raw(
    `with unpaged as (update incidents set reach = 'not_paged' where id = :incidentId and reach <> 'reached')
     update escalations set ${STOPPED}, heard_at = null, snoozed_until = :until where incident_id = :incidentId`,
    { incidentId, until },
  );

/** What a clock must still look like for it to start anew: snoozed until then, unheard of since then, or stopped. */
export type Unchanged = { snoozedUntil: Date } | { heardAt: Date } | { state: 'stopped' };

/**
 * Winds a clock that stands still up at step 1, as a pass of its own, due now. Answers the turn of that step; null where
 * the clock is no longer as it was read.
 */
export async function restartEscalations(
  trx: Db,
  incidentId: string,
  unchanged: Unchanged,
  now: Date,
): Promise<number | null> {
  const [column, at] = heldBy(unchanged);
  return restartIf(trx, incidentId, now, { sql: `and ${column} = :unchanged`, values: { unchanged: at } });
}

/** A page is on its way with step 1, whatever was reached before. */
async function restartIf(
  trx: Db,
  incidentId: string,
  now: Date,
  unchanged: { sql: string; values: { unchanged?: Date | string } },
): Promise<number | null> {
  const { rows } = await trx.raw(
    `with wound as (
       update escalations
          set state = 'running', next_step = 1, next_round = 0, next_cycle = cycle + 1, next_step_at = :now,
              first_turn = turn + 1, futile = 0, reached_in_round = false, snoozed_until = null, heard_at = null
        where incident_id = :incidentId ${unchanged.sql} returning incident_id, turn + 1 as turn),
     pending as (update incidents set reach = 'pending' where id = (select incident_id from wound))
     select turn from wound`,
    { incidentId, now, ...unchanged.values },
  );
  return rows[0]?.turn ?? null;
}

/** Starts the policy of a locked incident again at step 1, due now, whatever its clock was about to do. Answers its turn. */
export const restart = (trx: Db, incidentId: string, now: Date): Promise<number | null> =>
  restartIf(trx, incidentId, now, { sql: '', values: {} });
function heldBy(unchanged: Unchanged): [column: string, value: Date | string] {
  if ('state' in unchanged) return ['state', unchanged.state];
  return 'snoozedUntil' in unchanged ? ['snoozed_until', unchanged.snoozedUntil] : ['heard_at', unchanged.heardAt];
}

/** Gives a stopped clock to an incident of a version that had no clocks; every other keeps its own. */
export const ensureEscalation = (trx: Db, incidentId: string): Promise<unknown> =>
  trx('escalations')
    .insert({ incident_id: incidentId, state: 'stopped', turn: 0, step: 1, round: 0 })
    .onConflict('incident_id')
    .ignore();

export async function snoozedUntilOf(trx: Db, incidentId: string): Promise<Date | null> {
  const row = await trx('escalations').where({ incident_id: incidentId }).first('snoozed_until');
  return row?.snoozed_until ?? null;
}

/** What a locked clock has armed falls due now. */
export const armNow = (trx: Db, incidentId: string, now: Date): Promise<number> =>
  trx('escalations').where({ incident_id: incidentId }).whereNotNull('next_step').update({ next_step_at: now });

/** Since when nobody was heard of, where an acknowledged incident is watched for that. */
export async function lastActivityOf(db: Db, incidentId: string): Promise<Date | null> {
  const row = await db('escalations').where({ incident_id: incidentId }).first('heard_at');
  return row?.heard_at ?? null;
}

/** Somebody did something about an incident; matters only where it is watched. */
export const saveActivity = (trx: Db, incidentId: string, at: Date): Promise<number> =>
  trx('escalations').where({ incident_id: incidentId }).whereNotNull('heard_at').update({ heard_at: at });
