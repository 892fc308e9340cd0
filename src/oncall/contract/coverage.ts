import * as z from 'zod';
import { defineContract } from '../../kernel/ports/contract';
import { Instant } from '../../kernel/ports/values';
import { AnyTeam, ROLES } from './shared';

/** Whether everybody who could be paged would be reached, now and for as long as is asked. */

const Lack = z.enum(['nobody', 'unreachable']);
const MOST_DAYS = 400;
const MONTH_DAYS = 30;

const CoverageGap = z
  .object({
    /** Null for services that nobody owns, where DEFAULT_TEAM is no team with a schedule. */
    team: z.string().nullable(),
    /** When an incident opens; its later steps are taken as much later as the policy waits. */
    starts_at: Instant,
    ends_at: Instant,
    /** No step of the policy reaches anybody; otherwise only the steps named do not. */
    whole: z.boolean(),
    /** `nobody` would be told, or only people without an address on a channel that is set up. */
    lack: Lack,
    steps: z.array(z.object({ step: z.int(), lack: Lack })),
    people: z.array(z.object({ name: z.string(), email: z.string() })),
    /** What would mend it, with what a screen needs to lead there. */
    mends: z.array(
      z.object({
        kind: z.enum(['schedule', 'policy', 'person', 'channel', 'setting']),
        text: z.string(),
        team: z.string().nullable(),
        email: z.string().nullable(),
        /** Whom the schedule lacks, and between which instants: what an override would begin with. */
        role: z.enum(ROLES).nullable(),
        at: Instant.nullable(),
        until: Instant.nullable(),
        /** Which step of the policy. */
        step: z.int().nullable(),
      }),
    ),
  })
  .meta({ id: 'CoverageGap' });

export const coverageOperations = defineContract({
  coverage: {
    summary: 'Every span in which a page would reach nobody, or only people without an address, and what would mend it',
    method: 'GET',
    path: '/api/v1/oncall/coverage',
    access: 'viewer',
    input: z.object({
      days: z.coerce.number<number>().int().min(1).max(MOST_DAYS).default(MONTH_DAYS),
      team: AnyTeam.optional(),
    }),
    output: z.object({
      from: Instant,
      to: Instant,
      policies: z.int(),
      /** No gap at all. */
      covered: z.boolean(),
      gaps_total: z.int(),
      /** In order of their beginning; the first 1,000. */
      gaps: z.array(CoverageGap),
    }),
  },
});
