import { randomUUID } from 'node:crypto';
import type { Db } from '../../kernel/db/pool';
import type { By } from '../../kernel/events/events';
import type { Caller, Role, Service } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import { recordOwn } from '../audit/record';
import type { GatewayCaller } from '../auth/identity';
import { shownSession } from '../auth/sessions';
import type { GatewayContract, Session, User } from '../contract';
import type { Deps } from '../deps';
import { endedBy, enqueueEndOfFeeds } from '../jobs';
import { endSession, endSessionsOf, openSessions } from '../store/sessions';
import { changeUser, deleteUser, insertUser, lockAdmins, pageOfUsers, type UserChange, userById } from '../store/users';
import { enqueueErasure } from './erase';
import { claimName } from './names';

type UserService = Pick<
  Service<GatewayContract>,
  'listUsers' | 'createUser' | 'updateUser' | 'deleteUser' | 'listUserSessions' | 'endUserSessions'
>;

interface Addition {
  username: string;
  email: string | null;
  role: Role;
  passwordHash: string;
  now: Date;
}

/**
 * Adds a user in the transaction `trx`.
 * @throws Problem `conflict` if the name or the e-mail address is taken, `invalid` if the name is reserved or looks like another
 */
export async function addUser(trx: Db, addition: Addition, by: By): Promise<User> {
  const { username, role, email, now } = addition;
  await claimName(trx, { kind: 'user', name: username });
  const user = await insertUser(trx, { id: randomUUID(), ...addition });
  if (user === null) throw new Problem('conflict', `A user named '${username}' exists.`);
  await recordOwn(
    trx,
    [{ kind: 'user.created', subject: user.id, actor: by.actor, data: { username, role, email }, at: now }],
    by,
  );
  return user;
}

/** The operations of users and their sessions. */
export const createUserService = (deps: Deps): UserService => ({
  async listUsers({ page, per_page }) {
    const { total, users } = await pageOfUsers(deps.db, page, per_page);
    return { total, page, per_page, users };
  },
  createUser: (input, caller) => createUser(deps, input, caller),
  updateUser: async ({ id, ...change }, caller) => updateUser(deps, known(id), change, caller),
  deleteUser: async ({ id }, caller) => removeUser(deps, known(id), caller),
  listUserSessions: async ({ id }, caller) => listUserSessions(deps, known(id), caller),
  endUserSessions: async ({ id, session_id }, caller) => endUserSessions(deps, known(id), session_id, caller),
});

type Input<Operation extends keyof UserService> = Parameters<UserService[Operation]>[0];

async function createUser(
  { db, clock, passwords }: Deps,
  { username, password, role, email = null }: Input<'createUser'>,
  caller: Caller,
): Promise<User> {
  const passwordHash = await passwords.hash(password);
  return db.transaction((trx) => addUser(trx, { username, email, role, passwordHash, now: clock.now() }, caller));
}

async function updateUser(
  { db, clock, passwords, identities }: Deps,
  id: string,
  { password, ...given }: Omit<Input<'updateUser'>, 'id'>,
  caller: Caller,
): Promise<User> {
  const password_hash = password === undefined ? undefined : await passwords.hash(password);
  const fields = Object.entries({ ...given, password_hash }).filter(([, value]) => value !== undefined);
  const change = Object.fromEntries(fields) as UserChange;
  const user = await db.transaction((trx) => saveChange(trx, id, change, { caller, now: clock.now() }));
  identities.forget();
  return user;
}

async function saveChange(
  trx: Db,
  id: string,
  change: UserChange,
  { caller, now }: { caller: Caller; now: Date },
): Promise<User> {
  const losesRights = change.disabled === true || (change.role !== undefined && change.role !== 'admin');
  if (losesRights) await keepAnAdmin(trx, id);
  const user = await changeUser(trx, id, change, now);
  if (user === null) throw notFound();
  if (change.disabled === true || change.password_hash !== undefined) await endSessionsOf(trx, id, now, null);
  if (change.disabled === true) {
    const { username } = user;
    await enqueueEndOfFeeds(trx, { kind: 'user', username, owner_id: id, removed: false, ...endedBy(caller, now) });
  }
  const { password_hash, ...rest } = change;
  const data = { ...rest, ...(password_hash !== undefined && { password: 'changed' }) };
  await recordOwn(trx, [{ kind: 'user.changed', subject: id, actor: caller.actor, data, at: now }], caller);
  return user;
}

async function removeUser({ db, clock, identities }: Deps, id: string, caller: Caller): Promise<{ status: string }> {
  await db.transaction(async (trx) => {
    await keepAnAdmin(trx, id);
    const user = await userById(trx, id);
    if (!user || !(await deleteUser(trx, id))) throw notFound();
    const now = clock.now();
    await endSessionsOf(trx, id, now, null);
    const { username } = user;
    await enqueueEndOfFeeds(trx, { kind: 'user', username, owner_id: id, removed: true, ...endedBy(caller, now) });
    await enqueueErasure(trx, user.email, now);
    const event = { subject: id, actor: caller.actor, data: { username }, at: now };
    await recordOwn(trx, [{ kind: 'user.deleted', ...event }], caller);
  });
  identities.forget();
  return { status: 'deleted' };
}

async function listUserSessions({ db, clock }: Deps, id: string, caller: Caller): Promise<Session[]> {
  const user = await userById(db, id);
  if (user === undefined) throw notFound();
  const { session } = caller as GatewayCaller;
  return (await openSessions(db, user.id, clock.now())).map((row) => shownSession(row, session?.id));
}

async function endUserSessions(
  { db, clock, identities }: Deps,
  id: string,
  sessionId: string | undefined,
  caller: Caller,
): Promise<{ ended: number }> {
  const ended = await db.transaction(async (trx) => {
    const user = await userById(trx, id);
    if (user === undefined) throw notFound();
    const now = clock.now();
    const count =
      sessionId === undefined
        ? await endSessionsOf(trx, id, now, null)
        : Number(await endSession(trx, sessionId, id, now));
    if (count === 0) return 0;
    const event = { subject: id, actor: caller.actor, data: { username: user.username, ended: count }, at: now };
    await recordOwn(trx, [{ kind: 'sessions.ended', ...event }], caller);
    return count;
  });
  identities.forget();
  return { ended };
}

/** @throws Problem `conflict` if `id` is the only administrator who can log in */
async function keepAnAdmin(trx: Db, id: string): Promise<void> {
  const admins = await lockAdmins(trx);
  if (admins.length === 1 && admins[0] === id) {
    throw new Problem('conflict', 'This is the last administrator. Give another user the role admin first.');
  }
}

const notFound = (): Problem => new Problem('not-found', 'User not found');

function known(id: string): string {
  const uuid = idOf(id);
  if (uuid === null) throw notFound();
  return uuid;
}
