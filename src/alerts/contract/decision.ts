import * as z from 'zod';
import { Id, Instant } from '../../kernel/ports/values';
import { HoldEntry } from './holds';

/** What mutes alerts by a plan of people. */
export const MUTE_CAUSES = ['silence', 'window'] as const;
/** What can mute an alert. `upstream`: an incident of a service that the alert's service depends on. */
export type MuteCause = (typeof MUTE_CAUSES)[number] | 'upstream';

const RuleEntry = z.object({
  stage: z.literal('rule'),
  id: Id,
  /** Name of the rule when it matched. */
  rule: z.string(),
  /** What the rule did, such as `set severity low`. */
  did: z.string(),
});

const PlannedMute = z.object({
  stage: z.literal('mute'),
  by: z.enum(MUTE_CAUSES),
  id: Id,
  /** Comment of the silence, or name of the maintenance window. */
  name: z.string(),
  until: Instant,
  /** Set if the mute ended while the alert fired; the entries after it are the second decision. */
  ended_at: Instant.optional(),
});

/** An incident has no known end. */
const UpstreamMute = PlannedMute.omit({ until: true }).extend({
  by: z.literal('upstream'),
  /** Of the incident. */
  id: Id,
  /** Title of the incident. */
  name: z.string(),
});

const MuteEntry = z.discriminatedUnion('by', [PlannedMute, UpstreamMute]);

/** One step of an alert's way through rules, mutes and holds, with its reason. */
export const DecisionEntry = z
  .discriminatedUnion('stage', [RuleEntry, MuteEntry, HoldEntry])
  .meta({ id: 'DecisionEntry' });
export type DecisionEntry = z.infer<typeof DecisionEntry>;
