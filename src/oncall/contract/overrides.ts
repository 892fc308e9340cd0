import * as z from 'zod';
import { defineContract } from '../../kernel/ports/contract';
import { Instant, idInPath, pageOf, text } from '../../kernel/ports/values';
import { CalendarInstant, Gap, Override, OverrideIn, OverrideMove, Shift, Spanned, span } from './calendar';
import { AnyTeam, pages } from './shared';

/** Overrides of any kind, and the plain takeover of a team. */

export const overrideOperations = defineContract({
  overrides: {
    summary:
      'Past, running and future overrides that touch a span; by default all that are not over. With page or per_page a page of them, else a list of at most `limit` with the total in X-Total-Count',
    method: 'GET',
    path: '/api/v1/overrides',
    access: 'viewer',
    input: span({
      team: AnyTeam.optional(),
      ...pages(500),
    }),
    output: pageOf('overrides', Override),
    bareList: 'overrides',
  },
  addOverride: {
    summary:
      'Replace, add or remove a person, or take a schedule over, for a span. The person in `out` must be on call in that span',
    method: 'POST',
    path: '/api/v1/overrides',
    access: 'responder',
    input: OverrideIn,
    output: Override,
    status: 201,
  },
  moveOverride: {
    summary: 'Move an override to another span. A running override keeps its beginning, a past one cannot be moved',
    method: 'PATCH',
    path: '/api/v1/overrides/:id',
    access: 'responder',
    input: OverrideMove,
    output: Override,
    etag: 'version',
  },
  previewMove: {
    summary: 'Who would be on call if an override had another span, by the same rules; nothing is changed',
    method: 'GET',
    path: '/api/v1/overrides/:id/preview',
    access: 'viewer',
    input: span({
      id: idInPath('Invalid override ID format'),
      starts_at: CalendarInstant.optional(),
      ends_at: CalendarInstant.optional(),
    }),
    output: Spanned.extend({ shifts: z.array(Shift), gaps: z.array(Gap) }),
  },
  deleteOverride: {
    summary: 'Withdraw an override; a running one ends now, a past one stays as it was',
    method: 'DELETE',
    path: '/api/v1/overrides/:id',
    access: 'responder',
    input: z.object({ id: idInPath('Invalid override ID format') }),
    output: Override,
  },
  setOverride: {
    summary: 'Take over a team from now for some hours',
    method: 'POST',
    path: '/api/v1/oncall/override',
    access: 'responder',
    input: z.object({
      team: AnyTeam,
      user_name: text(255),
      user_email: text(255),
      reason: z.string().max(1000).nullable().default('Manual override'),
      /** 1 to 168; DEFAULT_OVERRIDE_HOURS by default. */
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
    summary: 'End the takeover of a team now',
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
});
