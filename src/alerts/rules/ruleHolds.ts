import { hash } from 'node:crypto';
import type { Rule } from '../contract';
import type { Grace } from '../domain/grace';
import type { HoldPlan, ReportHold } from '../domain/holds';
import { groupKeyOf } from './groupKey';
import type { Subject } from './matcherIndex';

/** The holds of one rule. */
export type RuleHolds = Pick<Rule['then'], 'threshold' | 'delay_minutes'>;

/** Undefined if the rule holds nothing, which is what most rules do. */
export const ruleHolds = ({ threshold, delay_minutes }: RuleHolds): RuleHolds | undefined =>
  threshold === undefined && delay_minutes === undefined ? undefined : { threshold, delay_minutes };

/** The plan after one more rule, which replaces what those before it asked for. */
export function planAfter(
  plan: HoldPlan | undefined,
  { id, name, holds }: { id: string; name: string; holds?: RuleHolds | undefined },
): HoldPlan | undefined {
  if (holds === undefined) return plan;
  const rule = { id, name };
  const { threshold, delay_minutes: minutes } = holds;
  return {
    threshold: threshold === undefined ? (plan?.threshold ?? null) : { rule, ...threshold },
    delay: minutes === undefined ? (plan?.delay ?? null) : { rule, minutes },
  };
}

/** The plan of rules that run one after the other. */
export const plansTogether = (first: HoldPlan | undefined, then: HoldPlan | undefined): HoldPlan | undefined =>
  first === undefined || then === undefined
    ? (then ?? first)
    : { threshold: then.threshold ?? first.threshold, delay: then.delay ?? first.delay };

/** The plan of a report of a service whose alerts wait for an upstream. */
export const withGrace = (plan: HoldPlan | undefined, grace: Grace | undefined): HoldPlan | undefined =>
  grace === undefined ? plan : { threshold: null, delay: null, ...plan, grace };

/** What the holds of a rule do, in words. */
export const holdsInWords = ({ threshold, delay_minutes }: RuleHolds = {}): string[] => [
  ...(threshold === undefined ? [] : [`wait for ${threshold.count} reports in ${threshold.within_minutes} min`]),
  ...(delay_minutes === undefined ? [] : [`wait ${delay_minutes} min`]),
];

/**
 * The hold that a verdict asks for; null without one. A threshold counts per rule and group, whatever the severity: an
 * alert whose severity alternates counts each of its reports.
 * @param version of the configuration
 */
export function reportHold(
  { hold: plan, subject }: { hold?: HoldPlan | undefined; subject: Subject },
  fingerprint: string,
  version: number,
): ReportHold | null {
  if (plan === undefined) return null;
  const { threshold } = plan;
  if (threshold === null) return { plan, key: null, version };
  const group = groupKeyOf(subject, fingerprint).key ?? subject.service;
  return { plan, key: hash('sha256', `${threshold.rule.id}|${group}`), version };
}
