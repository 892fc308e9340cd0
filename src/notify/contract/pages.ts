import * as z from 'zod';
import { defineContract } from '../../kernel/ports/contract';
import { Email, Id, Instant, idInPath } from '../../kernel/ports/values';
import { CHANNELS } from './channels';
import { METHOD_STATES, UNUSABLE } from './methods';
import { NOTIFICATION_STATUSES } from './shared';

/** Pages by contact methods: planned, cancelled and explained as one. */

export const PAGE_STATES = ['active', 'held', 'done', 'unreached', 'cancelled'] as const;

const PageOut = z
  .object({
    id: Id,
    incident_id: z.string(),
    person: z.object({ name: z.string(), email: z.string() }),
    urgency: z.enum(['high', 'low']),
    severity: z.string().nullable(),
    /** `held` by quiet hours; `done`: all rules have run; `unreached`: no address accepted in time. */
    state: z.enum(PAGE_STATES),
    /** Why it is cancelled or unreached; null otherwise. */
    reason: z.string().nullable(),
    created_at: Instant,
    held_until: Instant.nullable(),
    /** The messages that were sent or tried, and those that follow unless the page ends before. */
    messages: z.array(
      z.object({
        rule: z.int(),
        channel: z.enum(CHANNELS),
        contact_method: Id.nullable(),
        /** Null if it is only planned. */
        notification_id: Id.nullable(),
        status: z.enum([...NOTIFICATION_STATUSES, 'planned']),
        reason: z.string().nullable(),
        /** The message that carried it together with other pages; null if it went by itself. */
        bundle_id: Id.nullable(),
        /** When it was created or is due. */
        at: Instant,
      }),
    ),
  })
  .meta({ id: 'Page' });

export const pageOperations = defineContract({
  pageMe: {
    summary: 'Page the caller through their rules of high urgency, as a test',
    method: 'POST',
    path: '/api/v1/page-me',
    access: 'viewer',
    input: z.object({}),
    output: PageOut,
    status: 201,
  },
  pages: {
    summary: 'The newest 100 pages by contact methods, of an incident or a person; by default of the caller',
    method: 'GET',
    path: '/api/v1/pages',
    access: 'viewer',
    input: z.object({ incident: z.string().max(255).optional(), person: Email.optional() }),
    output: z.object({ pages: z.array(PageOut) }),
  },
  page: {
    summary: 'One page with its sent and planned messages',
    method: 'GET',
    path: '/api/v1/pages/:id',
    access: 'viewer',
    input: z.object({ id: idInPath('Invalid page ID format') }),
    output: PageOut,
  },
  reachability: {
    summary: 'How people can be reached: their contact methods, the latest proof, and what fails',
    method: 'GET',
    path: '/api/v1/reachability',
    access: 'viewer',
    input: z.object({
      /** E-mail addresses, separated by commas; at most 200. */
      people: z
        .string()
        .max(60_000)
        .transform((text) =>
          [
            ...new Set(
              text
                .toLowerCase()
                .split(',')
                .map((each) => each.trim()),
            ),
          ].filter(Boolean),
        )
        .pipe(z.array(z.string().max(255)).max(200)),
    }),
    output: z.object({
      people: z.array(
        z.object({
          person: z.string(),
          reachable: z.boolean(),
          /** Only the address of the schedule entry is left. */
          by_schedule_entry: z.boolean(),
          /** The latest delivery, answer or verification of any method. */
          last_proof_at: Instant.nullable(),
          methods: z.array(
            z.object({
              id: Id,
              channel: z.enum(CHANNELS),
              state: z.enum(METHOD_STATES),
              usable: z.boolean(),
              unusable_because: z.enum(UNUSABLE).nullable(),
              last_proof_at: Instant.nullable(),
              failing_since: Instant.nullable(),
              last_error: z.string().nullable(),
            }),
          ),
        }),
      ),
    }),
  },
});
