import * as z from 'zod';
import { defineContract } from '../../kernel/ports/contract';
import { IfMatch, Instant, pageOf, TimeZone } from '../../kernel/ports/values';
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
  Schedule,
  Shift,
  Spanned,
  span,
  TeamName,
} from './calendar';
import { AnyTeam, pages, ROLES, ROTATION_TYPES } from './shared';

/** Schedules, and their shifts, gaps and hand-offs over a span. */

export const scheduleOperations = defineContract({
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
    summary:
      'Replace the layers of a schedule, now or from a given time. The person on call stays on call if they are still a member',
    method: 'PUT',
    path: '/api/v1/schedules/:team',
    access: 'admin',
    bodyLimit: MEMBERS_BODY,
    input: z.object({
      team: TeamName,
      time_zone: TimeZone.default('UTC'),
      layers: LayersIn,
      /** Now by default; not in the past. */
      effective_from: CalendarInstant.optional(),
      if_match: IfMatch,
    }),
    output: Schedule,
    etag: 'version',
  },
  previewSchedule: {
    summary: 'Preview a draft without storing it; with a team, as an edit of its schedule',
    method: 'POST',
    path: '/api/v1/schedules/preview',
    access: 'viewer',
    bodyLimit: MEMBERS_BODY,
    input: span({
      /** The team whose schedule the draft edits: its overrides apply, and the person on call stays on call. */
      team: AnyTeam.nullish(),
      time_zone: TimeZone.default('UTC'),
      layers: LayersIn,
      /** With a team: when the draft begins, by default now. Without a team the draft has no beginning. */
      effective_from: CalendarInstant.optional(),
    }),
    output: Spanned.extend({
      draft: z.array(Layer),
      layers: z.array(LayerRow),
      shifts: z.array(Shift),
      /** Spans in which a role is empty: primary, and secondary if a layer has that role. */
      gaps: z.array(Gap),
      /** Spans in which the layers of one level put no one on call; other levels and overrides do not count. */
      level_gaps: z.array(LevelGap),
      handoffs: z.array(Handoff),
    }),
  },
  scheduleShifts: {
    summary:
      'The shifts of a schedule with their reasons; with layers=true also those of each layer alone. 30 days by default',
    method: 'GET',
    path: '/api/v1/schedules/:team/shifts',
    access: 'viewer',
    input: span({ team: AnyTeam, layers: z.enum(['true', 'false']).default('false') }),
    output: Spanned.extend({ shifts: z.array(Shift), layers: z.array(LayerRow).optional() }),
  },
  scheduleGaps: {
    summary: 'The spans in which a role is empty. 30 days by default',
    method: 'GET',
    path: '/api/v1/schedules/:team/gaps',
    access: 'viewer',
    input: span({ team: AnyTeam, role: z.enum(ROLES).default('primary') }),
    output: Spanned.extend({ gaps: z.array(Gap) }),
  },
  scheduleHandoffs: {
    summary: 'The hand-offs of a schedule. 30 days by default',
    method: 'GET',
    path: '/api/v1/schedules/:team/handoffs',
    access: 'viewer',
    input: span({ team: AnyTeam }),
    output: Spanned.extend({ handoffs: z.array(Handoff) }),
  },
  scheduleVersions: {
    summary:
      'The past, current and planned versions of a schedule, newest first. With page or per_page a page of them, else a list of at most `limit` with the total in X-Total-Count',
    method: 'GET',
    path: '/api/v1/schedules/:team/versions',
    access: 'viewer',
    input: z.object({ team: AnyTeam, ...pages(50) }),
    output: pageOf(
      'versions',
      z.object({
        version: z.string(),
        effective_from: Instant,
        /** When the next version comes into force. */
        until: Instant.nullable(),
        time_zone: z.string(),
        layers: z.array(Layer),
        created_by: z.string(),
        created_at: Instant,
      }),
    ),
    bareList: 'versions',
  },
  withdrawVersion: {
    summary: 'Withdraw a version that has not begun. Versions that have begun and other planned versions stay',
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
    summary:
      'Change the rotation or the members of a schedule. Members to remove are given by e-mail address or name. The person on call stays on call if they are still a member',
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
    summary: 'Delete the schedule of a team; its past can still be read',
    method: 'DELETE',
    path: '/api/v1/schedules/:team',
    access: 'admin',
    input: z.object({ team: AnyTeam, if_match: IfMatch }),
    output: z.object({ status: z.literal('deleted'), team: z.string() }),
  },
});
