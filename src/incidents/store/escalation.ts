import type { Db } from '../../kernel/db';
import type { Severity } from '../../kernel/values';
import type { Status } from '../contract';
import type { Course, Turn } from '../domain/escalation';

/** Clocks and the steps they took. Only the holder of the latest turn may move a clock. */

/** A step somebody has to be told of, and the incident as it stands at this moment. */
export interface TakenStep {
  /** False where the step was taken before and its telling was interrupted. */
  fresh: boolean;
  incidentId: string;
  turn: number;
  step: number;
  round: number;
  title: string;
  service: string;
  severity: Severity;
  status: Status;
  /** Nobody has it, or nobody knew its team: the first step may say. */
  unassigned: boolean;
}

const TAKEN = `s.incident_id as "incidentId", s.turn, s.step, s.round, i.title, i.service, i.severity, i.status,
  (i.assigned_to is null or i.team is null) as unassigned`;

/**
 * Takes the step a timer was armed for, or takes up one that was interrupted; null where it is done or somebody else
 * moved the clock. Reading the incident in the same statement is the last look before anybody is told.
 */
export async function takeStep(db: Db, incidentId: string, turn: number, now: Date): Promise<TakenStep | null> {
  const { rows } = await db.raw(
    `with taken as (
       update escalations set turn = turn + 1, step = next_step, round = next_round, cycle = next_cycle, state = 'running',
              reached_in_round = reached_in_round and next_step > 1,
              next_step = null, next_round = null, next_cycle = null, next_step_at = null
        where incident_id = ? and turn = ? and next_step is not null
       returning incident_id, turn, step, round),
     noted as (
       insert into escalation_steps (incident_id, turn, step, round, taken_at)
       select incident_id, turn, step, round, ? from taken)
     select true as fresh, ${TAKEN} from taken s join incidents i on i.id = s.incident_id
      union all
     select false, ${TAKEN} from escalation_steps s join incidents i on i.id = s.incident_id
      where s.incident_id = ? and s.turn = ? and s.told_at is null`,
    [incidentId, turn - 1, now, incidentId, turn],
  );
  return rows[0] ?? null;
}

export interface Clock extends Course {
  turn: number;
  state: 'running' | 'stopped' | 'exhausted';
  steps: number | null;
  armed: Turn | null;
}

export async function lockClock(trx: Db, incidentId: string): Promise<Clock | null> {
  const row = await trx('escalations').where({ incident_id: incidentId }).forUpdate().first();
  return row === undefined ? null : toClock(row);
}

interface ClockRow {
  turn: number;
  state: Clock['state'];
  step: number;
  round: number;
  cycle: number;
  steps: number | null;
  reached_somebody: boolean;
  reached_in_round: boolean;
  next_step: number | null;
  next_round: number;
  next_cycle: number;
}

const toClock = ({ turn, state, step, round, cycle, steps, ...row }: ClockRow): Clock => ({
  turn,
  state,
  step,
  round,
  cycle,
  steps,
  reachedSomebody: row.reached_somebody,
  reachedInRound: row.reached_in_round,
  armed: row.next_step === null ? null : { step: row.next_step, round: row.next_round, cycle: row.next_cycle },
});

/** Takes a step by hand, whatever the clock was about to do; a stopped clock stays stopped. Answers its turn. */
export async function takeByHand(trx: Db, incidentId: string, to: Turn, now: Date): Promise<number> {
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

/**
 * Claims the right to write down whom a step told, and locks the clock: null where it was written down before. One
 * statement, because ten thousand steps may fall due within a minute.
 */
export async function markTold(trx: Db, incidentId: string, turn: number, now: Date): Promise<Clock | null> {
  const { rows } = await trx.raw(
    `with told as (
       update escalation_steps set told_at = ? where incident_id = ? and turn = ? and told_at is null
       returning incident_id)
     select e.* from escalations e join told on told.incident_id = e.incident_id for update of e`,
    [now, incidentId, turn],
  );
  return rows[0] === undefined ? null : toClock(rows[0]);
}

/** What a step came to. `arms` is left out where the clock was moved on or stopped meanwhile. */
export interface Outcome {
  steps: number;
  reached: boolean;
  /** The next step and its instant; without a step (`next` null) the policy is exhausted at `at`. */
  arms?: { state: 'running' | 'exhausted'; next: Turn | null; at: Date | null };
}

export const rememberStep = (trx: Db, incidentId: string, { steps, reached, arms }: Outcome): Promise<number> =>
  trx('escalations')
    .where({ incident_id: incidentId })
    .update({
      steps,
      ...(reached && { reached_somebody: true, reached_in_round: true }),
      ...(arms && {
        state: arms.state,
        next_step: arms.next?.step ?? null,
        next_round: arms.next?.round ?? null,
        next_cycle: arms.next?.cycle ?? null,
        next_step_at: arms.at,
      }),
    });

/** Stops the clocks of incidents that somebody has, or that are over. */
export const stopClocks = (trx: Db, incidentIds: readonly string[]): Promise<number> =>
  trx('escalations')
    .whereIn('incident_id', incidentIds)
    .update({ state: 'stopped', next_step: null, next_round: null, next_cycle: null, next_step_at: null });

/** The last wait of a policy is over; false where somebody moved the clock meanwhile. */
export async function exhaust(trx: Db, incidentId: string, turn: number): Promise<boolean> {
  const ended = await trx('escalations')
    .where({ incident_id: incidentId, turn, state: 'running', next_step: null })
    .whereNotNull('next_step_at')
    .update({ state: 'exhausted', next_step_at: null });
  return ended > 0;
}
