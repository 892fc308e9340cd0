import * as z from 'zod';
import { defineContract } from '../../kernel/ports/contract';
import { Instant } from '../../kernel/ports/values';
import { CHANNELS } from './channels';

/** How people are reached, for modules that ask about many people at once. */

/**
 * What weakens the reach of a person. `unreachable`: no address works. `unverified_only`: no contact method is verified.
 * `failing_only`: messages to every usable method fail. `email_only`: nothing but e-mail is left. `never_proven`: no message
 * was ever delivered to a usable method, and no answer came from one.
 */
export const CONCERNS = ['unreachable', 'unverified_only', 'failing_only', 'email_only', 'never_proven'] as const;

/** A contact method that fails. */
const FailingMethod = z.object({
  channel: z.enum(CHANNELS),
  /** The name of the channel inside a sentence. */
  title: z.string(),
  /** `failing` is still tried; `disabled` is not. */
  state: z.enum(['failing', 'disabled']),
  since: Instant.nullable(),
  error: z.string().nullable(),
});

export const Reach = z
  .object({
    /** The e-mail address that identifies the person, lower case. */
    person: z.string(),
    reachable: z.boolean(),
    /** Why no address works; null if one does. */
    why_not: z.string().nullable(),
    /** By which methods pages of high urgency are sent, as `push, then SMS after 2 min`; null if no address works. */
    ways: z.string().nullable(),
    /** Since null: unknown, or since the person was added. */
    concerns: z.array(z.object({ kind: z.enum(CONCERNS), since: Instant.nullable() })),
    failing: z.array(FailingMethod),
  })
  .meta({ id: 'Reach' });
export type Reach = z.infer<typeof Reach>;

/** Most people of one query. */
export const MOST_REACHED = 5_000;

export const reachOperations = defineContract({
  reach: {
    summary: 'How people are reached, what fails, and what weakens it, for many people at once',
    method: 'POST',
    path: '/internal/notify/reach',
    access: 'internal',
    quiet: true,
    bodyLimit: 2 * 1024 * 1024,
    input: z.object({ people: z.array(z.string().max(255)).max(MOST_REACHED) }),
    output: z.object({ people: z.array(Reach) }),
  },
});
