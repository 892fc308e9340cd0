import type { EventsFeed } from '../kernel/events/feed';
import { breather } from '../kernel/http/listBody';
import type { Service } from '../kernel/ports/contract';
import { jsonFaults } from '../kernel/ports/jsonSafety';
import type { FieldFault } from '../kernel/ports/problem';
import { type Accepted, AlertReport, type AlertsContract } from './contract';
import { formatsShown } from './contract/formats';
import type { Intake } from './intake/intake';
import type { Integrations } from './integrations/integrations';
import type { looking } from './search/queries';
import type { serviceAnswers } from './services';

export interface AlertServiceDeps {
  feed: EventsFeed;
  standing: Service<AlertsContract>['standing'];
  intake: Intake;
  looks: ReturnType<typeof looking>;
  integrations: Integrations;
  services: ReturnType<typeof serviceAnswers>;
}

export function alertsService(deps: AlertServiceDeps): Service<AlertsContract> {
  const { feed, standing, intake, looks, integrations, services } = deps;
  return {
    receive: (input, caller) => intake.take(input, { actor: caller.actor, integrationId: null }, caller),

    async receiveBatch({ alerts }, caller) {
      const read: ReturnType<typeof readItem>[] = [];
      const breathe = breather();
      for (const item of alerts) {
        read.push(readItem(item));
        await breathe();
      }
      const valid = read.flatMap((item) => ('report' in item ? [item.report] : []));
      const taken = await intake.takeAll(valid, { actor: caller.actor, integrationId: null }, caller);
      let next = 0;
      const results = read.map((item, index) =>
        'report' in item
          ? resultOf(index, taken[next++] as Accepted)
          : { index, status: 'rejected' as const, errors: item.errors },
      );
      return { accepted: valid.length, rejected: read.length - valid.length, results };
    },

    ...looks,
    ...services,

    formats: async () => ({ formats: formatsShown() }),
    listIntegrations: integrations.listIntegrations,
    createIntegration: integrations.createIntegration,
    revokeIntegration: integrations.revokeIntegration,
    rejected: integrations.rejected,

    standing,
    events: ({ after, wait_ms, limit }) => feed.wait(after ?? null, wait_ms, limit),
  };
}

/** Written out, because V8 takes its time over a spread. */
const resultOf = (index: number, taken: Accepted) => ({
  index,
  alert_id: taken.alert_id,
  incident_id: taken.incident_id,
  fingerprint: taken.fingerprint,
  status: taken.status,
  action: taken.action,
  deduplicated: taken.deduplicated,
});

/** One item of a batch: what it reports, or what is wrong with it. */
function readItem(item: unknown): { report: AlertReport } | { errors: FieldFault[] } {
  const unsound = jsonFaults(item);
  if (unsound.length > 0) return { errors: unsound };
  const parsed = AlertReport.safeParse(item);
  if (parsed.success) return { report: parsed.data };
  return { errors: parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })) };
}
