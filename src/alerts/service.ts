import type { EventsFeed } from '../kernel/events/feed';
import { breather } from '../kernel/http/listBody';
import type { Service } from '../kernel/ports/contract';
import { jsonFaults } from '../kernel/ports/jsonSafety';
import type { FieldFault } from '../kernel/ports/problem';
import type { Changes } from './changes/changes';
import { type Accepted, AlertReport, type AlertsContract, type Noted } from './contract';
import { formatsShown } from './contract/formats';
import type { Heartbeats } from './heartbeats/heartbeats';
import type { PingKeys } from './heartbeats/pingKeys';
import type { IntegrationOperations } from './integrations/integrations';
import type { Receiver } from './lifecycle/receive';
import type { MappingOperations } from './mapping/preview';
import type { maintenance } from './rules/maintenance';
import type { rules } from './rules/rules';
import type { serviceWindowOperations } from './rules/serviceWindows';
import type { silenceOperations } from './rules/silences';
import type { alertQueries } from './search/queries';
import type { serviceQueries } from './services';
import type { Trials } from './trial/trials';

export interface AlertServiceDeps extends Pick<Service<AlertsContract>, 'walk' | 'walked'> {
  feed: EventsFeed;
  standing: Service<AlertsContract>['standing'];
  receiver: Receiver;
  queries: ReturnType<typeof alertQueries>;
  integrations: IntegrationOperations & MappingOperations;
  heartbeats: Heartbeats;
  pingKeys: PingKeys;
  changes: Pick<Changes, 'listChanges'>;
  services: ReturnType<typeof serviceQueries>;
  trials: Trials['operations'];
  configuration: ConfigurationOperations;
}

/** The operations that `rules/` implements. */
type ConfigurationOperations = ReturnType<typeof silenceOperations> &
  ReturnType<typeof maintenance> &
  ReturnType<typeof rules> &
  ReturnType<typeof serviceWindowOperations>;

/** The operations of the contract. */
export function alertsService(deps: AlertServiceDeps): Service<AlertsContract> {
  const { feed, standing, receiver, queries, integrations, heartbeats, pingKeys, changes, services, configuration } =
    deps;
  return {
    receive: receiver.one,

    async receiveBatch({ alerts }, caller) {
      const read: ReturnType<typeof readItem>[] = [];
      const breathe = breather();
      for (const item of alerts) {
        read.push(readItem(item));
        await breathe();
      }
      const valid = read.flatMap((item) => ('report' in item ? [item.report] : []));
      const taken = await receiver.all(valid, caller);
      let next = 0;
      const results = read.map((item, index) =>
        'report' in item
          ? resultOf(index, taken[next++] as Accepted | Noted)
          : { index, status: 'rejected' as const, errors: item.errors },
      );
      return { accepted: valid.length, rejected: read.length - valid.length, results };
    },

    ...queries,
    ...services,
    ...heartbeats,
    ...pingKeys,
    ...configuration,
    ...deps.trials,

    formats: async () => ({ formats: formatsShown() }),
    ...integrations,
    listChanges: changes.listChanges,

    walk: deps.walk,
    walked: deps.walked,
    standing,
    events: ({ after, wait_ms, limit }) => feed.wait(after ?? null, wait_ms, limit),
  };
}

/** Written out field by field: this is the hot path, and V8 is slow at spreads. */
const resultOf = (index: number, taken: Accepted | Noted) =>
  'reason' in taken
    ? { index, ...taken }
    : {
        index,
        alert_id: taken.alert_id,
        incident_id: taken.incident_id,
        fingerprint: taken.fingerprint,
        status: taken.status,
        action: taken.action,
        deduplicated: taken.deduplicated,
      };

/** An item of a batch: its report, or its faults. */
function readItem(item: unknown): { report: AlertReport } | { errors: FieldFault[] } {
  const faults = jsonFaults(item);
  if (faults.length > 0) return { errors: faults };
  const parsed = AlertReport.safeParse(item);
  if (parsed.success) return { report: parsed.data };
  return { errors: parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })) };
}
