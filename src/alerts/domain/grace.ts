import type { Dependency } from './dependents';

/** How long alerts of a service wait for an incident of an upstream, because dependents usually report first. */
export interface Grace {
  seconds: number;
  /** The services that they wait for. */
  upstreams: string;
}

/** The id of this hold, which no rule asks for. */
export const GRACE_ID = '00000000-0000-0000-0000-000000000000';

const NAMED = 3;

/**
 * The grace of each service: the longest of its own dependencies, because one of them can explain the alert. Services
 * without a wait are left out.
 */
export function gracesOf(dependencies: readonly Dependency[]): ReadonlyMap<string, Grace> {
  const waiting = new Map<string, Dependency[]>();
  for (const dependency of dependencies) {
    if (dependency.grace_seconds === 0) continue;
    const known = waiting.get(dependency.service);
    if (known === undefined) waiting.set(dependency.service, [dependency]);
    else known.push(dependency);
  }
  return new Map([...waiting].map(([service, own]) => [service, graceOf(own)]));
}

function graceOf(own: readonly Dependency[]): Grace {
  const names = own.map(({ upstream }) => upstream).sort();
  const upstreams = names.slice(0, NAMED).join(', ') + (names.length > NAMED ? ' …' : '');
  return { seconds: Math.max(...own.map(({ grace_seconds }) => grace_seconds)), upstreams };
}
