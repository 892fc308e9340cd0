import type { Db } from '../../kernel/db/pool';
import { enqueue } from '../../kernel/jobs/jobs';
import { readerOf } from '../answers/person';
import type { Deps } from '../deps';
import { userByEmail } from '../store/users';

/** The contact methods of a person whose account is deleted. */

export interface Erasure {
  email: string;
}

/** Enqueues the erasure in the transaction that deletes the account. The job is retried until notify has done it. */
export const enqueueErasure = (trx: Db, email: string | null, now: Date): Promise<void> =>
  email === null ? Promise.resolve() : enqueue(trx, now, [{ kind: 'erase_person', payload: { email } }]);

/** Erases the contact methods and rules, unless the person has an account again, or is on call without one and must be paged. */
export async function erasePerson({ db, ports }: Pick<Deps, 'db' | 'ports'>, { email }: Erasure): Promise<void> {
  const reader = readerOf(`erase-${email}`);
  if ((await userByEmail(db, email)) !== undefined) return;
  const people = await ports.oncall.people({}, reader);
  if (people.some((person) => person.email.toLowerCase() === email.toLowerCase())) return;
  await ports.notify.erasePerson({ person: email }, reader);
}
