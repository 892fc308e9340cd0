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
/** `delivered` and `undelivered` follow `sent`, by a receipt of the provider or the device. */
export const NOTIFICATION_STATUSES = [
  'queued',
  'sent',
  'failed',
  'cancelled',
  'recorded',
  'delivered',
  'undelivered',
] as const;
/** What a provider reports about a message. */
export const RECEIPT_STATES = ['sent', 'delivered', 'undelivered'] as const;
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

export const Receipt = z
  .object({
    /** The attempt that it is about. */
    attempt: z.int(),
    state: z.enum(RECEIPT_STATES),
    /** The words or the code of the provider. */
    reason: z.string().nullable(),
    at: Instant,
  })
  .meta({ id: 'Receipt' });

export const Notification = NotificationSummary.extend({
  metadata: z.record(z.string(), z.unknown()),
  /** When the provider accepted it. */
  sent_at: Instant.nullable(),
  /** When it arrived, by a receipt of the provider or the device. */
  delivered_at: Instant.nullable(),
  /** The message that carried this page together with others; null if it went by itself. */
  bundle_id: Id.nullable(),
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
  z.object({
    kind: z.literal('person'),
    name: z.string().max(255),
    email: z.string().max(255).nullable(),
    /** The zone of the person or the schedule, for quiet hours without one. */
    time_zone: z.string().max(100).optional(),
  }),
  z.object({ kind: z.literal('room'), address: z.string().max(500).nullable() }),
]);
export type Target = z.infer<typeof Target>;

/** The state of an incident, for channels that show it. */
export const IncidentView = z.object({
  title: z.string().max(600),
  service: z.string().max(255),
  status: z.enum(['open', 'acknowledged', 'in_progress', 'resolved']),
  /** The person who acknowledged or resolved it; null if no one has. */
  by: z.string().max(255).nullable(),
  /** When it was acknowledged or resolved. */
  since: Instant.nullable().optional(),
  assigned_to: z.string().max(255).nullable().optional(),
  /** The people of the latest step after the first, in words; null if it was not escalated. */
  escalated_to: z.string().max(300).nullable().optional(),
  /** How many alerts joined it, and the message of the newest. */
  alerts: z.int().min(0).optional(),
  newest_alert: z.string().max(300).nullable().optional(),
  /** When it changed to this state. Without it, the state never replaces a known one. */
  changed_at: Instant.optional(),
});
export type IncidentView = z.infer<typeof IncidentView>;

/** What a message is, if it is no page, no notice and no message to a room. */
export const MESSAGE_KINDS = ['code', 'test', 'drill', 'detail', 'bundle'] as const;

/** One message to one address that `tell` stored; `to` is the index of its target. */
export const NotifiedTarget = z.object({
  to: z.int(),
  notification_id: Id,
  channel: z.enum(CHANNELS),
  recipient: z.string(),
  /** False if no attempt can reach the target: only the mock channel records it, or its address is refused. */
  reachable: z.boolean(),
  /** Set if a page is planned by the rules of the person; its event `page_unreached` follows if no address accepts. */
  page_id: Id.optional(),
  /** How many rules the page has; each may take the time in which a page must be accepted. */
  rules: z.int().optional(),
  /** Minutes until a later rule sends it; `notification_id` is the id of the page until then. */
  after_minutes: z.int().optional(),
  /** The end of the quiet hours that hold the page. */
  held_until: Instant.optional(),
  /**
   * In a preview: why no attempt can reach the target. A reason of its contact methods (`unverified`, `disabled`, `stopped`,
   * `not_configured`, `invalid_recipient`), `no_contact_method`, or a reason of its channel.
   */
  why_not: z.string().optional(),
});
