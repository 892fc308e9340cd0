import * as z from 'zod';
import { defineContract } from '../../kernel/ports/contract';
import { Id, Instant, LONGEST_DESCRIPTION, Severity, SourceLinks } from '../../kernel/ports/values';
import { PolicyDraft } from './policies';
import { AnyTeam, Who } from './shared';

/** What incidents asks: who answers, and whom a step of an escalation tells. */

/** One person or room that a step told, and why. */
export const StepTold = z.object({
  name: z.string(),
  email: z.string().nullable(),
  /** A `room` hears of an incident; a `paged_room` was asked by the policy to act on it. */
  role: z.enum(['primary', 'secondary', 'member', 'person', 'assignee', 'room', 'paged_room']),
  channel: z.string(),
  recipient: z.string(),
  notification_id: Id,
  reachable: z.boolean(),
});

/** What a step would come to. */
const StepForeseen = z.object({
  team: z.string().nullable(),
  told: z.array(StepTold.omit({ notification_id: true })),
  /** Why these: `primary`, `secondary`, `primary_again`, `everybody`, `person`, `room`; of another team as `primary of web`,
   * several separated by commas; or why nobody: `nobody_on_call`, `no_team`, `outside_support_hours`. */
  why: z.string(),
  /** Where support hours are over: when the same step is to be taken instead. */
  wait_until: Instant.nullable(),
  /** How long to wait before the next step, in minutes. */
  wait_minutes: z.int(),
  /** How many steps a round has, and how many rounds follow the first. */
  steps: z.int(),
  repeat: z.int(),
  next_handoff_at: Instant.nullable(),
});

/** What a step came to. */
const StepTaken = StepForeseen.extend({
  escalation_id: Id,
  told: z.array(StepTold),
  /** True if the step means a person that was spared. */
  spared: z.boolean().optional(),
  timestamp: Instant,
});

/** One of several people of the same name, and the teams they belong to. */
const Candidate = z.object({ name: z.string(), email: z.string(), teams: z.array(z.string()) });

export const stepOperations = defineContract({
  /** On this module's own port this answers `/escalate` for incidents nobody knows; the gateway asks incidents instead. */
  escalateUnknown: {
    summary: 'Tell the next in line about an incident that only the caller knows; recorded, with no clock',
    method: 'POST',
    path: '/api/v1/escalate',
    access: 'internal',
    input: z.object({
      team: AnyTeam,
      incident_id: z.string().min(1).max(255),
      reason: z.string().min(1).max(500).default('No acknowledgment within SLA'),
    }),
    output: z.object({
      status: z.literal('escalated'),
      escalation_id: Id,
      team: z.string().nullable(),
      incident_id: z.string(),
      escalated_to: Who.nullable(),
      message: z.string(),
      timestamp: Instant,
    }),
  },
  responders: {
    summary: 'The team that owns each service, and its primary now',
    method: 'POST',
    path: '/internal/oncall/responders',
    access: 'internal',
    quiet: true,
    input: z.object({ services: z.array(z.string().max(255)).min(1).max(1000) }),
    output: z.object({
      results: z.array(z.object({ service: z.string(), team: z.string().nullable(), primary: Who.nullable() })),
    }),
  },
  findPerson: {
    summary:
      'The person that an assignee given as text means: an e-mail address, or a name; of several people of one name, the one of the team',
    method: 'GET',
    path: '/internal/oncall/person',
    access: 'internal',
    input: z.object({
      text: z.string().min(1).max(255),
      /** The team that decides between people of one name; without it, the owner of the service. */
      team: z.string().max(255).optional(),
      service: z.string().max(255).optional(),
    }),
    output: z.object({
      name: z.string(),
      email: z.string().nullable(),
      /** Only if the name is ambiguous: the people who have it. `email` is null then. */
      candidates: z.array(Candidate).optional(),
    }),
  },
  ackTimeout: {
    summary:
      'After how many minutes of silence an acknowledged incident of a service is escalated again; null for never',
    method: 'GET',
    path: '/internal/oncall/ack-timeout',
    access: 'internal',
    input: z.object({ service: z.string().max(255) }),
    output: z.object({ minutes: z.int().nullable() }),
  },
  takenStep: {
    summary: 'What a step under this key came to, should it have been taken and told; takes none',
    method: 'GET',
    path: '/internal/oncall/taken-step',
    access: 'internal',
    input: z.object({ key: z.string().min(1).max(150) }),
    output: z.object({ taken: StepTaken.nullable() }),
  },
  foreseeStep: {
    summary: 'Whom a step would tell at an instant, and how; tells nobody and records nothing',
    method: 'POST',
    path: '/internal/oncall/foresee-step',
    access: 'internal',
    quiet: true,
    input: z.object({
      /** One of the two: a service, or a team by its name. */
      service: z.string().max(255).optional(),
      team: AnyTeam.optional(),
      severity: Severity,
      step: z.int().min(1).max(100),
      announce: z.boolean().default(false),
      at: Instant,
      /** What the policy would be, instead of the one that is set. */
      policy: PolicyDraft.optional(),
    }),
    output: StepForeseen,
  },
  takeStep: {
    summary: 'Resolve a step of the policy now, have its targets told, record it; the same key is the same command',
    method: 'POST',
    path: '/internal/oncall/take-step',
    access: 'internal',
    quiet: true,
    input: z.object({
      key: z.string().min(1).max(150),
      incident_id: z.string().min(1).max(255),
      service: z.string().max(255),
      title: z.string().min(1).max(600),
      /** What the source says beside its message, and its links; both are sent with the message. */
      description: z.string().max(LONGEST_DESCRIPTION).nullable().default(null),
      links: SourceLinks.default([]),
      severity: Severity,
      step: z.int().min(1).max(100),
      round: z.int().min(0).max(10),
      reason: z.string().min(1).max(500),
      /** An assignee who was named by hand and must hear of it too (step 1 only). */
      assignee: z.object({ name: z.string(), email: z.string() }).nullable().default(null),
      /** Tell the team's room as well: once for each opened incident. */
      announce: z.boolean().default(false),
      /** A person wants it now: outside of support hours too. */
      by_hand: z.boolean().default(false),
      /** The address of a person that is not told, because they caused the step and know of the incident. */
      spare: z.string().max(255).nullable().default(null),
      /** Told beside everybody else when an exhausted policy reached nobody (FALLBACK_TARGET). */
      fallback: z.string().max(500).nullable().default(null),
    }),
    output: StepTaken,
  },
});
