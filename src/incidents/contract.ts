import * as z from 'zod';
import { defineContract } from '../kernel/contract';
import {
  EventsAsked,
  EventsTold,
  Id,
  Instant,
  InstantIn,
  idInPath,
  Labels,
  paged,
  pageOf,
  ServiceName,
  Severity,
  SeverityIn,
  standingOperation,
  TimeZone,
  text,
  word,
} from '../kernel/values';
import { CalendarInstant, PolicyDraft } from '../oncall/contract';

export const STATUSES = ['open', 'acknowledged', 'in_progress', 'resolved'] as const;
export type Status = (typeof STATUSES)[number];
export const SORTS = ['created_at', 'updated_at', 'severity', 'status'] as const;

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
] as const;

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
  .object({ id: Id, author: z.string(), content: z.string(), created_at: Instant })
  .meta({ id: 'Note' });

/** An attached alert: its snapshot, whether it still fires, and since when it does not. */
export const LinkedAlert = AlertSnapshot.extend({
  incident_id: Id,
  firing: z.boolean(),
  ended_at: Instant.nullable(),
}).meta({ id: 'LinkedAlert' });

/** Seven days. */
const LONGEST_SNOOZE_MINUTES = 10_080;

const IncidentId = idInPath('Invalid incident ID format');
const filter = z.string().max(255).trim().toLowerCase().optional();

/** Seconds; null where there was none to measure. */
const Times = z.object({ median: z.number().nullable(), p90: z.number().nullable() });
const Totals = z.object({ incidents: z.int(), resolved: z.int(), mtta: Times, mttr: Times });
const ByStatus = z.object({ open: z.int(), acknowledged: z.int(), in_progress: z.int(), resolved: z.int() });
const Shares = Totals.extend({
  by_status: ByStatus,
  by_severity: z.object({ critical: z.int(), high: z.int(), medium: z.int(), low: z.int() }),
});

/** Which future is asked for. */
const foreseen = {
  /** One of the two. */
  service: ServiceName.optional(),
  team: z.string().min(1).max(255).optional(),
  severity: SeverityIn.default('high'),
  /** When the incident opens; now unless given. */
  at: CalendarInstant.optional(),
};
const foreseenOf = <T extends z.ZodRawShape>(more: T) =>
  z.object({ ...foreseen, ...more }).refine(
    (input) => {
      const { service, team } = input as { service?: string; team?: string };
      return (service === undefined) !== (team === undefined);
    },
    { path: ['service'], message: 'Name either a service or a team' },
  );

const Foreseen = z
  .object({
    team: z.string().nullable(),
    severity: Severity,
    at: Instant,
    steps: z.array(
      z.object({
        at: Instant,
        step: z.int(),
        round: z.int(),
        /** Why these; `outside_support_hours` where the step waits and comes again. */
        why: z.string(),
        told: z.array(
          z.object({
            name: z.string(),
            email: z.string().nullable(),
            role: z.string(),
            channel: z.string(),
            recipient: z.string(),
            reachable: z.boolean(),
          }),
        ),
        /** When the next step is due, or the policy exhausted. */
        next_at: Instant,
      }),
    ),
    exhausted_at: Instant,
    /** When a policy that reached nobody would be tried again; null where it reached somebody. */
    again_at: Instant.nullable(),
  })
  .meta({ id: 'ForeseenEscalation' });

