import type { Caller, Service } from '../kernel/ports/contract';
import { MOST_SERVICES, SERVICES_AT_ONCE } from '../kernel/ports/values';
import type { GatewayContract } from './contract';
import type { SeenService } from './contract/services';
import type { Neighbours } from './deps';

type Answers = Pick<Service<GatewayContract>, 'seenServices'>;
type Owner = Pick<SeenService, 'service' | 'team' | 'owned_by' | 'has_schedule'>;

/** At most so many names are read from each module and listed; beyond it `truncated` is true. */
export const MOST_LISTED = 50_000;

/** Lists the services of all modules. Each module is asked through its port. */
export const serviceAnswers = (ports: Neighbours): Answers => ({
  async seenServices({ q, service, page, per_page }, caller) {
    const { names, truncated } = await namesOf(ports, service, caller);
    const { unowned, owned } = await ownersOf(ports, names, q, caller);
    // Both lists are sorted by name; services without a schedule come first.
    const from = (page - 1) * per_page;
    const shown = [...unowned, ...owned].slice(from, from + per_page);
    return {
      ...{ total: unowned.length + owned.length, page, per_page, truncated },
      unowned: unowned.length,
      services: await counted(ports, shown, caller),
    };
  },
});

/** The sorted names that the modules know, or only the requested one if a module knows it. */
async function namesOf({ alerts, incidents, oncall }: Neighbours, service: string | undefined, caller: Caller) {
  const [ofAlerts, ofIncidents, registered] = await Promise.all([
    allNames(alerts, service, caller),
    allNames(incidents, service, caller),
    oncall.services({}, caller),
  ]);
  const ofRegistry = registered.filter((each) => service === undefined || each.service === service);
  const all = new Set([...ofRegistry.map((each) => each.service), ...ofAlerts, ...ofIncidents]);
  const truncated = [all.size, ofAlerts.length, ofIncidents.length].some((size) => size > MOST_LISTED);
  return { names: [...all].sort().slice(0, MOST_LISTED), truncated };
}

/** The names that one module knows, read in batches until there are more than `MOST_LISTED`. */
async function allNames(port: Pick<Neighbours['alerts'], 'serviceNames'>, service: string | undefined, caller: Caller) {
  if (service !== undefined) return (await port.serviceNames({ service }, caller)).names;
  const found: string[] = [];
  for (let more = true; more && found.length <= MOST_LISTED; ) {
    const { names } = await port.serviceNames({ after: found.at(-1) }, caller);
    found.push(...names);
    more = names.length >= MOST_SERVICES;
  }
  return found;
}

/** The owners of the services whose own or owner's name contains `q`, in the order of `names`. */
async function ownersOf({ oncall }: Neighbours, names: readonly string[], q: string, caller: Caller) {
  const [unowned, owned]: [Owner[], Owner[]] = [[], []];
  for (let at = 0; at < names.length; at += SERVICES_AT_ONCE) {
    const services = names.slice(at, at + SERVICES_AT_ONCE);
    const { owners } = await oncall.owners({ services }, caller);
    const byName = new Map(owners.map((owner) => [owner.service, owner]));
    for (const owner of services.flatMap((name) => byName.get(name) ?? [])) {
      const { service, team, has_schedule } = owner;
      if (service.includes(q) || team?.toLowerCase().includes(q)) (has_schedule ? owned : unowned).push(owner);
    }
  }
  return { unowned, owned };
}

const NO_INCIDENTS = { open: 0, unacknowledged: 0, last_7d: 0, last_30d: 0 };
const NO_ALERTS = { last_7d: 0, last_30d: 0 };

async function counted(ports: Neighbours, owners: readonly Owner[], caller: Caller): Promise<SeenService[]> {
  if (owners.length === 0) return [];
  const asked = { services: owners.map(({ service }) => service) };
  const [incidents, alerts] = await Promise.all([
    ports.incidents.serviceNoise(asked, caller),
    ports.alerts.serviceNoise(asked, caller),
  ]);
  const incidentsOf = new Map(incidents.services.map((each) => [each.service, each]));
  const alertsOf = new Map(alerts.services.map((each) => [each.service, each]));
  return owners.map((owner) => {
    const { open, unacknowledged, last_7d, last_30d } = incidentsOf.get(owner.service) ?? NO_INCIDENTS;
    const noise = alertsOf.get(owner.service) ?? NO_ALERTS;
    return {
      ...owner,
      open_incidents: open,
      unacknowledged_incidents: unacknowledged,
      incidents: { last_7d, last_30d },
      alerts: { last_7d: noise.last_7d, last_30d: noise.last_30d },
    };
  });
}
