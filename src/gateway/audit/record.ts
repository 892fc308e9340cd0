import type { Db } from '../../kernel/db/pool';
import { attributed, type By, type NewEvent, record } from '../../kernel/events/events';
import type { GatewayFact } from '../contract';
import { writeAudit } from '../store/audit';
import { isDeed } from './auditable';

/** Writes the gateway's own facts down in the caller's transaction: for who listens, and as deeds for the audit log. */
export async function recordOwn(trx: Db, events: readonly NewEvent<GatewayFact>[], by: By): Promise<void> {
  await record(trx, events, by);
  await writeAudit(
    trx,
    'gateway',
    attributed(events, by).filter((event) =>
      isDeed('gateway', { ...event, data: event.data as Record<string, unknown> }),
    ),
  );
}
