import type { Db } from '../../kernel/db/pool';
import { attributed, type By, type NewEvent, record } from '../../kernel/events/events';
import type { GatewayEvent } from '../contract';
import { writeAudit } from '../store/audit';
import { isAuditable } from './auditable';

/** Records the gateway's own events in the transaction `trx`: for followers, and in the audit log if they belong there. */
export async function recordOwn(trx: Db, events: readonly NewEvent<GatewayEvent>[], by: By): Promise<void> {
  await record(trx, events, by);
  await writeAudit(
    trx,
    'gateway',
    attributed(events, by).filter((event) =>
      isAuditable('gateway', { ...event, data: event.data as Record<string, unknown> }),
    ),
  );
}
