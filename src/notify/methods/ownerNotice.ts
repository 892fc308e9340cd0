import type { Db } from '../../kernel/db/pool';
import { BY_SYSTEM } from '../../kernel/events/events';
import type { Channels } from '../channels/open';
import { newNotification } from '../delivery/buildNotification';
import { acceptanceEvents } from '../delivery/stored';
import { storeNotifications } from '../store/notifications';
import { unusableBecause } from './method';
import { methodsOf } from './store';

/** The `incident_id` of notices about contact methods. */
const SUBJECT = 'contact-methods';

/**
 * Notifies a person about one of their contact methods by the other ones that are usable, else at their e-mail address. The
 * notices and their jobs are stored in the transaction; a person without any address gets none.
 */
export async function notifyOwner(
  trx: Db,
  { person, message, except, now }: { person: string; message: string; except: string; now: Date },
  channels: Channels,
): Promise<void> {
  const rows = (await addressesFor(trx, person, except, channels)).map(({ channel, recipient, methodId }) =>
    newNotification({ incident_id: SUBJECT, message }, now, {
      ...{ channel, recipient, audience: 'person' as const, reachable: true, methodId },
      ...{ refusal: null, recordsOnly: false, person: { name: person, email: person } },
    }),
  );
  if (rows.length === 0) return;
  const jobs = rows.map(({ id }) => ({ kind: 'deliver', payload: { notification_id: id } }));
  await storeNotifications(trx, now, rows, { events: acceptanceEvents(rows, BY_SYSTEM), jobs });
}

async function addressesFor(db: Db, person: string, except: string, channels: Channels) {
  const methods = (await methodsOf(db, person)).filter(
    (method) =>
      method.id !== except && unusableBecause(method, channels.of(method.channel).refusal(method.address)) === null,
  );
  if (methods.length > 0) {
    return methods.map(({ channel, address: recipient, id }) => ({ channel, recipient, methodId: id }));
  }
  return channels.all
    .filter(({ id, address }) => address.kind === 'email' && channels.of(id).refusal(person) === null)
    .map(({ id }) => ({ channel: id, recipient: person, methodId: null }));
}
