import type { Db } from '../../kernel/db';
import { type NewEvent, record } from '../../kernel/events';
import type { GatewayFact } from '../contract';
import { writeAudit } from '../store/audit';
import { isDeed } from './deeds';

/** Writes the gateway's own facts down in the caller's transaction: for who listens, and as deeds for the audit log. */
export async function recordOwn(trx: Db, events: readonly NewEvent<GatewayFact>[]): Promise<void> {
  await record(trx, events);
  await writeAudit(
    trx,
    'gateway',
    events.filter((event) => isDeed('gateway', { ...event, data: event.data as Record<string, unknown> })),
  );
}
