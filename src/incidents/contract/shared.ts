import * as z from 'zod';
import { Id, Instant, idInPath, Labels, LONGEST_DESCRIPTION, Severity, SourceLinks } from '../../kernel/ports/values';

export const STATUSES = ['open', 'acknowledged', 'in_progress', 'resolved'] as const;
export type Status = (typeof STATUSES)[number];

/** See `Incident.reach`. */
export const REACHES = ['reached', 'pending', 'no_one', 'not_paged'] as const;
export type Reach = (typeof REACHES)[number];

const RoutedBy = z.object({ kind: z.enum(['rule', 'integration', 'heartbeat']), name: z.string().max(255) });

/** Where rules send an alert. The first decision binds: an alert keeps it while it fires. */
export const AlertRouting = z
  .object({
    /** The team that is responsible; null: the owner of the service. */
    team: z.string().max(255).nullable(),
    /** The policy that pages, by the name of its team; null: that of the responsible team. */
    policy: z.string().max(255).nullable(),
    /** What set team and policy. */
    by: RoutedBy.nullable(),
    /** Alerts of one key share an incident; null: those of one service and severity. It begins with a capital letter. */
    key: z.string().max(255).nullable(),
    /** Alerts of each severity have an incident of their own. */
    by_severity: z.boolean(),
    /** Services with different owners have incidents of their own. */
    per_owner: z.boolean(),
    /** Minutes without an alert after which the next one opens a new incident; null: the usual window. */
    window_minutes: z.int().min(1).max(10_080).nullable(),
    /** The rule because of which no one is paged. */
    not_paged_by: z.string().max(255).nullable(),
    /** A room (`channel:address`) that is notified when the incident opens. */
    room: z.string().max(500).nullable(),
  })
  .meta({ id: 'AlertRouting' });
export type AlertRouting = z.infer<typeof AlertRouting>;

/** A copy of an alert as it was when it was attached. Incidents stores the copy, so that it need not ask alerts. */
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
    /** Longer text of the source, next to its message. */
    description: z.string().max(LONGEST_DESCRIPTION).optional(),
    links: SourceLinks.optional(),
    /** Counts the changes of the alert's content; absent means none. */
    revision: z.int().min(0).optional(),
    /** The latest increase of its severity, and the revision that brought it. The severity may be lower again. */
    raised: z.object({ revision: z.int().min(0), to: Severity }).optional(),
    /** Absent: the owner of the service is paged, and alerts of one service and severity share an incident. */
    routing: AlertRouting.optional(),
    /** The identity of the alert flaps: the alert joins the incident of the identity. Not stored. */
    flapping: z.boolean().optional(),
  })
  .meta({ id: 'AlertSnapshot' });
export type AlertSnapshot = z.infer<typeof AlertSnapshot>;

/** The escalation of an incident: the step taken last, and when the next is due. */
export const EscalationClock = z
  .object({
    state: z.enum(['running', 'stopped', 'exhausted']),
    step: z.int(),
    round: z.int(),
    next_step: z.int().nullable(),
    next_step_at: Instant.nullable(),
    /** How many different people must acknowledge before it stops, and who has; absent if one is enough. */
    acknowledgements: z.object({ wanted: z.int(), by: z.array(z.string()) }).optional(),
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
    /** Null if the assignee is a text that matches no person, who then cannot be paged. */
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
    /** No pages go out before this time; null unless the incident is snoozed. */
    snoozed_until: Instant.nullable(),
    /**
     * Whether its escalation reached a person. `reached`: an address of a page accepted. `pending`: pages are being
     * sent or retried. `no_one`: the policy is exhausted, no address accepted in time, and no page is being sent.
     * `not_paged`: no page was due, for example at low urgency outside support hours, or if it was acknowledged before.
     */
    reach: z.enum(REACHES),
    description: z.string().nullable().describe('The latest description of the alert that opened the incident'),
    links: SourceLinks.describe('Runbook and dashboard of the alert that opened the incident; http(s) only'),
    hidden_alerts: z
      .int()
      .describe(
        'Alerts that the sources withhold; while there are any, the incident is not resolved by the end of the others',
      ),
    routing: z
      .object({ team: z.string().nullable(), policy: z.string().nullable(), by: RoutedBy.nullable() })
      .nullable()
      .describe('The team and the policy that a rule or the source set; null: the owner of the service is paged'),
    not_paged_by: z.string().nullable().describe('The rule because of which no one is paged; null if it pages'),
    flapping: z
      .boolean()
      .describe(
        'An alert of it fires and ends too often; the incident stays open until that stops, or a person resolves it',
      ),
  })
  .meta({ id: 'Incident' });
export type Incident = z.infer<typeof Incident>;

/** The types of timeline entries. */
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
  'alert_acknowledged',
  'alert_expired',
  'paging_started',
  'room_notified',
  'flapping_began',
  'flapping_ended',
] as const;

/** Written when an incident begins, or ends, to spare dependents their pages: see `migrations/incidents/0099_upstream.sql`. */
export const UPSTREAM_EVENTS = ['incident_upstream_began', 'incident_upstream_ended'] as const;

/**
 * The events of this module: one for each timeline entry, one for each batch of alerts, and one for each change of the
 * effect on dependents.
 */
export const INCIDENT_EVENT_KINDS = [
  ...EVENT_TYPES.map((type) => `incident_${type}` as const),
  'alerts_correlated',
  'alerts_resolved',
  'alerts_revised',
  ...UPSTREAM_EVENTS,
] as const;
export type IncidentEventKind = (typeof INCIDENT_EVENT_KINDS)[number];

/** A delivery of an alert group whose source withholds alerts now, or did so before. */
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
export type TimelineEntry = z.infer<typeof TimelineEntry>;

export const Note = z
  .object({
    id: Id,
    /** From the request; the actor by default. */
    author: z.string(),
    /** The user or key that wrote it; null in notes of earlier versions. */
    actor: z.string().nullish(),
    content: z.string(),
    created_at: Instant,
  })
  .meta({ id: 'Note' });

/** An attached alert: its snapshot, whether its source still reports it, and when it ended. */
export const LinkedAlert = AlertSnapshot.omit({ revision: true, raised: true, routing: true, flapping: true })
  .extend({
    description: z.string().nullable(),
    links: SourceLinks,
    incident_id: Id,
    firing: z.boolean().describe('Whether it still fires at its source, even if a person resolved the incident'),
    ended_at: Instant.nullable(),
    incident_state: z
      .object({ status: z.literal('resolved'), resolved_by: z.string(), resolved_at: Instant })
      .nullable()
      .describe('Set while the alert fires although a person resolved the incident'),
  })
  .meta({ id: 'LinkedAlert' });

export const IncidentId = idInPath('Invalid incident ID format');

/** A filter of a list, in lower case. */
export const filter = z.string().max(255).trim().toLowerCase().optional();
