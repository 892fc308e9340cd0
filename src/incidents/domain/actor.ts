/** The text by which a notice to people names the actor of a change. */

/** A user, an API key, an integration or the system. */
export interface Actor {
  name: string;
  /** Null if only the name is known. */
  kind: string | null;
  /** Whether the incident was resolved because its source ended the last alert. */
  bySource: boolean;
}

const ENVIRONMENT_KEY = /^environment key (\d+)$/;

/** Names a person by name, and every other caller by kind and name: its name alone could be that of a person. */
export function actorInWords({ name, kind, bySource }: Actor): string {
  if (kind === 'system') return bySource ? 'its source' : 'Tocsin';
  if (kind === 'integration') return bySource ? `its source (${name})` : `the integration ${name}`;
  if (kind !== 'key') return name;
  const number = ENVIRONMENT_KEY.exec(name)?.[1];
  const key = number === undefined ? `API key ${name}` : `API key ${number} of the environment`;
  if (bySource) return `its source (${key})`;
  return number === undefined ? `the ${key}` : key;
}
