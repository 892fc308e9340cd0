import type { Caller, Port } from '../../kernel/ports/contract';
import type { AnsweringPerson } from '../../notify/contract';
import type { OncallContract } from '../../oncall/contract';
import type { Deps } from '../deps';
import { userByEmail } from '../store/users';

/** The request in which a person acts. */
export type Origin = Pick<Caller, 'requestId'> & { trace?: string | undefined; via: string };

export const NOT_KNOWN = 'Tocsin does not know this account. Link it in Tocsin under Account → How you are reached.';
const MAY_ONLY_READ = 'You may read incidents but not change them. Ask an administrator for the role responder.';

/**
 * The person as a caller: their account if they have one, else a responder with their e-mail address. A text explains why the
 * person may not act: a stranger, a disabled account, or one that may only read.
 */
export async function callerOfPerson(
  { db, ports }: Pick<Deps, 'db' | 'ports'>,
  person: AnsweringPerson,
  { requestId, trace, via }: Origin,
): Promise<Caller | string> {
  const { name, email, known } = person;
  const common = { kind: 'user' as const, via, requestId, ...(trace !== undefined && { trace }) };
  const user = email === null ? undefined : await userByEmail(db, email);
  if (user?.disabled) return NOT_KNOWN;
  if (user?.role === 'viewer') return MAY_ONLY_READ;
  if (user) return { ...common, actor: user.username, id: user.id, role: user.role, email };
  if (!known && !(await isOnCallPerson(ports.oncall, email, common))) return NOT_KNOWN;
  return { ...common, actor: email ?? name, role: 'responder', email };
}

/** Whether a schedule or the registry knows the address. */
async function isOnCallPerson(
  oncall: Port<OncallContract>,
  email: string | null,
  { requestId }: Pick<Caller, 'requestId'>,
): Promise<boolean> {
  if (email === null) return false;
  const people = await oncall.people({}, readerOf(requestId));
  return people.some((one) => one.email.toLowerCase() === email.toLowerCase());
}

/** The gateway as a caller that only reads. */
export const readerOf = (requestId: string): Caller => ({
  actor: 'system',
  kind: 'system',
  role: 'viewer',
  email: null,
  requestId,
});
