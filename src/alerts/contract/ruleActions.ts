import * as z from 'zod';
import { SeverityIn } from '../../kernel/ports/values';
import { RoomAddress } from '../../notify/contract';
import { holdActions } from './holds';

/** What a rule does with a report that matches. */

const Template = z.string().min(1).max(500);
const MOST_GROUP_LABELS = 10;
export const LONGEST_WINDOW_MINUTES = 10_080;

/**
 * What the alerts of one incident have in common. `labels` also takes the names `service`, `severity`, `message`, `source`
 * and `integration`; an absent label counts as empty. `rule`: all alerts of this rule.
 */
export const GroupBy = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('labels'),
      labels: z.array(z.string().trim().min(1).max(128)).min(1).max(MOST_GROUP_LABELS),
    }),
    z.object({ kind: z.literal('fingerprint') }),
    z.object({ kind: z.literal('service') }),
    z.object({ kind: z.literal('rule') }),
  ])
  .meta({ id: 'GroupBy' });
export type GroupBy = z.infer<typeof GroupBy>;

/** Templates hold `$label` and `$service`, `$severity`, `$message`. */
const Fields = z.object({
  service: Template.optional(),
  severity: SeverityIn.optional(),
  title: Template.optional(),
  labels: z
    .record(z.string().min(1).max(128), z.string().max(500))
    .refine((labels) => Object.keys(labels).length <= 16, 'At most 16 labels')
    .optional(),
  /** The team that is responsible; its policy pages. Without it the owner of the service is paged. */
  team: Template.optional(),
  /** The policy that pages, by its name, which is the name of its team; the responsible team stays. */
  policy: Template.optional(),
});

export const Then = z.object({
  /** The report is counted and not stored. */
  drop: z.boolean().default(false),
  set: Fields.default({}),
  /** Without it, alerts of one service and severity share an incident. */
  group_by: GroupBy.optional(),
  /** After so many minutes without an alert of the group, the next one opens a new incident. */
  window_minutes: z.int().min(1).max(LONGEST_WINDOW_MINUTES).optional(),
  /** False: an incident opens, and no one is paged. True takes the false of an earlier rule back. */
  page: z.boolean().optional(),
  /** A room that is notified when the incident opens, in addition to the room of the team. */
  room: RoomAddress.optional(),
  ...holdActions,
});
export type Then = z.output<typeof Then>;
