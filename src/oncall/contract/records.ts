import * as z from 'zod';
import { defineContract } from '../../kernel/ports/contract';
import { Id, Instant, pageOf } from '../../kernel/ports/values';
import { AnyTeam, pages, Who } from './shared';
import { StepTold } from './steps';

/** Records: escalations, history, totals. */

export const recordOperations = defineContract({
  escalations: {
    summary:
      'The last escalations, oldest first. With page or per_page a page of them from the newest on, else a list of at most `limit` with the total in X-Total-Count',
    method: 'GET',
    path: '/api/v1/escalations',
    access: 'viewer',
    input: z.object({ team: AnyTeam.optional(), ...pages(50) }),
    output: pageOf(
      'escalations',
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
    bareList: 'escalations',
  },
  history: {
    summary:
      'The history of schedules, overrides and escalations, oldest first. With page or per_page a page of it from the newest on, else a list of at most `limit` with the total in X-Total-Count',
    method: 'GET',
    path: '/api/v1/oncall/history',
    access: 'viewer',
    input: z.object({ team: AnyTeam.optional(), event_type: z.string().max(50).optional(), ...pages(100) }),
    output: pageOf(
      'history',
      z.object({
        event_id: Id,
        event_type: z.string(),
        team: z.string(),
        actor: z.string(),
        timestamp: Instant,
        details: z.record(z.string(), z.unknown()),
      }),
    ),
    bareList: 'history',
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
});
