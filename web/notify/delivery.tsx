import { hrefOfIncident } from '../incidents/cells';
import type { Ports } from '../ports';
import { channelWords } from '../text/channels';
import { notifications as words } from '../text/notifications';
import { Badge } from '../ui/icons';
import { At } from '../ui/time';
import { clockSeconds, took } from '../ui/times';

const { dialog } = words;

export type Notification = Awaited<ReturnType<Ports['notify']['list']>>['notifications'][number];

const TONES = {
  queued: undefined,
  sent: 'on',
  delivered: 'on',
  undelivered: 'bad',
  failed: 'bad',
  cancelled: undefined,
  recorded: 'warn',
} as const;

/** Our reason as a sentence; the reason of a provider unchanged. */
export const reasonOf = (reason: string): string => words.reasons[reason] ?? reason;

type Attempt = Awaited<ReturnType<Ports['notify']['get']>>['attempts'][number];

/** All attempts in order, with their results. */
export const Attempts = ({ of }: { of: readonly Attempt[] }) => (
  <ol class="stack tight">
    {of.map(({ attempt, outcome, reason, receipt, started_at, duration_ms }) => (
      <li key={attempt}>
        <strong>{dialog.attempt(attempt)}</strong> <At at={started_at}>{clockSeconds(started_at)}</At>:{' '}
        {dialog.outcome[outcome]} {dialog.in(took(duration_ms))}
        {reason !== null && <div class="small second">{reasonOf(reason)}</div>}
        {receipt !== null && <div class="small muted mono">{dialog.receipt(receipt)}</div>}
      </li>
    ))}
  </ol>
);

type Receipt = Awaited<ReturnType<Ports['notify']['get']>>['receipts'][number];

/** What the provider reported after it accepted the message. */
export const Receipts = ({ of }: { of: readonly Receipt[] }) =>
  of.length === 0 ? null : (
    <ol class="stack tight">
      {of.map(({ attempt, state, reason, at }) => (
        <li key={`${attempt} ${state}`}>
          {dialog.reported(dialog.receiptStates[state])} <At at={at}>{clockSeconds(at)}</At>
          {reason !== null && <div class="small second">{reasonOf(reason)}</div>}
        </li>
      ))}
    </ol>
  );

/** A manual message to a channel that only records has the status `sent`, for compatibility, but reached no one. */
export const DeliveryBadge = ({ channel, status }: Pick<Notification, 'channel' | 'status'>) =>
  channelWords[channel]?.recordsOnly && status === 'sent' ? (
    <Badge tone={TONES.recorded}>{words.status.recorded}</Badge>
  ) : (
    <Badge tone={TONES[status]}>{words.status[status]}</Badge>
  );

/** The result of a notification: a word, and the reason if it was not delivered. */
export const DeliveryMark = ({
  of: { channel, status, reason },
}: {
  of: Pick<Notification, 'channel' | 'status' | 'reason'>;
}) => (
  <>
    <DeliveryBadge channel={channel} status={status} />
    {status !== 'sent' && status !== 'delivered' && reason !== null && (
      <div class="small muted">{reasonOf(reason)}</div>
    )}
  </>
);

const UUID = /^[0-9a-f-]{36}$/;

/** A manual notification can name an incident of another system. */
export const Incident = ({ id }: { id: string }) =>
  UUID.test(id) ? (
    <a href={hrefOfIncident(id)} class="mono">
      {id.slice(0, 8)}
    </a>
  ) : (
    <span class="mono">{id}</span>
  );
