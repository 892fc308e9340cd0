import * as z from 'zod';
import { defineContract } from '../../kernel/ports/contract';
import { Id, Instant, LONGEST_DESCRIPTION, Severity, SourceLinks } from '../../kernel/ports/values';
import { PolicyDraft } from './policies';
import { AnyTeam, Who } from './shared';

/** Operations for incidents: the owners of services, and the steps of an escalation. */

/** A person or room that a step notified, and in which role. */
export const StepTold = z.object({
  name: z.string(),
  email: z.string().nullable(),
  /** A `room` is notified of an incident; a `paged_room` is a target of the policy. */
  role: z.enum(['primary', 'secondary', 'member', 'person', 'assignee', 'room', 'paged_room']),
  channel: z.string(),
  recipient: z.string(),
  notification_id: Id,
  reachable: z.boolean(),
  /** As notify planned the page of a person by their rules. */
  page_id: Id.optional(),
  rules: z.int().optional(),
  after_minutes: z.int().optional(),
  held_until: Instant.optional(),
  /** In a preview: why no attempt can reach the person or room. */
  why_not: z.string().optional(),
  /** In a preview: notify did not answer, so `reachable` is false and `channel` is `unknown`. */
  reach_unknown: z.literal(true).optional(),
});

/** Where an incident is routed: names of teams. Null, as without a route: the owner of the service. */
export const StepRoute = z.object({
  /** The team that is responsible. */
  team: z.string().max(255).nullable(),
  /** The team whose policy pages; null: the one that is responsible. */
  policy: z.string().max(255).nullable(),
});

/** The result of a step before it runs. */
const StepForeseen = z.object({
  team: z.string().nullable(),
  told: z.array(StepTold.omit({ notification_id: true })),
  /**
   * The reason: `primary`, `secondary`, `primary_again`, `everybody`, `person`, `room`; of another team as `primary of
   * web`, several separated by commas; `in_turn` last if only the next of the people is paged. Without a target: `nobody_on_call`, `no_team`, `outside_support_hours`.
   */
  why: z.string(),
  /** Outside support hours: when to run the same step again. */
  wait_until: Instant.nullable(),
  /** How long to wait before the next step, in minutes. */
  wait_minutes: z.int(),
  /** How many different people must acknowledge before the escalation stops; absent: one. */
  acknowledgements: z.int().optional(),
  /** If its people take turns: how many others could be paged instead, should the one in turn not be reached. */
  others_in_turn: z.int().optional(),
  /** The number of steps in a round, and of rounds after the first. */
  steps: z.int(),
  repeat: z.int(),
  /** The first instant at which any step of the policy may have another target; null if none is known. */
  next_handoff_at: Instant.nullable(),
  /** What the route names that does not exist: the team, or else the owner of the service, pages instead. */
  missing: z.array(z.enum(['team', 'policy'])).optional(),
});

/** The result of a step that ran. */
const StepTaken = StepForeseen.extend({
  escalation_id: Id,
  told: z.array(StepTold),
  /** True if the step would have paged the spared person. */
  spared: z.boolean().optional(),
  timestamp: Instant,
});

/** One of several people of the same name, with their teams. */
const Candidate = z.object({ name: z.string(), email: z.string(), teams: z.array(z.string()) });

