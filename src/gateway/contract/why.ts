import * as z from 'zod';
import { Id, Instant } from '../../kernel/ports/values';

/** Why a person was paged about an incident, or was not. */

/** The parts of the chain from the alert to the answer, in this order. */
export const WHY_STAGES = [
  'alert',
  'incident',
  'step',
  'on_call',
  'notification',
  'attempt',
  'answer',
  'planned',
] as const;

export const WhyLink = z
  .object({
    stage: z.enum(WHY_STAGES),
    /** When it happened, or when it is planned; null if it has no time. */
    at: Instant.nullable(),
    /** `yes`: the chain goes on to the person. `no`: here it ended, or it did not lead to the person. `planned`: not yet. */
    result: z.enum(['yes', 'no', 'planned']),
    /** The reason as a word that does not change, such as `primary`, `not_on_call`, `acknowledged`. */
    reason: z.string(),
    /** The link as one sentence. */
    text: z.string(),
  })
  .meta({ id: 'WhyLink' });
export type WhyLink = z.infer<typeof WhyLink>;

const WhyPerson = z.object({
  name: z.string(),
  email: z.string().nullable(),
  /** Whether a page to this person was sent, or is being sent. */
  paged: z.boolean(),
  links: z.array(WhyLink),
});

export const whyOperations = {
  why: {
    summary:
      'Why each person was paged about an incident, from the alert to the answer; for a person who was not, the first reason',
    method: 'GET',
    path: '/api/v1/incidents/:id/why',
    access: 'viewer',
    input: z.object({
      id: z.uuid('Invalid incident ID format'),
      /** The e-mail address of one person. Without it, the people in the steps so far, at most 50. */
      person: z.string().max(255).trim().toLowerCase().min(1).optional(),
    }),
    output: z.object({
      incident_id: Id,
      /** What led to the incident; the same for everybody. */
      links: z.array(WhyLink),
      people: z.array(WhyPerson),
    }),
  },
} as const;
