import { seconds } from '../../kernel/clock';
import { type Db, withRetry } from '../../kernel/db/pool';
import { complete, enqueue, type RunningJob } from '../../kernel/jobs/jobs';
import type { Message } from '../channels/channel';
import { nextState, type Outcome } from '../domain';
import { changesOf, looksSame, type ShownState } from '../domain/incidentMessage';
import {
  beginsThread,
  firstDue,
  freeAt,
  type IncidentMessage,
  nextDueAt,
  type Place,
  renameMessage,
  saveMessage,
} from '../store/incidentMessages';
import { holdState } from '../store/incidentStates';
import { type NewNotification, type Notification, notificationById, storeNotifications } from '../store/notifications';
import { newNotification } from './buildNotification';
import type { DeliveryDeps } from './deliver';
import { messageOf } from './message';
import { updateJob } from './showIncident';
import { firstDelivery } from './stored';

/** Updates the messages of one address in place: at most one update a second, and the newest state wins. */

const PACE_MS = seconds(1);
/** A thread gets so many messages about changes; later ones are only shown in the first message. */
const MOST_DETAILS = 20;
/** A run passes over so many messages that already show the latest state. */
const MOST_CLEAN = 50;

export type UpdateDeps = Omit<DeliveryDeps, 'reloadSettings'>;

/** One update: the message as it was sent first, and the state to show. */
interface Turn {
  message: IncidentMessage;
  first: Notification;
  state: ShownState;
}

interface Result {
  outcome: Outcome;
  /** It was sent again as a new message. */
  sentAgain: boolean;
}

/**
 * Makes the update that has been due longest, and schedules the next one of this address. A repeated run after a crash makes
 * the same update again.
 */
export async function updateMessages(deps: UpdateDeps, place: Place, job: RunningJob): Promise<void> {
  const turn = await withRetry(deps.db, (trx) => nextTurn(deps, trx, place, job));
  if (turn === null) return;
  const startedAt = deps.clock.now();
  const result = await update(deps, turn, startedAt);
  deps.metrics.attempted(place.channel, result.outcome.outcome);
  await withRetry(deps.db, async (trx) => {
    await save(deps, trx, turn, result);
    await again(trx, place, job, deps.clock.now());
  });
}

/** The update to make now; null if none is due, after the next run is scheduled. */
async function nextTurn({ clock }: UpdateDeps, trx: Db, place: Place, job: RunningJob): Promise<Turn | null> {
  const now = clock.now();
  const free = await freeAt(trx, place);
  if (free === null || free <= now) {
    for (let n = 0; n < MOST_CLEAN; n++) {
      const message = await firstDue(trx, place, now);
      if (message === undefined) break;
      const state = await holdState(trx, message.incident_id);
      const first = await notificationById(trx, message.notification_id);
      if (state !== null && first && !looksSame(message.shown, state, first)) return { message, first, state };
      await saveMessage(trx, message.notification_id, { due_at: null });
    }
  }
  await again(trx, place, job, now);
  return null;
}

/** Completes the job, and schedules the next run if a message of the address is due. */
async function again(trx: Db, place: Place, job: RunningJob, now: Date): Promise<void> {
  const [due, free] = [await nextDueAt(trx, place), await freeAt(trx, place)];
  if ((await complete(trx, [job])).length === 0 || due === null) return;
  const at = Math.max(due.getTime(), free?.getTime() ?? 0, now.getTime());
  await enqueue(trx, now, [updateJob(place, new Date(at))]);
}

/** A message that the provider has lost is sent again, once; one to a person is not, because a new message notifies. */
async function update(deps: UpdateDeps, { message, first, state }: Turn, at: Date): Promise<Result> {
  const channel = deps.channels.of(message.channel);
  const refusal = channel.refusal(message.recipient);
  if (refusal !== null) {
    const outcome: Outcome = { outcome: 'failed', reason: refusal, permanent: false, slowly: true };
    return { outcome, sentAgain: false };
  }
  try {
    const content = await contentOf(deps, first, state, at);
    const outcome = await channel.update(message.provider_ref, content);
    if (outcome === null) return { outcome: CANNOT, sentAgain: false };
    const isLost = outcome.outcome === 'failed' && outcome.gone === true;
    if (!isLost || message.sent_again || message.audience !== 'room') return { outcome, sentAgain: false };
    return { outcome: await channel.deliver({ ...content, thread: null }), sentAgain: true };
  } catch (error) {
    deps.log.error({ err: error, notification: first.id, channel: message.channel }, 'an update failed unexpectedly');
    return { outcome: { outcome: 'failed', reason: 'internal_error', permanent: false }, sentAgain: false };
  }
}

