import { Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';

export const notFound = (): Problem => new Problem('not-found', 'Incident not found');

/** @throws Problem `not-found` where the text is only spelt like an id */
export function knownId(text: string): string {
  const id = idOf(text);
  if (id === null) throw notFound();
  return id;
}
