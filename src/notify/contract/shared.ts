import * as z from 'zod';
import { Id, Instant } from '../../kernel/ports/values';
import { CHANNELS } from './channels';

/** Values that several operations of notify share. */

export type ChannelName = (typeof CHANNELS)[number];
/** Changes of an incident that cause a notice to the people who were paged. */
export const OUTCOMES = ['acknowledged', 'resolved'] as const;
export type IncidentOutcome = (typeof OUTCOMES)[number];
/** What a notice is about; `taken_back` corrects an earlier notice. */
export const NOTICES = [...OUTCOMES, 'taken_back'] as const;
export type Notice = (typeof NOTICES)[number];
export const NOTIFICATION_STATUSES = ['queued', 'sent', 'failed', 'cancelled', 'recorded'] as const;
export const CHANNEL_STATES = ['not_configured', 'untried', 'working', 'failing'] as const;

export const NotificationSummary = z.object({
  id: Id,
  incident_id: z.string(),
  channel: z.enum(CHANNELS),
  recipient: z.string(),
  message: z.string(),
  severity: z.string().nullable(),
  status: z.enum(NOTIFICATION_STATUSES),
  /** Why it is not sent, in the words of the provider or ours (`not_configured`, `acknowledged`, …). */
  reason: z.string().nullable(),
  created_at: Instant,
  /** Set on a notice of who acknowledged or resolved, or that this was taken back; null on any other message. */
  outcome: z.enum(NOTICES).nullable(),
});

export const Attempt = z
  .object({
    attempt: z.int(),
    outcome: z.enum(['sent', 'failed', 'unknown']),
    reason: z.string().nullable(),
    receipt: z.string().nullable(),
    started_at: Instant,
    duration_ms: z.int(),
  })
  .meta({ id: 'Attempt' });

export const Notification = NotificationSummary.extend({
  metadata: z.record(z.string(), z.unknown()),
  sent_at: Instant.nullable(),
}).meta({ id: 'Notification' });

/** The addressee; null for a room or an address. */
export const Person = z.object({ name: z.string(), email: z.string().nullable() }).nullable();

/** A room is `channel:address`. */
export const RoomAddress = z
  .string()
  .max(500)
  .regex(new RegExp(`^(${CHANNELS.join('|')}):.+$`), 'A room is channel:address, such as slack:ops-team');

/** One or several values of a filter, separated by commas. */
export const filter = z.string().max(500).trim().toLowerCase().optional();

/** A person, whose addresses notify knows, or a room (`channel:address`; null = the default room of the server). */
export const Target = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('person'), name: z.string().max(255), email: z.string().max(255).nullable() }),
  z.object({ kind: z.literal('room'), address: z.string().max(500).nullable() }),
]);
export type Target = z.infer<typeof Target>;

/** One message to one address that `tell` stored; `to` is the index of its target. */
export const NotifiedTarget = z.object({
  to: z.int(),
  notification_id: Id,
  channel: z.enum(CHANNELS),
  recipient: z.string(),
  /** False if no attempt can reach the target: only the mock channel records it, or its address is refused. */
  reachable: z.boolean(),
});
