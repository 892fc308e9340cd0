import { randomUUID } from 'node:crypto';
import type { AlertsHarness } from './alerts';

/** Dependencies and incidents of upstreams, as oncall and incidents report them to the module alerts. */

const BY = { actor: 'system', actor_kind: 'system' } as const;

/** Follows all events and runs due jobs, which can be due to events. */
export async function settled({ alerts }: AlertsHarness): Promise<void> {
  while ((await alerts.drain()) > 0);
}

/** Writes what a service depends on. */
export function writeDependencies(
  { oncall, clock }: AlertsHarness,
  service: string,
  upstreams: Record<string, number>,
) {
  const depends_on = Object.entries(upstreams).map(([name, grace_seconds]) => ({ service: name, grace_seconds }));
  const at = clock.now().toISOString();
  oncall.facts.push({ kind: 'service_dependencies_set', subject: service, ...BY, data: { depends_on }, at });
}

/** An incident of a service, with events that say whether it affects dependents. */
export function upstreamIncident(harness: AlertsHarness, service: string) {
  const id = randomUUID();
  const title = `[HIGH] ${service}: down`;
  let version = 0;
  const write = (way: 'began' | 'ended', of: number) =>
    harness.incidents.facts.push({
      ...{ kind: `incident_upstream_${way}`, subject: id, ...BY, at: harness.clock.now().toISOString() },
      data: { service, title, version: of },
    });
  const change = async (way: 'began' | 'ended') => {
    version += 1;
    write(way, version);
    await settled(harness);
  };
  return { id, title, write, begin: () => change('began'), end: () => change('ended') };
}
