import type { Caller, Service } from '../kernel/contract';
import { MOST_SERVICES, SERVICES_AT_ONCE } from '../kernel/values';
import type { GatewayContract } from './contract';
import type { SeenService } from './contract/services';
import type { Neighbours } from './rooms';

type Answers = Pick<Service<GatewayContract>, 'seenServices'>;
type Owner = Pick<SeenService, 'service' | 'team' | 'owned_by' | 'has_schedule'>;

/** Lists services across modules: each module answers for itself, nothing is read from another's tables. */
export const serviceAnswers = (ports: Neighbours): Answers => ({
  async seenServices({ q, service, page, per_page }, caller) {
    const { names, truncated } = await namesOf(ports, service ?? q, caller);
    const wanted = service === undefined ? names : names.filter((name) => name === service);
    const owners = (await ownersOf(ports, wanted, caller)).sort(pagingNobodyFirst);
    const shown = owners.slice((page - 1) * per_page, page * per_page);
    return {
      ...{ total: owners.length, page, per_page, truncated },
      unowned: owners.filter(({ has_schedule }) => !has_schedule).length,
      services: await counted(ports, shown, caller),
    };
  },
});

const pagingNobodyFirst = (a: Owner, b: Owner): number =>
  Number(a.has_schedule) - Number(b.has_schedule) || (a.service < b.service ? -1 : 1);

async function namesOf({ alerts, incidents, oncall }: Neighbours, q: string, caller: Caller) {
  const [ofAlerts, ofIncidents, registered] = await Promise.all([
    alerts.serviceNames({ q }, caller),
    incidents.serviceNames({ q }, caller),
    oncall.services({}, caller),
  ]);
  const ofRegistry = registered.filter(({ service, team }) => service.includes(q) || team.toLowerCase().includes(q));
  const all = new Set([...ofRegistry.map(({ service }) => service), ...ofAlerts.names, ...ofIncidents.names]);
  const full = [ofAlerts, ofIncidents].some(({ names }) => names.length >= MOST_SERVICES);
  return { names: [...all].sort().slice(0, MOST_SERVICES), truncated: full || all.size > MOST_SERVICES };
}

async function ownersOf({ oncall }: Neighbours, services: readonly string[], caller: Caller): Promise<Owner[]> {
  const found: Owner[] = [];
  for (let at = 0; at < services.length; at += SERVICES_AT_ONCE) {
    const asked = { services: services.slice(at, at + SERVICES_AT_ONCE) };
    found.push(...(await oncall.owners(asked, caller)).owners);
  }
  return found;
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
