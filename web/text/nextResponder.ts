import { count, parts } from './parts';

/** Names for the people and rooms that an escalation pages next. */
const ROLES: Record<string, string> = {
  primary: 'primary',
  primary_again: 'primary again',
  secondary: 'secondary',
  member: 'everybody',
};
const NAMED = 3;

const listed = (all: readonly string[]): string =>
  all.length < 2 ? all.join() : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
const namesOf = (all: readonly string[]): string =>
  listed(all.length > NAMED ? [...all.slice(0, NAMED - 1), `${count(all.length - NAMED + 1)} more`] : all);
/** Capitalizes a role at the start of a sentence; names and addresses keep their spelling. */
const first = (text: string): string =>
  Object.values(ROLES).some((role) => text.startsWith(`${role} (`))
    ? text.charAt(0).toUpperCase() + text.slice(1)
    : text;

export const nextResponderWords = {
  /** `secondary (Ben)`; people and rooms named by a policy have no role. */
  of: (role: string, names: readonly string[]) =>
    ROLES[role] === undefined ? namesOf(names) : `${ROLES[role]} (${namesOf(names)})`,
  nobody: parts.nobody,
  nobodyWithin: parts.nobody.toLowerCase(),
  everybody: 'Everybody',
  all: (said: readonly string[]) => listed(said),
  first,
  paged: (name: string, live: boolean) => `${name} will be paged${live ? ' in' : ''}`,
  until: (name: string) => `until ${name} is paged`,
  follows: (name: string, at: string) => `${name} will be paged at ${at}`,
};
