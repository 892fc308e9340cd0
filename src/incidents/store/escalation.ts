import type { Db } from '../../kernel/db/pool';
import { ENQUEUE, notifyAfter, type Parts, RECORD, valuesOf } from '../../kernel/jobs/sqlParts';
import type { Severity } from '../../kernel/ports/values';
import type { Reach, Status } from '../contract';
import type { Position, Progress } from '../domain/escalation';
import type { Context, Entry } from '../domain/timeline';
import { groupValues, type NewGroup, WRITE_GROUP } from './pages';
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
  /** As it was when the step was taken. */
  reach: Reach;
  /** Nobody has it, or nobody knew its team: the first step may say. */
  unassigned: boolean;
  clock: EscalationRow;
}

const TAKEN = `s.incident_id as "incidentId", s.turn, s.step, s.round, i.title, i.service, i.severity, i.context, i.status, i.reach,
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
  return rows[0] === undefined ? null : { ...rows[0], clock: toEscalation(rows[0].clock) };
}

/** Whether the step of this turn is being told, or about to be: what it came to is not written down yet. */
export async function isStepRunning(trx: Db, incidentId: string, turn: number): Promise<boolean> {
  const row = await trx('escalation_steps').where({ incident_id: incidentId, turn, told_at: null }).first('turn');
  return row !== undefined;
}

export interface EscalationRow extends Progress {
  turn: number;
  state: 'running' | 'stopped' | 'exhausted';
  snoozed: boolean;
  steps: number | null;
  armed: Position | null;
  /** Whether anything is armed: a step, or the end of the policy. */
  due: boolean;
  /** The first turn of the escalation that runs now. */
  firstTurn: number;
}

export async function lockEscalation(trx: Db, incidentId: string): Promise<EscalationRow | null> {
  const row = await trx('escalations').where({ incident_id: incidentId }).forUpdate().first();
  return row === undefined ? null : toEscalation(row);
}

/** Locks the clocks of incidents that the caller holds. */
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
  due: row.next_step_at !== null,
  snoozed: row.snoozed_until !== null,
  armed: row.next_step === null ? null : { step: row.next_step, round: row.next_round, cycle: row.next_cycle },
});

/** Takes a step by hand, whatever the clock was about to do; a stopped clock stays stopped. Answers its turn. */
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

/** The clock of a step that nobody has written down yet, locked until the transaction ends; null where somebody has. */
export async function lockEscalationOf(trx: Db, { incidentId, turn }: TurnOf): Promise<EscalationRow | null> {
  return unsavedStep(trx, incidentId, turn, 'for update of e');
}

/** The same, without locking it. */
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

/** What a step came to. `arms` is left out where the clock was moved on or stopped meanwhile. */
export interface Outcome {
  steps: number;
  /** What the incident's reach becomes; null where it stays. `pending` never replaces `reached`. */
  reach: Reach | null;
  /** The pages that may be accepted; null where there is none. */
  pages: NewGroup | null;
  /** The next step and its instant; without a step (`next` null) the policy is exhausted at `at`. */
  arms?: { state: 'running' | 'exhausted'; next: Position | null; at: Date | null };
}

/** Only a clock that is not wound up yet: of two that write down the same step, the second finds it wound up. */
const ARM = `, state = :state, next_step = :nextStep, next_round = :nextRound, next_cycle = :nextCycle, next_step_at = :nextAt`;
const NOT_ARMED = 'and next_step_at is null';
/** A cycle that reached no one counts; the next one waits longer. */
const FUTILE = ', futile = futile + 1';

/** Only where reach changes, which is rare: the incident is locked before its clock, as everywhere. */
const HELD = `held as materialized (select id from incidents where id = :incidentId for no key update),`;
const MOVES_REACH = `
     moved as (
       update incidents set reach = :reach where id = (select incident_id from told)
          and reach <> :reach and (:reach <> 'pending' or reach <> 'reached')),`;

/**
 * Writes down once what a step came to, and winds up the clock, together with its pages, the entries and what is promised
 * and told about it. One statement, because ten thousand steps may fall due within a minute. `written` is false where the
 * clock is no longer the one that was `read`, or the step was written down before; `early`: an outcome of its pages
 * arrived before.
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
  const { steps, reach, pages, arms } = outcome;
  const futile = arms?.state === 'exhausted' && arms.next !== null ? FUTILE : '';
  // Without a page only a person who knows of the incident already counts as reached; no acceptance will follow.
  const known = reach === 'reached' ? ', reached_in_round = true' : '';
  const { rows } = await db.raw(
    `with ${reach === null ? '' : HELD}
     clock as (
       update escalations set steps = :steps ${arms ? ARM : ''} ${futile} ${known}
        where incident_id = :incidentId and turn = :readTurn and state = :readState ${arms ? NOT_ARMED : ''}
          ${reach === null ? '' : 'and exists (select 1 from held)'}
          and exists (select 1 from escalation_steps where incident_id = :incidentId and turn = :turn and told_at is null)
       returning incident_id),
     told as (
       update escalation_steps s set told_at = :at from clock
        where s.incident_id = clock.incident_id and s.turn = :turn and s.told_at is null returning s.incident_id),
     ${reach === null ? '' : MOVES_REACH}
     ${pages === null ? '' : `grouped as (${WRITE_GROUP}),`}
     entered as (${INSERT_NAMED_ENTRIES} where exists (select 1 from told)),
     noted as (${RECORD} where exists (select 1 from told)),
     promised as (${ENQUEUE} where exists (select 1 from told))
     select ${pages === null ? 'false' : '(select early from grouped)'} as early from told`,
    {
      ...{ incidentId, turn, at, steps, readTurn: read.turn, readState: read.state },
      ...(reach !== null && { reach }),
      ...(pages !== null && groupValues(pages)),
      ...(arms && { state: arms.state, nextAt: arms.at }),
      ...(arms && { nextStep: arms.next?.step ?? null, nextRound: arms.next?.round ?? null }),
      ...(arms && { nextCycle: arms.next?.cycle ?? null }),
      entries: JSON.stringify(entryRows(entries)),
      ...valuesOf(at, parts),
    },
  );
  if (rows.length > 0) notifyAfter(db, at, parts);
  return { written: rows.length > 0, early: rows[0]?.early === true };
}

/** Moves a locked clock on from the step it took last, which reached no one. The turn is the fence. */
export async function moveOn(
  trx: Db,
  { incidentId, turn }: TurnOf,
  { state, next, at }: { state: 'running' | 'exhausted'; next: Position | null; at: Date | null },
): Promise<boolean> {
  const { rowCount } = await trx.raw(
    `update escalations
        set state = :state, next_step = :step, next_round = :round, next_cycle = :cycle, next_step_at = :at
            ${state === 'exhausted' && next !== null ? FUTILE : ''}
      where incident_id = :incidentId and turn = :turn and state <> 'stopped'`,
    {
      ...{ incidentId, turn, state, at },
      ...{ step: next?.step ?? null, round: next?.round ?? null, cycle: next?.cycle ?? null },
    },
  );
  return rowCount === 1;
}

/** Policies that reached no one and wait to be tried again, the longest waiting first. */
export async function exhaustedIds(db: Db, before: Date, limit: number): Promise<string[]> {
  const { rows } = await db.raw(
    `select incident_id from escalations where state = 'exhausted' and next_step is not null and next_step_at > ?
      order by next_step_at limit ?`,
    [before, limit],
  );
  return rows.map((row: { incident_id: string }) => row.incident_id);
}

/** The last wait of a policy is over; false where somebody moved the clock meanwhile. */
export async function exhaust(trx: Db, incidentId: string, turn: number): Promise<boolean> {
  const ended = await trx('escalations')
    .where({ incident_id: incidentId, turn, state: 'running', next_step: null })
    .whereNotNull('next_step_at')
    .update({ state: 'exhausted', next_step_at: null });
  return ended > 0;
}
