import * as z from 'zod';
import { defineContract } from '../kernel/contract';
import { Email, EventsAsked, EventsTold, Id, Instant, ServiceName, Severity, text } from '../kernel/values';
import {
  type PolicyTarget as PolicyTargetSchema,
  policyOperations,
  type SupportHours as SupportHoursSchema,
} from './contract/policies';
import { AnyTeam, ROLES, RoomAddress, TimeZone } from './contract/shared';

export type PolicyTarget = z.infer<typeof PolicyTargetSchema>;
export type SupportHours = z.infer<typeof SupportHoursSchema>;
export { ROLES };

export const ROTATION_TYPES = ['weekly', 'daily', 'biweekly'] as const;

/** A team's name is its key: case-sensitive, and addressable in a path. */
export const TeamName = z
  .string()
  .min(1)
  .max(255)
  .refine((name) => name.trim() !== '' && !/[/\\]/.test(name) && name !== '.' && name !== '..', {
    message: 'A team name must not be blank and must not contain a slash',
  });

export const Member = z.object({
  name: text(255),
  email: text(255),
  role: z.enum(ROLES),
});

export const Schedule = z
  .object({
    id: Id,
    team: z.string(),
    rotation_type: z.enum(ROTATION_TYPES),
    members: z.array(Member),
    created_at: Instant,
    updated_at: Instant.nullable(),
  })
  .meta({ id: 'Schedule' });

const Who = z.object({ name: z.string(), email: z.string() });
const limit = (fallback: number) => z.coerce.number<number>().int().min(1).max(10_000).default(fallback);

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

