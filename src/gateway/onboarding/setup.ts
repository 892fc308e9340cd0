import type { Caller } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { beginSession, clientOf, type LoggedIn } from '../auth/sessions';
import type { Deps } from '../deps';
import { hashOf } from '../domain';
import { isTokenGood, useToken } from '../store/setup';
import { noUserYet } from '../store/users';
import { addUser } from '../users/users';

interface SetupState {
  set_up: boolean;
  link: 'good' | 'spent' | null;
}

/**
 * Whether the first administrator exists, and whether a link works.
 * @param noUser whether there is no user; requests share its answer
 */
export async function setupState(
  { db, clock }: Deps,
  noUser: () => Promise<boolean>,
  token: string | undefined,
): Promise<SetupState> {
  const empty = await noUser();
  if (token === undefined) return { set_up: !empty, link: null };
  const good = empty && (await isTokenGood(db, hashOf(token), clock.now()));
  return { set_up: !empty, link: good ? 'good' : 'spent' };
}

interface FirstAdministrator {
  token: string;
  username: string;
  password: string;
  email?: string | null | undefined;
}

/**
 * Creates the first administrator and logs them in.
 * @throws Problem `forbidden` if the link does not work any more, `too-many` after too many attempts
 */
export async function setUp(
  { db, clock, passwords, throttle, settings }: Deps,
  { token, username, password, email = null }: FirstAdministrator,
  caller: Caller,
): Promise<LoggedIn> {
  await throttle.attempt({ account: 'setup', address: clientOf(caller).address, known: true });
  // Checked before the slow hash; the transaction decides.
  if (!(await isTokenGood(db, hashOf(token), clock.now()))) throw spentLink();
  const passwordHash = await passwords.hash(password);
  return db.transaction(async (trx) => {
    const now = clock.now();
    const first = (await useToken(trx, hashOf(token), now)) && (await noUserYet(trx));
    if (!first) throw spentLink();
    const addition = { username, email, role: 'admin', passwordHash, now } as const;
    const user = await addUser(trx, addition, { actor: username, kind: 'user' });
    return beginSession(trx, clock, settings.sessionHours, user, caller);
  });
}

const spentLink = (): Problem => new Problem('forbidden', 'This set-up link was used, replaced or has expired.');
