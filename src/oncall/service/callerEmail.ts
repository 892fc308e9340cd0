import type { Db } from '../../kernel/db/pool';
import type { Caller } from '../../kernel/ports/contract';
import { keyOf } from '../domain/rotation';
import { peopleNamed } from '../store/registry';

/**
 * The on-call address of a caller: their own address, else the address of the only person with their name, else null.
 */
export async function emailOf(db: Db, { email, actor }: Pick<Caller, 'email' | 'actor'>): Promise<string | null> {
  if (email !== null) return keyOf({ email });
  const [person, other] = await peopleNamed(db, actor);
  return person !== undefined && other === undefined ? person.email : null;
}
