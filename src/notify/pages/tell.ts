import { type Db, withRetry } from '../../kernel/db/pool';
import { enqueue } from '../../kernel/jobs/jobs';
import { type Gathering, storePages } from '../bundles/gather';
import type { ResolvedRule, Urgency } from '../rules/rules';
import type { NewNotification } from '../store/notifications';
import { dueJob, type PlannedTarget, pageRow, plannedTargets, ruleNotifications } from './build';
import type { PagePlan } from './plan';
import { dropHeld, insertPages, pagesOfCommand } from './store';

/** The part of a command that pages people by their rules. */

export interface PagedCommand {
  key: string;
  incident_id: string;
  message: string;
  severity: string | null;
  metadata: Record<string, unknown>;
  urgency: Urgency;
  now: Date;
}

const MINUTE_MS = 60_000;

/** The first notifications of the plans that are not held. */
export const firstNotifications = (plans: readonly PagePlan[], command: PagedCommand): NewNotification[] =>
  plans
    .filter(({ heldUntil }) => heldUntil === null)
    .flatMap((plan) => {
      const start = { ruleNo: 0, before: 0, now: command.now };
      return ruleNotifications(pageRow(plan, command), plan.rules[0] as ResolvedRule, start);
    });

interface Stored {
  rows: readonly NewNotification[];
  parts: Parameters<typeof storePages>[3];
  /** The caller runs the step again when quiet hours end, if they hold all of its people. */
  stepWaits: boolean;
  /** After this time without acceptance the next rule starts. */
  reachedWithinMs: number;
}

/** Stores notifications and pages of a command with their jobs; false, and nothing, if it was stored before. */
export function storePaged(
  { db, ...gathering }: Gathering & { db: Db },
  { rows, parts, stepWaits, reachedWithinMs }: Stored,
  plans: readonly PagePlan[],
  command: PagedCommand,
): Promise<boolean> {
  const { now, incident_id } = command;
  return withRetry(db, async (trx) => {
    const pages = plans.map((plan) => pageRow(plan, command));
    if ((await insertPages(trx, pages)) === 0) return false;
    // Pages are locked before the paces of addresses, as by the job of a page that is due.
    const replaced = plans.filter(({ heldUntil }) => heldUntil === null).map(({ person }) => person.email);
    if (replaced.length > 0) await dropHeld(trx, incident_id, replaced);
    if (rows.length > 0) await storePages(trx, gathering, rows, parts, now);
    const waits = stepWaits && plans.every(({ heldUntil }) => heldUntil !== null) && !rows.some(isToPerson);
    const dueAt = ({ heldUntil, rules }: PagePlan) =>
      heldUntil ??
      new Date(
        now.getTime() + Math.min(reachedWithinMs, (rules[1]?.afterMinutes ?? Number.POSITIVE_INFINITY) * MINUTE_MS),
      );
    await enqueue(trx, now, waits ? [] : plans.map((plan) => dueJob(plan.id, dueAt(plan))));
    return true;
  });
}

const isToPerson = ({ audience, reachable }: NewNotification): boolean => audience === 'person' && reachable;

/** The plans with the pages of a command that was stored before. */
export async function storedPlans(db: Db, key: string, plans: readonly PagePlan[]): Promise<PagePlan[]> {
  const stored = new Map((await pagesOfCommand(db, key)).map((page) => [page.told_to, page]));
  return plans.flatMap((plan) => {
    const page = stored.get(plan.to);
    return page === undefined ? [] : [{ ...plan, id: page.id, heldUntil: page.held_until }];
  });
}

/** What the command returns about messages that are not stored yet. */
export const targetsOf = (plans: readonly PagePlan[]): PlannedTarget[] => plans.flatMap(plannedTargets);
