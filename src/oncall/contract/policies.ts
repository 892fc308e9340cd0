import * as z from 'zod';
import { defineContract } from '../../kernel/ports/contract';
import { Email, IfMatch, Instant, TimeZone } from '../../kernel/ports/values';
import { AnyTeam, DAYS, ROLES, RoomAddress, TimeOfDay } from './shared';

/** Escalation policies: the targets of each step, their order and the waits between them. */

export const SupportHours = z
  .object({
    time_zone: TimeZone,
    /**
     * Local times of day. If `to` is before `from`, the window ends on the next day; if they are equal, it lasts 24
     * hours. Several windows are joined.
     */
    restrictions: z
      .array(z.object({ days: z.array(z.enum(DAYS)).min(1).max(7).optional(), from: TimeOfDay, to: TimeOfDay }))
      .min(1)
      .max(50),
  })
  .meta({ id: 'SupportHours' });

export const PolicyTarget = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('schedule'),
      team: AnyTeam,
      role: z.enum(ROLES),
      /** If there is no secondary, the primary is paged again. */
      or_primary: z.boolean().default(false),
    }),
    z.object({ kind: z.literal('person'), email: Email }),
    /** All people in any layer in force. */
    z.object({ kind: z.literal('team'), team: AnyTeam }),
    z.object({ kind: z.literal('room'), address: RoomAddress }),
  ])
  .meta({ id: 'PolicyTarget' });

const MOST_STEPS = 20;
const MOST_TARGETS = 20;
const LONGEST_WAIT_MINUTES = 1_440;
const MOST_ACKNOWLEDGEMENTS = 10;
const MOST_ROUNDS_MORE = 10;
const LONGEST_TIMEOUT_MINUTES = 10_080;

const policy = {
  steps: z
    .array(
      z.object({
        targets: z.array(PolicyTarget).min(1).max(MOST_TARGETS),
        wait_minutes: z.int().min(1).max(LONGEST_WAIT_MINUTES),
        /** Pages only one of its people: the next in turn who can be reached. Rooms are notified each time. */
        round_robin: z.boolean().optional(),
        /** The escalation continues until so many different people have acknowledged; absent: one. */
        acknowledgements: z.int().min(1).max(MOST_ACKNOWLEDGEMENTS).optional(),
      }),
    )
    .min(1)
    .max(MOST_STEPS),
  /** Rounds after the first. */
  repeat: z.int().min(0).max(MOST_ROUNDS_MORE),
  /** After so many minutes without activity of the person who acknowledged, the escalation restarts. */
  ack_timeout_minutes: z.int().min(1).max(LONGEST_TIMEOUT_MINUTES).nullable(),
  /** Outside of them, pages of medium and low severity wait. */
  support_hours: SupportHours.nullable(),
};

/** The input of a policy, to set it or to try it out. */
const draft = {
  ...policy,
  repeat: policy.repeat.default(0),
  ack_timeout_minutes: policy.ack_timeout_minutes.default(null),
  support_hours: policy.support_hours.default(null),
};
export const PolicyDraft = z.object(draft).meta({ id: 'PolicyDraft' });

const Policy = z
  .object({
    team: z.string(),
    /** True if the team has not set a policy; this is the default policy. */
    is_default: z.boolean(),
    version: z.string(),
    ...policy,
    updated_at: Instant.nullable(),
    updated_by: z.string().nullable(),
  })
  .meta({ id: 'Policy' });

export const policyOperations = defineContract({
  policies: {
    summary: 'The escalation policy of every team',
    method: 'GET',
    path: '/api/v1/policies',
    access: 'viewer',
    input: z.object({}),
    output: z.array(Policy),
  },
  getPolicy: {
    summary: 'The escalation policy of a team',
    method: 'GET',
    path: '/api/v1/policies/:team',
    access: 'viewer',
    input: z.object({ team: AnyTeam }),
    output: Policy,
    etag: 'version',
  },
  putPolicy: {
    summary: 'Set the escalation policy of a team; with If-Match only if it still is the version that was read',
    method: 'PUT',
    path: '/api/v1/policies/:team',
    access: 'admin',
    input: z.object({
      team: AnyTeam,
      if_match: IfMatch,
      ...draft,
    }),
    output: Policy,
    etag: 'version',
  },
  deletePolicy: {
    summary: 'Return to the default policy',
    method: 'DELETE',
    path: '/api/v1/policies/:team',
    access: 'admin',
    input: z.object({ team: AnyTeam, if_match: IfMatch }),
    output: z.object({ status: z.literal('deleted'), team: z.string() }),
  },
});
