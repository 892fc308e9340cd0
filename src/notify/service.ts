import type * as z from 'zod';
import { type Clock, hours } from '../kernel/clock';
import { claimKey } from '../kernel/db/idempotency';
import type { Db } from '../kernel/db/pool';
import { type By, record } from '../kernel/events/events';
import type { EventsFeed } from '../kernel/events/feed';
import { type Claim, enqueue, enqueueClaimed } from '../kernel/jobs/jobs';
import { moduleStatus } from '../kernel/jobs/status';
import { walkAnswers } from '../kernel/jobs/walks';
import { maySeeSecrets } from '../kernel/mask';
import type { Log } from '../kernel/observe/observe';
import type { Caller, Service } from '../kernel/ports/contract';
import { Problem } from '../kernel/ports/problem';
import { idOf } from '../kernel/ports/values';
import type { SecretBox } from '../kernel/secretBox';
import { channelAnswers } from './channelOps';
import type { Channels } from './channels/open';
import type { ChannelName, NotifyContract } from './contract';
import { newNotification } from './delivery/buildNotification';
import type { Deliver } from './delivery/deliver';
import type { ApplyReceipts } from './delivery/receipts';
import { showIncident } from './delivery/showIncident';
import { acceptanceEvents, countStored, firstDelivery } from './delivery/stored';
import { recordersOf, type Setup } from './domain';
import { WALK_KIND } from './domain/lanes';
import { cancelledEvent } from './events';
import { inboundAnswers } from './inbound/service';
import type { NotifyJob } from './jobs';
import type { SendNow } from './methods/deps';
import { methodAnswers } from './methods/service';
import type { NotifyMetrics } from './metrics';
import { previewCommand, tellCommand } from './pages/command';
import { reachAnswers } from './pages/reach';
import { pageAnswers } from './pages/service';
import { cancelPages } from './pages/store';
import { answerOf, attemptAnswerOf, bundleOf, deliveryAnswerOf, receiptAnswerOf, statsOf } from './present';
import { pushKeyAnswer } from './pushKey';
import { ruleAnswers } from './rules/service';
import type { LiveSettings } from './settings/live';
import { SHORTENED } from './shownRecipient';
import { attemptsOf } from './store/attempts';
import { deliveriesSince } from './store/deliveries';
import { attemptsOfAll, countNotifications, pageOfNotifications } from './store/lists';
import {
  cancelWaiting,
  forgetOutcome,
  type NewNotification,
  type Notification,
  notificationById,
  storeNotifications,
  tallies,
} from './store/notifications';
import { receiptsOf } from './store/receipts';

export interface ServiceDeps {
  db: Db;
  clock: Clock;
  log: Log;
  channels: Channels;
  box: SecretBox;
  settings: LiveSettings;
  publicUrl: string;
  metrics: NotifyMetrics;
  deliver: Deliver;
  feed: EventsFeed;
  /** Wakes the worker of this process right after a commit, without a wait for NOTIFY. */
  poke: () => void;
  timeoutMs: number;
  defaultRoom: string | null;
  reachedWithinMs: number;
  bundleAfter: number;
  /** Verifies the tokens of answers, and keys the hashes of verification codes. */
  secretKey: string;
  applyReceipts: ApplyReceipts;
}

const OF_INCIDENT_SHOWN = 200;
/** How much longer than its deadline an attempt can take, before another worker takes over. */
const LEASE_SLACK_MS = 5_000;

type Correction = NonNullable<z.output<NotifyContract['cancel']['input']>['correction']>;

/** The job that corrects notices of an outcome that was taken back. */
function correctionJob(
  incident_id: string,
  { key, outcomes, ...words }: Correction,
  before: string | undefined,
): NotifyJob {
  const corrects = { outcomes, before: before ?? null };
  const payload = { ...words, key, incident_id, outcome: 'taken_back' as const, corrects, chunk: 0, after: null };
  return { kind: 'outcome', key: `outcome:${key}`, payload };
}

