import { withTimeout } from '../../kernel/async/withTimeout';
import type { Caller } from '../../kernel/ports/contract';
import { invalid } from '../../kernel/ports/problem';
import type { Incident } from '../contract';
import type { Deps } from '../deps';
import type { Assignee } from '../domain/timeline';

/** Questions to oncall with a short timeout: an incident opens even without the answer. */

const ANSWER_WITHIN_MS = 500;

export interface Responder {
  team: string | null;
  assignee: Assignee | null;
}

type Asking = Pick<Deps, 'oncall' | 'log'>;

/** The team of a service and its primary: the team of a route, if it exists, else the owner. */
export type Responders = (service: string, team: string | null) => Responder;

/** The responders of services, and of the teams to which routes lead; no one if oncall does not answer in time. */
export async function respondersOf(
  { oncall, log }: Asking,
  asked: readonly { service: string; team: string | null }[],
  caller: Caller,
): Promise<Responders> {
  if (asked.length === 0) return () => NOBODY;
  const services = [...new Set(asked.map(({ service }) => service))];
  const names = [...new Set(asked.flatMap(({ team }) => team ?? []))];
  const answer = await soon(log, oncall.responders({ services, ...(names.length > 0 && { teams: names }) }, caller));
  const { results = [], teams = [] } = answer ?? {};
  const ofService = new Map(results.map(({ service, team, primary }) => [service, { team, assignee: primary }]));
  const ofTeam = new Map(teams.map(({ name, team, primary }) => [name, { team, assignee: primary }]));
  return (service, team) => (team === null ? undefined : ofTeam.get(team)) ?? ofService.get(service) ?? NOBODY;
}

const NOBODY: Responder = { team: null, assignee: null };

/** The incident whose team decides between people of one name; without a team, the owner of its service decides. */
type Deciding = Partial<Pick<Incident, 'service'>> & Pick<Incident, 'team'>;

/**
 * The person that a text names: an e-mail address or a name. `unverified` if oncall did not answer in time; `candidates` if
 * several people have the name and the team of the incident does not decide.
 */
export async function personNamed(
  { oncall, log }: Asking,
  text: string,
  { service, team }: Deciding,
  caller: Caller,
): Promise<Assignee> {
  const person = await soon(
    log,
    oncall.findPerson({ text, ...(service !== undefined && { service }), ...(team !== null && { team }) }, caller),
  );
  return person ?? { name: text, email: null, unverified: true };
}

/** @throws Problem `invalid` naming the candidates if several people have the name that was given as assignee */
export function refuseAmbiguous({ name, candidates = [] }: Assignee): void {
  if (candidates.length === 0) return;
  const named = candidates.map(({ email, teams }) => (teams.length > 0 ? `${email} (${teams.join(', ')})` : email));
  const message = `Several people are called '${name}': ${named.join(', ')}. Give the e-mail address of one`;
  throw invalid([{ path: 'assigned_to', message }]);
}

/** The answer of on-call, or null if it fails or takes too long. */
export const soon = <T>(log: Asking['log'], question: Promise<T>): Promise<T | null> =>
  withTimeout(question, ANSWER_WITHIN_MS).catch((err: unknown) => {
    log.warn({ err }, 'on-call did not answer; the incident is opened without it');
    return null;
  });
