import { hash } from 'node:crypto';
import { SEVERITIES, type Severity } from '../kernel/ports/values';
import type { Accepted, AlertReport } from './contract/report';

/**
 * Vocabulary. A **report** is one sender's word that a condition holds. The **fingerprint** names the condition; reports of
 * one condition that fires are one **alert**. An **ending** is a sender's word that a condition no longer holds.
 */
export interface Report {
  /** The alert's id, should this report be the first of its condition. */
  id: string;
  fingerprint: string;
  service: string;
  severity: AlertReport['severity'];
  message: string;
  source: string;
  labels: AlertReport['labels'];
  timestamp: Date;
  /** What the source says besides; null if nothing. */
  context: AlertContext | null;
  /** The highest severity among the reports that this one stands for, if it is higher than that of the last. */
  raised_to: Severity | null;
  /** The words of the first of them, if those of the last differ. */
  first_said: Said | null;
  /** How many equal reports this one stands for. */
  count: number;
  integration_id: string | null;
  reported_by: string;
  /** The incident that its alert is expected to join, should this report be the first of its condition. */
  incident_id: string | null;
}

/** What a source says beside message and labels. */
export interface AlertContext {
  annotations?: Record<string, string>;
  /** The query behind the alert, and the page of the tool that sent it. */
  generator_url?: string;
  external_url?: string;
  dashboard_urls?: string[];
  /** How a severity was read that the source did not say in a known word. */
  severity_note?: string;
}

/** A delivery of a group of which its source holds back alerts, or held some back before. */
export interface TruncatedGroup {
  /** The integration's id. */
  source: string;
  /** SHA-256 of the group's key. */
  key: string;
  /** Grows with each delivery of the group. */
  version: number;
  hidden: number;
}

/** The words of a report: what may change from one to the next. */
export interface Said {
  severity: Severity;
  message: string;
  context: AlertContext | null;
}

/** Who reported: an API key or user (no integration), or an integration by its id. */
export interface Sender {
  actor: string;
  integrationId: string | null;
}

export interface Ending {
  fingerprint: string;
  ended_at: Date;
  /** What the source's own clock said; an alert that began after it belongs to a later spell and goes on. */
  source_ended_at: Date | null;
}

const FINGERPRINTED_CODE_POINTS = 100;

const sha256 = (text: string): string => hash('sha256', text);

/** The first code points of a text; a code point takes at most two units, so that no more need be looked at. */
function firstCodePoints(text: string, count: number): string {
  if (text.length <= count) return text;
  return Array.from(text.slice(0, count * 2))
    .slice(0, count)
    .join('');
}

/** Keys sorted and no blanks. Written key by key, because an object would put keys that look like numbers first. */
export function canonicalJson(labels: Record<string, unknown>): string {
  const keys = Object.keys(labels).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${JSON.stringify(labels[key])}`).join(',')}}`;
}

type Condition = Pick<AlertReport, 'service' | 'severity' | 'message' | 'labels'>;

/** Names a condition by what is said of it. Labels tell conditions apart as they are written, never lower-cased. */
export function fingerprintOf({ service, severity, message, labels }: Condition): string {
  const said = `${service}|${severity}|${firstCodePoints(message, FINGERPRINTED_CODE_POINTS)}`.toLowerCase();
  return sha256(Object.keys(labels).length === 0 ? said : `${said}|${canonicalJson(labels)}`);
}

/** Names a condition by its sender's own key, which means nothing to any other sender. */
export const fingerprintOfKey = ({ actor, integrationId }: Sender, key: string): string =>
  sha256(`${integrationId ?? actor}|${key}`);

/** A sender's instant as ours; spellings RFC 3339 allows (a blank or a small t) are not all known to `Date`. */
export const instantOf = (text: string): Date => new Date(text.toUpperCase().replace(' ', 'T'));

/** A valid report, and how its severity was read if the source did not say a known word. */
export type Reported = AlertReport & { severity_note?: string; dashboard_urls?: string[] };

