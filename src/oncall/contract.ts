import * as z from 'zod';
import { defineContract } from '../kernel/contract';
import {
  Email,
  EventsAsked,
  EventsTold,
  Id,
  IfMatch,
  Instant,
  idInPath,
  ServiceName,
  Severity,
  standingOperation,
  text,
} from '../kernel/values';
import {
  CalendarInstant,
  Gap,
  Handoff,
  Layer,
  LayerRow,
  LayersIn,
  LevelGap,
  MEMBERS_BODY,
  Member,
  OnDuty,
  Override,
  OverrideIn,
  OverrideMove,
  Schedule,
  Shift,
  Source,
  Spanned,
  span,
  TeamName,
} from './contract/calendar';
import { coverageOperations } from './contract/coverage';
import { feedDoors, feedOperations } from './contract/feeds';
import {
  PolicyDraft,
  type PolicyTarget as PolicyTargetSchema,
  policyOperations,
  type SupportHours as SupportHoursSchema,
} from './contract/policies';
import { AnyTeam, limit, ROLES, ROTATION_TYPES, RoomAddress, TimeZone } from './contract/shared';

export type PolicyTarget = z.infer<typeof PolicyTargetSchema>;
export type SupportHours = z.infer<typeof SupportHoursSchema>;
export { Handoff, Layer, Shift, Source } from './contract/calendar';
export { CalendarInstant, PolicyDraft, ROLES };

const LONGEST_NOTICE_MINUTES = 10_080;

