import * as z from 'zod';
import { defineContract } from '../kernel/ports/contract';
import {
  EventsInput,
  EventsOutput,
  Id,
  Instant,
  InstantIn,
  idInPath,
  paged,
  pageOf,
  SourceLinks,
  statusOperation,
  text,
  word,
} from '../kernel/ports/values';
import { CHANNELS } from './contract/channels';

export { CHANNELS } from './contract/channels';
export type ChannelName = (typeof CHANNELS)[number];
/** How an incident went on, as those who were paged are notified of it. */
export const OUTCOMES = ['acknowledged', 'resolved'] as const;
export type IncidentOutcome = (typeof OUTCOMES)[number];
/** What a notice is about; `taken_back` corrects an earlier notice. */
export const NOTICES = [...OUTCOMES, 'taken_back'] as const;
export type Notice = (typeof NOTICES)[number];
export const NOTIFICATION_STATUSES = ['queued', 'sent', 'failed', 'cancelled', 'recorded'] as const;
export const CHANNEL_STATES = ['not_configured', 'untried', 'working', 'failing'] as const;

const NotificationSummary = z.object({
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

/** Whom it was meant for; null for a room or an address. */
const Person = z.object({ name: z.string(), email: z.string().nullable() }).nullable();

/** A room is `channel:address`. */
export const RoomAddress = z
  .string()
  .max(500)
  .regex(new RegExp(`^(${CHANNELS.join('|')}):.+$`), 'A room is channel:address, such as slack:ops-team');

const filter = z.string().max(500).trim().toLowerCase().optional();

/** Whom to tell: a person (notify knows how), or a room (`channel:address`; null = the house's default room). */
export const Target = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('person'), name: z.string().max(255), email: z.string().max(255).nullable() }),
  z.object({ kind: z.literal('room'), address: z.string().max(500).nullable() }),
]);
export type Target = z.infer<typeof Target>;

/** One message to one address that tell() stored; `to` is the index of its target. */
export const Told = z.object({
  to: z.int(),
  notification_id: Id,
  channel: z.enum(CHANNELS),
  recipient: z.string(),
  /** False where no attempt can reach the target: only the mock channel records it, or its address is refused. */
  reachable: z.boolean(),
});

