import type { Clock } from '../../kernel/clock';
import { type Db, withRetry } from '../../kernel/db/pool';
import type { HandlersOf } from '../../kernel/jobs/jobs';
import { type Caller, systemCaller } from '../../kernel/ports/contract';
import type { FlappingSettings } from '../domain/flapping';
import { type ExpiredAlert, expire } from '../store/endings';
import { byIds, type IntegrationRow } from '../store/integrations';
import type { AlertJobs, EndedItem } from '../store/jobKinds';
import { reportEnds } from './changes';
import { noteChanges } from './flapping';

/**
 * Handler of `expire` jobs: ends alerts whose source went silent. A monitoring server that dies in an outage must not end
 * the pages about it, so the end resolves only an incident that a person acknowledged. An integration can choose otherwise.
 */
export const expireJob =
  ({ db, clock, flapping }: { db: Db; clock: Clock; flapping: FlappingSettings }): HandlersOf<AlertJobs>['expire'] =>
  ({ alerts }) =>
    withRetry(db, async (trx) => {
      const now = clock.now();
      const expired = await expire(trx, alerts, now);
      await noteChanges(trx, expired, now, flapping);
      const ids = new Set(expired.map(({ integration_id }) => integration_id));
      const rows = await byIds(
        trx,
        [...ids].flatMap((id) => (id === null ? [] : [id])),
      );
      const integrations = new Map(rows.map((row) => [row.id, row]));
      for (const id of ids) {
        const integration = integrations.get(id ?? '');
        const own = expired.filter(({ integration_id }) => integration_id === id);
        const items = own.map((alert) => itemOf(alert, integration));
        await reportEnds(trx, now, items, callerOf(integration));
      }
    });

function itemOf(alert: ExpiredAlert, integration: IntegrationRow | undefined): EndedItem {
  const keeps_open = keepsOpen(integration);
  return {
    alert_id: alert.id,
    ended_at: alert.ended_at.toISOString(),
    silent_since: alert.last_seen_at.toISOString(),
    ...(keeps_open !== undefined && { keeps_open }),
  };
}

/** Alerts without an integration have the default settings. */
function keepsOpen(integration: IntegrationRow | undefined): EndedItem['keeps_open'] {
  if (integration?.auto_resolve === false) return 'always';
  return integration?.resolve_expired ? undefined : 'unless_acknowledged';
}

/** The integration that went silent; without one, the system. */
const callerOf = (integration: IntegrationRow | undefined): Caller => {
  const caller = systemCaller('alerts-expire');
  return integration === undefined ? caller : { ...caller, actor: integration.name, kind: 'integration' };
};
