import type { Db } from '../../kernel/db/pool';
import type { Caller } from '../../kernel/ports/contract';
import { keyOf } from '../domain/rotation';
import { peopleNamed } from '../store/registry';

/** As whom a caller is on call: by their address, else by their name as long as it says who is meant; null where nobody knows. */
export async function emailOf(db: Db, { email, actor }: Pick<Caller, 'email' | 'actor'>): Promise<string | null> {
  if (email !== null) return keyOf({ email });
  const [person, other] = await peopleNamed(db, actor);
  return person !== undefined && other === undefined ? person.email : null;
}
