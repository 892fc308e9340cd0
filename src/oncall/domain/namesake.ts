/** Decides between several people of one name. */

export interface Namesake {
  name: string;
  email: string;
  teams: string[];
}

/**
 * The person with a name, or null if the name is ambiguous. A single exact spelling decides first,
 * then a single person of the team.
 */
export function findNamesake(name: string, people: readonly Namesake[], team: string | null): Namesake | null {
  const exact = people.filter((person) => person.name === name);
  const named = exact.length > 0 ? exact : people;
  const inTeam = named.filter(({ teams }) => team !== null && teams.includes(team));
  for (const some of [named, inTeam]) if (some.length === 1) return some[0] as Namesake;
  return null;
}
