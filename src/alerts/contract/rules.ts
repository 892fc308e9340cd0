import * as z from 'zod';
import { Id, IfMatch, Instant, idInPath, Labels, Severity, TimeZone, text } from '../../kernel/ports/values';
import { DecisionEntry } from './decision';
import { MatcherList } from './matchers';
import { AlertReport } from './report';
import { Then } from './ruleActions';

export const MOST_RULES = 200;
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Must be a time of day, such as 09:30');

/** Local times in which a rule applies. */
const During = z.object({
  time_zone: TimeZone,
  restrictions: z
    .array(z.object({ days: z.array(z.enum(DAYS)).min(1).max(7).optional(), from: TimeOfDay, to: TimeOfDay }))
    .min(1)
    .max(20),
});

const RuleIn = {
  name: text(255).trim(),
  enabled: z.boolean().default(true),
  when: MatcherList,
  during: During.nullable().default(null),
  then: Then,
  /** Later rules are not run for a report that matches. */
  stop: z.boolean().default(false),
};

export const Rule = z
  .object({
    id: Id,
    ...RuleIn,
    created_at: Instant,
    created_by: z.string(),
    updated_at: Instant,
    updated_by: z.string(),
    /** Reports that it dropped; up to ten seconds old. */
    dropped: z.int(),
  })
  .meta({ id: 'Rule' });
export type Rule = z.infer<typeof Rule>;

/** The fields of a rule that people write. */
export const RuleDraft = z.object(RuleIn);
export type RuleDraft = z.output<typeof RuleDraft>;

const id = idInPath('Invalid rule ID format');
const RuleList = z.object({ version: z.string(), rules: z.array(Rule) });

/** Rules change reports before they become alerts. */
export const ruleOperations = {
  listRules: {
    summary: 'Rules in their order; the version is needed to reorder them',
    method: 'GET',
    path: '/api/v1/rules',
    access: 'viewer',
    etag: 'version',
    input: z.object({}),
    output: RuleList,
  },
  createRule: {
    summary: 'Add a rule at the end of the list',
    method: 'POST',
    path: '/api/v1/rules',
    access: 'admin',
    input: RuleDraft,
    output: Rule,
    status: 201,
  },
  // Before the operations with an id, because a path such as `/:id` matches it too.
  orderRules: {
    summary: 'Set the order of all rules',
    method: 'PUT',
    path: '/api/v1/rules/order',
    access: 'admin',
    etag: 'version',
    input: z.object({ ids: z.array(Id).max(MOST_RULES), if_match: IfMatch }),
    output: RuleList,
  },
  updateRule: {
    summary: 'Change a rule; its place in the list stays',
    method: 'PUT',
    path: '/api/v1/rules/:id',
    access: 'admin',
    etag: 'updated_at',
    input: z.object({ id, if_match: IfMatch, ...RuleIn }),
    output: Rule,
  },
  deleteRule: {
    summary: 'Delete a rule',
    method: 'DELETE',
    path: '/api/v1/rules/:id',
    access: 'admin',
    input: z.object({ id }),
    output: z.object({ id: Id }),
  },
  testRules: {
    summary: 'What the rules and mutes would do with a report; nothing is stored',
    method: 'POST',
    path: '/api/v1/rules/test',
    access: 'responder',
    input: z.object({
      report: AlertReport,
      /** Name of the integration that sends it. */
      integration: z.string().max(255).default(''),
      /** Rules to run instead of the stored ones. */
      rules: z.array(RuleDraft).max(MOST_RULES).optional(),
      /** The time of the test; now if absent. */
      at: Instant.optional(),
    }),
    output: z.object({
      result: z.enum(['incident', 'muted', 'dropped', 'held']),
      decision: z.array(DecisionEntry),
      service: z.string(),
      severity: Severity,
      message: z.string(),
      labels: Labels,
      /** Where the incident goes; null: the owner of the service is paged, by its own policy. */
      team: z.string().nullable(),
      policy: z.string().nullable(),
      /** Alerts of one key share an incident. */
      group_key: z.string(),
      /** Null: the window of the service, or CORRELATION_WINDOW_MINUTES. */
      window_minutes: z.int().nullable(),
      /** False: the incident opens, and no one is paged. */
      page: z.boolean(),
      room: z.string().nullable(),
    }),
  },
} as const;