const Who = z.object({ name: z.string(), email: z.string() });

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
  ...coverageOperations,
  ...feedOperations,
  createSchedule: {
    summary: 'Create or replace the schedule of a team, by a rotation type and members or by layers',
    method: 'POST',
    path: '/api/v1/schedules',
    access: 'admin',
    bodyLimit: MEMBERS_BODY,
    input: z
      .object({
        team: TeamName,
        rotation_type: z.enum(ROTATION_TYPES).default('weekly'),
        members: z.array(Member).min(1).max(200).optional(),
        time_zone: TimeZone.default('UTC'),
        layers: LayersIn.optional(),
        effective_from: CalendarInstant.optional(),
        if_match: IfMatch,
      })
      .superRefine(({ members, layers }, context) => {
        if ((members === undefined) !== (layers === undefined)) return;
        const message = layers === undefined ? 'Give members, or layers' : 'Give members or layers, not both';
        context.addIssue({ code: 'custom', path: ['members'], message });
      }),
    output: Schedule,
    status: 201,
    etag: 'version',
  },
  putSchedule: {
    summary: 'Say the layers of a schedule from now or later on; whoever is on call stays so while still a member',
    method: 'PUT',
    path: '/api/v1/schedules/:team',
    access: 'admin',
    bodyLimit: MEMBERS_BODY,
    input: z.object({
      team: TeamName,
      time_zone: TimeZone.default('UTC'),
      layers: LayersIn,
      /** Now unless said; not in the past. */
      effective_from: CalendarInstant.optional(),
      if_match: IfMatch,
    }),
    output: Schedule,
    etag: 'version',
  },
  previewSchedule: {
    summary: 'What a draft would say, with nothing stored; with a team, as an edit of its schedule',
    method: 'POST',
    path: '/api/v1/schedules/preview',
    access: 'viewer',
    bodyLimit: MEMBERS_BODY,
    input: span({
      /** Whose schedule the draft edits: its overrides count, and whoever is on call stays so. */
      team: AnyTeam.nullish(),
      time_zone: TimeZone.default('UTC'),
      layers: LayersIn,
      /** With a team: from when the draft counts; now unless said. Without one it has always counted. */
      effective_from: CalendarInstant.optional(),
    }),
    output: Spanned.extend({
      draft: z.array(Layer),
      layers: z.array(LayerRow),
      shifts: z.array(Shift),
      /** When nobody fills a role: primary, and secondary where a layer has that role. */
      gaps: z.array(Gap),
      /** When the layers of one level give nobody, whatever other levels and overrides say. */
      level_gaps: z.array(LevelGap),
      handoffs: z.array(Handoff),
    }),
  },
  scheduleShifts: {
    summary: 'Who is on call when, and why; with layers=true also what each layer says by itself. 30 days unless said',
    method: 'GET',
    path: '/api/v1/schedules/:team/shifts',
    access: 'viewer',
    input: span({ team: AnyTeam, layers: z.enum(['true', 'false']).default('false') }),
    output: Spanned.extend({ shifts: z.array(Shift), layers: z.array(LayerRow).optional() }),
  },
  scheduleGaps: {
    summary: 'When nobody fills a role. 30 days unless said',
    method: 'GET',
    path: '/api/v1/schedules/:team/gaps',
    access: 'viewer',
    input: span({ team: AnyTeam, role: z.enum(ROLES).default('primary') }),
    output: Spanned.extend({ gaps: z.array(Gap) }),
  },
  scheduleHandoffs: {
    summary: 'When somebody comes or goes. 30 days unless said',
    method: 'GET',
    path: '/api/v1/schedules/:team/handoffs',
    access: 'viewer',
    input: span({ team: AnyTeam }),
    output: Spanned.extend({ handoffs: z.array(Handoff) }),
  },
  scheduleVersions: {
    summary: 'What the schedule has said and will say, newest first',
    method: 'GET',
    path: '/api/v1/schedules/:team/versions',
    access: 'viewer',
    input: z.object({ team: AnyTeam, limit: limit(50) }),
    output: z.array(
      z.object({
        version: z.string(),
        effective_from: Instant,
        /** When the next one comes into force. */
        until: Instant.nullable(),
        time_zone: z.string(),
        layers: z.array(Layer),
        created_by: z.string(),
        created_at: Instant,
      }),
    ),
  },
  withdrawVersion: {
    summary:
      'Take back a version that has not begun; those that have stay as they were, and so do others that are planned',
    method: 'DELETE',
    path: '/api/v1/schedules/:team/versions/:version',
    access: 'admin',
    input: z.object({
      team: AnyTeam,
      version: z.string().regex(/^\d{1,18}$/, 'Invalid version format'),
      if_match: IfMatch,
    }),
    output: Schedule,
    etag: 'version',
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
    etag: 'version',
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
      if_match: IfMatch,
    }),
    output: Schedule,
    etag: 'version',
  },
  deleteSchedule: {
    summary: 'Delete the schedule of a team; its past stays answerable',
    method: 'DELETE',
    path: '/api/v1/schedules/:team',
    access: 'admin',
    input: z.object({ team: AnyTeam, if_match: IfMatch }),
    output: z.object({ status: z.literal('deleted'), team: z.string() }),
  },
  current: {
    summary: 'Who is on call for a team, now or at another instant; 404 where nobody fills the role',
    method: 'GET',
    path: '/api/v1/oncall/current',
    access: 'viewer',
    input: z.object({ team: AnyTeam, role: z.enum(ROLES).default('primary'), at: CalendarInstant.optional() }),
    output: z.object({
      team: z.string(),
      primary: Who.extend({
        override: z.literal(true).optional(),
        reason: z.string().nullable().optional(),
        expires_at: Instant.optional(),
      }).nullable(),
      secondary: Who.nullable(),
      /** All of them; primary and secondary are the first. */
      primaries: z.array(OnDuty),
      secondaries: z.array(OnDuty),
      at: Instant,
      /** The first instant when somebody else may be on call, as far as is known. */
      until: Instant.nullable(),
      schedule_id: Id,
      rotation_type: z.enum(ROTATION_TYPES),
    }),
  },
  onCallNow: {
    summary: 'Everybody who is on call now, in every team',
    method: 'GET',
    path: '/api/v1/oncall/now',
    access: 'viewer',
    input: z.object({}),
    output: z.object({
      at: Instant,
      teams: z.array(
        z.object({
          team: z.string(),
          primaries: z.array(OnDuty),
          secondaries: z.array(OnDuty),
          until: Instant.nullable(),
        }),
      ),
    }),
  },
  nextHandoffs: {
    summary: 'Who comes and goes next in every team, soonest first. 7 days from now on unless said, a month at most',
    method: 'GET',
    path: '/api/v1/oncall/handoffs',
    access: 'viewer',
    input: span({ limit: limit(50) }),
    output: z.object({ from: Instant, to: Instant, handoffs: z.array(Handoff.extend({ team: z.string() })) }),
  },
  myShifts: {
    summary: 'My shifts in every team; 60 days from now on unless said',
    method: 'GET',
    path: '/api/v1/oncall/me',
    access: 'viewer',
    input: span({}),
    output: z.object({
      /** Null where nobody knows who you are on call as: your user has no e-mail address, and no person has your name. */
      email: z.string().nullable(),
      from: Instant,
      to: Instant,
      on_call: z.array(z.object({ team: z.string(), role: z.enum(ROLES), source: Source, until: Instant.nullable() })),
      shifts: z.array(Shift.extend({ team: z.string() })),
    }),
  },
  overrides: {
    summary: 'Overrides past, running and future, by the span they touch; all that are not over unless said',
    method: 'GET',
    path: '/api/v1/overrides',
    access: 'viewer',
    input: span({ team: AnyTeam.optional(), limit: limit(500) }),
    output: z.array(Override),
  },
  addOverride: {
    summary: 'Replace, add or remove somebody, or take a schedule over, for a span',
    method: 'POST',
    path: '/api/v1/overrides',
    access: 'responder',
    input: OverrideIn,
    output: Override,
    status: 201,
  },
  moveOverride: {
    summary: 'Give an override another span; one that runs keeps its beginning, and a past one stays as it was',
    method: 'PATCH',
    path: '/api/v1/overrides/:id',
    access: 'responder',
    input: OverrideMove,
    output: Override,
    etag: 'version',
  },
  deleteOverride: {
    summary: 'Take an override back; a running one ends now, a past one stays as it was',
    method: 'DELETE',
    path: '/api/v1/overrides/:id',
    access: 'responder',
    input: z.object({ id: idInPath('Invalid override ID format') }),
    output: Override,
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
        /** How long before a hand-off its people are told; null as the house has it. */
        handoff_notice_minutes: z.int().nullable(),
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
  setHandoffNotice: {
    summary:
      "Say how long before a hand-off a team's people are told; null as HANDOFF_NOTICE_MINUTES has it, 0 not at all",
    method: 'PUT',
    path: '/api/v1/teams/:team/handoff-notice',
    access: 'admin',
    input: z.object({ team: AnyTeam, minutes: z.int().min(0).max(LONGEST_NOTICE_MINUTES).nullable() }),
    output: z.object({ team: z.string(), minutes: z.int().nullable() }),
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
  deleteTeam: {
    summary: 'Forget a team that has no schedule and no service any more; its past stays answerable',
    method: 'DELETE',
    path: '/api/v1/teams/:team',
    access: 'admin',
    input: z.object({ team: AnyTeam }),
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
      /** What the policy would be, instead of the one that is set. */
      policy: PolicyDraft.optional(),
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
  standing: standingOperation('oncall'),
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

/** Paths outside the contract, declared so that the gateway knows who may knock. */
export const oncallDoors = { ...feedDoors };
