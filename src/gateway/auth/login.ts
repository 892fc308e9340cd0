import { networkOf } from '../../kernel/http/address';
import type { Caller } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { recordOwn } from '../audit/record';
import type { Deps } from '../deps';
import { addressesOf, endSessionsOf } from '../store/sessions';
import { changeUser, type UserWithPassword, userById, userByName } from '../store/users';
import { isDeviceOf } from './devices';
import { beginSession, clientOf, type LoggedIn, sessionOf } from './sessions';

/**
 * Begins a session for a user name and a password.
 * @throws Problem `unauthenticated` if they do not match, `too-many` after too many attempts
 */
export async function login(
  deps: Deps,
  { username, password }: { username: string; password: string },
  caller: Caller,
): Promise<LoggedIn> {
  const { db, clock, passwords, throttle, settings, log } = deps;
  const name = username.trim();
  const { address } = clientOf(caller);
  const user = await userByName(db, name);
  const attempt = { account: name, address, known: await isKnown(deps, user, caller) };
  await throttle.attempt(attempt);
  const matches = await passwords.matches(password, user?.password_hash);
  if (!user || !matches || user.disabled) {
    log.warn({ request_id: caller.requestId, address }, 'login failed');
    await recordFailure(deps, user, address);
    throw new Problem('unauthenticated', 'Invalid username or password');
  }
  await throttle.succeeded(attempt);
  return db.transaction((trx) => beginSession(trx, clock, settings.sessionHours, user, caller));
}

/** Whether the device or the network has logged in to the account before. */
async function isKnown(
  { db, clock, settings }: Deps,
  user: UserWithPassword | undefined,
  caller: Caller,
): Promise<boolean> {
  if (user === undefined) return false;
  const { address, device } = clientOf(caller);
  if (isDeviceOf(device, settings.secretKey, user, clock.now())) return true;
  const network = networkOf(address);
  return (await addressesOf(db, user.id)).some((known) => networkOf(known) === network);
}

/** Records a failed login. An unknown name is not recorded, because it may be a password. */
const recordFailure = (
  { db, clock }: Deps,
  user: { id: string; username: string } | undefined,
  address: string,
): Promise<void> =>
  db.transaction(async (trx) => {
    const actor = user?.username ?? 'unknown';
    const event = { subject: user?.id ?? 'unknown', actor, data: { address }, at: clock.now() };
    await recordOwn(trx, [{ kind: 'login.failed', ...event }], { actor, kind: 'anonymous' });
  });

/**
 * Changes the caller's password and ends their other sessions.
 * @throws Problem `forbidden` if the current password does not match, `too-many` after too many attempts
 */
export async function changePassword(
  { db, clock, passwords, throttle, identities }: Deps,
  { current_password, new_password }: { current_password: string; new_password: string },
  caller: Caller,
): Promise<{ status: string }> {
  const session = sessionOf(caller);
  const attempt = { account: caller.actor, address: clientOf(caller).address, known: true };
  await throttle.attempt(attempt);
  const user = await userById(db, session.userId);
  if (!(await passwords.matches(current_password, user?.password_hash))) {
    throw new Problem('forbidden', 'The current password is not right.');
  }
  await throttle.succeeded(attempt);
  const password_hash = await passwords.hash(new_password);
  await db.transaction(async (trx) => {
    const now = clock.now();
    await changeUser(trx, session.userId, { password_hash }, now);
    const sessions_ended = await endSessionsOf(trx, session.userId, now, session.id);
    const event = { subject: session.userId, actor: caller.actor, data: { sessions_ended }, at: now };
    await recordOwn(trx, [{ kind: 'password.changed', ...event }], caller);
  });
  identities.forget();
  return { status: 'changed' };
}