export const oncallContract = defineContract({
  ...policyOperations,
  createSchedule: {
    summary: 'Create or replace the schedule of a team',
    method: 'POST',
    path: '/api/v1/schedules',
    access: 'admin',
    input: z.object({
      team: TeamName,
      rotation_type: z.enum(ROTATION_TYPES).default('weekly'),
      members: z.array(Member).min(1).max(200),
    }),
    output: Schedule,
    status: 201,
  },
  listSchedules: {
    summary: 'All schedules, oldest first',
    method: 'GET',
    path: '/api/v1/schedules',
    access: 'viewer',
    input: z.object({}),
    output: z.array(Schedule),
  },
  getSchedule: {
    summary: 'The schedule of a team',
    method: 'GET',
    path: '/api/v1/schedules/:team',
    access: 'viewer',
    input: z.object({ team: AnyTeam }),
    output: Schedule,
  },
  updateSchedule: {
    summary: 'Change rotation or members; whoever is on call stays so while still a member',
    method: 'PATCH',
    path: '/api/v1/schedules/:team',
    access: 'admin',
    input: z.object({
      team: AnyTeam,
      rotation_type: z.enum(ROTATION_TYPES).nullish(),
      add_members: z.array(Member).max(200).nullish(),
      remove_members: z.array(z.string().max(255)).max(200).nullish(),
    }),
    output: Schedule,
  },
  deleteSchedule: {
    summary: 'Delete the schedule of a team; its past stays answerable',
    method: 'DELETE',
    path: '/api/v1/schedules/:team',
    access: 'admin',
    input: z.object({ team: AnyTeam }),
    output: z.object({ status: z.literal('deleted'), team: z.string() }),
  },
  current: {
    summary: 'Who is on call for a team now',
    method: 'GET',
    path: '/api/v1/oncall/current',
    access: 'viewer',
    input: z.object({ team: AnyTeam }),
    output: z.object({
      team: z.string(),
      primary: Who.extend({
        override: z.literal(true).optional(),
        reason: z.string().nullable().optional(),
        expires_at: Instant.optional(),
      }),
      secondary: Who.nullable(),
      schedule_id: Id,
      rotation_type: z.enum(ROTATION_TYPES),
    }),
  },
  setOverride: {
    summary: 'Take a team over from now for some hours',
    method: 'POST',
    path: '/api/v1/oncall/override',
    access: 'responder',
    input: z.object({
      team: AnyTeam,
      user_name: text(255),
      user_email: text(255),
      reason: z.string().max(1000).nullable().default('Manual override'),
      /** 1 to 168; DEFAULT_OVERRIDE_HOURS unless given. */
      duration_hours: z.int().min(1).max(168).optional(),
    }),
    output: z.object({
      status: z.literal('override_set'),
      team: z.string(),
      overridden_to: z.string(),
      duration_hours: z.int(),
      expires_at: Instant,
    }),
  },
  removeOverride: {
    summary: 'End the override of a team now',
    method: 'DELETE',
    path: '/api/v1/oncall/override/:team',
    access: 'responder',
    input: z.object({ team: AnyTeam }),
    output: z.object({ status: z.literal('override_removed'), team: z.string() }),
  },
  listOverrides: {
    summary: 'Overrides in force now',
    method: 'GET',
    path: '/api/v1/oncall/overrides',
    access: 'viewer',
    input: z.object({}),
    output: z.array(
      z.object({
        team: z.string(),
        user_name: z.string(),
        user_email: z.string(),
        reason: z.string().nullable(),
        created_at: Instant,
        expires_at: Instant,
        duration_hours: z.int(),
      }),
    ),
  },
  escalations: {
    summary: 'The last escalations, oldest first',
    method: 'GET',
    path: '/api/v1/escalations',
    access: 'viewer',
    input: z.object({ team: AnyTeam.optional(), limit: limit(50) }),
    output: z.array(
      z.object({
        escalation_id: Id,
        team: z.string().nullable(),
        incident_id: z.string(),
        reason: z.string(),
        escalated_to: Who.nullable(),
        step: z.int(),
        told: z.array(StepTold),
        timestamp: Instant,
      }),
    ),
  },
  history: {
    summary: 'What happened to schedules, overrides and escalations, oldest first',
    method: 'GET',
    path: '/api/v1/oncall/history',
    access: 'viewer',
    input: z.object({ team: AnyTeam.optional(), event_type: z.string().max(50).optional(), limit: limit(100) }),
    output: z.array(
      z.object({
        event_id: Id,
        event_type: z.string(),
        team: z.string(),
        actor: z.string(),
        timestamp: Instant,
        details: z.record(z.string(), z.unknown()),
      }),
    ),
  },
  teams: {
    summary: 'Teams with a schedule',
    method: 'GET',
    path: '/api/v1/teams',
    access: 'viewer',
    input: z.object({}),
    output: z.array(
      z.object({
        team: z.string(),
        members_count: z.int(),
        rotation_type: z.enum(ROTATION_TYPES),
        has_override: z.boolean(),
        room: z.string().nullable(),
      }),
    ),
  },
  setTeamRoom: {
    summary: "Say which room (`channel:address`) hears of a team's incidents; null for the default room",
    method: 'PUT',
    path: '/api/v1/teams/:team/room',
    access: 'admin',
    input: z.object({
      team: AnyTeam,
      room: RoomAddress.nullable(),
    }),
    output: z.object({ team: z.string(), room: z.string().nullable() }),
  },
  stats: {
    summary: 'Totals of schedules, members, overrides, escalations and history',
    method: 'GET',
    path: '/api/v1/oncall/stats',
    access: 'viewer',
    input: z.object({}),
    output: z.object({
      total_schedules: z.int(),
      total_members: z.int(),
      active_overrides: z.int(),
      total_escalations: z.int(),
      total_history_events: z.int(),
      rotation_types: z.record(z.string(), z.int()),
      event_types: z.record(z.string(), z.int()),
    }),
  },
  services: {
    summary: 'Services and the teams that own them',
    method: 'GET',
    path: '/api/v1/services',
    access: 'viewer',
    input: z.object({}),
    output: z.array(z.object({ service: z.string(), team: z.string() })),
  },
  setService: {
    summary: 'Say which team owns a service',
    method: 'PUT',
    path: '/api/v1/services/:service',
    access: 'admin',
    input: z.object({ service: ServiceName, team: AnyTeam }),
    output: z.object({ service: z.string(), team: z.string() }),
  },
  deleteService: {
    summary: 'Forget who owns a service; then its name decides',
    method: 'DELETE',
    path: '/api/v1/services/:service',
    access: 'admin',
    input: z.object({ service: ServiceName }),
    output: z.void(),
    status: 204,
  },
  people: {
    summary: 'People who can be paged',
    method: 'GET',
    path: '/api/v1/people',
    access: 'viewer',
    input: z.object({}),
    output: z.array(z.object({ email: z.string(), name: z.string(), time_zone: z.string() })),
  },
  setPerson: {
    summary: 'Add or change a person',
    method: 'PUT',
    path: '/api/v1/people/:email',
    access: 'admin',
    input: z.object({
      email: Email,
      name: text(255),
      time_zone: TimeZone.default('UTC'),
    }),
    output: z.object({ email: z.string(), name: z.string(), time_zone: z.string() }),
  },
  deletePerson: {
    summary: 'Forget a person whom nothing points at',
    method: 'DELETE',
    path: '/api/v1/people/:email',
    access: 'admin',
    input: z.object({ email: Email }),
    output: z.void(),
    status: 204,
  },
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
    summary: 'Whom an assignee given as text means: an e-mail address, or the name of a person',
    method: 'GET',
    path: '/internal/oncall/person',
    access: 'internal',
    input: z.object({ text: z.string().min(1).max(255) }),
    output: z.object({ name: z.string(), email: z.string().nullable() }),
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
    }),
    output: z.object({
      team: z.string().nullable(),
      told: z.array(StepTold.omit({ notification_id: true })),
      why: z.string(),
      wait_until: Instant.nullable(),
      wait_minutes: z.int(),
      steps: z.int(),
      repeat: z.int(),
      next_handoff_at: Instant.nullable(),
    }),
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
      /** Told beside everybody else when an exhausted policy reached nobody (FALLBACK_TARGET). */
      fallback: z.string().max(500).nullable().default(null),
    }),
    output: z.object({
      escalation_id: Id,
      team: z.string().nullable(),
      told: z.array(StepTold),
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
      timestamp: Instant,
    }),
  },
  events: {
    summary: 'Facts of this module in commit order; waits until there is one or `wait_ms` is over',
    method: 'GET',
    path: '/internal/oncall/events',
    access: 'internal',
    quiet: true,
    input: EventsAsked,
    output: EventsTold,
  },
});
export type OncallContract = typeof oncallContract;
