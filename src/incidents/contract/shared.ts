import * as z from 'zod';
import { Id, Instant, idInPath, Labels, LONGEST_DESCRIPTION, Severity, SourceLinks } from '../../kernel/ports/values';

export const STATUSES = ['open', 'acknowledged', 'in_progress', 'resolved'] as const;
export type Status = (typeof STATUSES)[number];

export const REACHES = ['reached', 'pending', 'no_one', 'not_paged'] as const;
export type Reach = (typeof REACHES)[number];

/** The facts of an alert as they were when it was attached; incidents keeps them as its own. */
export const AlertSnapshot = z
  .object({
    id: Id,
    service: z.string(),
    severity: Severity,
    message: z.string(),
    source: z.string(),
    labels: Labels,
    fingerprint: z.string(),
    timestamp: Instant,
    created_at: Instant,
    /** What the source says beside its message. */
    description: z.string().max(LONGEST_DESCRIPTION).optional(),
    links: SourceLinks.optional(),
    /** Counts the changes of what the alert says; absent means none. */
    revision: z.int().min(0).optional(),
    /** The latest rise of its severity, which may have fallen since, and the revision that brought it. */
    raised: z.object({ revision: z.int().min(0), to: Severity }).optional(),
  })
  .meta({ id: 'AlertSnapshot' });
export type AlertSnapshot = z.infer<typeof AlertSnapshot>;

/** The escalation clock: which step was taken last, and when the next is due. */
export const EscalationClock = z
  .object({
    state: z.enum(['running', 'stopped', 'exhausted']),
    step: z.int(),
    round: z.int(),
    next_step: z.int().nullable(),
    next_step_at: Instant.nullable(),
  })
  .meta({ id: 'EscalationClock' });

export const Incident = z
  .object({
    id: Id,
    title: z.string(),
    service: z.string(),
    severity: Severity,
    status: z.enum(STATUSES),
    assigned_to: z.string().nullable(),
    /** Null when the assignee is text that names nobody we could page. */
    assignee_email: z.string().nullable(),
    team: z.string().nullable(),
    alert_count: z.int(),
    created_at: Instant,
    updated_at: Instant,
    acknowledged_at: Instant.nullable(),
    resolved_at: Instant.nullable(),
    mtta_seconds: z.number().nullable(),
    mttr_seconds: z.number().nullable(),
    escalation: EscalationClock.nullable(),
    /** Until then nobody is paged; null unless the incident is snoozed. */
    snoozed_until: Instant.nullable(),
    /**
     * Whether its escalation reached a person. `reached`: an address of a page accepted. `pending`: pages are on their
     * way or retried. `no_one`: the policy is used up, no address accepted in time, and nothing that counts is on its
     * way. `not_paged`: no page was due, such as at low urgency outside of support hours, or acknowledged before.
     */
    reach: z.enum(REACHES),
    description: z
      .string()
      .nullable()
      .describe('The latest description of the alert that opened the incident, beside its message'),
    links: SourceLinks.describe('Runbook and dashboard of the alert that opened the incident; http(s) only'),
    hidden_alerts: z
      .int()
      .describe('Alerts that the sources hold back; while there are any, the end of all others does not resolve it'),
  })
  .meta({ id: 'Incident' });
export type Incident = z.infer<typeof Incident>;

export const EVENT_TYPES = [
  'created',
  'acknowledged',
  'in_progress',
  'resolved',
  'reopened',
  'assigned',
  'escalated',
  'note_added',
  'alert_correlated',
  'alert_resolved',
  'paged',
  'page_failed',
  'nobody_reached',
  'escalation_exhausted',
  'snoozed',
  'snooze_ended',
  'severity_changed',
  'ack_timed_out',
  'page_deferred',
  'alerts_hidden',
  'unacknowledged',
  'undone',
  'postmortem_saved',
] as const;

/** What this module tells of: an event for each entry of a timeline, and one for many alerts. */
export const INCIDENT_EVENT_KINDS = [
  ...EVENT_TYPES.map((type) => `incident_${type}` as const),
  'alerts_correlated',
  'alerts_resolved',
  'alerts_revised',
] as const;
export type IncidentEventKind = (typeof INCIDENT_EVENT_KINDS)[number];

/** A delivery of a group of which the source holds back alerts, or held some back before. */
export const AlertGroup = z.object({
  source: Id,
  key: z.string().min(1).max(64),
  version: z.int().min(0),
  hidden: z.int().min(0).max(1_000_000_000),
});

export const TimelineEntry = z
  .object({
    id: Id,
    event_type: z.enum(EVENT_TYPES),
    actor: z.string(),
    detail: z.record(z.string(), z.unknown()),
    created_at: Instant,
  })
  .meta({ id: 'TimelineEntry' });

export const Note = z
  .object({
    id: Id,
    /** As the request gave it, else the actor. */
    author: z.string(),
    /** The user or key that wrote it; null in notes of earlier versions. */
    actor: z.string().nullish(),
    content: z.string(),
    created_at: Instant,
  })
  .meta({ id: 'Note' });

/** An attached alert: its snapshot, whether its source still reports it, and since when not. */
export const LinkedAlert = AlertSnapshot.omit({ revision: true, raised: true })
  .extend({
    description: z.string().nullable(),
    links: SourceLinks,
    incident_id: Id,
    firing: z.boolean().describe('Whether it fires at its source, also after a person resolved the incident'),
    ended_at: Instant.nullable(),
    incident_state: z
      .object({ status: z.literal('resolved'), resolved_by: z.string(), resolved_at: Instant })
      .nullable()
      .describe('Set while the alert fires although a person resolved the incident'),
  })
  .meta({ id: 'LinkedAlert' });

export const IncidentId = idInPath('Invalid incident ID format');

export const filter = z.string().max(255).trim().toLowerCase().optional();
