import type { Db } from '../../kernel/db/pool';
import type { Acknowledger } from '../domain/acknowledgements';
import { type EscalationRow, isStepRunning } from './escalation';

/** Saves who acknowledged a locked escalation. */
export const saveAcknowledgements = (trx: Db, incidentId: string, by: readonly Acknowledger[]): Promise<number> =>
  trx('escalations')
    .where({ incident_id: incidentId })
    .update({ acks: JSON.stringify(by) });

/** Whether a locked escalation runs and no result of a step of it is saved, so that no step has said how many must acknowledge. */
export async function isBeforeFirstStep(
  trx: Db,
  incidentId: string,
  { state, turn, firstTurn }: EscalationRow,
): Promise<boolean> {
  if (state !== 'running' || turn > firstTurn) return false;
  return turn < firstTurn || (await isStepRunning(trx, incidentId, turn));
}

/**
 * Takes the first step of a locked escalation that is about to be stopped, if it is only scheduled, so that its job can still
 * decide whether the escalation continues. False if it was taken before.
 */
export async function takeFirstStep(trx: Db, incidentId: string, now: Date): Promise<boolean> {
  const { rowCount } = await trx.raw(
    `with taken as (
       update escalations set turn = turn + 1, step = next_step, round = next_round, cycle = next_cycle,
              next_step = null, next_round = null, next_cycle = null, next_step_at = null
        where incident_id = ? and turn < first_turn and next_step is not null
       returning incident_id, turn, step, round)
     insert into escalation_steps (incident_id, turn, step, round, taken_at)
     select incident_id, turn, step, round, ? from taken`,
    [incidentId, now],
  );
  return rowCount > 0;
}

/** Saves who acknowledged a locked escalation that is stopped although more people may have to acknowledge. */
export const saveUnsure = (trx: Db, incidentId: string, by: readonly Acknowledger[]): Promise<number> =>
  trx('escalations')
    .where({ incident_id: incidentId, state: 'stopped' })
    .update({ acks: JSON.stringify(by), acks_unsure: true });

/** Ends the doubt: `wanted` people must acknowledge, and they have. False if the escalation changed since its step was taken. */
export async function saveSure(trx: Db, incidentId: string, turn: number, wanted: number): Promise<boolean> {
  const updated = await trx('escalations')
    .where({ incident_id: incidentId, turn, state: 'stopped', acks_unsure: true })
    .update({ acks_unsure: false, acks_wanted: wanted });
  return updated > 0;
}
