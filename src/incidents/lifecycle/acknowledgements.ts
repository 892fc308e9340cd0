import type { Db } from '../../kernel/db/pool';
import type { Caller } from '../../kernel/ports/contract';
import { type Counted, counted } from '../domain/acknowledgements';
import { saveAcknowledgements } from '../store/acknowledgements';
import { lockEscalation } from '../store/escalation';

/**
 * Counts the acknowledgement of a person on a locked incident whose policy asks for several. Null if it asks for one, if the
 * escalation is stopped, or if the caller is no user: an API key, an integration or the system acknowledges for everybody.
 */
export async function countAcknowledgement(
  trx: Db,
  incidentId: string,
  { kind, actor, email }: Caller,
): Promise<Counted | null> {
  if (kind !== 'user') return null;
  const escalation = await lockEscalation(trx, incidentId);
  if (escalation === null || escalation.state === 'stopped' || escalation.acks.wanted <= 1) return null;
  const count = counted(escalation.acks, { name: actor, email: email?.toLowerCase() ?? null });
  if (count.fresh) await saveAcknowledgements(trx, incidentId, count.by);
  return count;
}

/** The part of a timeline entry that says how many have acknowledged. */
export const countOf = (count: Counted | null): Record<string, unknown> =>
  count === null ? {} : { acknowledgements: { count: count.by.length, wanted: count.wanted } };
