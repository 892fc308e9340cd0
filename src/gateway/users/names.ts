import type { Db } from '../../kernel/db/pool';
import { isReserved, lookOf } from '../../kernel/names';
import { invalid, Problem } from '../../kernel/ports/problem';
import { lockNames, type TakenName } from '../store/names';

const FIELD = { user: 'username', key: 'name' } as const;
const WORDS = { user: 'A user', key: 'An API key' } as const;

/**
 * Refuses a name that people would take for another user, another key or Tocsin itself: timelines show names only.
 * @throws Problem `invalid` if the name is reserved, `conflict` if a user or living key looks the same
 */
export async function claimName(trx: Db, { kind, name }: TakenName): Promise<void> {
  if (isReserved(name)) {
    throw invalid([{ path: FIELD[kind], message: `'${name}' is reserved for Tocsin itself. Choose another name` }]);
  }
  const look = lookOf(name);
  const taken = (await lockNames(trx)).find((one) => lookOf(one.name) === look);
  if (taken === undefined) return;
  const same = taken.kind === kind && taken.name.toLowerCase() === name.toLowerCase();
  if (same) throw new Problem('conflict', `${WORDS[kind]} named '${name}' exists.`);
  const exists = `${WORDS[taken.kind]} named '${taken.name}' exists`;
  throw new Problem('conflict', `${exists}, and '${name}' looks the same. Choose another name.`);
}
