import * as z from 'zod';
import { defineContract } from '../../kernel/ports/contract';
import { Instant, InstantIn, idInPath, paged, pageOf, text, word } from '../../kernel/ports/values';
import { CHANNELS } from './channels';
import { Attempt, filter, Notification, NotificationSummary, Person, Receipt } from './shared';

/** Sending one message, and reading notifications with their attempts. */
export const notificationOperations = defineContract({
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
      /** Pages and notices that only the mock channel recorded; they reached no one. */
      recorded: z.int(),
      /** Sent, and reported as arrived by the provider or the device. */
      delivered: z.int(),
      /** Sent, and reported as not arrived. */
      undelivered: z.int(),
      by_channel: z.record(z.string(), z.int()),
      by_severity: z.record(z.string(), z.int()),
    }),
  },
  deliveries: {
    summary: 'Results of the notifications of the last hours (24 by default), and how long they took',
    method: 'GET',
    path: '/api/v1/notifications/stats/deliveries',
    access: 'viewer',
    input: z.object({ hours: z.coerce.number<number>().int().min(1).max(720).default(24) }),
    output: z.object({
      since: Instant,
      delivered: z.int(),
      failed: z.int(),
      /** From the command to the provider's acceptance, of the newest ten thousand accepted ones; null without any. */
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
      /** Text in message, recipient, person or incident, among the newest 50,000 matches of the other filters. */
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
      notifications: z.array(
        Notification.extend({ person: Person, attempts: z.array(Attempt), receipts: z.array(Receipt) }),
      ),
    }),
  },
  get: {
    summary: 'One notification with its attempts',
    method: 'GET',
    path: '/api/v1/notifications/:id',
    access: 'viewer',
    input: z.object({ id: idInPath('Invalid notification ID format') }),
    output: Notification.extend({ attempts: z.array(Attempt), receipts: z.array(Receipt) }),
  },
});
