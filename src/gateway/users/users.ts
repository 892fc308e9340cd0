import { randomUUID } from 'node:crypto';
import type { Db } from '../../kernel/db/pool';
import type { By } from '../../kernel/events/events';
import type { Caller, Role, Service } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { idOf } from '../../kernel/ports/values';
import { recordOwn } from '../audit/record';
import type { GatewayCaller } from '../auth/identity';
import { shownSession } from '../auth/sessions';
import type { GatewayContract, User } from '../contract';
import type { Deps } from '../deps';
import { endedBy, enqueueEndOfFeeds } from '../jobs';
import { endSession, endSessionsOf, openSessions } from '../store/sessions';
import { changeUser, deleteUser, insertUser, lockAdmins, pageOfUsers, type UserChange, userById } from '../store/users';
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
export function createUserService({ db, clock, passwords, identities }: Deps): UserService {
  return {
    async listUsers({ page, per_page }) {
      const { total, users } = await pageOfUsers(db, page, per_page);
      return { total, page, per_page, users };
    },

    async createUser({ username, password, role, email = null }, caller) {
      const passwordHash = await passwords.hash(password);
      return db.transaction((trx) => {
        const addition = { username, email, role, passwordHash, now: clock.now() };
        return addUser(trx, addition, caller);
      });
    },

    async updateUser({ id, password, ...given }, caller) {
      const password_hash = password === undefined ? undefined : await passwords.hash(password);
      const asked = { ...given, password_hash };
      const change = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)) as UserChange;
      const user = await db.transaction((trx) => update(trx, known(id), change, caller));
      identities.forget();
      return user;
    },

    async listUserSessions({ id }, caller) {
      const user = await userById(db, known(id));
      if (user === undefined) throw notFound();
      const { session } = caller as GatewayCaller;
      return (await openSessions(db, user.id, clock.now())).map((row) => shownSession(row, session?.id));
    },

    async endUserSessions({ id, session_id }, caller) {
      const ended = await db.transaction(async (trx) => {
        const user = await userById(trx, known(id));
        if (user === undefined) throw notFound();
        const now = clock.now();
        const count =
          session_id === undefined
            ? await endSessionsOf(trx, user.id, now, null)
            : Number(await endSession(trx, session_id, user.id, now));
        const data = { username: user.username, ended: count };
        if (count > 0) {
          await recordOwn(
            trx,
            [{ kind: 'sessions.ended', subject: user.id, actor: caller.actor, data, at: now }],
            caller,
          );
        }
        return count;
      });
      identities.forget();
      return { ended };
    },

    async deleteUser({ id }, caller) {
      await db.transaction(async (trx) => {
        const user = known(id);
        await keepAnAdmin(trx, user);
        const gone = await userById(trx, user);
        if (!gone || !(await deleteUser(trx, user))) throw notFound();
        const now = clock.now();
        await endSessionsOf(trx, user, now, null);
        const { username } = gone;
        await enqueueEndOfFeeds(trx, {
          kind: 'user',
          username,
          owner_id: user,
          removed: true,
          ...endedBy(caller, now),
        });
        const data = { username };
        await recordOwn(trx, [{ kind: 'user.deleted', subject: user, actor: caller.actor, data, at: now }], caller);
      });
      identities.forget();
      return { status: 'deleted' };
    },
  };

  async function update(trx: Db, id: string, change: UserChange, caller: Caller): Promise<User> {
    const now = clock.now();
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