const CANNOT: Outcome = { outcome: 'failed', reason: 'cannot_update', permanent: true };

/** The message as it would be sent now. */
function contentOf(deps: UpdateDeps, first: Notification, state: ShownState, at: Date): Promise<Message> {
  const { text = first.message, severity = first.severity } = state;
  const row = { ...first, message: text, severity, incident: state, first_attempt_at: first.first_attempt_at ?? at };
  return messageOf(deps, row, at);
}

async function save(deps: UpdateDeps, trx: Db, turn: Turn, { outcome, sentAgain }: Result): Promise<void> {
  const { message, first, state } = turn;
  const now = deps.clock.now();
  // An update is due again if the state changed meanwhile. The state is locked before its messages, as everywhere.
  const latest = await holdState(trx, message.incident_id);
  const paced = { free_at: new Date(now.getTime() + PACE_MS) };
  if (outcome.outcome === 'failed') return saveFailure(deps, trx, turn, outcome);
  const lines = await threadLines(deps, trx, turn);
  const details = lines === null ? 0 : 1;
  await saveMessage(trx, message.notification_id, {
    ...paced,
    ...(outcome.ref && { provider_ref: outcome.ref }),
    ...{ shown: state, due_at: latest === null || looksSame(state, latest, first) ? null : now },
    ...{ failures: 0, failing_since: null, last_error: null },
    ...{ sent_again: message.sent_again || sentAgain, details: message.details + details },
  });
  if (sentAgain && outcome.ref) await renameMessage(trx, message.notification_id, outcome.ref);
  if (lines !== null) await storeDetail(trx, detailOf(turn, lines, now), now);
}

async function saveFailure(
  deps: UpdateDeps,
  trx: Db,
  { message }: Turn,
  outcome: Outcome & { outcome: 'failed' },
): Promise<void> {
  const now = deps.clock.now();
  const since = message.failing_since ?? now;
  const pace = { now, attempt: message.failures + 1, firstAttemptAt: since, giveUpAfterMs: deps.giveUpAfterMs };
  const next = nextState(outcome, { ...pace, jitter: Math.random() });
  const { notification_id: id, channel } = message;
  const pauseMs = Math.max(PACE_MS, outcome.retryAfterMs ?? 0);
  const failed = { last_error: outcome.reason, free_at: new Date(now.getTime() + pauseMs) };
  if (next.status === 'queued') {
    const again = { due_at: next.nextAttemptAt, failures: message.failures + 1, failing_since: since };
    await saveMessage(trx, id, { ...failed, ...again });
    return;
  }
  // After it gave up, the next change of the incident is tried again.
  await saveMessage(trx, id, { ...failed, due_at: null, failures: 0, failing_since: null, ended: outcome.permanent });
  deps.log.warn({ notification: id, channel, reason: outcome.reason }, 'a message does not show the latest state');
}

/** The changes that the thread of a room names; null if there are none, or the channel has no threads. */
async function threadLines(deps: UpdateDeps, trx: Db, { message, first, state }: Turn): Promise<string[] | null> {
  const { threads } = deps.channels.of(message.channel).definition;
  if (!threads || message.audience !== 'room' || message.details >= MOST_DETAILS) return null;
  const lines = changesOf(message.shown, state, first);
  return lines.length > 0 && (await beginsThread(trx, message)) ? lines : null;
}

/** It has the severity of the first message, so that it joins its thread. */
function detailOf({ message, first }: Turn, lines: string[], now: Date): NewNotification {
  const { incident_id, channel, recipient, notification_id, details } = message;
  const words = { incident_id, message: lines.join('\n'), severity: first.severity, kind: 'detail' as const };
  const address = { channel, recipient, refusal: null, recordsOnly: false, to: 0, addressNo: 0 };
  return newNotification(words, now, { ...address, audience: 'room' }, `${notification_id}:detail:${details}`);
}

const storeDetail = (trx: Db, row: NewNotification, now: Date): Promise<boolean> =>
  storeNotifications(trx, now, [row], { events: [], jobs: [firstDelivery(row)] });