export const notifyContract = defineContract({
  notify: {
    summary: 'Send one message now; the answer holds its true status',
    method: 'POST',
    path: '/api/v1/notify',
    access: 'responder',
    input: z.object({
      incident_id: text(255),
      channel: word('channel', CHANNELS).default('mock'),
      recipient: z.string().max(500).trim().min(1),
      message: text(5000),
      severity: z.string().max(20).nullish(),
      metadata: z.record(z.string().max(128), z.unknown()).nullish(),
    }),
    output: NotificationSummary,
  },
  statsSummary: {
    summary: 'How many notifications, by status, channel and severity',
    method: 'GET',
    path: '/api/v1/notifications/stats/summary',
    access: 'viewer',
    input: z.object({}),
    output: z.object({
      total: z.int(),
      sent: z.int(),
      failed: z.int(),
      queued: z.int(),
      cancelled: z.int(),
      /** Pages and notices that only the mock channel wrote down; they reached no one. */
      recorded: z.int(),
      by_channel: z.record(z.string(), z.int()),
      by_severity: z.record(z.string(), z.int()),
    }),
  },
  deliveries: {
    summary: 'What became of the notifications of the last hours, a day unless said, and how long they took',
    method: 'GET',
    path: '/api/v1/notifications/stats/deliveries',
    access: 'viewer',
    input: z.object({ hours: z.coerce.number<number>().int().min(1).max(720).default(24) }),
    output: z.object({
      since: Instant,
      delivered: z.int(),
      failed: z.int(),
      /** From acceptance to delivery, of the newest ten thousand that were delivered; null where there is none. */
      median_seconds: z.number().nullable(),
    }),
  },
  list: {
    summary: 'Notifications, newest first; status and channel take several, separated by commas',
    method: 'GET',
    path: '/api/v1/notifications',
    access: 'viewer',
    input: paged({
      channel: filter,
      status: filter,
      incident_id: z.string().max(255).optional(),
      recipient: z.string().max(500).optional(),
      /** Created at or after `from` and before `to`. */
      from: InstantIn.optional(),
      to: InstantIn.optional(),
      /** Somewhere in message, recipient, person or incident, among the newest 50,000 of the rest. */
      q: z.string().max(200).trim().optional(),
    }),
    output: pageOf('notifications', NotificationSummary),
  },
  ofIncident: {
    summary: 'The newest 200 notifications about an incident, each with its attempts',
    method: 'GET',
    path: '/api/v1/notifications/incident/:incident_id',
    access: 'viewer',
    input: z.object({ incident_id: z.string().min(1).max(255) }),
    output: z.object({
      total: z.int(),
      notifications: z.array(Notification.extend({ person: Person, attempts: z.array(Attempt) })),
    }),
  },
  channels: {
    summary: 'The ways to reach somebody: whether each is configured, and what became of its latest notifications',
    method: 'GET',
    path: '/api/v1/channels',
    access: 'viewer',
    input: z.object({}),
    output: z.object({
      /** Whether any channel is configured that reaches a person by the address of their schedule entry. */
      can_reach_people: z.boolean(),
      /** Whether any channel but mock is configured. Where neither is true, every page is only recorded. */
      can_reach_rooms: z.boolean(),
      channels: z.array(
        z.object({
          channel: z.enum(CHANNELS),
          /** What people call it. */
          title: z.string(),
          configured: z.boolean(),
          /** How to configure it; empty if there is nothing to do. */
          setup: z.string(),
          /** What an address of it looks like. */
          address_hint: z.string(),
          /** Whether people are paged by it, at the e-mail address of their schedule entry; all channels reach rooms. */
          for_people: z.boolean(),
          /** False for a channel that only records. */
          reaches: z.boolean(),
          /** By the latest attempt that could tell; `untried` since it was configured. */
          state: z.enum(CHANNEL_STATES),
          since: Instant.nullable(),
          /** Why it is failing; null otherwise. */
          last_error: z.string().nullable(),
          queued: z.int(),
          last_sent_at: Instant.nullable(),
          last_failed_at: Instant.nullable(),
          /** The reason of the latest failure. */
          last_failure: z.string().nullable(),
        }),
      ),
    }),
  },
  testChannel: {
    summary: 'Send a test message by a channel; the answer holds its true status',
    method: 'POST',
    path: '/api/v1/channels/:channel/test',
    access: 'admin',
    input: z.object({ channel: word('channel', CHANNELS), address: z.string().max(500).trim().min(1) }),
    output: NotificationSummary,
  },
  get: {
    summary: 'One notification with its attempts',
    method: 'GET',
    path: '/api/v1/notifications/:id',
    access: 'viewer',
    input: z.object({ id: idInPath('Invalid notification ID format') }),
    output: Notification.extend({ attempts: z.array(Attempt) }),
  },
  tell: {
    summary: 'Tell people and rooms about an incident; the same key is the same command',
    method: 'POST',
    path: '/internal/notify/tell',
    access: 'internal',
    quiet: true,
    input: z.object({
      key: z.string().min(1).max(200),
      incident_id: z.string().min(1).max(255),
      message: z.string().min(1).max(5000),
      severity: z.string().max(20).nullable(),
      /** Links of the alert's source, as buttons beside ours. */
      links: SourceLinks.default([]),
      /** Whether the message carries signed links to view and acknowledge; pages do, room notices view only. */
      to: z.array(Target).min(1).max(500),
    }),
    output: z.object({ told: z.array(Told) }),
  },
  tellOutcome: {
    summary:
      'Notify the addresses that were notified of an incident who acknowledged or resolved it; the same key is the same command',
    method: 'POST',
    path: '/internal/notify/outcome',
    access: 'internal',
    quiet: true,
    input: z.object({
      key: z.string().min(1).max(150),
      incident_id: z.string().min(1).max(255),
      outcome: z.enum(OUTCOMES),
      message: z.string().min(1).max(5000),
      severity: z.string().max(20).nullable(),
      /** E-mail addresses of the person who acted: they know. */
      except: z.array(z.string().max(255)).max(5),
    }),
    output: z.object({}),
  },
  wouldTell: {
    summary: 'By which channel and address these would be told now; tells nobody',
    method: 'POST',
    path: '/internal/notify/would-tell',
    access: 'internal',
    quiet: true,
    bodyLimit: 1024 * 1024,
    input: z.object({ to: z.array(Target).min(1).max(5_000) }),
    output: z.object({ told: z.array(Told.omit({ notification_id: true })) }),
  },
  cancel: {
    summary:
      'Cancel what is still queued for an incident, because somebody has it; what was told since is another page',
    method: 'POST',
    path: '/internal/notify/cancel',
    access: 'internal',
    input: z.object({
      incident_id: z.string().min(1).max(255),
      reason: z.string().min(1).max(100),
      /** When somebody took it: a cancel that comes late must not meet the pages of what came after. */
      told_before: Instant.optional(),
      /** Only the notices of this outcome, which was taken back; also those that are not written down yet. */
      outcome: z.enum(OUTCOMES).optional(),
      /** Sent once to every address that a notice of these outcomes went out to before `told_before`. */
      correction: z
        .object({
          key: z.string().min(1).max(150),
          outcomes: z.array(z.enum(OUTCOMES)).min(1),
          message: z.string().min(1).max(5000),
          severity: z.string().max(20).nullable(),
          /** E-mail addresses of the person who took it back. */
          except: z.array(z.string().max(255)).max(5),
        })
        .optional(),
    }),
    output: z.object({ cancelled: z.int() }),
  },
  standing: statusOperation('notify'),
  events: {
    summary: 'Facts of this module in commit order; waits until there is one or `wait_ms` is over',
    method: 'GET',
    path: '/internal/notify/events',
    access: 'internal',
    quiet: true,
    input: EventsInput,
    output: EventsOutput,
  },
});
export type NotifyContract = typeof notifyContract;

/** What this module tells of: the kinds of its events. */
export const NOTIFY_FACTS = [
  'notifications_accepted',
  'notification_sent',
  'notification_failed',
  'notification_delayed',
  'notifications_cancelled',
  'channel_tested',
  'channel_restored',
] as const;
export type NotifyFact = (typeof NOTIFY_FACTS)[number];
