import { shared } from '../kernel/async/sharedAnswer';
import { networkOf } from '../kernel/http/address';
import type { Caller, Service } from '../kernel/ports/contract';
import { Problem } from '../kernel/ports/problem';
import { idOf } from '../kernel/ports/values';
import { recordOwn } from './audit/record';
import { auditService } from './audit/service';
import { isDeviceOf } from './auth/devices';
import type { GatewayCaller } from './auth/identity';
import { createKeyService } from './auth/keys';
import { beginSession, clientOf, sessionOf, shownSession } from './auth/sessions';
import type { GatewayContract } from './contract';
import type { Deps } from './deps';
import { hashOf } from './domain';
import { healthOfAll } from './http/upstream';
import type { Hub } from './live/hub';
import { eventsPage } from './live/poll';
import type { Streams } from './live/streams';
import { platformAnswers } from './onboarding/platform';
import { serviceAnswers } from './services';
import { addressesOf, endSession, endSessionsOf, openSessions } from './store/sessions';
import { isTokenGood, useToken } from './store/setup';
import { changeUser, noUserYet, type UserWithPassword, userById, userByName } from './store/users';
import { addUser, createUserService } from './users/users';

type Needed = Omit<
  Service<GatewayContract>,
  keyof ReturnType<typeof createUserService> | keyof ReturnType<typeof createKeyService>
>;

/** The operations of the gateway. */
export function createService(deps: Deps, hub: Hub, streams: Streams): Service<GatewayContract> {
  return {
    ...createUserService(deps),
    ...createKeyService(deps),
    ...accountService(deps),
    ...healthService(deps),
    ...auditService(deps),
    ...serviceAnswers(deps.ports),
    ...platformAnswers({ deps, hub, streams }),
    events: (input, caller) => eventsPage(hub, input, caller),
  };
}

const healthService = ({ upstreams }: Deps): Pick<Needed, 'servicesHealth'> => ({
  servicesHealth: shared(() => healthOfAll(upstreams)),
});

function accountService(
  deps: Deps,
): Omit<Needed, 'servicesHealth' | 'events' | 'audit' | 'platform' | 'guide' | 'seenServices'> {
  const { db, clock, passwords, throttle, identities, settings } = deps;
  const { login, changePassword } = passwordService(deps);
  const noUser = shared(() => noUserYet(db));

  return {
    login,
    changePassword,

    async setupState({ token }) {
      const empty = await noUser();
      if (token === undefined) return { set_up: !empty, link: null };
      const good = empty && (await isTokenGood(db, hashOf(token), clock.now()));
      return { set_up: !empty, link: good ? 'good' : 'spent' };
    },

    async setup({ token, username, password, email = null }, caller) {
      await throttle.attempt({ account: 'setup', address: clientOf(caller).address, known: true });
      // Checked before the slow hash; the transaction decides.
      if (!(await isTokenGood(db, hashOf(token), clock.now()))) throw spentLink();
      const passwordHash = await passwords.hash(password);
      return db.transaction(async (trx) => {
        const now = clock.now();
        const first = (await useToken(trx, hashOf(token), now)) && (await noUserYet(trx));
        if (!first) throw spentLink();
        const user = await addUser(
          trx,
          { username, email, role: 'admin', passwordHash, now },
          { actor: username, kind: 'user' },
        );
        return beginSession(trx, clock, settings.sessionHours, user, caller);
      });
    },

    async logout(_input, caller) {
      const session = sessionOf(caller);
      await end(session.id, session.userId, caller);
      return { status: 'logged_out' };
    },

    async me(_input, caller) {
      const { actor, kind, role, email, session } = caller as GatewayCaller;
      if (role === null || (kind !== 'user' && kind !== 'key'))
        throw new Problem('forbidden', 'This needs a user or an API key.');
      return { username: actor, kind, role, email, expires_at: session?.expiresAt.toISOString() ?? null };
    },

    async listSessions(_input, caller) {
      const session = sessionOf(caller);
      const rows = await openSessions(db, session.userId, clock.now());
      return rows.map((row) => shownSession(row, session.id));
    },

    async endSession({ id }, caller) {
      const { userId } = sessionOf(caller);
      const known = idOf(id);
      if (known === null || !(await end(known, userId, caller))) throw new Problem('not-found', 'Session not found');
      return { status: 'ended' };
    },
  };

  async function end(id: string, userId: string, caller: Caller): Promise<boolean> {
    const ended = await db.transaction(async (trx) => {
      const now = clock.now();
      if (!(await endSession(trx, id, userId, now))) return false;
      await recordOwn(
        trx,
        [{ kind: 'session.ended', subject: id, actor: caller.actor, data: { user_id: userId }, at: now }],
        caller,
      );
      return true;
    });
    identities.forget();
    return ended;
  }
}

const spentLink = (): Problem => new Problem('forbidden', 'This set-up link was used, replaced or has expired.');

function passwordService({
  db,
  clock,
  passwords,
  throttle,
  identities,
  settings,
  log,
}: Deps): Pick<Needed, 'login' | 'changePassword'> {
  /** Records a failed login. An unknown name is not recorded, because it may be a password. */
  const noteFailure = (user: { id: string; username: string } | undefined, address: string): Promise<void> =>
    db.transaction((trx) =>
      recordOwn(
        trx,
        [
          {
            kind: 'login.failed',
            subject: user?.id ?? 'unknown',
            actor: user?.username ?? 'unknown',
            data: { address },
            at: clock.now(),
          },
        ],
        { actor: user?.username ?? 'unknown', kind: 'anonymous' },
      ),
    );

  /** Whether the device or the network has logged in to the account before. */
  async function isKnown(user: UserWithPassword | undefined, caller: Caller): Promise<boolean> {
    if (user === undefined) return false;
    const { address, device } = clientOf(caller);
    if (isDeviceOf(device, settings.secretKey, user, clock.now())) return true;
    const network = networkOf(address);
    return (await addressesOf(db, user.id)).some((known) => networkOf(known) === network);
  }

  return {
    async login({ username, password }, caller) {
      const name = username.trim();
      const { address } = clientOf(caller);
      const user = await userByName(db, name);
      const attempt = { account: name, address, known: await isKnown(user, caller) };
      await throttle.attempt(attempt);
      const matches = await passwords.matches(password, user?.password_hash);
      if (!user || !matches || user.disabled) {
        log.warn({ request_id: caller.requestId, address }, 'login failed');
        await noteFailure(user, address);
        throw new Problem('unauthenticated', 'Invalid username or password');
      }
      await throttle.succeeded(attempt);
      return db.transaction((trx) => beginSession(trx, clock, settings.sessionHours, user, caller));
    },

    async changePassword({ current_password, new_password }, caller) {
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
        await recordOwn(
          trx,
          [
            {
              kind: 'password.changed',
              subject: session.userId,
              actor: caller.actor,
              data: { sessions_ended },
              at: now,
            },
          ],
          caller,
        );
      });
      identities.forget();
      return { status: 'changed' };
    },
  };
}
