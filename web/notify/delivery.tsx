import type { Ports } from '../ports';
import { Badge } from '../ui/marks';
import { notifications as words } from '../words/notifications';

export type Notification = Awaited<ReturnType<Ports['notify']['list']>>['notifications'][number];

const TONES = { queued: undefined, sent: 'on', failed: 'bad', cancelled: undefined } as const;

/** Ours as a sentence, a provider's as it came. */
export const reasonOf = (reason: string): string => words.reasons[reason] ?? reason;

/** What became of a message: a word, and the reason where it did not arrive. */
export const DeliveryMark = ({ of: { status, reason } }: { of: Pick<Notification, 'status' | 'reason'> }) => (
  <>
    <Badge tone={TONES[status]}>{words.status[status]}</Badge>
    {status !== 'sent' && reason !== null && <div class="small muted">{reasonOf(reason)}</div>}
  </>
);
