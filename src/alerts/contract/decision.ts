import * as z from 'zod';
import { Id, Instant } from '../../kernel/ports/values';

/** What can mute an alert. */
export const MUTE_CAUSES = ['silence', 'window'] as const;
export type MuteCause = (typeof MUTE_CAUSES)[number];

const RuleEntry = z.object({
  stage: z.literal('rule'),
  id: Id,
  /** Name of the rule when it matched. */
  rule: z.string(),
  /** What the rule did, such as `set severity low`. */
  did: z.string(),
});

const MuteEntry = z.object({
  stage: z.literal('mute'),
  by: z.enum(MUTE_CAUSES),
  id: Id,
  /** Comment of the silence, or name of the maintenance window. */
  name: z.string(),
  until: Instant,
  /** Set if the mute ended while the alert fired; the entries after it are the second decision. */
  ended_at: Instant.optional(),
});

/** One step of an alert's way through rules and mutes, with its reason. */
export const DecisionEntry = z.discriminatedUnion('stage', [RuleEntry, MuteEntry]).meta({ id: 'DecisionEntry' });
export type DecisionEntry = z.infer<typeof DecisionEntry>;
