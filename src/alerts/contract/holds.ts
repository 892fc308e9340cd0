import * as z from 'zod';
import { Id, Instant } from '../../kernel/ports/values';

/**
 * What an alert can wait for before it is attached to an incident. `upstream`: an incident of a service that its service
 * depends on.
 */
const HOLD_CAUSES = ['threshold', 'delay', 'upstream'] as const;

/** Bounds of the counter of a threshold: a day, and so many events. */
const LONGEST_HOLD_MINUTES = 1_440;
const MOST_EVENTS = 1_000;

const Threshold = z.object({
  count: z.int().min(2).max(MOST_EVENTS),
  within_minutes: z.int().min(1).max(LONGEST_HOLD_MINUTES),
});

/** The part of `then` that holds alerts. */
export const holdActions = {
  /** Alerts wait until so many reports of their group fall within the window. */
  threshold: Threshold.optional(),
  /** An alert waits so long, and is attached if it still fires then. */
  delay_minutes: z.int().min(1).max(LONGEST_HOLD_MINUTES).optional(),
};

/** What the alert waits for, with the rule that says so. */
const Held = z.object({
  by: z.enum(HOLD_CAUSES),
  /** Of the rule; all zeros for `upstream`. */
  id: Id,
  /** Name of the rule, or of the services that the alert waits for. */
  name: z.string(),
  /** The end of a wait; null for a threshold, which has none. */
  until: Instant.nullable(),
  /** Only of a threshold: reports of the group within the window, and how many it takes. */
  seen: z.int().optional(),
  count: z.int().optional(),
  within_minutes: z.int().optional(),
});

export const HoldEntry = Held.extend({
  stage: z.literal('hold'),
  /** Set if the hold ended while the alert fired; the entries after it are the second decision. */
  ended_at: Instant.optional(),
});
export type HoldEntry = z.infer<typeof HoldEntry>;

export const Waiting = Held.meta({ id: 'Waiting' });
