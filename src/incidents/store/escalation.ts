import type { Db } from '../../kernel/db';
import { type Parts, PROMISE, RECORD, valuesOf, wakeFor } from '../../kernel/parts';
import type { Severity } from '../../kernel/values';
import type { Status } from '../contract';
import type { Course, Turn } from '../domain/escalation';
import type { Context, Entry } from '../domain/opening';
import { entryRows, INSERT_NAMED_ENTRIES } from './timeline';

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
  context: Context | null;
  status: Status;
  /** Nobody has it, or nobody knew its team: the first step may say. */
  unassigned: boolean;
  clock: Clock;
}

const TAKEN = `s.incident_id as "incidentId", s.turn, s.step, s.round, i.title, i.service, i.severity, i.context, i.status,
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
  return rows[0] === undefined ? null : { ...rows[0], clock: toClock(rows[0].clock) };
}

/** Whether the step of this turn is being told, or about to be: what it came to is not written down yet. */
export async function isBeingTold(trx: Db, incidentId: string, turn: number): Promise<boolean> {
  const row = await trx('escalation_steps').where({ incident_id: incidentId, turn, told_at: null }).first('turn');
  return row !== undefined;
}

export interface Clock extends Course {
  turn: number;
  state: 'running' | 'stopped' | 'exhausted';
  snoozed: boolean;
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
  snoozed_until: string | Date | null;
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
  snoozed: row.snoozed_until !== null,
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

/** The clock of a step that nobody has written down yet, locked until the transaction ends; null where somebody has. */
export async function lockClockOf(trx: Db, { incidentId, turn }: TurnOf): Promise<Clock | null> {
  return untold(trx, incidentId, turn, 'for update of e');
}

/** The same, without locking it. */
export const clockOf = (db: Db, { incidentId, turn }: TurnOf): Promise<Clock | null> =>
  untold(db, incidentId, turn, '');

type TurnOf = Pick<TakenStep, 'incidentId' | 'turn'>;

async function untold(db: Db, incidentId: string, turn: number, lock: string): Promise<Clock | null> {
  const { rows } = await db.raw(
    `select e.* from escalations e join escalation_steps s on s.incident_id = e.incident_id
      where s.incident_id = ? and s.turn = ? and s.told_at is null ${lock}`,
    [incidentId, turn],
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

/** Only a clock that is not wound up yet: of two that write down the same step, the second finds it wound up. */
const ARM = `, state = :state, next_step = :nextStep, next_round = :nextRound, next_cycle = :nextCycle, next_step_at = :nextAt`;
const NOT_ARMED = 'and next_step_at is null';

/**
 * Writes down once what a step came to, and winds up the clock, together with the entries and what is promised and told
 * about it; false where the clock is no longer the one that was `read`, or the step was written down before. One
 * statement, because ten thousand steps may fall due within a minute.
 */
export async function writeTold(
  db: Db,
  { incidentId, turn }: TurnOf,
  { read, outcome, at, entries, ...parts }: Parts & { read: Clock; outcome: Outcome; at: Date; entries: Entry[] },
): Promise<boolean> {
  const { steps, reached, arms } = outcome;
  const { rows } = await db.raw(
    `with clock as (
       update escalations set steps = :steps, reached_somebody = reached_somebody or :reached,
              reached_in_round = reached_in_round or :reached ${arms ? ARM : ''}
        where incident_id = :incidentId and turn = :readTurn and state = :readState ${arms ? NOT_ARMED : ''}
          and exists (select 1 from escalation_steps where incident_id = :incidentId and turn = :turn and told_at is null)
       returning incident_id),
     told as (
       update escalation_steps s set told_at = :at from clock
        where s.incident_id = clock.incident_id and s.turn = :turn and s.told_at is null returning s.incident_id),
     entered as (${INSERT_NAMED_ENTRIES} where exists (select 1 from told)),
     noted as (${RECORD} where exists (select 1 from told)),
     promised as (${PROMISE} where exists (select 1 from told))
     select 1 from told`,
    {
      ...{ incidentId, turn, at, steps, reached, readTurn: read.turn, readState: read.state },
      ...(arms && { state: arms.state, nextAt: arms.at }),
      ...(arms && { nextStep: arms.next?.step ?? null, nextRound: arms.next?.round ?? null }),
      ...(arms && { nextCycle: arms.next?.cycle ?? null }),
      entries: JSON.stringify(entryRows(entries)),
      ...valuesOf(at, parts),
    },
  );
  if (rows.length > 0) wakeFor(db, at, parts);
  return rows.length > 0;
}

/** The last wait of a policy is over; false where somebody moved the clock meanwhile. */
export async function exhaust(trx: Db, incidentId: string, turn: number): Promise<boolean> {
  const ended = await trx('escalations')
    .where({ incident_id: incidentId, turn, state: 'running', next_step: null })
    .whereNotNull('next_step_at')
    .update({ state: 'exhausted', next_step_at: null });
  return ended > 0;
}
