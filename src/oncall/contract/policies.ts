import * as z from 'zod';
import { defineContract } from '../../kernel/ports/contract';
import { Email, IfMatch, Instant } from '../../kernel/ports/values';
import { AnyTeam, DAYS, ROLES, RoomAddress, TimeOfDay, TimeZone } from './shared';

/** Escalation policies: whom a team's incidents page, in which order and how long apart. */

export const SupportHours = z
  .object({
    time_zone: TimeZone,
    /** Local times of day; `to` before `from` runs into the next day, equal is 24 hours. Several are their union. */
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
      /** Where nobody is secondary, the primary is told once more. */
      or_primary: z.boolean().default(false),
    }),
    z.object({ kind: z.literal('person'), email: Email }),
    /** Everybody in any layer in force. */
    z.object({ kind: z.literal('team'), team: AnyTeam }),
    z.object({ kind: z.literal('room'), address: RoomAddress }),
  ])
  .meta({ id: 'PolicyTarget' });

const MOST_STEPS = 20;
const MOST_TARGETS = 20;
const LONGEST_WAIT_MINUTES = 1_440;
const MOST_ROUNDS_MORE = 10;
const LONGEST_TIMEOUT_MINUTES = 10_080;

const policy = {
  steps: z
    .array(
      z.object({
        targets: z.array(PolicyTarget).min(1).max(MOST_TARGETS),
        wait_minutes: z.int().min(1).max(LONGEST_WAIT_MINUTES),
      }),
    )
    .min(1)
    .max(MOST_STEPS),
  /** Rounds after the first. */
  repeat: z.int().min(0).max(MOST_ROUNDS_MORE),
  /** After so long without a sign of whoever acknowledged, the escalation begins anew. */
  ack_timeout_minutes: z.int().min(1).max(LONGEST_TIMEOUT_MINUTES).nullable(),
  /** Outside of these, pages of medium and low severity wait. */
  support_hours: SupportHours.nullable(),
};

/** A policy as it is said: by whoever sets it, or tries it out before. */
const said = {
  ...policy,
  repeat: policy.repeat.default(0),
  ack_timeout_minutes: policy.ack_timeout_minutes.default(null),
  support_hours: policy.support_hours.default(null),
};
export const PolicyDraft = z.object(said).meta({ id: 'PolicyDraft' });

const Policy = z
  .object({
    team: z.string(),
    /** Nobody has set one, so this is what every team begins with. */
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
    summary: 'Set the escalation policy of a team; with If-Match only where it still is the version that was read',
    method: 'PUT',
    path: '/api/v1/policies/:team',
    access: 'admin',
    input: z.object({
      team: AnyTeam,
      if_match: IfMatch,
      ...said,
    }),
    output: Policy,
    etag: 'version',
  },
  deletePolicy: {
    summary: 'Go back to the default policy',
    method: 'DELETE',
    path: '/api/v1/policies/:team',
    access: 'admin',
    input: z.object({ team: AnyTeam, if_match: IfMatch }),
    output: z.object({ status: z.literal('deleted'), team: z.string() }),
  },
});
