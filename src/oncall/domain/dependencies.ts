/** Dependencies between services: a directed graph without cycles. */

/** `service` needs `upstream` to work. */
export interface Dependency {
  service: string;
  upstream: string;
  /** How long an alert of the service waits for an incident of the upstream. */
  grace_seconds: number;
}

/**
 * The shortest cycle that arises if `service` depends on `upstreams`, from the service back to itself; null if there is none.
 * @param others the dependencies of all other services
 * @example `['checkout', 'payments', 'checkout']`
 */
export function cycleOf(
  service: string,
  upstreams: readonly string[],
  others: readonly Dependency[],
): [string, ...string[]] | null {
  const neededBy = upstreamsByService(others);
  /** Each service that was reached, with the service before it on the shortest path. */
  const before = new Map<string, string | null>();
  let edge: readonly { name: string; from: string | null }[] = upstreams.map((name) => ({ name, from: null }));
  while (edge.length > 0) {
    const next: { name: string; from: string }[] = [];
    for (const { name, from } of edge) {
      if (name === service) return [service, ...pathTo(from, before), service];
      if (before.has(name)) continue;
      before.set(name, from);
      for (const upstream of neededBy.get(name) ?? []) next.push({ name: upstream, from: name });
    }
    edge = next;
  }
  return null;
}

function upstreamsByService(dependencies: readonly Dependency[]): Map<string, string[]> {
  const upstreams = new Map<string, string[]>();
  for (const { service, upstream } of dependencies) {
    const known = upstreams.get(service);
    if (known === undefined) upstreams.set(service, [upstream]);
    else known.push(upstream);
  }
  return upstreams;
}

function pathTo(last: string | null, before: ReadonlyMap<string, string | null>): string[] {
  const path: string[] = [];
  for (let name = last; name !== null; name = before.get(name) ?? null) path.unshift(name);
  return path;
}
