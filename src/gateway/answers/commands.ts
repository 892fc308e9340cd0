import { withTimeout } from '../../kernel/async/withTimeout';
import { seconds } from '../../kernel/clock';
import { problemOf } from '../../kernel/http/edge';
import type { Caller } from '../../kernel/ports/contract';
import type { AnsweringPerson, ChatCommand } from '../../notify/contract';
import type { AnswerDeps } from './perform';
import { callerOfPerson, NOT_KNOWN, type Origin } from './person';

/** Commands of a chat: who is on call, page a person or a team, open an incident. Each result is text for the sender. */

export interface CommandDeps extends AnswerDeps {
  publicUrl: string;
}

/** The chat waits for three seconds. */
const WAIT_MS = seconds(2);
const TOO_SLOW = 'Tocsin needs longer than usual. Open it to see whether this worked.';
const LONGEST_LIST = 20;
/** The service of an incident that concerns none. */
const NO_SERVICE = 'page';

/** Performs a command as the person. */
export async function commandInWords(
  deps: CommandDeps,
  { person, command }: { person: AnsweringPerson | null; command: ChatCommand },
  origin: Origin,
): Promise<string> {
  if (person === null) return NOT_KNOWN;
  const acting = callerOfPerson(deps, person, origin).then((caller) =>
    typeof caller === 'string' ? caller : act(deps, command, caller),
  );
  try {
    return await withTimeout(acting, WAIT_MS);
  } catch (error) {
    acting.catch(() => {});
    const { kind, detail } = problemOf(error);
    if (kind === 'internal') deps.log.warn({ err: error, request_id: origin.requestId }, 'a command failed');
    return kind === 'internal' || kind === 'unavailable' ? TOO_SLOW : detail;
  }
}

function act(deps: CommandDeps, command: ChatCommand, caller: Caller): Promise<string> {
  switch (command.kind) {
    case 'on_call':
      return onCall(deps, command.team, caller);
    case 'page':
      return page(deps, command, caller);
    case 'incident':
      return openIncident(deps, command, caller);
  }
}

async function onCall({ ports }: CommandDeps, team: string | null, caller: Caller): Promise<string> {
  const { teams } = await ports.oncall.onCallNow({}, caller);
  const shown = team === null ? teams : teams.filter((one) => one.team.toLowerCase() === team.toLowerCase());
  if (shown.length === 0) return team === null ? 'No team has a schedule.' : `There is no team '${team}'.`;
  const lines = shown.slice(0, LONGEST_LIST).map(({ team: name, primaries, secondaries }) => {
    const second = secondaries.length > 0 ? `, secondary ${namesOf(secondaries)}` : '';
    return `${name}: ${primaries.length > 0 ? namesOf(primaries) : 'no one'}${second}`;
  });
  const more = shown.length - lines.length;
  return [...lines, ...(more > 0 ? [`${more} more teams`] : [])].join('\n');
}

const namesOf = (people: readonly { name: string }[]): string => people.map(({ name }) => name).join(', ');

/** Opens an incident that pages the policy of a team, or the person at once. */
async function page(
  deps: CommandDeps,
  { target, message }: Extract<ChatCommand, { kind: 'page' }>,
  caller: Caller,
): Promise<string> {
  const { oncall, incidents } = deps.ports;
  const [teams, people] = await Promise.all([oncall.teams({}, caller), oncall.people({}, caller)]);
  const same = (text: string) => text.toLowerCase() === target.toLowerCase();
  const team = teams.find(({ team: name }) => same(name));
  const found = people.filter(({ name, email }) => same(name) || same(email));
  if (team === undefined && found.length === 0) return `No team and no person is named '${target}'.`;
  if (team === undefined && found.length > 1) {
    return `Several people are named '${target}': ${found.map(({ email }) => email).join(', ')}. Use the e-mail address.`;
  }
  const assigned = team === undefined ? { assigned_to: found[0]?.email } : {};
  const service = team === undefined ? NO_SERVICE : await serviceOf(deps, team.team, caller);
  if (service === null) return `Team '${team?.team}' owns no service. Add one, or page a person.`;
  const incident = await incidents.create({ title: message, service, severity: 'high', ...assigned }, caller);
  return `${team?.team ?? found[0]?.name} is paged: ${message}\n${linkTo(deps, incident.id)}`;
}

/** A service by which an incident pages the team: that of its own name, else the first that it owns. */
async function serviceOf({ ports }: CommandDeps, team: string, caller: Caller): Promise<string | null> {
  if (team === team.trim().toLowerCase()) return team;
  const owned = (await ports.oncall.services({}, caller)).filter((one) => one.team === team);
  return owned[0]?.service ?? null;
}

async function openIncident(
  deps: CommandDeps,
  { title, service }: Extract<ChatCommand, { kind: 'incident' }>,
  caller: Caller,
): Promise<string> {
  const ask = { title, service: service ?? NO_SERVICE, severity: 'high' };
  const incident = await deps.ports.incidents.create(ask, caller);
  return `Incident opened: ${incident.title}\n${linkTo(deps, incident.id)}`;
}

const linkTo = ({ publicUrl }: CommandDeps, id: string): string => `${publicUrl}/incidents/${id}`;
