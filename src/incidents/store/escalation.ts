import type { Db } from '../../kernel/db/pool';
import { ENQUEUE, notifyAfter, type Parts, RECORD, valuesOf } from '../../kernel/jobs/sqlParts';
import type { Severity } from '../../kernel/ports/values';
import type { Reach, Status } from '../contract';
import type { Acknowledgements } from '../domain/acknowledgements';
import type { Position, Progress } from '../domain/escalation';
import type { Routing } from '../domain/routing';
import type { Context, Entry } from '../domain/timeline';
import { groupValues, type NewGroup, WRITE_GROUP } from './pages';
import { entryRows, INSERT_NAMED_ENTRIES } from './timeline';

/** Escalations and their steps. Only a job with the latest turn may advance an escalation. */

/** A step whose pages must be sent, with the present state of its incident. */
export interface TakenStep {
  /** False if the step was taken before and the process stopped before its result was saved. */
  fresh: boolean;
  incidentId: string;
  turn: number;
  step: number;
  round: number;
  title: string;
  service: string;
  severity: Severity;
  context: Context | null;
  routing: Routing | null;
  status: Status;
  /** The reach when the step was taken. */
  reach: Reach;
  /** The incident has no assignee or no team: the first step may set them. */
  unassigned: boolean;
  clock: EscalationRow;
}

const TAKEN = `s.incident_id as "incidentId", s.turn, s.step, s.round, i.title, i.service, i.severity, i.context, i.routing, i.status,
  i.reach,  (i.assigned_to is null or i.team is null) as unassigned`;

/**
 * Takes the scheduled step, or resumes one that was interrupted; null if its result is saved, or if the escalation was
 * changed meanwhile. The same statement reads the incident, so that the pages show its latest state.
 */
export async function takeStep(db: Db, incidentId: string, turn: number, now: Date): Promise<TakenStep | null> {
  const { rows } = await db.raw(
    `with taken as (
       update escalations set turn = turn + 1, step = next_step, round = next_round, cycle = next_cycle, state = 'running',
              reached_in_round = reached_in_round and next_step > 1,
              next_step = null, next_round = null, next_cycle = null, next_step_at = null
        where incident_id = ? and turn = ? and next_step is not null
       returning incident_id, turn, step, round, to_jsonb(escalations) as clock),
     noted as (
       insert into escalation_steps (incident_id, turn, step, round, taken_at)
       select incident_id, turn, step, round, ? from taken)
     select true as fresh, ${TAKEN}, s.clock from taken s join incidents i on i.id = s.incident_id
      union all
     select false, ${TAKEN}, to_jsonb(e)
       from escalation_steps s join incidents i on i.id = s.incident_id join escalations e on e.incident_id = s.incident_id
      where s.incident_id = ? and s.turn = ? and s.told_at is null`,
    [incidentId, turn - 1, now, incidentId, turn],
  );
  return rows[0] === undefined ? null : { ...rows[0], clock: toEscalation(rows[0].clock) };
}

/** Whether the step of this turn was taken and its result is not saved yet: its pages are being sent, or will be. */
export async function isStepRunning(trx: Db, incidentId: string, turn: number): Promise<boolean> {
  const row = await trx('escalation_steps').where({ incident_id: incidentId, turn, told_at: null }).first('turn');
  return row !== undefined;
}

/** The state of an escalation. */
export interface EscalationRow extends Progress {
  turn: number;
  state: 'running' | 'stopped' | 'exhausted';
  snoozed: boolean;
  steps: number | null;
  armed: Position | null;
  /** Whether a step or the end of the policy is scheduled. */
  due: boolean;
  /** The first turn of the escalation that runs now. */
  firstTurn: number;
  acks: Acknowledgements;
}

/** Locks the escalation of an incident; null if it has none. */
export async function lockEscalation(trx: Db, incidentId: string): Promise<EscalationRow | null> {
  const row = await trx('escalations').where({ incident_id: incidentId }).forUpdate().first();
  return row === undefined ? null : toEscalation(row);
}

/** Locks the escalations of incidents that the caller holds, in order. */
export async function lockEscalations(trx: Db, incidentIds: readonly string[]): Promise<void> {
  await trx.raw(
    'select 1 from escalations where incident_id = any(cast(? as uuid[])) order by incident_id for update',
    [[...incidentIds]],
  );
}

