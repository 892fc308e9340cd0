import type { Caller } from '../../kernel/ports/contract';
import { invalid, Problem } from '../../kernel/ports/problem';
import { isSelf } from './present';

/** The person whose methods or rules a caller changes. @throws Problem `forbidden`, `invalid` */
export function personOf(given: string | undefined, caller: Caller): string {
  const person = given ?? (caller.kind === 'user' ? caller.email?.toLowerCase() : undefined);
  if (person === undefined) {
    const message = 'This account has no e-mail address, so the person must be named';
    throw invalid([{ path: 'person', message }]);
  }
  requireOwner(person, caller);
  return person;
}

/** The person that a caller is; null for a key, and for a user without an e-mail address. */
export const ownPerson = ({ kind, email }: Pick<Caller, 'kind' | 'email'>): string | null =>
  kind === 'user' ? (email?.toLowerCase() ?? null) : null;

/** @throws Problem `forbidden` if the caller is neither the person nor an administrator */
export function requireOwner(person: string, caller: Caller): void {
  if (isSelf(caller, person) || caller.role === 'admin') return;
  throw new Problem('forbidden', 'Only the person or an administrator may change how a person is reached.');
}
