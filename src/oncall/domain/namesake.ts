/** Which of several people of one name is meant. */

export interface Namesake {
  name: string;
  email: string;
  teams: string[];
}

/**
 * The one person that a name means, or null if it is ambiguous. One exact spelling decides before the others; then being
 * the only one in the team does.
 */
export function meantBy(name: string, people: readonly Namesake[], team: string | null): Namesake | null {
  const exact = people.filter((person) => person.name === name);
  const named = exact.length > 0 ? exact : people;
  const inTeam = named.filter(({ teams }) => team !== null && teams.includes(team));
  for (const some of [named, inTeam]) if (some.length === 1) return some[0] as Namesake;
  return null;
}
