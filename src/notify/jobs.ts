import { hours, minutes } from '../kernel/clock';
import { enqueue, type HandlersOf, type JobOf, type RunningJob } from '../kernel/jobs/jobs';
import { dailyRetention } from '../kernel/jobs/retention';
import { type WalkJobs, walkHandlers } from '../kernel/jobs/walks';
import { forgetCodes } from './answers/codes';
import { makeBundle } from './bundles/send';
import { type AddressOfBundle, forgetPaces } from './bundles/store';
import { CHANNELS } from './contract';
import type { Deliver } from './delivery/deliver';
import type { OutcomeAsk, TellOutcome } from './delivery/outcomeJob';
import { bringWaitingForward, type Waiting } from './delivery/restoredChannel';
import { messageSent, type UpdateKind, updateKind } from './delivery/showIncident';
import { type UpdateDeps, updateMessages } from './delivery/updateMessages';
import { type DeliverKind, deliverKind, LANES, WALK_KIND } from './domain/lanes';
import { type FailedMethod, noteFailed } from './methods/ofDelivery';
import { forgetSends } from './methods/store';
import type { PageDue } from './pages/build';
import { pageDue } from './pages/due';
import { forgetPages } from './pages/store';
import { forgetLinks } from './store/accountLinks';
import { forgetAnswers } from './store/inboundAnswers';
import { forgetMessages, type Place } from './store/incidentMessages';
import { forgetIncidentStates } from './store/incidentStates';
import { forgetUpdates } from './store/polls';
import {
  dropMonths,
  foldTallies,
  forgetNotifications,
  forgetReceipts,
  forgetStrayAttempts,
  makeMonths,
} from './store/retention';

interface Delivery {
  notification_id: string;
  /** The provider asked for the time of this attempt. */
  asked?: true;
}

export type NotifyKinds = {
  [Kind in DeliverKind]: Delivery;
} & {
  [Kind in UpdateKind]: Place;
} & {
  /** A walk of the self-watch. */
  [WALK_KIND]: WalkJobs['walk'];
  forget_walks: WalkJobs['forget_walks'];
  deliver: Delivery;
  /** A message that shows an incident was sent. */
  message_sent: { notification_id: string };
  /** Makes attempts that wait for a restored channel due. */
  bring_forward: Waiting;
  /** One chunk of the addresses of a notice. */
  outcome: OutcomeAsk;
  /** A message to a contact method failed for good. */
  method_failed: FailedMethod;
  /** The pages that wait at an address are sent as one message. */
  bundle: AddressOfBundle;
  /** The next rule of a page is due, or its messages failed. */
  page_due: PageDue;
  retention: object;
  fold_tallies: object;
  /** Set the URL of our webhook at the provider of each channel. */
  register_webhooks: object;
};
export type NotifyJob = JobOf<NotifyKinds>;

export interface JobDeps extends UpdateDeps {
  deliver: Deliver;
  tellOutcome: TellOutcome;
  reachedWithinMs: number;
  bundleAfter: number;
  retentionDays: number;
  auditDays: number;
}

const FOLD_EVERY_MS = minutes(5);
/** An address that was set at the provider by hand, or a token that was changed, is corrected after so long. */
const REGISTER_EVERY_MS = hours(1);

/** Upkeep jobs, which enqueue themselves again at their end. Every start enqueues them; an existing one stays. */
export const UPKEEP: readonly NotifyJob[] = [
  { kind: 'retention', key: 'retention', payload: {} },
  { kind: 'fold_tallies', key: 'fold_tallies', payload: {} },
  { kind: 'register_webhooks', key: 'register_webhooks', payload: {}, reschedule: true },
];

/** A job of the kind `deliver` has no lane of its own. */
function deliveries(deliver: Deliver): HandlersOf<Pick<NotifyKinds, 'deliver' | DeliverKind>> {
  const handle = ({ notification_id }: Delivery, job: RunningJob) => deliver(notification_id, job);
  const kinds = CHANNELS.flatMap((channel) => LANES.map((lane) => [deliverKind(channel, lane), handle] as const));
  return { deliver: handle, ...(Object.fromEntries(kinds) as HandlersOf<Pick<NotifyKinds, DeliverKind>>) };
}

/** One job updates the messages of one address. */
function updates(deps: JobDeps): HandlersOf<Pick<NotifyKinds, UpdateKind>> {
  const handle = (place: Place, job: RunningJob) => updateMessages(deps, place, job);
  return Object.fromEntries(CHANNELS.map((channel) => [updateKind(channel), handle])) as HandlersOf<
    Pick<NotifyKinds, UpdateKind>
  >;
}

/** The lanes whose newest job runs first. */
export const FRESH_KINDS: readonly string[] = [...CHANNELS.map((channel) => deliverKind(channel, 'fresh')), WALK_KIND];

export function handlers(deps: JobDeps): HandlersOf<NotifyKinds> {
  const { db, clock, deliver, tellOutcome, channels, retentionDays, auditDays } = deps;
  const again = (job: NotifyJob, afterMs: number) => {
    const now = clock.now();
    return enqueue(db, now, [{ ...job, runAt: new Date(now.getTime() + afterMs) }]);
  };

  // The loop-back sink: a walk that a worker of the deliveries runs has arrived.
  const { walk, forget_walks } = walkHandlers(deps, async () => {});

  return {
    ...deliveries(deliver),
    ...updates(deps),
    message_sent: (message) => messageSent(deps, message),
    [WALK_KIND]: walk,
    forget_walks,
    bring_forward: (waiting) => bringWaitingForward({ db, clock }, waiting),
    outcome: (ask, job) => tellOutcome(ask, job),
    method_failed: (failed, job) => noteFailed(deps, failed, job),
    bundle: (at, job) => makeBundle(deps, at, job),
    page_due: (due, job) => pageDue(deps, due, job),
    async fold_tallies() {
      await foldTallies(db);
      await again({ kind: 'fold_tallies', key: 'fold_tallies', payload: {} }, FOLD_EVERY_MS);
    },
    async register_webhooks() {
      const now = clock.now();
      const outcomes = await Promise.all(channels.all.map(({ id }) => channels.of(id).register(now)));
      await again({ kind: 'register_webhooks', key: 'register_webhooks', payload: {} }, REGISTER_EVERY_MS);
      for (const outcome of outcomes) {
        if (outcome?.outcome === 'failed' && !outcome.permanent) throw new Error(outcome.reason);
      }
    },
    retention: dailyRetention({ db, clock, auditDays }, async (ago) => {
      await makeMonths(db, clock.now());
      await forgetNotifications(db, ago(retentionDays));
      await dropMonths(db, ago(retentionDays));
      await forgetStrayAttempts(db, ago(retentionDays));
      await forgetAnswers(db, ago(retentionDays));
      await forgetReceipts(db, ago(retentionDays));
      await forgetMessages(db, ago(retentionDays));
      await forgetIncidentStates(db, ago(retentionDays));
      await forgetCodes(db, clock.now());
      await forgetLinks(db, clock.now());
      await forgetUpdates(db, ago(1));
      await forgetSends(db, ago(1));
      await forgetPaces(db, ago(1));
      await forgetPages(db, ago(retentionDays));
    }),
  };
}
