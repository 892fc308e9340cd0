import type { Db } from '../../kernel/db/pool';

/** The command under an Idempotency-Key turned out to be a repetition: what it made is the alert that fires already. */
export const pointKeyAt = (
  trx: Db,
  { actor, key }: { actor: string; key: string },
  operation: string,
  alertId: string,
): Promise<number> => trx('idempotency_keys').where({ actor, operation, key }).update({ resource_id: alertId });
