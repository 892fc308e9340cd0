import * as z from 'zod';
import { defineContract } from '../../kernel/ports/contract';
import { Instant } from '../../kernel/ports/values';
import { WeakPerson } from './reach';
import { AnyTeam, ROLES } from './shared';

/** Whether every page would reach a person, now and in the days ahead. */

const Lack = z.enum(['nobody', 'unreachable']);
const MOST_DAYS = 400;
const MONTH_DAYS = 30;

const CoverageGap = z
  .object({
    /** Null for services without an owner if DEFAULT_TEAM has no schedule. */
    team: z.string().nullable(),
    /** When an incident opens. Its later steps run later, by the waits of the policy. */
    starts_at: Instant,
    ends_at: Instant,
    /** True if no step of the policy reaches anyone; else only the listed steps do not. */
    whole: z.boolean(),
    /** `nobody`: the step has no target. `unreachable`: its targets have no address on a configured channel. */
    lack: Lack,
    steps: z.array(z.object({ step: z.int(), lack: Lack })),
    people: z.array(z.object({ name: z.string(), email: z.string() })),
    /** Suggestions that close the gap, with the fields that open the right form. */
    mends: z.array(
      z.object({
        kind: z.enum(['schedule', 'policy', 'person', 'channel', 'setting']),
        text: z.string(),
        team: z.string().nullable(),
        email: z.string().nullable(),
        /** The role that needs a person and between which instants; the first values of an override. */
        role: z.enum(ROLES).nullable(),
        at: Instant.nullable(),
        until: Instant.nullable(),
        /** The step of the policy. */
        step: z.int().nullable(),
      }),
    ),
  })
  .meta({ id: 'CoverageGap' });

export const coverageOperations = defineContract({
  coverage: {
    summary:
      'Every span in which a page would reach no one, or only people without an address, with suggestions; people who are hard to reach',
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
      /** True without a gap. */
      covered: z.boolean(),
      gaps_total: z.int(),
      /** In order of their beginning; the first 1,000. */
      gaps: z.array(CoverageGap),
      people_total: z.int(),
      /** The people of the span who are reached only by e-mail or by failing methods, or never proven; the first 1,000. */
      people: z.array(WeakPerson),
    }),
  },
});