export const stepOperations = defineContract({
  /** On the port of this module this answers `/escalate` for unknown incidents; the gateway sends it to incidents. */
  escalateUnknown: {
    summary: 'Page the next in line about an incident that only the caller knows; recorded, without a timer',
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
    input: z.object({
      services: z.array(z.string().max(255)).min(1).max(1000),
      /** Teams to which incidents are routed. */
      teams: z.array(z.string().max(255)).max(1000).optional(),
    }),
    output: z.object({
      results: z.array(z.object({ service: z.string(), team: z.string().nullable(), primary: Who.nullable() })),
      /** Those of the teams that exist: the name that was asked for, and the one in force. */
      teams: z.array(z.object({ name: z.string(), team: z.string(), primary: Who.nullable() })).optional(),
    }),
  },
  findPerson: {
    summary:
      'The person for an assignee given as text: an e-mail address, or a name; of several people of one name, the one of the team',
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
      /** Only if the name is ambiguous: the people with this name. `email` is null then. */
      candidates: z.array(Candidate).optional(),
    }),
  },
  ackTimeout: {
    summary:
      'The minutes without activity after which an acknowledged incident of a service is escalated again; null for never',
    method: 'GET',
    path: '/internal/oncall/ack-timeout',
    access: 'internal',
    input: z.object({
      service: z.string().max(255),
      team: z.string().max(255).optional(),
      policy: z.string().max(255).optional(),
    }),
    output: z.object({ minutes: z.int().nullable() }),
  },
  takenStep: {
    summary: 'The result of a step under this key if it ran and its pages were sent; runs nothing',
    method: 'GET',
    path: '/internal/oncall/taken-step',
    access: 'internal',
    input: z.object({ key: z.string().min(1).max(150) }),
    output: z.object({ taken: StepTaken.nullable() }),
  },
  foreseeStep: {
    summary: 'The targets of a step at an instant and their channels; notifies no one and records nothing',
    method: 'POST',
    path: '/internal/oncall/foresee-step',
    access: 'internal',
    quiet: true,
    input: z.object({
      /** One of the two: a service, or a team by name. */
      service: z.string().max(255).optional(),
      team: AnyTeam.optional(),
      /** The route of the incident of this service. */
      route: StepRoute.optional(),
      severity: Severity,
      step: z.int().min(1).max(100),
      /** The round of the policy: a later round of a round-robin step pages a later person. */
      round: z.int().min(0).max(10).default(0),
      announce: z.boolean().default(false),
      at: Instant,
      /** A policy to try out, instead of the one that is set. */
      policy: PolicyDraft.optional(),
      /**
       * How notify is asked by which methods people are reached. `needed`: without its answer the query fails. `if_known`:
       * without its answer all are marked as unknown. `unasked`: all are marked as unknown.
       */
      reach: z.enum(['needed', 'if_known', 'unasked']).default('needed'),
    }),
    output: StepForeseen,
  },
  takeStep: {
    summary: 'Resolve a step of the policy now, notify its targets and record it; the same key is the same command',
    method: 'POST',
    path: '/internal/oncall/take-step',
    access: 'internal',
    quiet: true,
    input: z.object({
      key: z.string().min(1).max(150),
      incident_id: z.string().min(1).max(255),
      service: z.string().max(255),
      route: StepRoute.optional(),
      title: z.string().min(1).max(600),
      /** The description and the links of the source; both are sent with the message. */
      description: z.string().max(LONGEST_DESCRIPTION).nullable().default(null),
      links: SourceLinks.default([]),
      severity: Severity,
      step: z.int().min(1).max(100),
      round: z.int().min(0).max(10),
      reason: z.string().min(1).max(500),
      /** An assignee chosen by hand, who is notified too (step 1 only). */
      assignee: z.object({ name: z.string(), email: z.string() }).nullable().default(null),
      /** Notify the room of the team as well: once for each opened incident. */
      announce: z.boolean().default(false),
      /** Requested by a person: runs outside support hours too. */
      by_hand: z.boolean().default(false),
      /** The address of a person who is not notified, because they caused the step. */
      spare: z.string().max(255).nullable().default(null),
      /** The addresses of people who acknowledged the incident already, while others still must; they are not paged. */
      acknowledged_by: z.array(z.string().max(255)).max(100).default([]),
      /** If the people of the step take turns: the addresses of those who were paged in this run of it and not reached. */
      passed_over: z.array(z.string().max(255)).max(5_000).default([]),
      /** Notified in addition if an exhausted policy reached no one (FALLBACK_TARGET). */
      fallback: z.string().max(500).nullable().default(null),
    }),
    output: StepTaken,
  },
});
