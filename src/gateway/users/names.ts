import type { Db } from '../../kernel/db/pool';
import { isReserved, lookOf } from '../../kernel/names';
import { invalid, Problem } from '../../kernel/ports/problem';
import { lockNames, type TakenName } from '../store/names';

const FIELD = { user: 'username', key: 'name' } as const;
const NOUN = { user: 'user', key: 'API key' } as const;
const A_NOUN = { user: 'A user', key: 'An API key' } as const;

/**
 * Refuses a name that people would take for another user, another key or Tocsin itself: timelines show names only.
 * @throws Problem `conflict` if a user or an active key of this kind has the same name, `invalid` if another one looks the
 * same or the name is reserved
 */
export async function claimName(trx: Db, { kind, name }: TakenName): Promise<void> {
  const refused = (message: string) => invalid([{ path: FIELD[kind], message }]);
  if (isReserved(name)) throw refused(`'${name}' is reserved for Tocsin itself. Choose another name`);
  const look = lookOf(name);
  const alike = (await lockNames(trx)).filter((taken) => lookOf(taken.name) === look);
  if (alike.some((taken) => taken.kind === kind && taken.name.toLowerCase() === name.toLowerCase())) {
    throw new Problem('conflict', `${A_NOUN[kind]} named '${name}' exists.`);
  }
  const [other] = alike;
  if (other === undefined) return;
  throw refused(`'${name}' looks like the ${NOUN[other.kind]} '${other.name}'. Choose another name`);
}
