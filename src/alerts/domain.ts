import type { Severity } from '../kernel/ports/values';
import type { DecisionEntry } from './contract/decision';
import type { AlertReport } from './contract/report';
import type { AlertRouting } from './contract/routing';
import { conditionOf, type Sender } from './domain/fingerprint';
import { higher, rises } from './domain/severity';

export { higher, rises };

import type { ReportHold } from './domain/holds';

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
  /** The team that the source names if the payload names no service. */
  default_route: DefaultRoute | null;
  /** The version of the mute that `muted_by` names. */
  muted_version: number | null;
  /** What rules ask the alert to wait for; null once that is judged, and if no rule does. */
  hold: ReportHold | null;
  /** The report's own part of the request, masked; null if there is none beside the report. */
  payload: string | null;
}

/** What rules and mutes decided about a report or an alert. */
export interface Decision {
  /** What they did, with reasons; null if nothing matched. */
  decision: DecisionEntry[] | null;
  /** The fields as the source reported them; null if no rule changed them. */
  reported: Reported | null;
  /** Where the alert goes; null: to the owner of the service. */
  routing: AlertRouting | null;
  /** The mute because of which an alert has no incident, or the rule that holds it. */
  muted_by: string | null;
  muted_until: Date | null;
  /** The counter that the alert waits for, or `delay`; null if no rule holds it. */
  hold_key: string | null;
}

/** A team that a source names, and the source. */
export type DefaultRoute = Pick<AlertRouting, 'team' | 'by'>;

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
  /** As in `Report`. */
  payload: string | null;
}

/** The end of a condition. An end without a time, or in the future, counts as now. */
export const endingOf = (
  fingerprint: string,
  endedAt: Date | null,
  now: Date,
  payload: string | null = null,
): Ending => ({
  fingerprint,
  ended_at: endedAt !== null && endedAt <= now ? endedAt : now,
  source_ended_at: endedAt,
  payload,
});

/** Parses an RFC 3339 instant. `Date` alone does not accept all its spellings: a space or a small `t` as separator. */
export const instantOf = (text: string): Date => new Date(text.toUpperCase().replace(' ', 'T'));

/** A valid report before it is stored; vendors' formats add the other fields. */
export type ReportInput = AlertReport & {
  severity_note?: string;
  dashboard_urls?: string[];
  /** The report's own part of the request, masked. */
  payload?: string;
  default_route?: DefaultRoute;
};

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
    routing: null,
    default_route: input.default_route ?? null,
    reported: null,
    muted_by: null,
    muted_version: null,
    muted_until: null,
    hold_key: null,
    hold: null,
    payload: input.payload ?? null,
  };
}

/**
 * A report with the latest text of an alert. It represents reports that are no longer known one by one.
 * @param count how many reports
 */
export const reportFromAlert = (
  alert: Omit<Report, 'timestamp' | 'count' | 'first_said' | 'muted_version' | 'hold' | 'payload'> & {
    last_seen_at: Date;
  },
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
  routing: null,
  default_route: alert.default_route,
  reported: alert.reported,
  muted_by: null,
  muted_version: null,
  muted_until: null,
  hold_key: null,
  hold: null,
  payload: null,
});