interface RawEscalation {
  turn: number;
  state: EscalationRow['state'];
  step: number;
  round: number;
  cycle: number;
  steps: number | null;
  reached_in_round: boolean;
  futile: number;
  first_turn: number;
  next_step_at: string | Date | null;
  next_step: number | null;
  next_round: number;
  next_cycle: number;
  snoozed_until: string | Date | null;
  resume_at: string | Date | null;
  acks_wanted: number;
  acks: Acknowledgements['by'];
  acks_unsure: boolean;
}

const toEscalation = ({ turn, state, step, round, cycle, steps, ...row }: RawEscalation): EscalationRow => ({
  turn,
  state,
  step,
  round,
  cycle,
  steps,
  reachedInRound: row.reached_in_round,
  futile: row.futile,
  firstTurn: row.first_turn,
  resumeAt: row.resume_at === null ? null : new Date(row.resume_at),
  due: row.next_step_at !== null,
  snoozed: row.snoozed_until !== null,
  acks: { wanted: row.acks_wanted, by: row.acks, unsure: row.acks_unsure },
  armed: row.next_step === null ? null : { step: row.next_step, round: row.next_round, cycle: row.next_cycle },
});

/**
 * Takes a step that a person requested, and cancels the scheduled one. A stopped escalation stays stopped. Returns the
 * turn.
 */
export async function takeByHand(trx: Db, incidentId: string, to: Position, now: Date): Promise<number> {
  const { rows } = await trx.raw(
    `with taken as (
       update escalations set turn = turn + 1, step = ?, round = ?, cycle = ?,
              state = case when state = 'stopped' then state else 'running' end,
              reached_in_round = reached_in_round and ? > 1,
              next_step = null, next_round = null, next_cycle = null, next_step_at = null
        where incident_id = ? returning incident_id, turn, step, round)
     insert into escalation_steps (incident_id, turn, step, round, taken_at)
     select incident_id, turn, step, round, ? from taken returning turn`,
    [to.step, to.round, to.cycle, to.step, incidentId, now],
  );
  return rows[0].turn;
}

/** Locks the escalation of a step whose result is not saved yet; null if it is saved. */
export async function lockEscalationOf(trx: Db, { incidentId, turn }: TurnOf): Promise<EscalationRow | null> {
  return unsavedStep(trx, incidentId, turn, 'for update of e');
}

/** Like `lockEscalationOf`, without the lock. */
export const escalationOf = (db: Db, { incidentId, turn }: TurnOf): Promise<EscalationRow | null> =>
  unsavedStep(db, incidentId, turn, '');

type TurnOf = Pick<TakenStep, 'incidentId' | 'turn'>;

async function unsavedStep(db: Db, incidentId: string, turn: number, lock: string): Promise<EscalationRow | null> {
  const { rows } = await db.raw(
    `select e.* from escalations e join escalation_steps s on s.incident_id = e.incident_id
      where s.incident_id = ? and s.turn = ? and s.told_at is null ${lock}`,
    [incidentId, turn],
  );
  return rows[0] === undefined ? null : toEscalation(rows[0]);
}

/** The result of a step. `arms` is absent if the escalation was advanced or stopped meanwhile. */
export interface Outcome {
  steps: number;
  /** How many people must acknowledge, as the step asks. */
  acknowledgements: number;
  /** Whether acknowledgements stopped the escalation, and it continues because more people must acknowledge. */
  resumes?: boolean;
  /** The new reach of the incident; null if it does not change. `pending` never replaces `reached`. */
  reach: Reach | null;
  /** The pages that a person can receive; null if there are none. */
  pages: NewGroup | null;
  /** The next step and its time; if `next` is null, the policy is exhausted at `at`. */
  arms?: Arms;
}

export interface Arms {
  state: 'running' | 'exhausted';
  next: Position | null;
  at: Date | null;
  /** Only of an exhausted policy: whether the try counts for the back-off, and see `Retry`. */
  counts: boolean;
  resumeAt: Date | null;
}

/** Sets the next timer only if none is set, so that the second of two writers of the same step changes nothing. */
const ARM = `, state = :state, next_step = :nextStep, next_round = :nextRound, next_cycle = :nextCycle, next_step_at = :nextAt`;
const NOT_ARMED = 'and next_step_at is null';
/** Counts a cycle that reached no one, because the next one waits longer. */
const exhaustedSql = ({ state, counts }: Arms): string =>
  state === 'running' ? '' : `, resume_at = :resumeAt ${counts ? ', futile = futile + 1' : ''}`;

