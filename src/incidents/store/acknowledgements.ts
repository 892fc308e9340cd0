import type { Db } from '../../kernel/db/pool';
import type { Acknowledger } from '../domain/acknowledgements';

/** Saves who acknowledged a locked escalation. */
export const saveAcknowledgements = (trx: Db, incidentId: string, by: readonly Acknowledger[]): Promise<number> =>
  trx('escalations')
    .where({ incident_id: incidentId })
    .update({ acks: JSON.stringify(by) });
