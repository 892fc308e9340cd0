import { randomUUID } from 'node:crypto';
import { type Clock, hours } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import type { Caller, Role } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import { recordOwn } from '../audit/record';
import type { Session } from '../contract';
import { hashOf, newSessionToken } from '../domain';
import { insertSession, type SessionRow } from '../store/sessions';
import { noteLogin } from '../store/users';
import type { GatewayCaller, Identity } from './identity';

/** The answer to a login. */
export interface LoggedIn {
  api_key: string;
  username: string;
  message: string;
  role: Role;
  expires_at: string;
}

const USER_AGENT_LENGTH = 255;

/** Address, browser and device cookie of a caller. */
export const clientOf = (caller: Caller): NonNullable<GatewayCaller['client']> =>
  (caller as GatewayCaller).client ?? { address: 'unknown', userAgent: '' };

/** The session of a request. @throws Problem `forbidden` for API keys, which have none */
export function sessionOf(caller: Caller): NonNullable<Identity['session']> {
  const { session } = caller as GatewayCaller;
  if (!session) throw new Problem('forbidden', 'This needs a login; an API key has no session.');
  return session;
}

/** A session as the API shows it; `current` is the id of the caller's session. */
export const shownSession = (
  { created_at, last_seen_at, expires_at, ...row }: SessionRow,
  current?: string,
): Session => ({
  ...row,
  current: row.id === current,
  created_at: created_at.toISOString(),
  last_seen_at: last_seen_at?.toISOString() ?? null,
  expires_at: expires_at.toISOString(),
});

/** Begins a session in the transaction `trx`. */
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
  await recordOwn(
    trx,
    [{ kind: 'session.began', subject: id, actor: user.username, data: { address, user_id: user.id }, at: now }],
    { actor: user.username, kind: 'user' },
  );
  return {
    api_key: token,
    username: user.username,
    message: 'Login successful',
    role: user.role,
    expires_at: expiresAt.toISOString(),
  };
}
