/** Who changed an incident, as a notice to people names them. */

export interface Actor {
  name: string;
  /** Null if only the name is known. */
  kind: string | null;
  /** Whether the incident is over because its source ended the last alert. */
  bySource: boolean;
}

const ENVIRONMENT_KEY = /^environment key (\d+)$/;

/** A person by name; every other caller by its kind and name, because its name alone reads like that of a person. */
export function actorInWords({ name, kind, bySource }: Actor): string {
  if (kind === 'system') return bySource ? 'its source' : 'Tocsin';
  if (kind === 'integration') return bySource ? `its source (${name})` : `the integration ${name}`;
  if (kind !== 'key') return name;
  const number = ENVIRONMENT_KEY.exec(name)?.[1];
  const key = number === undefined ? `API key ${name}` : `API key ${number} of the environment`;
  if (bySource) return `its source (${key})`;
  return number === undefined ? `the ${key}` : key;
}