type NotificationAnswers = Omit<
  Service<NotifyContract>,
  | keyof ReturnType<typeof channelAnswers>
  | keyof ReturnType<typeof inboundAnswers>
  | keyof ReturnType<typeof methodAnswers>
  | keyof ReturnType<typeof ruleAnswers>
  | keyof ReturnType<typeof pageAnswers>
  | keyof ReturnType<typeof reachAnswers>
  | keyof ReturnType<typeof pushKeyAnswer>
>;

export function notifyService(deps: ServiceDeps): Service<NotifyContract> {
  const sendNow = sender(deps);
  const answers = notificationAnswers(deps, sendNow);
  return {
    ...answers,
    ...channelAnswers({ ...deps, notify: answers.notify }),
    ...inboundAnswers(deps),
    ...pushKeyAnswer(deps.channels),
    ...methodAnswers({ ...deps, sendNow }),
    ...ruleAnswers(deps),
    ...pageAnswers({ ...deps, tell: answers.tell }),
    ...reachAnswers(deps),
  };
}

/** Sends single messages: each one is tried within the request, so that the answer holds its true status. */
function sender(deps: ServiceDeps): SendNow {
  const { db, clock, channels, metrics } = deps;
  /** Stores one notification and claims its delivery for this request; a repeated command finds the first one. */
  async function accept(
    row: NewNotification,
    input: object,
    caller: Caller,
  ): Promise<{ id: string; fresh: boolean; claim?: Claim | undefined }> {
    return db.transaction(async (trx) => {
      const command = { operation: 'notify', input, resourceId: row.id };
      const first = await claimKey(trx, row.created_at, caller, command);
      if (first !== null) return { id: first, fresh: false };
      await storeNotifications(trx, row.created_at, [row], { events: acceptanceEvents([row], caller), jobs: [] });
      if (row.status !== 'queued') return { id: row.id, fresh: true };
      const job = firstDelivery(row);
      const [claim] = await enqueueClaimed(trx, row.created_at, [job], deps.timeoutMs + LEASE_SLACK_MS);
      return { id: row.id, fresh: true, claim };
    });
  }

  /** The first attempt, at once. If it cannot be completed, the job makes it later, and the answer is `queued`. */
  async function tryNow(id: string, claim: Claim, by: By): Promise<void> {
    try {
      await deps.deliver(id, claim, by);
    } catch (error) {
      deps.log.warn({ err: error, notification: id }, 'first delivery attempt failed; the job will retry');
    }
  }

  return async (input, caller, methodId) => {
    const done = metrics.processing();
    const recordsOnly = channels.of(input.channel).definition.recordsOnly ?? false;
    const refusal = channels.of(input.channel).refusal(input.recipient);
    const words = { ...input, ...(methodId !== null && { kind: 'test' as const }) };
    const row = newNotification(words, clock.now(), { ...input, refusal, recordsOnly, methodId });
    const { id, fresh, claim } = await accept(row, input, caller);
    if (fresh) countStored(metrics, [row]);
    if (claim !== undefined) await tryNow(id, claim, caller);
    done();
    return answerOf(fresh && claim === undefined ? row : await foundIn(db, id));
  };
}

/** @throws Problem `not-found` */
async function foundIn(db: Db, id: string): Promise<Notification> {
  const row = await notificationById(db, id);
  if (row === undefined) throw new Problem('not-found', 'Notification not found');
  return row;
}

