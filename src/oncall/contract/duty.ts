import * as z from 'zod';
import { defineContract } from '../../kernel/ports/contract';
import { Id, Instant } from '../../kernel/ports/values';
import { CalendarInstant, Handoff, OnDuty, Shift, Source, span } from './calendar';
import { AnyTeam, limit, ROLES, ROTATION_TYPES, Who } from './shared';

/** The people on call: of a team, of all teams, and the caller's own shifts. */

const Relieved = OnDuty.extend({
  /** When they go off call; null if nothing within two years ends it. */
  relieved_at: Instant.nullable(),
}).meta({ id: 'OnDutyNow' });

export const dutyOperations = defineContract({
  current: {
    summary: 'The people on call for a team, now or at another instant; 404 if the role is empty',
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
      /** All of them; `primary` and `secondary` are the first. */
      primaries: z.array(OnDuty),
      secondaries: z.array(OnDuty),
      at: Instant,
      /** The first instant at which another person may be on call, as planned now. */
      until: Instant.nullable(),
      schedule_id: Id,
      rotation_type: z.enum(ROTATION_TYPES),
    }),
  },
  onCallNow: {
    summary: 'All people on call now, in every team',
    method: 'GET',
    path: '/api/v1/oncall/now',
    access: 'viewer',
    input: z.object({}),
    output: z.object({
      at: Instant,
      teams: z.array(
        z.object({
          team: z.string(),
          primaries: z.array(Relieved),
          secondaries: z.array(Relieved),
          until: Instant.nullable(),
        }),
      ),
    }),
  },
  nextHandoffs: {
    summary:
      'The next hand-offs of all teams, soonest first. The span is 7 days from now by default and a month at most',
    method: 'GET',
    path: '/api/v1/oncall/handoffs',
    access: 'viewer',
    input: span({ limit: limit(50) }),
    output: z.object({
      from: Instant,
      to: Instant,
      /** All hand-offs of the span; the list holds the soonest. */
      total: z.int(),
      handoffs: z.array(Handoff.extend({ team: z.string() })),
    }),
  },
  myShifts: {
    summary: 'My shifts in every team; 60 days from now by default',
    method: 'GET',
    path: '/api/v1/oncall/me',
    access: 'viewer',
    input: span({}),
    output: z.object({
      /** Null if your on-call address is unknown: your user has no e-mail address, and no person has your name. */
      email: z.string().nullable(),
      from: Instant,
      to: Instant,
      on_call: z.array(z.object({ team: z.string(), role: z.enum(ROLES), source: Source, until: Instant.nullable() })),
      shifts: z.array(Shift.extend({ team: z.string() })),
    }),
  },
});
