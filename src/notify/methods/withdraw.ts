import type { Db } from '../../kernel/db/pool';
import { recheckPages } from '../pages/recheck';
import type { ContactMethod } from './method';
import { cancelQueuedTo } from './store';

/** Cancels what still waits for a method that must not be used any more; the pages of its owner go on by the other methods. */
export async function withdrawMessages(
  trx: Db,
  { id, person_email }: Pick<ContactMethod, 'id' | 'person_email'>,
  reason: 'method_deleted' | 'method_disabled' | 'stopped_by_recipient',
  now: Date,
): Promise<void> {
  await cancelQueuedTo(trx, [id], reason);
  await recheckPages(trx, person_email, now);
}