function notificationAnswers(deps: ServiceDeps, sendNow: SendNow): NotificationAnswers {
  const { db, clock, channels, metrics, feed } = deps;
  const setup: Setup = {
    channels: channels.all,
    configured: (name) => channels.of(name).configured(),
    defaultRoom: deps.defaultRoom,
  };
  const refusalOf = ({ channel, recipient }: { channel: ChannelName; recipient: string }) =>
    channels.of(channel).refusal(recipient);

  return {
    notify: (input, caller) => sendNow(input, caller, null),

    tell: (command, caller) => tellCommand({ ...deps, setup, refusalOf }, command, caller),

    async tellOutcome(ask) {
      const job: NotifyJob = { kind: 'outcome', key: `outcome:${ask.key}`, payload: { ...ask, chunk: 0, after: null } };
      await enqueue(db, clock.now(), [job]);
      deps.poke();
      return {};
    },

    showIncident: showIncident(deps),

    wouldTell: (ask) => previewCommand({ ...deps, setup, refusalOf }, ask),

    async cancel({ incident_id, reason, told_before, person, outcome, correction }, caller) {
      const cancelled = await db.transaction(async (trx) => {
        if (outcome === undefined) await cancelPages(trx, incident_id, { reason, before: told_before, person });
        if (outcome !== undefined) await forgetOutcome(trx, incident_id, outcome, told_before);
        const rows = await cancelWaiting(trx, incident_id, { reason, createdBefore: told_before, person, outcome });
        const ids = rows.map(({ id }) => id);
        if (ids.length > 0)
          await record(trx, [cancelledEvent(incident_id, ids, reason, caller.actor, clock.now())], caller);
        if (correction !== undefined)
          await enqueue(trx, clock.now(), [correctionJob(incident_id, correction, told_before)]);
        return rows;
      });
      if (correction !== undefined) deps.poke();
      for (const { channel } of cancelled) metrics.ended(channel, 'cancelled');
      return { cancelled: cancelled.length };
    },

    async list({ page, per_page, ...asked }, { role }) {
      const filter = { ...asked, ...(!maySeeSecrets(role) && { concealed: SHORTENED }) };
      const [total, rows] = await Promise.all([
        countNotifications(db, filter),
        pageOfNotifications(db, filter, { limit: per_page, offset: (page - 1) * per_page }),
      ]);
      return { total, page, per_page, notifications: rows.map(answerOf) };
    },

    async ofIncident({ incident_id }) {
      const filter = { incident_id };
      const [total, rows] = await Promise.all([
        countNotifications(db, filter),
        pageOfNotifications(db, filter, { limit: OF_INCIDENT_SHOWN, offset: 0 }),
      ]);
      // A page that went in a bundle shows the attempts at the bundle.
      const ids = rows.map(({ id, bundle_id }) => bundle_id ?? id);
      const [attempts, receipts] = await Promise.all([attemptsOfAll(db, ids), receiptsOf(db, ids)]);
      const of = <T extends { notification_id: string }>(all: readonly T[], id: string) =>
        all.filter(({ notification_id }) => notification_id === id);
      return {
        total,
        notifications: rows.map((row) => {
          const carrier = row.bundle_id ?? row.id;
          return deliveryAnswerOf(row, of(attempts, carrier), of(receipts, carrier));
        }),
      };
    },

    async get({ id }) {
      const known = idOf(id);
      if (known === null) throw new Problem('not-found', 'Notification not found');
      const row = await foundIn(db, known);
      const [attempts, receipts] = await Promise.all([attemptsOf(db, known), receiptsOf(db, [known])]);
      return {
        ...answerOf(row),
        metadata: row.metadata,
        sent_at: row.sent_at?.toISOString() ?? null,
        delivered_at: row.delivered_at?.toISOString() ?? null,
        bundle_id: bundleOf(row),
        attempts: attempts.map(attemptAnswerOf),
        receipts: receipts.map(receiptAnswerOf),
      };
    },

    async deliveries({ hours: span }) {
      const since = new Date(clock.now().getTime() - hours(span));
      return { since: since.toISOString(), ...(await deliveriesSince(db, since, recordersOf(channels.all))) };
    },

    statsSummary: async () => statsOf(await tallies(db)),

    ...walkAnswers({ db, clock, kind: WALK_KIND }),
    standing: moduleStatus(db, clock),
    events: ({ after, wait_ms, limit }) => feed.wait(after ?? null, wait_ms, limit),
  };
}