/** Only if the reach changes, which is rare: locks the incident before its escalation, as all transactions do. */
const HELD = `held as materialized (select id from incidents where id = :incidentId for no key update),`;
const MOVES_REACH = `
     moved as (
       update incidents set reach = :reach where id = (select incident_id from saved)
          and reach <> :reach and (:reach <> 'pending' or reach <> 'reached')),`;

/**
 * Saves the result of a step once and sets the next timer, with its pages, timeline entries, events and jobs. One
 * statement, because ten thousand steps may fall due within a minute. `written` is false if the escalation changed since
 * it was `read`, or if the result was saved before. `early`: a result of its pages arrived before.
 */
export async function saveStepResult(
  db: Db,
  { incidentId, turn }: TurnOf,
  {
    read,
    outcome,
    at,
    entries,
    ...parts
  }: Parts & { read: EscalationRow; outcome: Outcome; at: Date; entries: Entry[] },
): Promise<{ written: boolean; early: boolean }> {
  const { steps, acknowledgements, resumes = false, reach, pages, arms } = outcome;
  const exhausted = arms === undefined ? '' : exhaustedSql(arms);
  const { rows } = await db.raw(
    `with ${reach === null ? '' : HELD}
     clock as (
       update escalations set steps = :steps, acks_wanted = greatest(acks_wanted, :acknowledgements),
              acks_unsure = acks_unsure and turn <> :turn ${resumes ? ', heard_at = null' : ''} ${arms ? ARM : ''} ${exhausted}
        where incident_id = :incidentId and turn = :readTurn and state = :readState
          and jsonb_array_length(acks) = :readAcks ${arms ? NOT_ARMED : ''}
          ${reach === null ? '' : 'and exists (select 1 from held)'}
          and exists (select 1 from escalation_steps where incident_id = :incidentId and turn = :turn and told_at is null)
       returning incident_id),
     saved as (
       update escalation_steps s set told_at = :at from clock
        where s.incident_id = clock.incident_id and s.turn = :turn and s.told_at is null returning s.incident_id),
     ${reach === null ? '' : MOVES_REACH}
     ${pages === null ? '' : `grouped as (${WRITE_GROUP}),`}
     entered as (${INSERT_NAMED_ENTRIES} where exists (select 1 from saved)),
     recorded as (${RECORD} where exists (select 1 from saved)),
     enqueued as (${ENQUEUE} where exists (select 1 from saved))
     select ${pages === null ? 'false' : '(select early from grouped)'} as early from saved`,
    {
      ...{ incidentId, turn, at, steps, acknowledgements, readTurn: read.turn, readState: read.state },
      readAcks: read.acks.by.length,
      ...(reach !== null && { reach }),
      ...(pages !== null && groupValues(pages)),
      ...(arms && { state: arms.state, nextAt: arms.at, resumeAt: arms.resumeAt }),
      ...(arms && { nextStep: arms.next?.step ?? null, nextRound: arms.next?.round ?? null }),
      ...(arms && { nextCycle: arms.next?.cycle ?? null }),
      entries: JSON.stringify(entryRows(entries)),
      ...valuesOf(at, parts),
    },
  );
  if (rows.length > 0) notifyAfter(db, at, parts);
  return { written: rows.length > 0, early: rows[0]?.early === true };
}

/** Advances a locked escalation after a step that reached no one; false if its turn is no longer the given one. */
export async function moveOn(trx: Db, { incidentId, turn }: TurnOf, arms: Arms): Promise<boolean> {
  const { state, next, at, resumeAt } = arms;
  const { rowCount } = await trx.raw(
    `update escalations
        set state = :state, next_step = :step, next_round = :round, next_cycle = :cycle, next_step_at = :at
            ${exhaustedSql(arms)}
      where incident_id = :incidentId and turn = :turn and state <> 'stopped'`,
    {
      ...{ incidentId, turn, state, at, resumeAt },
      ...{ step: next?.step ?? null, round: next?.round ?? null, cycle: next?.cycle ?? null },
    },
  );
  return rowCount === 1;
}

/** Marks a policy as exhausted after its last wait; false if the escalation changed meanwhile. */
export async function exhaust(trx: Db, incidentId: string, turn: number): Promise<boolean> {
  const ended = await trx('escalations')
    .where({ incident_id: incidentId, turn, state: 'running', next_step: null })
    .whereNotNull('next_step_at')
    .update({ state: 'exhausted', next_step_at: null });
  return ended > 0;
}
