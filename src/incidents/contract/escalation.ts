import * as z from 'zod';
import { Id, Instant, ServiceName, Severity, SeverityIn } from '../../kernel/ports/values';
import { CalendarInstant, PolicyDraft } from '../../oncall/contract';
import { IncidentId } from './shared';

/** Operations on escalations: take the next step now, and preview which people an incident would page. */

/** The incident to preview. */
const previewFields = {
  /** Give either `service` or `team`. */
  service: ServiceName.optional(),
  team: z.string().min(1).max(255).optional(),
  severity: SeverityIn.default('high'),
  /** When the incident opens; now by default. */
  at: CalendarInstant.optional(),
  /** A rule or the source routes an incident of the service to this team. */
  route_team: z.string().min(1).max(255).optional(),
  /** The team whose policy pages instead. */
  route_policy: z.string().min(1).max(255).optional(),
};

const previewInput = <T extends z.ZodRawShape>(more: T) =>
  z.object({ ...previewFields, ...more }).refine(
    (input) => {
      const { service, team } = input as { service?: string; team?: string };
      return (service === undefined) !== (team === undefined);
    },
    { path: ['service'], message: 'Name either a service or a team' },
  );

/** A message to one address that the preview foresees. */
const Foreseen = z.object({
  name: z.string(),
  email: z.string().nullable(),
  role: z.string(),
  /** `unknown` with `reach_unknown`. */
  channel: z.string(),
  recipient: z.string(),
  /** False with `reach_unknown`, too. */
  reachable: z.boolean(),
  /** When it is sent, by the notification rules of the person; absent if none is. */
  at: Instant.optional(),
  /** Minutes after the step, or after quiet hours; absent for 0. */
  after_minutes: z.int().optional(),
  /** The end of the quiet hours that hold it. */
  held_until: Instant.optional(),
  /** Why no attempt can reach the person or room, such as `no_contact_method`, `unverified`, `disabled`, `not_configured`. */
  why_not: z.string().optional(),
  /** Notify did not answer. The preview continues as if the person were reached. */
  reach_unknown: z.literal(true).optional(),
});

const EscalationPreview = z
  .object({
    team: z.string().nullable(),
    severity: Severity,
    at: Instant,
    steps: z.array(
      z.object({
        at: Instant,
        step: z.int(),
        round: z.int(),
        /** Why the step notifies these people; `outside_support_hours` or `quiet_hours` if it is deferred and runs again later. */
        why: z.string(),
        told: z.array(Foreseen),
        /** When the next step is due, or when the policy is exhausted. */
        next_at: Instant,
      }),
    ),
    exhausted_at: Instant,
    /** When the policy restarts if it reached no one; null if it reached a person. */
    again_at: Instant.nullable(),
  })
  .meta({ id: 'ForeseenEscalation' });

const UUID = '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';
const MAX_SUMMARIES = 20;
const SomeIncidents = z
  .string()
  .max(1_000)
  .regex(
    new RegExp(`^${UUID}(,${UUID}){0,${MAX_SUMMARIES - 1}}$`),
    `Name 1 to ${MAX_SUMMARIES} incident IDs, separated by commas`,
  );

const Escalated = z.object({
  status: z.literal('escalated'),
  escalation_id: Id,
  team: z.string().nullable(),
  incident_id: z.string(),
  escalated_to: z.object({ name: z.string(), email: z.string().nullable() }).nullable(),
  message: z.string(),
  timestamp: Instant,
});

export const escalationOperations = {
  fuses: {
    summary:
      'The people that the steps of some incidents notified, and those that the next step would notify now; unknown incidents are left out',
    method: 'GET',
    path: '/api/v1/escalations/fuses',
    access: 'viewer',
    input: z.object({ incidents: SomeIncidents }),
    output: z.object({
      fuses: z.array(
        z.object({
          incident_id: Id,
          /** The newest four pages, oldest first. */
          paged: z.array(z.object({ step: z.int(), at: Instant, names: z.array(z.string()) })),
          /** Null if no step is scheduled. */
          next: z
            .object({
              step: z.int(),
              at: Instant,
              /** Why the step notifies these people. Null, as `told`, if oncall does not answer. */
              why: z.string().nullable(),
              told: z.array(z.object({ name: z.string(), role: z.string() })).nullable(),
            })
            .nullable(),
        }),
      ),
    }),
  },
  previewEscalation: {
    summary: 'Preview which people an incident would page, step by step until its policy is exhausted; sends nothing',
    method: 'GET',
    path: '/api/v1/escalations/preview',
    access: 'viewer',
    input: previewInput({}),
    output: EscalationPreview,
  },
  previewDraft: {
    summary: 'The same preview with a draft policy instead of the policy of the team; stores nothing, sends nothing',
    method: 'POST',
    path: '/api/v1/escalations/preview',
    access: 'viewer',
    input: previewInput({ policy: PolicyDraft }),
    output: EscalationPreview,
  },
  previewIncident: {
    summary:
      'Preview which people an incident pages from its next step on if no one acknowledges; 409 if no step is scheduled',
    method: 'GET',
    path: '/api/v1/incidents/:id/preview',
    access: 'viewer',
    input: z.object({ id: IncidentId }),
    output: EscalationPreview,
  },
  escalateIncident: {
    summary: 'Take the next escalation step of an incident now',
    method: 'POST',
    path: '/api/v1/incidents/:id/escalate',
    access: 'responder',
    input: z.object({ id: IncidentId, reason: z.string().min(1).max(500).default('Escalated by hand') }),
    output: Escalated,
  },
  escalate: {
    summary:
      'Escalate an incident of a team: a known incident takes its next step now; for an unknown one, the next person in line is notified',
    method: 'POST',
    path: '/api/v1/escalate',
    access: 'responder',
    input: z.object({
      team: z.string().min(1).max(255),
      incident_id: z.string().min(1).max(255),
      reason: z.string().min(1).max(500).default('No acknowledgment within SLA'),
    }),
    output: Escalated,
  },
} as const;
