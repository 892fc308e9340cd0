import type { Db } from '../../kernel/db/pool';
import { enqueue } from '../../kernel/jobs/jobs';
import { type Caller, systemCaller } from '../../kernel/ports/contract';
import type { Deps } from '../deps';
import { asksForMore } from '../domain/acknowledgements';
import { routeOf } from '../domain/routing';
import type { IncidentJob } from '../jobKinds';
import { cancelOf } from '../lifecycle/transitions';
import { saveSure } from '../store/acknowledgements';
import type { EscalationRow, TakenStep } from '../store/escalation';
import type { Ask } from './stepEntries';

/** Acknowledgements that came before the first step said how many people must acknowledge, or while a step ran. */

/**
 * Whether a step of an escalation that an acknowledgement stopped must run, because its policy asks for more people than have
 * acknowledged. If enough have, the pages that others still wait for are cancelled.
 * @throws Problem `unavailable` while oncall is away
 */
export async function wantsMore(deps: Deps, taken: TakenStep, caller: Caller): Promise<boolean> {
  const { incidentId, status, service, severity, step, turn, clock } = taken;
  if (status !== 'acknowledged' || clock.turn !== turn || !clock.acks.unsure) return false;
  const route = routeOf(taken.routing);
  const at = deps.clock.now();
  const asked = { service, ...(route && { route }), severity, step, at: at.toISOString(), announce: false };
  const { acknowledgements: wanted = 1 } = await deps.oncall.foreseeStep(asked, caller);
  if (asksForMore(clock.acks, wanted)) return true;
  await deps.db.transaction(async (trx) => {
    if (await saveSure(trx, incidentId, turn, wanted)) await enqueue(trx, at, [cancelOfEnough(taken, at)]);
  });
  return false;
}

/** Cancels the pages of everybody, because enough people have acknowledged. */
export const cancelOfEnough = ({ incidentId, turn }: TakenStep, now: Date): IncidentJob =>
  cancelOf(incidentId, 'acknowledged', { now, caller: systemCaller(`acknowledged-${incidentId}-${turn}`) });

/**
 * Whether the incident was acknowledged while the step ran, so that its pages, and the rules that would follow, are cancelled.
 * The cancellation of the acknowledgement itself spares pages that are stored after it.
 */
export async function wasAcknowledged(
  to: Db,
  read: EscalationRow,
  { incidentId }: TakenStep,
  { by }: Pick<Ask, 'by'>,
): Promise<boolean> {
  if (read.acks.unsure) return true;
  if (read.state !== 'stopped' || read.snoozed || by !== undefined) return false;
  const { status } = await to('incidents').where({ id: incidentId }).first('status');
  return status !== 'open';
}
