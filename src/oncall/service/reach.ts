import type { Caller, Service } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { MOST_REACHED, type Reach } from '../../notify/contract';
import type { OncallContract, WeakPerson } from '../contract';
import type { OnCallPerson } from '../domain/onCallPeople';
import { keyOf } from '../domain/rotation';
import { scheduledTeamsAt } from '../store/teams';
import { noSchedule, type ServiceDeps, withDeps } from './deps';

/** How people on call are reached, by the answer of notify. */

/** The most people of one answer. */
export const MOST_WEAK = 1_000;

export const reachAnswers = (deps: ServiceDeps): Pick<Service<OncallContract>, 'onCallReach'> =>
  withDeps(deps, { onCallReach });

/** @throws Problem `not-found` */
async function onCallReach(
  deps: ServiceDeps,
  { team: only }: { team?: string | undefined },
  caller: Caller,
): ReturnType<Service<OncallContract>['onCallReach']> {
  const at = deps.clock.now();
  const teams = (await scheduledTeamsAt(deps.db, at)).filter(({ team }) => only === undefined || team === only);
  if (only !== undefined && teams.length === 0) throw noSchedule(only);
  const people = new Map<string, OnCallPerson>();
  for (const { team, onCall } of teams) {
    for (const { name, email } of [...onCall.primaries, ...onCall.secondaries]) {
      const known = people.get(keyOf({ email }));
      if (known === undefined) people.set(keyOf({ email }), { name, email, teams: [team], from: at });
      else if (!known.teams.includes(team)) known.teams.push(team);
    }
  }
  const weak = await weakPeople(deps, [...people.values()], caller).catch((error: unknown) => {
    if (error instanceof Problem && error.kind === 'unavailable') return null;
    throw error;
  });
  return { at: at.toISOString(), known: weak !== null, people: (weak ?? []).slice(0, MOST_WEAK) };
}

/**
 * Those of the people whose reach is weak; a query for each 5,000 people.
 * @throws Problem `unavailable` if notify does not answer
 */
export async function weakPeople(
  { notify }: Pick<ServiceDeps, 'notify'>,
  people: readonly OnCallPerson[],
  caller: Caller,
): Promise<WeakPerson[]> {
  const reaches = new Map<string, Reach>();
  for (let n = 0; n < people.length; n += MOST_REACHED) {
    const asked = people.slice(n, n + MOST_REACHED).map(({ email }) => keyOf({ email }));
    for (const reach of (await notify.reach({ people: asked }, caller)).people) reaches.set(reach.person, reach);
  }
  return people.flatMap(({ name, email, teams, from }) => {
    const reach = reaches.get(keyOf({ email }));
    if (reach === undefined || (reach.concerns.length === 0 && reach.failing.length === 0)) return [];
    const { person: _, ...rest } = reach;
    return [{ name, email, teams: [...teams].sort(), on_call_from: from.toISOString(), ...rest }];
  });
}
