import type { Steps } from '../../kernel/async/steps';
import type { CalendarSpan } from './coverage';
import type { Policy } from './policy';
import type { Span } from './restrictions';
import { keyOf } from './rotation';
import { instantOf } from './zones';

/** The people that the first pages of a span can go to: on call by a calendar, or named by a policy. */

export interface OnCallPerson {
  name: string;
  email: string;
  teams: string[];
  /** When they are on call first, in the span. */
  from: Date;
}

interface Paged {
  team: string;
  policy: Pick<Policy, 'steps'>;
  names: Readonly<Record<string, string>>;
}

/** In the order in which they are on call first. */
export function* onCallPeople(
  calendars: ReadonlyMap<string, Pick<CalendarSpan, 'stretches'>>,
  paged: readonly Paged[],
  { start, end }: Span,
): Steps<OnCallPerson[]> {
  const people = new Map<string, OnCallPerson>();
  const add = (team: string, { name, email }: { name: string; email: string }, minute: number) => {
    const key = keyOf({ email });
    const from = instantOf(Math.max(start, minute));
    const known = people.get(key);
    if (known === undefined) people.set(key, { name, email, teams: [team], from });
    else {
      if (!known.teams.includes(team)) known.teams.push(team);
      if (from < known.from) known.from = from;
    }
  };
  for (const [team, { stretches }] of calendars) {
    for (const { start: begins, end: ends, roles } of stretches) {
      if (ends > start && begins < end)
        for (const person of [...roles.primary.people, ...roles.secondary.people]) add(team, person, begins);
      yield;
    }
  }
  for (const { team, policy, names } of paged)
    for (const target of policy.steps.flatMap(({ targets }) => targets))
      if (target.kind === 'person')
        add(team, { name: names[target.email] ?? target.email, email: target.email }, start);
  return [...people.values()].sort((a, b) => a.from.getTime() - b.from.getTime() || (a.email < b.email ? -1 : 1));
}
