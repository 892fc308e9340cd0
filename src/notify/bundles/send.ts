import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { complete, enqueue, type RunningJob } from '../../kernel/jobs/jobs';
import type { Channels } from '../channels/open';
import { newNotification } from '../delivery/buildNotification';
import { firstDelivery } from '../delivery/stored';
import { type NewNotification, storeNotifications } from '../store/notifications';
import { bundleJob } from './gather';
import { WINDOW_MS } from './pace';
import { type AddressOfBundle, assign, lockPace, type Member, saveBundled, waitingAt } from './store';
import { bundleText } from './words';

/** Makes the bundle of the pages that wait at an address. */

/** The most pages of a bundle, because an answer acts on each of their incidents. The other pages go a minute later. */
const MOST_PAGES = 100;

/**
 * The handler of `bundle`. A page whose incident was acknowledged or resolved in the meantime is cancelled and left out; a single
 * page goes by itself.
 */
export async function makeBundle(
  { db, clock, channels }: { db: Db; clock: Clock; channels: Channels },
  at: AddressOfBundle,
  job: RunningJob,
): Promise<void> {
  await db.transaction(async (trx) => {
    await lockPace(trx, at);
    const now = clock.now();
    const ignoresCase = channels.of(at.channel).definition.address.ignoresCase ?? false;
    const waiting = await waitingAt(trx, { ...at, ignoresCase }, MOST_PAGES);
    if ((await complete(trx, [job])).length === 0) return;
    const [first] = waiting;
    if (first === undefined) return;
    const ids = waiting.map(({ id }) => id);
    await saveBundled(trx, at, now);
    if (waiting.length === 1) {
      await assign(trx, ids, first.id);
      return enqueue(trx, now, [firstDelivery(first)]);
    }
    const bundle = bundleOf(first, waiting, now);
    await storeNotifications(trx, now, [bundle], { events: [], jobs: [firstDelivery(bundle)] });
    await assign(trx, ids, bundle.id);
    if (waiting.length === MOST_PAGES) await enqueue(trx, now, [bundleJob(at, new Date(now.getTime() + WINDOW_MS))]);
  });
}

/** The notification that carries pages. Its `incident_id` is its own id: its answer acts on the incident of each page. */
function bundleOf(first: Member, members: readonly Member[], now: Date): NewNotification {
  const { channel, recipient, severity, method_id: methodId, person_name, person_email: email } = first;
  const words = { incident_id: '', message: bundleText(members), severity, kind: 'bundle' as const };
  const bundle = newNotification(words, now, {
    ...{
      channel,
      recipient,
      refusal: null,
      recordsOnly: false,
      reachable: true,
      audience: 'person' as const,
      methodId,
    },
    person: { name: person_name ?? recipient, email },
  });
  return { ...bundle, incident_id: bundle.id };
}
