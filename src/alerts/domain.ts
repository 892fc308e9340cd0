import { SEVERITIES, type Severity } from '../kernel/ports/values';
import type { DecisionEntry } from './contract/decision';
import type { AlertReport } from './contract/report';
import { conditionOf, type Sender } from './domain/fingerprint';

/**
 * A sender's statement that a condition holds. The **fingerprint** identifies the condition. All reports of a condition,
 * from its first report to its end, are one **alert**. An **ending** is the sender's statement that the condition is over.
 */
export interface Report extends Decision {
  /** Id of the alert, if this report creates one. */
  id: string;
  fingerprint: string;
  service: string;
  severity: AlertReport['severity'];
  message: string;
  source: string;
  labels: AlertReport['labels'];
  timestamp: Date;
  context: AlertContext | null;
  /** The highest severity of the folded reports, if it is higher than that of the last one; otherwise null. */
  raised_to: Severity | null;
  /** Text of the first of the folded reports, if the last one differs; otherwise null. */
  first_said: ReportText | null;
  /** How many reports are folded into this one. */
  count: number;
  integration_id: string | null;
  reported_by: string;
  /** The incident that the alert is expected to join, if this report creates one. */
  incident_id: string | null;
  /** The alert ends then, unless it is reported again; null if it does not expire. */
  expires_at: Date | null;
  /** The version of the mute that `muted_by` names. */
  muted_version: number | null;
}

/** What rules and mutes decided about a report or an alert. */
export interface Decision {
  /** What they did, with reasons; null if nothing matched. */
  decision: DecisionEntry[] | null;
  /** The fields as the source reported them; null if no rule changed them. */
  reported: Reported | null;
  /** The mute because of which an alert has no incident. */
  muted_by: string | null;
  muted_until: Date | null;
}

/** The fields that rules can change. */
export type Reported = Pick<Report, 'service' | 'severity' | 'message' | 'labels'>;

/** The fields as the source reported them, before all rules. */
export const rawOf = ({
  service,
  severity,
  message,
  labels,
  reported,
}: Reported & Pick<Decision, 'reported'>): Reported => reported ?? { service, severity, message, labels };

/** What a source sends in addition to message and labels. */
export interface AlertContext {
  annotations?: Record<string, string>;
  /** URLs of the query behind the alert, and of the tool that sent it. */
  generator_url?: string;
  external_url?: string;
  dashboard_urls?: string[];
  links?: ReportLink[];
  images?: ReportImage[];
  /** How an unknown or missing severity was read. */
  severity_note?: string;
}

/** A link of a report. It is shown if it is an http(s) URL. */
export interface ReportLink {
  href: string;
  text?: string | undefined;
}

/** An image of a report, such as a graph. `href` is the page to open instead of the image. */
export interface ReportImage {
  src: string;
  href?: string | undefined;
  alt?: string | undefined;
}

/** A delivery of a group of which the source holds back alerts, or held back alerts before. */
export interface TruncatedGroup {
  /** Id of the integration. */
  source: string;
  /** SHA-256 of the group's key. */
  key: string;
  /** Increases with each delivery of the group. */
  version: number;
  /** How many alerts the source holds back. */
  hidden: number;
}

/** The part of a report that can change from one report of a condition to the next. */
export interface ReportText {
  severity: Severity;
  message: string;
  context: AlertContext | null;
}

/** A rise of an alert's severity: the revision that brought it, and the new severity. */
export interface Rise {
  revision: number;
  to: Severity;
}

/** The part of a caller that is kept with jobs. */
export interface SavedCaller {
  actor: string;
  kind: 'user' | 'key' | 'integration' | 'system' | 'anonymous';
  requestId: string;
}

/** The end of a condition. */
export interface Ending {
  fingerprint: string;
  ended_at: Date;
  /** The end by the source's clock. An alert that began later is another occurrence and is not ended. */
  source_ended_at: Date | null;
}

/** The end of a condition. An end without a time, or in the future, counts as now. */
export const endingOf = (fingerprint: string, endedAt: Date | null, now: Date): Ending => ({
  fingerprint,
  ended_at: endedAt !== null && endedAt <= now ? endedAt : now,
  source_ended_at: endedAt,
});

/** Parses an RFC 3339 instant. `Date` alone does not accept all its spellings: a space or a small `t` as separator. */
export const instantOf = (text: string): Date => new Date(text.toUpperCase().replace(' ', 'T'));

/** A valid report before it is stored; vendors' formats add the last two fields. */
export type ReportInput = AlertReport & { severity_note?: string; dashboard_urls?: string[] };

