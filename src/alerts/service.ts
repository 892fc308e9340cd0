import type { Service } from '../kernel/contract';
import type { Db } from '../kernel/db';
import type { EventsFeed } from '../kernel/feed';
import { type FieldFault, Problem } from '../kernel/problem';
import { soundnessFaults } from '../kernel/sound';
import { idOf } from '../kernel/values';
import { type Alert, AlertReport, type AlertsContract } from './contract';
import type { Integrations } from './integrations';
import type { Receiving } from './receiving';
import type { Settling } from './settling';
import { type AlertRow, byId, page } from './store/alerts';

export interface AlertServiceDeps {
  db: Db;
  feed: EventsFeed;
  receiving: Receiving;
  settling: Settling;
  integrations: Integrations;
}

const shown = ({ reported_by: _, ...row }: AlertRow): Alert => ({
  ...row,
  timestamp: row.timestamp.toISOString(),
  created_at: row.created_at.toISOString(),
  last_seen_at: row.last_seen_at.toISOString(),
  ended_at: row.ended_at?.toISOString() ?? null,
});

export function alertsService(deps: AlertServiceDeps): Service<AlertsContract> {
  const { db, feed, receiving, settling, integrations } = deps;
  return {
    receive: (input, caller) => receiving.take(input, { actor: caller.actor, integrationId: null }, caller),

    async receiveBatch({ alerts }, caller) {
      const read = alerts.map(readItem);
      const valid = read.flatMap((item) => ('report' in item ? [item.report] : []));
      const taken = await receiving.takeAll(valid, { actor: caller.actor, integrationId: null }, caller);
      let next = 0;
      const results = read.map((item, index) =>
        'report' in item
          ? { index, ...(taken[next++] as (typeof taken)[number]) }
          : { index, status: 'rejected' as const, errors: item.errors },
      );
      return { accepted: valid.length, rejected: read.length - valid.length, results };
    },

    async list({ page: number, per_page, ...filter }) {
      await settling.caughtUp();
      const { total, rows } = await page(db, filter, { limit: per_page, offset: (number - 1) * per_page });
      return { total, page: number, per_page, alerts: rows.map(shown) };
    },

    async get({ alert_id }) {
      await settling.caughtUp();
      const id = idOf(alert_id);
      const [row] = id === null ? [] : await byId(db, [id]);
      if (!row) throw new Problem('not-found', 'Alert not found');
      return shown(row);
    },

    listIntegrations: integrations.listIntegrations,
    createIntegration: integrations.createIntegration,
    revokeIntegration: integrations.revokeIntegration,

    events: ({ after, wait_ms, limit }) => feed.wait(after ?? null, wait_ms, limit),
  };
}

/** One item of a batch: what it reports, or what is wrong with it. */
function readItem(item: unknown): { report: AlertReport } | { errors: FieldFault[] } {
  const unsound = soundnessFaults(item);
  if (unsound.length > 0) return { errors: unsound };
  const parsed = AlertReport.safeParse(item);
  if (parsed.success) return { report: parsed.data };
  return { errors: parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })) };
}
