import { parts } from './parts';

/** What is said of whoever an escalation pages next. */
export const nextWhomWords = {
  roles: { primary: 'primary', secondary: 'secondary' },
  ofTeam: (role: string, team: string) => `${role} of ${team}`,
  /** `secondary (Ben)`. */
  named: (what: string, names: readonly string[]) => `${what} (${listed(names)})`,
  nobody: parts.nobody.toLowerCase(),
  again: (names: readonly string[]) => `primary again (${listed(names)})`,
  everybody: (team: string) => `everybody of ${team}`,
  shortEverybody: 'Everybody',
  all: (whom: readonly string[]) => listed(whom),
  /** Where a sentence begins. */
  first: (word: string) => word.charAt(0).toUpperCase() + word.slice(1),
  paged: (whom: string, live: boolean) => `${whom} will be paged${live ? ' in' : ''}`,
  follows: (whom: string, at: string) => `${whom} will be paged at ${at}`,
};

const listed = (all: readonly string[]): string => all.join(', ').replace(/, ([^,]*)$/, ' and $1');
