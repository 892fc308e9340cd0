import { Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';

/** The 404 for an unknown incident. */
export const notFound = (): Problem => new Problem('not-found', 'Incident not found');

/**
 * Parses the id of an incident.
 * @throws Problem `not-found` if the text is no UUID
 */
export function knownId(text: string): string {
  const id = idOf(text);
  if (id === null) throw notFound();
  return id;
}
