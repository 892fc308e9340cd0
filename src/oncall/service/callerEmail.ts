import type { Db } from '../../kernel/db/pool';
import type { Caller } from '../../kernel/ports/contract';
import { keyOf } from '../domain/rotation';
import { peopleNamed } from '../store/registry';

/**
 * The on-call address of a caller: their own address, else the address of the only person with their name, else null.
 * A key is no person, whatever its name is.
 */
export async function emailOf(
  db: Db,
  { email, actor, kind }: Pick<Caller, 'email' | 'actor' | 'kind'>,
): Promise<string | null> {
  if (email !== null) return keyOf({ email });
  if (kind !== 'user') return null;
  const [person, other] = await peopleNamed(db, actor);
  return person !== undefined && other === undefined ? person.email : null;
}
