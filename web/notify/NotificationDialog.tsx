import type { ComponentChild } from 'preact';
import { ProblemBanner } from '../live/problems';
import { ports } from '../ports';
import { notifications } from '../text/notifications';
import { Facts, Skeleton } from '../ui/card';
import { Dialog } from '../ui/dialog';
import { At } from '../ui/time';
import { when } from '../ui/times';
import { useQuery } from '../useQuery';
import { Attempts, DeliveryMark, Incident, Receipts } from './delivery';

const { dialog: words } = notifications;

/** One notification with all its attempts. */
export function NotificationDialog({ id, onClose }: { id: string; onClose(): void }) {
  const asked = useQuery(`notification-${id}`, () => ports.notify.get({ id }), {
    modules: ['notify'],
    by: ({ subject, data }) => subject === id || data['notification_id'] === id,
  });
  const of = asked.value;
  return (
    <Dialog title={notifications.details} onClose={onClose}>
      {asked.problem && <ProblemBanner problem={asked.problem} onAgain={asked.again} />}
      {!of && !asked.problem && <Skeleton rows={3} />}
      {of && (
        <>
          <p>{of.message}</p>
          <Facts
            of={[
              [words.status, <DeliveryMark of={of} />],
              [words.to, of.recipient],
              [words.channel, notifications.channelTitle(of.channel)],
              [words.incident, <Incident id={of.incident_id} />],
              [words.queued, <At at={of.created_at}>{when(of.created_at)}</At>],
              ...(of.delivered_at === null
                ? []
                : [
                    [words.delivered, <At at={of.delivered_at}>{when(of.delivered_at)}</At>] as [
                      string,
                      ComponentChild,
                    ],
                  ]),
            ]}
          />
          {of.attempts.length === 0 ? <p class="second">{words.noAttempts}</p> : <Attempts of={of.attempts} />}
          <Receipts of={of.receipts} />
        </>
      )}
    </Dialog>
  );
}
