import { randomUUID } from 'node:crypto';
import { type Clock, hours } from '../kernel/clock';
import type { Caller, Role } from '../kernel/contract';
import type { Db } from '../kernel/db';
import { record } from '../kernel/events';
import { Problem } from '../kernel/problem';
import { hashOf, newSessionToken } from './domain';
import type { GatewayCaller, Identity } from './identity';
import { insertSession } from './store/sessions';
import { noteLogin } from './store/users';

/** What a login answers. */
export interface LoggedIn {
  api_key: string;
  username: string;
  message: string;
  role: Role;
  expires_at: string;
}

const USER_AGENT_LENGTH = 255;

export const clientOf = (caller: Caller): { address: string; userAgent: string } =>
  (caller as GatewayCaller).client ?? { address: 'unknown', userAgent: '' };

/** The session a request came with. @throws Problem `forbidden` for API keys, which have none */
export function sessionOf(caller: Caller): NonNullable<Identity['session']> {
  const { session } = caller as GatewayCaller;
  if (!session) throw new Problem('forbidden', 'This needs a login; an API key has no session.');
  return session;
}

/** Begins a session in the caller's transaction. */
export async function beginSession(
  trx: Db,
  clock: Clock,
  sessionHours: number,
  user: { id: string; username: string; role: Role },
  caller: Caller,
): Promise<LoggedIn> {
  const now = clock.now();
  const expiresAt = new Date(now.getTime() + hours(sessionHours));
  const token = newSessionToken();
  const { address, userAgent } = clientOf(caller);
  const id = randomUUID();
  await insertSession(trx, {
    id,
    tokenHash: hashOf(token),
    userId: user.id,
    address,
    userAgent: userAgent.slice(0, USER_AGENT_LENGTH),
    now,
    expiresAt,
  });
  await noteLogin(trx, user.id, now);
  await record(trx, [
    { kind: 'session.began', subject: id, actor: user.username, data: { address, user_id: user.id }, at: now },
  ]);
  return {
    api_key: token,
    username: user.username,
    message: 'Login successful',
    role: user.role,
    expires_at: expiresAt.toISOString(),
  };
}
