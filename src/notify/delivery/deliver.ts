import type { Clock } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { attributed, BY_SYSTEM, type By } from '../../kernel/events/events';
import { signLink } from '../../kernel/http/signedLinks';
import { httpLink } from '../../kernel/http/sourceLinks';
import type { Claim } from '../../kernel/jobs/jobs';
import type { Log } from '../../kernel/observe/observe';
import { idOf, type SourceLink, SourceLinks } from '../../kernel/ports/values';
import { type Message, subjectOf, type Thread } from '../channels/channel';
import type { Channels } from '../channels/open';
import type { ChannelName } from '../contract';
import { type NextState, nextState, type Outcome } from '../domain';
import { observed } from '../domain/channelHealth';
import { delayedEvent, failedEvent, sentEvent } from '../events';
import type { NotifyMetrics } from '../metrics';
import { type Begun, beginAttempt, endAttempt, endInterruptedAttempts } from '../store/attempts';
import { lockChannel, saveChannel } from '../store/channels';
import { threadStart } from '../store/threads';
import { announceRestored } from './restoredChannel';

export interface DeliveryDeps {
  db: Db;
  clock: Clock;
  log: Log;
  channels: Channels;
  metrics: NotifyMetrics;
  giveUpAfterMs: number;
  publicUrl: string;
  secretKey: string;
}

/** Makes one attempt at a notification, and saves the result and the end of its job in one statement. */
export type Deliver = (id: string, claim: Claim, by?: By) => Promise<void>;

const LINK_VALID_SECONDS = 7 * 86_400;

export function delivery(deps: DeliveryDeps): Deliver {
  const { db, clock, channels, metrics, giveUpAfterMs } = deps;

  return async (id, claim, by = BY_SYSTEM) => {
    const startedAt = clock.now();
    const begun = await beginAttempt(db, id, startedAt);
    if (begun === undefined) return;
    if (begun.attempts > 1)
      metrics.attempted(begun.channel, 'unknown', await endInterruptedAttempts(db, id, begun.attempts));
    const started = performance.now();
    const outcome = await attemptDelivery(begun, startedAt);
    const durationMs = Math.round(performance.now() - started);
    metrics.attempted(begun.channel, outcome.outcome);
    const now = clock.now();
    const { attempts: attempt, first_attempt_at: firstAttemptAt } = begun;
    const next = nextState(outcome, { now, attempt, firstAttemptAt, giveUpAfterMs, jitter: Math.random() });
    const recipient = spellingOf(begun, channels);
    const ended = { id, channel: begun.channel, recipient, attempt, startedAt, durationMs, now };
    const asked = outcome.outcome === 'failed' && outcome.retryAfterMs !== undefined;
    const again = { kind: 'deliver', payload: { notification_id: id, ...(asked && { asked }) } };
    const { decided, channelChanges } = await endAttempt(db, ended, outcome, next, {
      claim,
      events: attributed(eventsOf(begun, next, by.actor, now), by),
      jobs: next.status === 'queued' ? [{ ...again, runAt: next.nextAttemptAt }] : [],
    });
    if (decided) reportResult(begun, next, now);
    if (channelChanges || outcome.channel !== 'working') await saveHealth(deps, begun.channel, recipient, outcome);
  };

  /** A channel returns its failures. If it throws, it has a fault of its own, and the attempt is repeated. */
  async function attemptDelivery(begun: Begun, at: Date): Promise<Outcome> {
    try {
      const message = { ...messageOf(begun, at, deps), thread: await threadOf(deps, begun) };
      return await channels.of(begun.channel).deliver(message);
    } catch (error) {
      deps.log.error({ err: error, notification: begun.id, channel: begun.channel }, 'a channel failed unexpectedly');
      return { outcome: 'failed', reason: 'internal_error', permanent: false };
    }
  }

  function reportResult({ channel, created_at, id }: Begun, next: NextState, now: Date): void {
    if (next.status !== 'queued') metrics.ended(channel, next.status);
    if (next.status === 'sent') metrics.delivered(channel, (now.getTime() - created_at.getTime()) / 1_000);
    else deps.log.warn({ notification: id, channel, status: next.status, reason: next.reason }, 'not delivered');
  }
}

