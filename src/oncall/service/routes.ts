import type { Service } from '../../kernel/ports/contract';
import type { OncallContract } from '../contract';
import { ownersAt, scheduledName, type TeamAt, teamAt } from '../store/teams';
import type { ServiceDeps } from './deps';

/** Routes of incidents: which team is responsible, and whose policy pages. */

type Input = Parameters<Service<OncallContract>['takeStep']>[0];
export type Route = NonNullable<Input['route']>;

/** A route at an instant, as teams with their calendars. */
export interface Resolved {
  /** The team that is responsible: the one of the route, else the owner of the service. */
  team: TeamAt | null;
  /** The team whose policy pages: that of the route's policy, else the one that is responsible. */
  pages: TeamAt | null;
  /** What the route names that does not exist any more; then the next in line pages. */
  missing: ('team' | 'policy')[];
}

/** Service names are stored trimmed and in lower case. */
export const nameOf = (service: string): string => service.trim().toLowerCase();

type Deps = Pick<ServiceDeps, 'db' | 'defaultTeam'>;

export async function ownerAt({ db, defaultTeam }: Deps, service: string, at: Date): Promise<TeamAt | null> {
  const name = nameOf(service);
  return (await ownersAt(db, [name], defaultTeam, at)).get(name) ?? null;
}

/** A team with a schedule, by its name in any case; null if there is none. */
export async function teamNamed({ db }: Pick<ServiceDeps, 'db'>, name: string, at: Date): Promise<TeamAt | null> {
  const known = await scheduledName(db, name);
  return known === null ? null : ((await teamAt(db, known, at)) ?? null);
}

/** Resolves the route of a service. The policy of a deleted team or a deleted policy never leaves a page without a target. */
export async function resolveRoute(deps: Deps, service: string, route: Route | undefined, at: Date): Promise<Resolved> {
  const { team: wanted = null, policy: name = null } = route ?? {};
  const named = wanted === null ? null : await teamNamed(deps, wanted, at);
  const team = named ?? (await ownerAt(deps, service, at));
  const policy = name === null ? null : await teamNamed(deps, name, at);
  return {
    team: team ?? policy,
    pages: policy ?? team,
    missing: [
      ...(wanted !== null && named === null ? (['team'] as const) : []),
      ...(name !== null && policy === null ? (['policy'] as const) : []),
    ],
  };
}
