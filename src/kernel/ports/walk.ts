import * as z from 'zod';
import { Instant } from './values';

/**
 * Vocabulary. A **walk** is a synthetic alert of the self-watch. It goes through all modules on the way of a real alert, by
 * the same queues, jobs, ports and databases, but in tables of its own (`walks`). So no list, figure, event or message shows it.
 */
export const Walk = z.object({ id: z.uuid(), started_at: Instant });
export type Walk = z.infer<typeof Walk>;

/** How far a walk came in one module; null for what has not happened. */
export const WalkStep = z.object({
  /** When the module stored it. */
  taken_at: Instant.nullable(),
  /** When a job of the module passed it on to the next module; in notify, when the loop-back sink received it. */
  passed_at: Instant.nullable(),
});
export type WalkStep = z.infer<typeof WalkStep>;

/** The internal operations with which a module takes a walk, and answers how far it came. */
export const walkOperations = <const M extends string>(module: M) =>
  ({
    walk: {
      summary: 'Take a walk of the self-watch; a job passes it on. The same id is the same command',
      method: 'POST',
      path: `/internal/${module}/walks`,
      access: 'internal',
      quiet: true,
      input: Walk,
      output: z.object({}),
    },
    walked: {
      summary: 'How far a walk of the self-watch came in this module',
      method: 'GET',
      path: `/internal/${module}/walks/:id`,
      access: 'internal',
      quiet: true,
      input: z.object({ id: z.uuid() }),
      output: WalkStep,
    },
  }) as const;
