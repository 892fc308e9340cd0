import { randomUUID } from 'node:crypto';
import type * as z from 'zod';
import type { Clock } from '../../kernel/clock';
import { type Db, withRetry } from '../../kernel/db/pool';
import { type NewEvent, record } from '../../kernel/events/events';
import type { Caller, Service } from '../../kernel/ports/contract';
import type { AlertsContract, AlertsEvent, Change } from '../contract';
import type { ChangeEvent } from '../formats/format';
import { addChange, type ChangeRow, searchChanges } from '../store/changes';
import type { IntegrationRow } from '../store/integrations';

export interface Changes extends Pick<Service<AlertsContract>, 'listChanges'> {
  /** Stores a change and an event about it; the change is stored when this resolves. */
  record(
    change: ChangeEvent,
    integration: Pick<IntegrationRow, 'id' | 'name' | 'service'>,
    caller: Caller,
  ): Promise<void>;
}

const presentChange = (row: ChangeRow): z.input<typeof Change> => ({
  ...row,
  at: row.at.toISOString(),
  received_at: row.received_at.toISOString(),
});

/** Changes of systems that tools report. */
export const createChanges = ({ db, clock }: { db: Db; clock: Clock }): Changes => ({
  async record(change, { id: integration_id, name, service: own }, caller) {
    const row = rowOf(change, own, clock.now());
    const { id, service, summary, received_at: at } = row;
    const event: NewEvent<AlertsEvent> = {
      kind: 'change_recorded',
      subject: id,
      actor: caller.actor,
      data: { service, summary },
      at,
    };
    await withRetry(db, async (trx) => {
      await addChange(trx, { ...row, integration_id, reported_by: name });
      await record(trx, [event], caller);
    });
  },

  async listChanges({ page, per_page, ...search }) {
    const { total, rows } = await searchChanges(db, search, { limit: per_page, offset: (page - 1) * per_page });
    return { total, page, per_page, changes: rows.map(presentChange) };
  },
});

/**
 * A clock that runs ahead must not move a change behind the incident that it causes.
 * @param own service of the integration, which replaces one that the change does not name
 */
const rowOf = (
  { at, links, details, service, serviceMissing = false, ...change }: ChangeEvent,
  own: string | null,
  now: Date,
): Omit<ChangeRow, 'integration_id' | 'reported_by'> => ({
  ...change,
  service: serviceMissing ? (own ?? service) : service,
  id: randomUUID(),
  at: at === null || at > now ? now : at,
  received_at: now,
  links: [...links],
  details: { ...details },
});
