import { minutes } from '../../kernel/clock';
import type { Service } from '../../kernel/ports/contract';
import type { IncidentsContract } from '../contract';
import type { Deps } from '../deps';
import { keyOf, slotOf } from '../domain/routing';
import { type Responders, respondersOf } from '../escalation/responders';
import { holdersOf, type OpenIncident, openIncidents } from '../store/foresight';
import { withOwners } from './ownerKeys';

type Foresight = Pick<Service<IncidentsContract>, 'foreseeAttach'>;
type Asked = Parameters<Foresight['foreseeAttach']>[0]['alerts'][number];
type Foreseen = Awaited<ReturnType<Foresight['foreseeAttach']>>['results'][number];

/** What `attach` would do with reports, by the same keys and slots. Nothing is locked or written. */
export function createForesight(deps: Deps): Foresight {
  const { db, clock, correlationWindowMinutes } = deps;
  const windowOf = ({ routing }: Asked): number => minutes(routing?.window_minutes ?? correlationWindowMinutes);

  return {
    async foreseeAttach({ alerts: given }, caller) {
      const alerts = await withOwners(deps, given, caller);
      const now = clock.now().getTime();
      const slots = alerts.map((alert) => ({
        ...slotOf(alert.routing, alert.service, alert.severity),
        since: new Date(now - windowOf(alert)),
      }));
      const [known, holders, responders] = await Promise.all([
        openIncidents(
          db,
          alerts.flatMap(({ incident_id }) => incident_id ?? []),
        ),
        holdersOf(db, slots),
        respondersOf(
          deps,
          alerts.map(({ service, routing }) => ({ service, team: routing?.team ?? null })),
          caller,
        ),
      ]);
      return {
        results: alerts.map((alert) => {
          const slot = keyOf(slotOf(alert.routing, alert.service, alert.severity));
          const held = known.get(alert.incident_id ?? '') ?? holders.get(slot);
          return held === undefined ? newIncident(alert, responders) : joined(held, alert);
        }),
      };
    },
  };
}

function newIncident({ service, routing }: Asked, responders: Responders): Foreseen {
  const { team } = responders(service, routing?.team ?? null);
  const pages = (routing?.not_paged_by ?? null) === null;
  return { incident_id: null, team, policy: pages ? (routing?.policy ?? team) : null };
}

/** An incident that pages no one begins to page when an alert joins that pages. */
function joined({ id, team, policy, not_paged_by }: OpenIncident, { routing }: Asked): Foreseen {
  const pages = not_paged_by === null || (routing?.not_paged_by ?? null) === null;
  return { incident_id: id, team, policy: pages ? (policy ?? team) : null };
}