export const incidentsContract = defineContract({
  create: {
    summary: 'Open an incident by hand',
    method: 'POST',
    path: '/api/v1/incidents',
    access: 'responder',
    input: z.object({
      title: text(500),
      service: ServiceName,
      severity: SeverityIn,
      assigned_to: z.string().max(255).nullish(),
    }),
    output: Incident,
    status: 201,
  },
  list: {
    summary: 'Incidents, newest first unless sorted otherwise; status and severity take several, separated by commas',
    method: 'GET',
    path: '/api/v1/incidents',
    access: 'viewer',
    input: paged({
      status: filter,
      severity: filter,
      service: filter,
      team: z.string().max(255).optional(),
      /** A name or an e-mail address. */
      assigned_to: z.string().max(255).optional(),
      /** Assigned to whoever asks. */
      mine: z.enum(['true', 'false']).optional(),
      /** Created at or after `from` and before `to`. */
      from: InstantIn.optional(),
      to: InstantIn.optional(),
      /** Words of title, service, assignee or team by their beginnings, or the beginning of an id. */
      q: z.string().max(200).trim().optional(),
      sort: word('sort', SORTS).default('created_at'),
      order: word('order', ['asc', 'desc']).default('desc'),
    }),
    output: pageOf('incidents', Incident).extend({
      /** Of everything that matches, whichever statuses were asked for. */
      counts: ByStatus,
    }),
  },
  statsSummary: {
    summary: 'Counts by status and mean times to acknowledge and resolve, over all incidents',
    method: 'GET',
    path: '/api/v1/incidents/stats/summary',
    access: 'viewer',
    input: z.object({}),
    output: z.object({
      open: z.int(),
      acknowledged: z.int(),
      in_progress: z.int(),
      resolved: z.int(),
      avg_mtta_seconds: z.number().nullable(),
      avg_mttr_seconds: z.number().nullable(),
    }),
  },
  analytics: {
    summary:
      'How the work went over all incidents of a span, against the span before; with format=csv the incidents or the days as a file',
    method: 'GET',
    path: '/api/v1/analytics/incidents',
    access: 'viewer',
    input: z.object({
      /** Created at or after `from` and before `to`; the last thirty days unless said. */
      from: InstantIn.optional(),
      to: InstantIn.optional(),
      /** Whose calendar the days and hours are of. */
      time_zone: TimeZone.default('UTC'),
      service: filter,
      team: z.string().max(255).optional(),
      severity: filter,
      format: z.enum(['json', 'csv']).default('json'),
      /** What the file holds. */
      table: z.enum(['incidents', 'days']).default('incidents'),
    }),
    output: z.object({
      from: Instant,
      to: Instant,
      time_zone: z.string(),
      totals: Shares,
      previous: Shares.extend({ from: Instant, to: Instant }),
      days: z.array(Shares.extend({ day: z.string() })),
      /** The noisiest first. */
      by_service: z.array(Totals.extend({ service: z.string(), alerts: z.int() })),
      /** How many were opened in each hour of the week: seven days from Monday, twenty-four hours each. */
      hours: z.array(z.array(z.int())),
    }),
  },
  findOpen: {
    summary: 'The unresolved incident that an alert of this service and severity would join',
    method: 'GET',
    path: '/api/v1/incidents/find-open',
    access: 'viewer',
    input: z.object({
      service: ServiceName,
      severity: SeverityIn,
      window_minutes: z.coerce.number<number>().int().min(1).max(525_600).default(5),
    }),
    output: z.object({ incident_id: Id.nullable() }),
  },
  get: {
    summary: 'One incident with its alerts, notes and timeline',
    method: 'GET',
    path: '/api/v1/incidents/:id',
    access: 'viewer',
    input: z.object({ id: IncidentId }),
    output: Incident.extend({
      /** The first 200; `alerts_total` counts all. */
      alerts: z.array(LinkedAlert),
      alerts_total: z.int(),
      notes: z.array(Note),
      timeline: z.array(TimelineEntry),
    }),
  },
  bulk: {
    summary: 'Acknowledge or resolve many incidents; each succeeds or is refused for itself',
    method: 'POST',
    path: '/api/v1/incidents/bulk',
    access: 'responder',
    input: z.object({
      ids: z.array(Id).min(1).max(200),
      status: word('status', ['acknowledged', 'resolved']),
      notes: z.string().max(5000).nullish(),
    }),
    output: z.object({
      results: z.array(
        z.object({
          id: Id,
          done: z.boolean(),
          incident: Incident.nullable(),
          problem: z.object({ kind: z.string(), detail: z.string() }).nullable(),
        }),
      ),
    }),
  },
  update: {
    summary: 'Acknowledge, resolve, reassign, annotate or rate an incident',
    method: 'PATCH',
    path: '/api/v1/incidents/:id',
    access: 'responder',
    input: z.object({
      id: IncidentId,
      status: word('status', STATUSES).nullish(),
      notes: z.string().max(5000).nullish(),
      assigned_to: z.string().max(255).nullish(),
      /** A higher one ends a snooze. */
      severity: SeverityIn.nullish(),
    }),
    output: Incident,
  },
  snooze: {
    summary: 'Page nobody for a while; the status stays, and the escalation begins anew afterwards',
    method: 'POST',
    path: '/api/v1/incidents/:id/snooze',
    access: 'responder',
    input: z.object({
      id: IncidentId,
      minutes: z.int().min(1).max(LONGEST_SNOOZE_MINUTES),
      reason: z.string().max(500).trim().optional(),
    }),
    output: Incident,
  },
  endSnooze: {
    summary: 'End a snooze now; the escalation begins anew',
    method: 'DELETE',
    path: '/api/v1/incidents/:id/snooze',
    access: 'responder',
    input: z.object({ id: IncidentId }),
    output: Incident,
  },
  metrics: {
    summary: 'When an incident was acknowledged and resolved, and how long that took',
    method: 'GET',
    path: '/api/v1/incidents/:id/metrics',
    access: 'viewer',
    input: z.object({ id: IncidentId }),
    output: z.object({
      incident_id: Id,
      mtta_seconds: z.number().nullable(),
      mttr_seconds: z.number().nullable(),
      status: z.enum(STATUSES),
      created_at: Instant,
      acknowledged_at: Instant.nullable(),
      resolved_at: Instant.nullable(),
    }),
  },
  addNote: {
    summary: 'Add a note',
    method: 'POST',
    path: '/api/v1/incidents/:id/notes',
    access: 'responder',
    input: z.object({
      id: IncidentId,
      author: z.string().max(255).optional(),
      content: z.string().max(20_000).trim().min(1, 'Note content cannot be empty'),
    }),
    output: Note.extend({ incident_id: Id }),
    status: 201,
  },
  timeline: {
    summary: 'What happened to an incident, oldest first',
    method: 'GET',
    path: '/api/v1/incidents/:id/timeline',
    access: 'viewer',
    input: z.object({ id: IncidentId }),
    output: z.object({ incident_id: Id, total: z.int(), timeline: z.array(TimelineEntry) }),
  },
  linkAlert: {
    summary: 'Link an alert by hand; the same alert twice counts once',
    method: 'POST',
    path: '/api/v1/incidents/:id/link-alert',
    access: 'internal',
    input: z.object({
      id: IncidentId,
      alert_id: z.string().max(255).default('unknown'),
      fingerprint: z.string().max(64).default(''),
    }),
    output: z.object({ status: z.literal('linked'), incident_id: Id, alert_id: z.string() }),
  },
  previewEscalation: {
    summary: 'Whom an incident would page, step by step until its policy is exhausted; pages nobody',
    method: 'GET',
    path: '/api/v1/escalations/preview',
    access: 'viewer',
    input: foreseenOf({}),
    output: Foreseen,
  },
  previewDraft: {
    summary:
      'The same by a policy that nobody has set yet, instead of the one of the team; stores nothing, pages nobody',
    method: 'POST',
    path: '/api/v1/escalations/preview',
    access: 'viewer',
    input: foreseenOf({ policy: PolicyDraft }),
    output: Foreseen,
  },
  escalateIncident: {
    summary: 'Take the next escalation step of an incident now',
    method: 'POST',
    path: '/api/v1/incidents/:id/escalate',
    access: 'responder',
    input: z.object({ id: IncidentId, reason: z.string().min(1).max(500).default('Escalated by hand') }),
    output: z.object({
      status: z.literal('escalated'),
      escalation_id: Id,
      team: z.string().nullable(),
      incident_id: z.string(),
      escalated_to: z.object({ name: z.string(), email: z.string().nullable() }).nullable(),
      message: z.string(),
      timestamp: Instant,
    }),
  },
  escalate: {
    summary:
      'Escalate an incident of a team: a known one takes its next step now, an unknown one tells the next in line',
    method: 'POST',
    path: '/api/v1/escalate',
    access: 'responder',
    input: z.object({
      team: z.string().min(1).max(255),
      incident_id: z.string().min(1).max(255),
      reason: z.string().min(1).max(500).default('No acknowledgment within SLA'),
    }),
    output: z.object({
      status: z.literal('escalated'),
      escalation_id: Id,
      team: z.string().nullable(),
      incident_id: z.string(),
      escalated_to: z.object({ name: z.string(), email: z.string().nullable() }).nullable(),
      message: z.string(),
      timestamp: Instant,
    }),
  },
  attach: {
    summary: 'Attach alerts to incidents, opening those that are missing; repeating it changes nothing',
    method: 'POST',
    path: '/internal/incidents/attach',
    access: 'internal',
    quiet: true,
    bodyLimit: 8 * 1024 * 1024,
    outputIsBuilt: true,
    input: z.object({ alerts: z.array(AlertSnapshot).min(1).max(1000) }),
    output: z.object({
      results: z.array(
        z.object({
          alert_id: Id,
          incident_id: Id,
          /** `ended`: this alert's incident is resolved; the condition must come back as a new alert. */
          result: z.enum(['new_incident', 'existing_incident', 'ended']),
        }),
      ),
    }),
  },
  alertsEnded: {
    summary:
      'These alerts stopped firing; an incident whose last firing alert ends is resolved. Repeating it changes nothing',
    method: 'POST',
    path: '/internal/incidents/alerts-ended',
    access: 'internal',
    bodyLimit: 1024 * 1024,
    input: z.object({
      alerts: z
        .array(z.object({ alert_id: Id, ended_at: Instant }))
        .min(1)
        .max(1000),
    }),
    output: z.object({
      results: z.array(
        z.object({
          alert_id: Id,
          /** Null: not attached (yet). */
          incident_id: Id.nullable(),
          incident_resolved: z.boolean(),
        }),
      ),
    }),
  },
  standing: standingOperation('incidents'),
  events: {
    summary: 'Facts of this module in commit order; waits until there is one or `wait_ms` is over',
    method: 'GET',
    path: '/internal/incidents/events',
    access: 'internal',
    quiet: true,
    input: EventsAsked,
    output: EventsTold,
  },
});
export type IncidentsContract = typeof incidentsContract;
