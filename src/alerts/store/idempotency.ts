import type { Db } from '../../kernel/db/pool';

/** Points an Idempotency-Key at the alert that its report was added to, because the report created no alert. */
export const pointKeyAt = (
  trx: Db,
  { actor, key }: { actor: string; key: string },
  operation: string,
  alertId: string,
): Promise<number> => trx('idempotency_keys').where({ actor, operation, key }).update({ resource_id: alertId });
