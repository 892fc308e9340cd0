import type { Job } from '../../kernel/jobs/jobs';
import type { ChannelName } from '../contract';
import { newNotification } from '../delivery/buildNotification';
import type { ResolvedRule } from '../rules/rules';
import type { NewNotification } from '../store/notifications';
import type { PagePlan } from './plan';
import type { Page } from './store';

/** Rows of a planned page. */

export type PageDue = { page_id: string };

export const dueJob = (pageId: string, runAt?: Date): Job<'page_due', PageDue> => ({
  kind: 'page_due',
  payload: { page_id: pageId },
  ...(runAt !== undefined && { runAt }),
});

interface Command {
  key: string;
  incident_id: string;
  message: string;
  severity: string | null;
  metadata: Record<string, unknown>;
  urgency: Page['urgency'];
  now: Date;
}

export const pageRow = (plan: PagePlan, { key, now, ...command }: Command): Page => ({
  ...command,
  ...{ id: plan.id, told_key: key, told_to: plan.to, person_name: plan.person.name, person_email: plan.person.email },
  ...{ time_zone: plan.timeZone, state: plan.heldUntil === null ? 'active' : 'held', reason: null },
  ...{ rule_no: plan.heldUntil === null ? 0 : -1, rule_at: now, started_at: plan.heldUntil ?? now },
  ...{ held_until: plan.heldUntil, created_at: now, by_entry: plan.byEntry },
});

/** The notifications of one rule of a page that has `before` ones. */
export function ruleNotifications(
  page: Page,
  rule: ResolvedRule,
  { ruleNo, before, now }: { ruleNo: number; before: number; now: Date },
): NewNotification[] {
  const { incident_id, message, severity, metadata, told_key, told_to, person_name: name, person_email: email } = page;
  return rule.methods.map(({ id, channel, address }, n) =>
    newNotification(
      { incident_id, message, severity, metadata },
      now,
      {
        ...{ channel, recipient: address, refusal: null, recordsOnly: false, reachable: true },
        ...{ to: told_to, addressNo: before + n, audience: 'person', person: { name, email } },
        ...{ methodId: id, pageId: page.id, ruleNo },
      },
      told_key,
    ),
  );
}

/** What a command returns about the planned messages of a page. */
export interface PlannedTarget {
  to: number;
  notification_id: string;
  channel: ChannelName;
  recipient: string;
  reachable: true;
  page_id: string;
  rules: number;
  after_minutes?: number;
  held_until?: string;
}

/** The messages of a page that are not stored yet: the later rules, or all of them while it is held. */
export function plannedTargets(plan: PagePlan): PlannedTarget[] {
  const held = plan.heldUntil === null ? {} : { held_until: plan.heldUntil.toISOString() };
  return plan.rules.slice(plan.heldUntil === null ? 1 : 0).flatMap(({ methods, afterMinutes }) =>
    methods.map(({ channel, address: recipient }) => ({
      ...{ to: plan.to, notification_id: plan.id, channel, recipient, reachable: true as const, page_id: plan.id },
      ...{ rules: plan.rules.length, ...(afterMinutes > 0 && { after_minutes: afterMinutes }), ...held },
    })),
  );
}

/** All messages of a page that is not stored, for a preview. */
export const previewTargets = (plan: PagePlan): Omit<PlannedTarget, 'notification_id' | 'page_id'>[] =>
  plan.rules.flatMap(({ methods, afterMinutes }) =>
    methods.map(({ channel, address: recipient }) => ({
      ...{ to: plan.to, channel, recipient, reachable: true as const, rules: plan.rules.length },
      ...(afterMinutes > 0 && { after_minutes: afterMinutes }),
      ...(plan.heldUntil !== null && { held_until: plan.heldUntil.toISOString() }),
    })),
  );