const CONTEXT = ['annotations', 'generator_url', 'external_url', 'dashboard_urls', 'severity_note'] as const;

/** Null for a report without any context, which costs nothing to store. */
function contextOf(input: Reported): AlertContext | null {
  const said = CONTEXT.filter((name) => input[name] !== undefined);
  return said.length === 0 ? null : Object.fromEntries(said.map((name) => [name, input[name]]));
}

/** What is stored of a valid report, should it be the first of its condition. */
export function reportOf(input: Reported, sender: Sender, id: string, now: Date): Report {
  const { service, severity, message, source, labels, timestamp, dedup_key } = input;
  return {
    id,
    fingerprint: dedup_key === undefined ? fingerprintOf(input) : fingerprintOfKey(sender, dedup_key),
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
  };
}

/**
 * Reports of one condition become one that counts them all. It has the identity of the first and the words of the last;
 * of a severity that rose and fell between them it keeps the highest.
 */
export function fold(reports: readonly Report[]): Report[] {
  const folded = new Map<string, Report>();
  for (const report of reports) {
    const first = folded.get(report.fingerprint);
    folded.set(report.fingerprint, first ? foldedOf(first, report) : report);
  }
  return [...folded.values()];
}

function foldedOf(first: Report, last: Report): Report {
  const count = first.count + last.count;
  const peak = [first.raised_to, first.severity, last.raised_to, last.severity].reduce(higher) as Severity;
  const same = first.severity === last.severity && first.message === last.message && sameContext(first, last);
  if (same) return first.count === count ? first : { ...first, count };
  const { severity, message, context } = first;
  return {
    ...first,
    count,
    severity: last.severity,
    message: last.message,
    context: last.context,
    raised_to: peak === last.severity ? null : peak,
    first_said: first.first_said ?? { severity, message, context },
  };
}

const sameContext = ({ context: one }: Report, { context: other }: Report): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other);

const rank = (severity: Severity | null): number =>
  severity === null ? 0 : SEVERITIES.length - SEVERITIES.indexOf(severity);

export const higher = (one: Severity | null, other: Severity | null): Severity | null =>
  rank(other) > rank(one) ? other : one;

/** An alert of a condition whose last one was closed under it: the same words, seen when it was seen last. */
export const again = (
  alert: Omit<Report, 'id' | 'timestamp' | 'count' | 'incident_id' | 'first_said'> & { last_seen_at: Date },
  id: string,
  count: number,
): Report => ({
  id,
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
});

const SHORTEST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;

/**
 * How long to wait before incidents is asked again about something promised at `since`: a fifth of the wait so far, so
 * that a short outage is over soon and a long one does not drown who comes back. `random` spreads the crowd.
 */
export function retryDelayMs(since: Date, now: Date, random: number): number {
  const waited = now.getTime() - since.getTime();
  return Math.min(Math.max(waited / 5, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS) * (0.75 + random / 2);
}

/** What became of the reports of one condition. */
export interface Outcome {
  alertId: string;
  /** Null while incidents has not answered. */
  incidentId: string | null;
  action: Accepted['action'];
  /** The condition fired already. */
  repeated: boolean;
}

/** Until incidents answers, a new alert is taken to open an incident: most do, and the answer cannot wait. */
export const pendingOutcome = (alertId: string, repeated: boolean): Outcome => ({
  alertId,
  incidentId: null,
  action: repeated ? 'existing_incident' : 'new_incident',
  repeated,
});

/** The other reports of a condition that were handed in together: one of them opened the incident, not all. */
export const asDuplicate = (outcome: Outcome): Outcome => ({
  ...outcome,
  action: 'existing_incident',
  repeated: true,
});

export const accepted = ({ alertId, incidentId, action, repeated }: Outcome, fingerprint: string): Accepted => ({
  alert_id: alertId,
  incident_id: incidentId,
  fingerprint,
  status: 'accepted',
  action,
  deduplicated: repeated,
});
