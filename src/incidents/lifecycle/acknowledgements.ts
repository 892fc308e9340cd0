import type { Db } from '../../kernel/db/pool';
import type { Caller } from '../../kernel/ports/contract';
import { type Counted, counted } from '../domain/acknowledgements';
import { isBeforeFirstStep, saveAcknowledgements } from '../store/acknowledgements';
import { lockEscalation } from '../store/escalation';

/**
 * Counts the acknowledgement of a person on a locked incident whose policy asks for several, or may ask: before the result of
 * its first step is saved, nobody knows. Null if it asks for one, if the escalation is stopped, or if the caller is no user: an
 * API key, an integration or the system acknowledges for everybody.
 */
export async function countAcknowledgement(
  trx: Db,
  incidentId: string,
  { kind, actor, email }: Caller,
): Promise<Counted | null> {
  if (kind !== 'user') return null;
  const escalation = await lockEscalation(trx, incidentId);
  if (escalation === null) return null;
  const { acks, state } = escalation;
  const unsure = acks.unsure || (acks.wanted <= 1 && (await isBeforeFirstStep(trx, incidentId, escalation)));
  if (!unsure && (state === 'stopped' || acks.wanted <= 1)) return null;
  const count = counted({ ...acks, unsure }, { name: actor, email: email?.toLowerCase() ?? null });
  if (count.fresh && !unsure) await saveAcknowledgements(trx, incidentId, count.by);
  return count;
}

/** Whether the acknowledgement leaves the escalation running, because more people must acknowledge. */
export const leavesRunning = (count: Counted | null): boolean => count !== null && !count.unsure && !count.complete;

/** The part of a timeline entry that says how many have acknowledged. */
export const countOf = (count: Counted | null): Record<string, unknown> =>
  count === null || count.unsure ? {} : { acknowledgements: { count: count.by.length, wanted: count.wanted } };
