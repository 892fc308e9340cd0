import * as z from 'zod';
import { defineContract } from '../../kernel/ports/contract';
import { Instant } from '../../kernel/ports/values';
import { CONCERNS } from '../../notify/contract';
import { AnyTeam } from './shared';

/** How the people on call are reached. */

/** A person on call whose reach is weak, with the reasons. */
export const WeakPerson = z
  .object({
    name: z.string(),
    email: z.string(),
    /** The teams for which they are on call. */
    teams: z.array(z.string()),
    /** When they are on call first, in the span. */
    on_call_from: Instant,
    reachable: z.boolean(),
    /** Why no address works; null if one does. */
    why_not: z.string().nullable(),
    /** By which methods pages of high urgency are sent, as `push, then SMS after 2 min`; null if no address works. */
    ways: z.string().nullable(),
    /** `never_proven`: nothing was ever delivered or answered. Since null: unknown. */
    concerns: z.array(z.object({ kind: z.enum(CONCERNS), since: Instant.nullable() })),
    /** Contact methods that fail, or were disabled because they failed. */
    failing: z.array(
      z.object({
        channel: z.string(),
        title: z.string(),
        state: z.enum(['failing', 'disabled']),
        since: Instant.nullable(),
        error: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'WeakPerson' });
export type WeakPerson = z.infer<typeof WeakPerson>;

export const reachOperations = defineContract({
  onCallReach: {
    summary: 'The people on call now who cannot be reached, or only by weak or failing methods',
    method: 'GET',
    path: '/api/v1/oncall/reach',
    access: 'viewer',
    input: z.object({ team: AnyTeam.optional() }),
    output: z.object({
      at: Instant,
      /** False if notify does not answer; then the list is empty. */
      known: z.boolean(),
      /** The first 1,000. */
      people: z.array(WeakPerson),
    }),
  },
});
