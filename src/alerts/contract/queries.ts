import * as z from 'zod';
import {
  Id,
  Instant,
  InstantIn,
  idInPath,
  Labels,
  paged,
  pageOf,
  Severity,
  SourceLinks,
  word,
} from '../../kernel/ports/values';
import { DecisionEntry, MUTE_CAUSES } from './decision';
import { Waiting } from './holds';

/** An alert as the API returns it. */
export const Alert = z
  .object({
    id: Id,
    service: z.string(),
    severity: Severity,
    message: z.string(),
    source: z.string(),
    labels: Labels,
    fingerprint: z.string(),
    timestamp: Instant,
    incident_id: Id.nullable(),
    created_at: Instant,
    status: z.enum(['firing', 'resolved']),
    /** How often the condition was reported while it fired. */
    count: z.int(),
    last_seen_at: Instant,
    ended_at: Instant.nullable(),
    integration_id: Id.nullable(),
    expires_at: Instant.nullable().describe(
      'The alert ends then, unless it is reported again; null if it does not expire',
    ),
    expired: z.boolean().describe('Whether it ended because its source did not report it again'),
    acknowledged_at: Instant.nullable().describe("When the tool's own acknowledgement arrived"),
    acknowledged_by: z.string().nullable().describe('The integration or key that sent the acknowledgement'),
    annotations: z
      .record(z.string(), z.string())
      .describe('As the latest report has them, like message and severity; labels are those of the first report'),
    description: z.string().nullable().describe('The annotation of this name, unless it is the message'),
    links: SourceLinks.describe(
      'Runbook, dashboard and query that annotations and labels name, and links of the report; http(s) only',
    ),
    generator_url: z.string().nullable(),
    external_url: z.string().nullable(),
    severity_note: z
      .string()
      .nullable()
      .describe('How the severity was read if the source gave an unknown word, or none'),
    incident_state: z
      .object({ status: z.literal('resolved'), resolved_by: z.string(), resolved_at: Instant })
      .nullable()
      .describe('Set while the alert fires although a person resolved its incident'),
    first_said: z
      .object({ severity: Severity, message: z.string(), annotations: z.record(z.string(), z.string()) })
      .nullable()
      .describe('The text and severity of the first report, if the latest report differs'),
    decision: z.array(DecisionEntry).describe('What rules, mutes and holds did with the alert, in order'),
    muted: z
      .object({ by: z.enum(MUTE_CAUSES), id: Id, name: z.string(), until: Instant })
      .nullable()
      .describe('Set while the alert fires and is muted, so that it has no incident'),
    waiting: Waiting.nullable().describe('Set while the alert fires and a rule holds it, so that it has no incident'),
    flapping: z
      .boolean()
      .describe('Whether its identity changes too often, so that its incident stays open and pages once'),
    affected_by: z
      .object({ incident_id: Id, title: z.string() })
      .nullable()
      .describe(
        'Set while the alert fires and pages no one, because its service depends on the service of this incident',
      ),
    reported: z
      .object({ service: z.string(), severity: Severity, message: z.string(), labels: Labels })
      .nullable()
      .describe('The fields as the source reported them, if rules changed them'),
  })
  .meta({ id: 'Alert' });
export type Alert = z.infer<typeof Alert>;

const filter = z.string().max(255).trim().toLowerCase().optional();

/** Filters of the list and its facets. */
const search = {
  service: filter,
  severity: filter,
  /**
   * `firing`, `resolved`, `incident_resolved` (firing although a person resolved the incident), `muted` or `waiting` (firing
   * without an incident), `affected` (muted by the incident of an upstream), or `flapping` (firing and changing too often).
   */
  status: filter,
  incident_id: z.uuid('incident_id must be a UUID').optional(),
  /** The incident of an upstream that mutes the alert, or did so when the alert ended. */
  affected_by: z.uuid('affected_by must be a UUID').optional(),
  source: z.string().max(255).optional(),
  integration_id: z.uuid('integration_id must be a UUID').optional(),
  /** Created at or after `from` and before `to`. */
  from: InstantIn.optional(),
  to: InstantIn.optional(),
  /** `key:value` pairs separated by commas; the alert must have all of them. */
  label: z
    .string()
    .max(1000)
    .regex(/^[^,:]+:[^,]*(,[^,:]+:[^,]*)*$/, 'Must be key:value, several separated by commas')
    .optional(),
  /** Text within message, service or source, or the beginning of an id. */
  q: z.string().max(200).trim().optional(),
};

