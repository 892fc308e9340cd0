import { shared } from '../kernel/async/sharedAnswer';
import type { Caller, Service } from '../kernel/ports/contract';
import { Problem } from '../kernel/ports/problem';
import { auditService } from './audit/service';
import type { GatewayCaller } from './auth/identity';
import { createKeyService } from './auth/keys';
import { changePassword, login } from './auth/login';
import { endOwnSession, listOwnSessions, logout } from './auth/ownSessions';
import type { GatewayContract } from './contract';
import type { Deps } from './deps';
import { healthOfAll } from './http/upstream';
import type { Hub } from './live/hub';
import { eventsPage } from './live/poll';
import type { Streams } from './live/streams';
import { platformAnswers } from './onboarding/platform';
import { setUp, setupState } from './onboarding/setup';
import { selfWatchAnswer } from './selfWatch/answer';
import { serviceAnswers } from './services';
import { noUserYet } from './store/users';
import { createUserService } from './users/users';
import { whyAnswers } from './why/service';

/** The operations of the gateway. */
export function createService(deps: Deps, hub: Hub, streams: Streams): Service<GatewayContract> {
  const noUser = shared(() => noUserYet(deps.db));
  return {
    ...createUserService(deps),
    ...createKeyService(deps),
    ...auditService(deps),
    ...serviceAnswers(deps.ports),
    ...whyAnswers(deps.ports),
    ...selfWatchAnswer(deps),
    ...platformAnswers({ deps, hub, streams }),
    servicesHealth: shared(() => healthOfAll(deps.upstreams)),
    setupState: ({ token }) => setupState(deps, noUser, token),
    setup: (input, caller) => setUp(deps, input, caller),
    login: (input, caller) => login(deps, input, caller),
    changePassword: (input, caller) => changePassword(deps, input, caller),
    logout: (_input, caller) => logout(deps, caller),
    listSessions: (_input, caller) => listOwnSessions(deps, caller),
    endSession: ({ id }, caller) => endOwnSession(deps, id, caller),
    me: async (_input, caller) => me(caller),
    events: (input, caller) => eventsPage(hub, input, caller),
  };
}

function me(caller: Caller) {
  const { actor, kind, role, email, session } = caller as GatewayCaller;
  if (role === null || (kind !== 'user' && kind !== 'key')) {
    throw new Problem('forbidden', 'This needs a user or an API key.');
  }
  return { username: actor, kind, role, email, expires_at: session?.expiresAt.toISOString() ?? null };
}