const CONTEXT = [
  'annotations',
  'generator_url',
  'external_url',
  'dashboard_urls',
  'links',
  'images',
  'severity_note',
] as const;

/** Null without any context, which is cheaper to store than an empty object. */
function contextOf(input: ReportInput): AlertContext | null {
  const given = CONTEXT.filter((name) => input[name] !== undefined);
  return given.length === 0 ? null : Object.fromEntries(given.map((name) => [name, input[name]]));
}

/** An alert expires at most so long after its report; a later instant counts as this. */
const LONGEST_LIFE_MS = 366 * 86_400_000;

/** The instant at which an alert expires that is reported now; null for the year 1, which is Go's zero time. */
export function expiryOf(text: string, now: Date): Date | null {
  const at = instantOf(text);
  return at.getUTCFullYear() < 2 ? null : new Date(Math.min(at.getTime(), now.getTime() + LONGEST_LIFE_MS));
}

/** The report to store for a valid input. @param id of the alert, if the report creates one */
export function reportOf(input: ReportInput, sender: Sender, id: string, now: Date): Report {
  const { service, severity, message, source, labels, timestamp } = input;
  return {
    id,
    fingerprint: conditionOf(input, sender),
    service,
    severity,
    message,
    source,
    labels,
    timestamp: timestamp ? instantOf(timestamp) : now,
    context: contextOf(input),
    raised_to: null,
    first_said: null,
    count: 1,
    integration_id: sender.integrationId,
    reported_by: sender.actor,
    incident_id: null,
    expires_at: input.expires_at ? expiryOf(input.expires_at, now) : null,
    decision: null,
    reported: null,
    muted_by: null,
    muted_version: null,
    muted_until: null,
  };
}

/**
 * Folds the reports of each condition into one that counts them all, with the id of the first report and the text of the
 * last, which also sets the expiry. If the severity rose and fell in between, `raised_to` keeps the highest.
 */
export function fold(reports: readonly Report[]): Report[] {
  const folded = new Map<string, Report>();
  for (const report of reports) {
    const first = folded.get(report.fingerprint);
    folded.set(report.fingerprint, first ? foldTwo(first, report) : report);
  }
  return [...folded.values()];
}

function foldTwo(first: Report, last: Report): Report {
  const count = first.count + last.count;
  const peak = [first.raised_to, first.severity, last.raised_to, last.severity].reduce(higher) as Severity;
  const same = first.severity === last.severity && first.message === last.message && sameContext(first, last);
  const { expires_at } = last;
  const decided = decisionOfTwo(first, last);
  if (same) return { ...first, ...decided, count, expires_at };
  const { severity, message, context } = first;
  return {
    ...first,
    ...decided,
    count,
    expires_at,
    severity: last.severity,
    message: last.message,
    context: last.context,
    raised_to: peak === last.severity ? null : peak,
    first_said: first.first_said ?? { severity, message, context },
  };
}

/** A later report releases the alert of a muted one, but does not mute the alert of another. */
function decisionOfTwo(first: Report, last: Report): Partial<Report> {
  if (first.muted_by === null) return first.reported === last.reported ? {} : { reported: last.reported };
  const { service, labels, decision, reported, muted_by, muted_version, muted_until } = last;
  return { service, labels, decision, reported, muted_by, muted_version, muted_until };
}

const sameContext = ({ context: one }: Report, { context: other }: Report): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other);

const rank = (severity: Severity | null): number =>
  severity === null ? 0 : SEVERITIES.length - SEVERITIES.indexOf(severity);

/** True if `to` is a higher severity than `from`. */
export const rises = (from: Severity, to: Severity): boolean => rank(to) > rank(from);

/** The higher of two severities; null is lower than all. */
export const higher = (one: Severity | null, other: Severity | null): Severity | null =>
  rank(other) > rank(one) ? other : one;

/**
 * A report with the latest text of an alert. It represents reports that are no longer known one by one.
 * @param count how many reports
 */
export const reportFromAlert = (
  alert: Omit<Report, 'timestamp' | 'count' | 'first_said' | 'muted_version'> & { last_seen_at: Date },
  count: number,
): Report => ({
  id: alert.id,
  fingerprint: alert.fingerprint,
  service: alert.service,
  severity: alert.severity,
  message: alert.message,
  source: alert.source,
  labels: alert.labels,
  timestamp: alert.last_seen_at,
  context: alert.context,
  raised_to: null,
  first_said: null,
  count,
  integration_id: alert.integration_id,
  reported_by: alert.reported_by,
  incident_id: null,
  expires_at: alert.expires_at,
  decision: alert.decision,
  reported: alert.reported,
  muted_by: null,
  muted_version: null,
  muted_until: null,
});