const Facet = z.object({ value: z.string(), count: z.int() });

/** Reading alerts. */
export const queryOperations = {
  list: {
    summary:
      'Alerts, newest first by default; text and labels are searched in the newest 50,000 that match the other filters',
    method: 'GET',
    path: '/api/v1/alerts',
    access: 'viewer',
    input: paged({
      ...search,
      sort: word('sort', ['created_at', 'last_seen_at', 'severity', 'count']).default('created_at'),
      order: word('order', ['asc', 'desc']).default('desc'),
    }),
    output: pageOf('alerts', Alert),
  },
  facets: {
    summary: 'The most common values among the newest 50,000 alerts that match, each with its count',
    method: 'GET',
    path: '/api/v1/alerts/facets',
    access: 'viewer',
    input: z.object(search),
    output: z.object({
      counted: z.int(),
      /** How many of the newest alerts labels are counted in; at most 10,000. */
      labels_counted: z.int(),
      /** Counted without the filter by status, so that each value shows what it would find. The same for severity. */
      status: z.array(Facet),
      /** Firing alerts whose incident a person resolved; counted without the filter by status. */
      firing_incident_resolved: z.int(),
      /** Firing alerts that rules hold; counted in the same way. */
      firing_waiting: z.int(),
      /** Firing alerts that incidents of upstreams affect; counted in the same way. */
      firing_affected: z.int(),
      /** Firing alerts that a silence, a window or the incident of an upstream mutes; counted in the same way. */
      firing_muted: z.int(),
      /** Firing alerts whose identity flaps; counted in the same way. */
      firing_flapping: z.int(),
      service: z.array(Facet),
      severity: z.array(Facet),
      source: z.array(Facet),
      labels: z.array(z.object({ key: z.string(), count: z.int(), values: z.array(Facet) })),
    }),
  },
  stats: {
    summary: 'Numbers of all alerts, of firing alerts, and of alerts of the last 24 hours',
    method: 'GET',
    path: '/api/v1/alerts/stats',
    access: 'viewer',
    input: z.object({}),
    output: z.object({
      total: z.int(),
      firing: z.int(),
      /** Firing alerts whose incident a person resolved. */
      firing_incident_resolved: z.int(),
      last_24h: z.int(),
      firing_by_severity: z.object({ critical: z.int(), high: z.int(), medium: z.int(), low: z.int() }),
    }),
  },
  reports: {
    summary:
      'Re-reports of an alert, its texts and its history, newest first; the last 200 reports and 20 texts are kept',
    method: 'GET',
    path: '/api/v1/alerts/:alert_id/reports',
    access: 'viewer',
    input: z.object({ alert_id: idInPath('Invalid alert ID format') }),
    output: z.object({
      alert_id: Id,
      /** All reports, including the first. */
      total: z.int(),
      first: z.object({
        at: Instant,
        reported_by: z.string(),
        integration_id: Id.nullable(),
        severity: Severity,
        message: z.string(),
      }),
      /** The text after each of the last 20 changes. */
      texts: z.array(
        z.object({
          at: Instant,
          severity: Severity,
          message: z.string(),
          annotations: z.record(z.string(), z.string()),
          reported_by: z.string(),
        }),
      ),
      history: z
        .array(
          z.object({
            kind: z.enum(['first', 'changed', 'ended']),
            at: Instant,
            severity: Severity,
            message: z.string(),
            annotations: z.record(z.string(), z.string()),
            reported_by: z.string().nullable().describe('Null for an end that no source reported'),
            payload: z
              .string()
              .nullable()
              .describe("The event's own part of the tool's request: the first 16 KiB, with secrets masked"),
          }),
        )
        .describe('First report, changes of text or severity, and end. Payloads are kept for HISTORY_DAYS'),
      reports: z.array(
        z.object({
          at: Instant,
          /** How many reports arrived together. */
          reports: z.int(),
          reported_by: z.string(),
          integration_id: Id.nullable(),
        }),
      ),
    }),
  },
  get: {
    summary: 'One alert',
    method: 'GET',
    path: '/api/v1/alerts/:alert_id',
    access: 'viewer',
    input: z.object({ alert_id: idInPath('Invalid alert ID format') }),
    output: Alert,
  },
} as const;
