import type { Db } from '../../kernel/db/pool';

/** Stopping escalations (acknowledged, resolved, snoozed) and restarting them. */

/** SQL that stops an escalation and cancels the scheduled step. */
const STOPPED = `state = 'stopped', next_step = null, next_round = null, next_cycle = null, next_step_at = null, resume_at = null,
  acks_unsure = false`;

/**
 * Stops the escalations of incidents that were acknowledged or resolved, and ends their snoozes. For incidents in
 * `acknowledged`, `now` is stored as the time of the last activity. Returns the incidents that were snoozed.
 */
export async function stopEscalations(
  trx: Db,
  incidentIds: readonly string[],
  { acknowledged, now }: { acknowledged: readonly string[]; now: Date },
): Promise<string[]> {
  const { rows } = await trx.raw(
    `with was as materialized (
       select incident_id, snoozed_until from escalations where incident_id = any(cast(:ids as uuid[]))
        order by incident_id for update),
     unpaged as (
       update incidents set reach = 'not_paged' where id = any(cast(:ids as uuid[])) and reach = 'pending')
     update escalations e
        set ${STOPPED}, snoozed_until = null,
            heard_at = case when e.incident_id = any(cast(:acknowledged as uuid[])) then cast(:now as timestamptz) end
       from was where e.incident_id = was.incident_id
     returning e.incident_id as "incidentId", was.snoozed_until is not null as snoozed`,
    { ids: [...incidentIds], acknowledged: [...acknowledged], now },
  );
  return rows.flatMap(({ incidentId, snoozed }: { incidentId: string; snoozed: boolean }) =>
    snoozed ? incidentId : [],
  );
}

/** Stops the escalation of an incident until a time. The caller holds the incident. */
export const snoozeEscalation = (trx: Db, incidentId: string, until: Date): Promise<unknown> =>
  trx.raw(
    `with unpaged as (update incidents set reach = 'not_paged' where id = :incidentId and reach <> 'reached')
     update escalations set ${STOPPED}, heard_at = null, snoozed_until = :until where incident_id = :incidentId`,
    { incidentId, until },
  );

/** The condition of a restart: still snoozed until that time, without activity since that time, or stopped. */
export type Unchanged = { snoozedUntil: Date } | { lastActivityAt: Date } | { state: 'stopped' };

/**
 * Restarts a stopped escalation: step 1 is due now, in a new cycle. Returns the turn of that step; null if the escalation
 * changed since it was read.
 */
export async function restartEscalations(
  trx: Db,
  incidentId: string,
  unchanged: Unchanged,
  now: Date,
): Promise<number | null> {
  const [column, at] = conditionOf(unchanged);
  return restartIf(trx, incidentId, now, { sql: `and ${column} = :unchanged`, values: { unchanged: at } });
}

/**
 * The reach becomes `pending`, because step 1 sends a page, even if a person was reached before. The escalation of an
 * incident that pages no one stays stopped.
 */
async function restartIf(
  trx: Db,
  incidentId: string,
  now: Date,
  unchanged: { sql: string; values: { unchanged?: Date | string } },
): Promise<number | null> {
  const { rows } = await trx.raw(
    `with restarted as (
       update escalations
          set state = 'running', next_step = 1, next_round = 0, next_cycle = cycle + 1, next_step_at = :now,
              first_turn = turn + 1, futile = 0, reached_in_round = false, snoozed_until = null, heard_at = null, resume_at = null,
              acks_wanted = 1, acks = '[]', acks_unsure = false
        where incident_id = :incidentId ${unchanged.sql}
          and not exists (select 1 from incidents i where i.id = :incidentId and i.not_paged_by is not null)
       returning incident_id, turn + 1 as turn),
     pending as (update incidents set reach = 'pending' where id = (select incident_id from restarted))
     select turn from restarted`,
    { incidentId, now, ...unchanged.values },
  );
  return rows[0]?.turn ?? null;
}

/** Ends the snooze of an incident that pages no one; false if it is not snoozed until that time. */
export async function clearSnooze(trx: Db, incidentId: string, until: Date): Promise<boolean> {
  const cleared = await trx('escalations')
    .where({ incident_id: incidentId, snoozed_until: until })
    .update({ snoozed_until: null });
  return cleared > 0;
}

/** Lets an incident page that a rule had excluded. The caller holds it. */
export const startPaging = (trx: Db, incidentId: string): Promise<number> =>
  trx('incidents').where({ id: incidentId }).update({ not_paged_by: null });

/** Keeps who reopened an incident, after the restart of its escalation: steps of the cycle that begins do not page them. */
export const keepAtWork = (trx: Db, incidentId: string, email: string): Promise<unknown> =>
  trx.raw('update escalations set at_work = ?, at_work_cycle = next_cycle where incident_id = ?', [email, incidentId]);

/** Restarts the escalation of a locked incident in any state: step 1 is due now. Returns the turn of that step. */
export const restart = (trx: Db, incidentId: string, now: Date): Promise<number | null> =>
  restartIf(trx, incidentId, now, { sql: '', values: {} });

function conditionOf(unchanged: Unchanged): [column: string, value: Date | string] {
  if ('state' in unchanged) return ['state', unchanged.state];
  return 'snoozedUntil' in unchanged
    ? ['snoozed_until', unchanged.snoozedUntil]
    : ['heard_at', unchanged.lastActivityAt];
}

/** Adds a stopped escalation to an incident of an earlier version that has none. */
export const ensureEscalation = (trx: Db, incidentId: string): Promise<unknown> =>
  trx('escalations')
    .insert({ incident_id: incidentId, state: 'stopped', turn: 0, step: 1, round: 0 })
    .onConflict('incident_id')
    .ignore();

/** The end of the snooze of an incident; null if it is not snoozed. */
export async function snoozedUntilOf(trx: Db, incidentId: string): Promise<Date | null> {
  const row = await trx('escalations').where({ incident_id: incidentId }).first('snoozed_until');
  return row?.snoozed_until ?? null;
}

/** Makes the scheduled step of a locked escalation due now. */
export const armNow = (trx: Db, incidentId: string, now: Date): Promise<number> =>
  trx('escalations').where({ incident_id: incidentId }).whereNotNull('next_step').update({ next_step_at: now });

/** The last activity on an acknowledged incident whose acknowledgement can time out; null for any other incident. */
export async function lastActivityOf(db: Db, incidentId: string): Promise<Date | null> {
  const row = await db('escalations').where({ incident_id: incidentId }).first('heard_at');
  return row?.heard_at ?? null;
}

/** Saves activity on an incident, if its acknowledgement can time out. */
export const saveActivity = (trx: Db, incidentId: string, at: Date): Promise<number> =>
  trx('escalations').where({ incident_id: incidentId }).whereNotNull('heard_at').update({ heard_at: at });
