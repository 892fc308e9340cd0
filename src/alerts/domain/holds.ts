import type { HoldEntry } from '../contract/holds';
import { GRACE_ID, type Grace } from './grace';
import { type Events, eventsWithin } from './slidingWindow';

/** Holds: an alert waits for more reports of its group (threshold), or for some time (delay), before it is attached. */

interface NamedRule {
  id: string;
  name: string;
}

export interface ThresholdPlan {
  rule: NamedRule;
  count: number;
  within_minutes: number;
}

/** What rules ask of a report. Of several rules the last one counts, for each kind of hold. */
export interface HoldPlan {
  threshold: ThresholdPlan | null;
  delay: { rule: NamedRule; minutes: number } | null;
  /** The wait for an upstream; no rule asks for it. */
  grace?: Grace | undefined;
}

/** The hold of a report, to be judged when the state of its alert is known. */
export interface ReportHold {
  plan: HoldPlan;
  /** The counter of the threshold; null without a threshold. */
  key: string | null;
  /** The version of the configuration that asks for it. */
  version: number;
}

/** The counter of a threshold. */
export interface Counter {
  events: readonly Events[];
  /** When the count was reached last. */
  reachedAt: Date | null;
}

/** What an alert waits for. */
export interface Hold {
  /** Id of the rule. */
  id: string;
  /** The counter that the alert waits for, or `delay`. */
  key: string;
  until: Date | null;
}

/** An alert without an incident, and which of its reports a counter holds. */
export interface CountedReports {
  count: number;
  /** The counter that counted last; null if none did. */
  counted_key: string | null;
  counted_reports: number | null;
}

/** Reports of an alert that this counter lacks: a silence muted them, or another rule held the alert then. */
export const uncounted = (key: string, { count, counted_key, counted_reports }: CountedReports): number =>
  Math.max(0, count - (counted_key === key ? (counted_reports ?? 0) : 0));

/** The key of alerts that wait for a time only. */
export const DELAY = 'delay';

export const minutesMs = (minutes: number): number => minutes * 60_000;

/** How many events of a threshold are in its window now. */
export const seenBy = ({ within_minutes }: ThresholdPlan, counter: Counter | undefined, now: Date): number =>
  counter === undefined ? 0 : eventsWithin(counter.events, now.getTime(), minutesMs(within_minutes));

/**
 * Whether an alert has the reports that its threshold asks for: they are in the window now, or they were at a moment since
 * the alert began. The job that releases alerts can run later than that moment.
 */
const isReached = (plan: ThresholdPlan, counter: Counter | undefined, began: Date, now: Date): boolean =>
  seenBy(plan, counter, now) >= plan.count || (counter?.reachedAt ?? new Date(0)) >= began;

/**
 * Judges the hold of an alert: first the threshold, then the delay, then the wait for an upstream.
 * @param began since when the alert fires, or its identity flaps
 * @returns the hold, or null, and the entries for the alert's decision
 */
export function judgeHold(
  { plan: { threshold, delay, grace }, key }: Pick<ReportHold, 'plan' | 'key'>,
  counter: Counter | undefined,
  began: { fired: Date; delayed: Date },
  now: Date,
): { hold: Hold | null; entries: HoldEntry[] } {
  const entries: HoldEntry[] = [];
  if (threshold !== null && key !== null) {
    const reached = isReached(threshold, counter, began.fired, now);
    entries.push(thresholdEntry(threshold, seenBy(threshold, counter, now), reached ? now : null));
    if (!reached) return { hold: { id: threshold.rule.id, key, until: null }, entries };
  }
  if (delay !== null) {
    const until = new Date(began.delayed.getTime() + minutesMs(delay.minutes));
    if (until > now) {
      entries.push({ stage: 'hold', by: 'delay', ...delay.rule, until: until.toISOString() });
      return { hold: { id: delay.rule.id, key: DELAY, until }, entries };
    }
  }
  if (grace !== undefined) {
    const until = new Date(began.fired.getTime() + grace.seconds * 1_000);
    if (until > now) {
      entries.push({ stage: 'hold', by: 'upstream', id: GRACE_ID, name: grace.upstreams, until: until.toISOString() });
      return { hold: { id: GRACE_ID, key: DELAY, until }, entries };
    }
  }
  return { hold: null, entries };
}

const thresholdEntry = (
  { rule, count, within_minutes }: ThresholdPlan,
  seen: number,
  endedAt: Date | null,
): HoldEntry => ({
  ...{ stage: 'hold', by: 'threshold', ...rule, until: null, seen, count, within_minutes },
  ...(endedAt !== null && { ended_at: endedAt.toISOString() }),
});
