/** `service` needs `upstream` to work. */
export interface Dependency {
  service: string;
  upstream: string;
  /** How long an alert of the service waits for an incident of the upstream. */
  grace_seconds: number;
}

/**
 * Finds the services that depend on a service, directly or through others.
 * @returns a function of a service, which gives the names in alphabetical order, without the service itself
 */
export function dependentsIn(dependencies: readonly Dependency[]): (service: string) => string[] {
  const direct = new Map<string, string[]>();
  for (const { service, upstream } of dependencies) {
    const known = direct.get(upstream);
    if (known === undefined) direct.set(upstream, [service]);
    else known.push(service);
  }
  const found = new Map<string, string[]>();
  return (service) => {
    const known = found.get(service) ?? all(service, direct);
    found.set(service, known);
    return known;
  };
}

function all(service: string, direct: ReadonlyMap<string, readonly string[]>): string[] {
  const seen = new Set<string>([service]);
  // A set can grow while it is read.
  for (const name of seen) for (const dependent of direct.get(name) ?? []) seen.add(dependent);
  seen.delete(service);
  return [...seen].sort();
}
