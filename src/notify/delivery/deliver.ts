import type { Clock } from '../../kernel/clock';
import { type Db, withRetry } from '../../kernel/db/pool';
import { attributed, BY_SYSTEM, type By } from '../../kernel/events/events';
import type { Claim } from '../../kernel/jobs/jobs';
import type { Log } from '../../kernel/observe/observe';
import { idOf } from '../../kernel/ports/values';
import { endPages } from '../bundles/end';
import { cancelIfEmpty } from '../bundles/store';
import type { Channels } from '../channels/open';
import type { ChannelName } from '../contract';
import { type NextState, nextState, type Outcome } from '../domain';
import { observed } from '../domain/channelHealth';
import type { ShownState } from '../domain/incidentMessage';
import { deliverKind, laneOf } from '../domain/lanes';
import { delayedEvent, failedEvent, sentEvent } from '../events';
import { jobsAfterEnd, jobsAfterRetry, noteAccepted } from '../methods/ofDelivery';
import type { NotifyMetrics } from '../metrics';
import { type Begun, beginAttempt, endAttempt, endInterruptedAttempts } from '../store/attempts';
import { lockChannel, saveChannel } from '../store/channels';
import { saveMove } from '../store/movedAddresses';
import { messageOf, spellingOf } from './message';
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
  /** Applies the settings that are stored now: another process may have stored them a moment ago. */
  reloadSettings: () => Promise<void>;
}

/** Makes one attempt at a notification, and saves the result and the end of its job in one statement. */
export type Deliver = (id: string, claim: Claim, by?: By) => Promise<void>;

export function delivery(deps: DeliveryDeps): Deliver {
  const { db, clock, channels, metrics, giveUpAfterMs } = deps;

  return async (id, claim, by = BY_SYSTEM) => {
    const startedAt = clock.now();
    const begun = await beginAttempt(db, id, startedAt);
    if (begun === undefined) {
      await cancelIfEmpty(db, id);
      return;
    }
    if (begun.attempts > 1)
      metrics.attempted(begun.channel, 'unknown', await endInterruptedAttempts(db, id, begun.attempts));
    const started = performance.now();
    const outcome = await attemptDelivery(begun, startedAt);
    const durationMs = Math.round(performance.now() - started);
    metrics.attempted(begun.channel, outcome.outcome);
    const now = clock.now();
    const { movedTo } = outcome;
    if (movedTo !== undefined)
      await saveMove(db, { channel: begun.channel, address: begun.recipient, movedTo, at: now });
    const { attempts: attempt, first_attempt_at: firstAttemptAt } = begun;
    const next = nextState(outcome, { now, attempt, firstAttemptAt, giveUpAfterMs, jitter: Math.random() });
    const recipient = spellingOf(begun, channels);
    const shown = updatesOf(begun, channels, outcome);
    const ended = { id, channel: begun.channel, recipient, attempt, startedAt, durationMs, now, shown };
    const asked = outcome.outcome === 'failed' && outcome.retryAfterMs !== undefined;
    const kind = deliverKind(begun.channel, laneOf(begun, attempt));
    const again = { kind, payload: { notification_id: id, ...(asked && { asked }) } };
    const { decided, channelChanges } = await endOf(
      deps,
      begun,
      next,
      by,
      now,
    )((trx) =>
      endAttempt(trx, ended, outcome, next, {
        claim,
        events: attributed(eventsOf(begun, next, by.actor, now), by),
        jobs:
          next.status === 'queued'
            ? [{ ...again, runAt: next.nextAttemptAt }, ...jobsAfterRetry(begun, outcome, now)]
            : [...jobsAfterEnd(begun, outcome, next), ...(shown ? [sentJob(id)] : [])],
      }),
    );
    if (decided) reportResult(begun, next, now);
    if (decided && next.status === 'sent') await noteAccepted(deps, begun, now);
    if (channelChanges || outcome.channel !== 'working') await saveHealth(deps, begun.channel, recipient, outcome);
  };

  /** A channel returns its failures. If it throws, it has a fault of its own, and the attempt is repeated. */
  async function attemptDelivery(begun: Begun, at: Date): Promise<Outcome> {
    try {
      if (channels.of(begun.channel).refusal(begun.recipient) !== null) await deps.reloadSettings();
      return await channels.of(begun.channel).deliver(await messageOf(deps, begun, at));
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

/** Ends an attempt; if it ended a bundle, the pages of the bundle end in the same transaction. */
const endOf =
  ({ db }: DeliveryDeps, begun: Begun, next: NextState, by: By, now: Date) =>
  (end: (trx: Db) => ReturnType<typeof endAttempt>): ReturnType<typeof endAttempt> =>
    begun.kind !== 'bundle' || next.status === 'queued'
      ? end(db)
      : withRetry(db, async (trx) => {
          const ended = await end(trx);
          if (ended.decided) await endPages(trx, begun, next, { by, now });
          return ended;
        });

/** The state that a sent message shows, if it is updated in place from now on. */
function updatesOf(begun: Begun, channels: Channels, outcome: Outcome): { state: ShownState | null } | undefined {
  const { incident_id, audience, kind, incident } = begun;
  const shows = idOf(incident_id) !== null && audience !== 'direct' && begun.outcome === null && kind === null;
  const { update } = channels.of(begun.channel).definition;
  if (!shows || update === undefined || outcome.outcome !== 'sent' || outcome.ref === undefined) return undefined;
  return { state: incident };
}

const sentJob = (id: string) => ({ kind: 'message_sent' as const, payload: { notification_id: id } });

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