function eventsOf(begun: Begun, next: NextState, actor: string, at: Date) {
  if (next.status === 'sent') return [sentEvent(begun, actor, at)];
  const unsent = { ...begun, reason: next.reason };
  return next.status === 'failed'
    ? [failedEvent(unsent, actor, at)]
    : [delayedEvent(unsent, next.nextAttemptAt, actor, at)];
}

/**
 * Updates the record of the channel by the outcome of an attempt, after the attempt is saved. A crash in between loses one
 * observation, which the next attempt makes again.
 */
async function saveHealth({ db, clock }: DeliveryDeps, channel: ChannelName, recipient: string, outcome: Outcome) {
  const { channel: health } = outcome;
  if (health === undefined) return;
  const now = clock.now();
  const reason = outcome.outcome === 'failed' ? outcome.reason : null;
  await db.transaction(async (trx) => {
    const before = await lockChannel(trx, channel);
    if (before === undefined) return;
    const { after, restored } = observed(before, { health, recipient, reason, now });
    if (after !== before) await saveChannel(trx, channel, after);
    if (restored) await announceRestored(trx, [channel], now);
  });
}

/** The recipient in the one spelling that all spellings of its address share. */
const spellingOf = ({ channel, recipient }: Begun, channels: Channels): string =>
  channels.of(channel).definition.address.ignoresCase ? recipient.toLowerCase() : recipient;

type Secrets = Pick<DeliveryDeps, 'publicUrl' | 'secretKey'>;

function messageOf(row: Begun, at: Date, secrets: Secrets): Message {
  return {
    notificationId: row.id,
    incidentId: row.incident_id,
    recipient: row.recipient,
    text: row.message,
    severity: row.severity,
    links: linksOf(row, at, secrets),
    sourceLinks: sourceLinksOf(row),
    outcome: row.outcome,
    at,
  };
}

/** The links of the source of a page. The metadata of a message that a user wrote is never read for links. */
function sourceLinksOf({ audience, metadata }: Begun): SourceLink[] {
  if (audience === 'direct') return [];
  return SourceLinks.safeParse(metadata['links'] ?? []).data?.filter(({ url }) => httpLink(url) !== null) ?? [];
}

/**
 * On a channel with threads, the messages about one incident to one address form a thread with one subject. A page of
 * another severity keeps its own subject, because a phone shows nothing else. A message about no incident, such as the
 * notice of a hand-off, belongs to no thread: mailboxes group mails by subject, and each one has its own.
 */
async function threadOf({ db, channels }: Pick<DeliveryDeps, 'db' | 'channels'>, row: Begun): Promise<Thread | null> {
  const ofIncident = idOf(row.incident_id) !== null && row.audience !== 'direct';
  if (!ofIncident || !channels.of(row.channel).definition.threads) return null;
  const first = await threadStart(db, row);
  if (first === undefined) return null;
  const own = row.outcome === null && first.severity !== row.severity;
  return { notificationId: first.id, subject: subjectOf(own ? textOf(row) : textOf(first)) };
}

const textOf = ({ message: text, severity }: Pick<Begun, 'message' | 'severity'>) => ({ text, severity });

/**
 * A page has links to view and to acknowledge the incident; a message to a room and a notice only to view it. A message
 * that a user wrote has none.
 */
function linksOf(row: Begun, at: Date, { publicUrl, secretKey }: Secrets): Message['links'] {
  const incident_id = idOf(row.incident_id);
  if (incident_id === null || row.audience === 'direct') return {};
  const actor =
    row.audience === 'room'
      ? `${row.channel}:${row.recipient}`
      : (row.person_email ?? row.person_name ?? row.recipient);
  const expires = Math.floor(at.getTime() / 1_000) + LINK_VALID_SECONDS;
  const link = (purpose: 'view' | 'acknowledge') =>
    `${publicUrl}/l/${signLink(secretKey, { purpose, incident_id, actor, expires })}`;
  const acts = row.audience === 'person' && row.outcome === null;
  return { view: link('view'), ...(acts && { acknowledge: link('acknowledge') }) };
}
