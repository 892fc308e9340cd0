import type { Db } from '../../kernel/db/pool';
import type { Service } from '../../kernel/ports/contract';
import { type Gathering, hasPages, storePages } from '../bundles/gather';
import { WINDOW_MS } from '../bundles/pace';
import type { NotifyContract, Target } from '../contract';
import { newNotification } from '../delivery/buildNotification';
import { acceptanceEvents, countStored, firstDelivery } from '../delivery/stored';
import { type Address, type Addressed, resolveTargets, type Setup } from '../domain';
import type { MethodDeps } from '../methods/deps';
import type { NotifyMetrics } from '../metrics';
import { notifiedTargets } from '../present';
import { urgencyOf } from '../rules/rules';
import { shownRecipient } from '../shownRecipient';
import { incidentStateRow } from '../store/incidentStates';
import {
  type NewNotification,
  type Notification,
  notificationsOfCommand,
  storeNotifications,
} from '../store/notifications';
import { previewTargets } from './build';
import { noticePlans } from './noticePlans';
import { type PagePlan, planPages } from './plan';
import { firstNotifications, storedPlans, storePaged, targetsOf } from './tell';
import { reasonsOf } from './whyNot';

/** The commands to notify people and rooms, and their preview. */

interface TellDeps extends Pick<MethodDeps, 'db' | 'clock' | 'channels' | 'poke'>, Gathering {
  metrics: NotifyMetrics;
  setup: Setup;
  refusalOf: (address: Address) => string | null;
  reachedWithinMs: number;
}
type Command = Parameters<Service<NotifyContract>['tell']>[0];
type Told = Awaited<ReturnType<Service<NotifyContract>['tell']>>;

/**
 * Notifies people and rooms. A person with usable contact methods is paged by their rules; any other one at the address of
 * their schedule entry. State and jobs commit together, and the same key is the same command.
 */
export async function tellCommand(
  deps: TellDeps,
  { key, to, links, calendar, incident, notice = false, step_waits = false, ...words }: Command,
  caller: Parameters<Service<NotifyContract>['tell']>[1],
): Promise<Told> {
  const { db, clock, metrics, reachedWithinMs } = deps;
  const done = metrics.processing();
  const now = clock.now();
  const metadata = { ...(links.length > 0 && { links }), ...(calendar !== undefined && { calendar }) };
  const message = { ...words, metadata };
  const urgency = notice ? 'low' : urgencyOf(words.severity);
  const found = await planPages(deps, to, urgency, now);
  const plans = [...found.values()];
  const command = { key, ...message, urgency, now } as const;
  const rows = [
    ...addressedOf(deps, to, found).map((address) => newNotification(message, now, address, key)),
    ...(notice ? noticesOf(await noticePlans(deps, plans), command) : firstNotifications(plans, command)),
  ];
  const parts = {
    events: acceptanceEvents(rows, caller),
    incident: incident && incidentStateRow(words.incident_id, incident, now),
  };
  const paged = plans.length > 0 && !notice;
  const fresh = paged
    ? await storePaged(deps, { rows, parts, stepWaits: step_waits, reachedWithinMs }, plans, command)
    : await storeDirect(deps, rows, { parts, isNotice: notice, now });
  if (fresh) {
    deps.poke();
    countStored(metrics, rows);
    metrics.unreachable(rows.filter(({ audience, reachable }) => audience === 'person' && !reachable).length);
  }
  done();
  const known = fresh || !paged ? plans : await storedPlans(db, key, plans);
  const stored = fresh ? rows : await notificationsOfCommand(db, key);
  return {
    told: [...notifiedOf(stored, known, reachedWithinMs), ...(paged ? targetsOf(known) : [])].sort(
      (a, b) => a.to - b.to,
    ),
  };
}

/** Stores a command without planned pages. A notice is no page and waits for no bundle. */
function storeDirect(
  { db, ...gathering }: Gathering & { db: Db },
  rows: readonly NewNotification[],
  { parts, isNotice, now }: { parts: Parameters<typeof storePages>[3]; isNotice: boolean; now: Date },
): Promise<boolean> {
  if (!isNotice && gathering.bundleAfter > 0 && hasPages(rows))
    return db.transaction((trx) => storePages(trx, gathering, rows, parts, now));
  const queued = rows.filter(({ status }) => status === 'queued');
  return storeNotifications(db, now, rows, { ...parts, jobs: queued.map(firstDelivery) });
}

/** The addresses of rooms and of people without a plan. */
const addressedOf = (
  { setup, refusalOf }: TellDeps,
  to: readonly Target[],
  plans: ReadonlyMap<number, PagePlan>,
): Addressed[] =>
  plans.size === 0
    ? resolveTargets(to, setup, refusalOf)
    : resolveTargets(to, setup, refusalOf).filter((address) => !plans.has(address.to));

/** A notice is sent once and is no page. */
const noticesOf = (plans: readonly PagePlan[], command: Parameters<typeof firstNotifications>[1]): NewNotification[] =>
  firstNotifications(plans, command).map((row) => ({ ...row, page_id: null, rule_no: null }));

/** The stored messages of the first rules, with their pages. */
function notifiedOf(
  rows: readonly (Notification | NewNotification)[],
  plans: readonly PagePlan[],
  reachedWithinMs: number,
) {
  const rules = new Map(plans.map((plan) => [plan.id, plan.rules.length]));
  return rows
    .filter(({ rule_no }) => (rule_no ?? 0) === 0)
    .flatMap((row) => {
      const own = row.page_id === null ? 1 : (rules.get(row.page_id) ?? 1);
      // A message that waits for a bundle is accepted later by up to the time of the bundle.
      const waits = row.gathered_until === null ? 0 : Math.ceil(WINDOW_MS / reachedWithinMs);
      const page = row.page_id === null ? {} : { page_id: row.page_id };
      const counted = row.page_id === null && waits === 0 ? {} : { rules: own * (1 + waits) };
      return notifiedTargets([row]).map((target) => ({ ...target, ...page, ...counted }));
    });
}

/** The same without effects: by which channels each target would be notified, and after how many minutes. */
export async function previewCommand(
  deps: TellDeps,
  { to, severity = null, at }: Parameters<Service<NotifyContract>['wouldTell']>[0],
): ReturnType<Service<NotifyContract>['wouldTell']> {
  const now = at === undefined ? deps.clock.now() : new Date(at);
  const plans = await planPages(deps, to, urgencyOf(severity), now);
  const addressed = addressedOf(deps, to, plans);
  const whyNot = await reasonsOf(deps, addressed);
  const direct = addressed.map((address) => ({
    ...{ to: address.to, channel: address.channel, reachable: address.reachable },
    recipient: shownRecipient(address),
    ...(!address.reachable && { why_not: whyNot(address) }),
  }));
  const planned = [...plans.values()].flatMap(previewTargets).map((target) => ({
    ...target,
    recipient: shownRecipient(target),
  }));
  return { told: [...direct, ...planned].sort((a, b) => a.to - b.to) };
}
