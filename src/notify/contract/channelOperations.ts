import * as z from 'zod';
import { defineContract } from '../../kernel/ports/contract';
import { Instant, word } from '../../kernel/ports/values';
import { CHANNELS } from './channels';
import { CHANNEL_STATES, NotificationSummary } from './shared';

/** The state of each channel, and a test message by one. */
export const channelOperations = defineContract({
  channels: {
    summary: 'Channels: whether each is configured, its state, and the results of its latest notifications',
    method: 'GET',
    path: '/api/v1/channels',
    access: 'viewer',
    input: z.object({}),
    output: z.object({
      /** Whether any channel is configured that reaches a person by the address of their schedule entry. */
      can_reach_people: z.boolean(),
      /** Whether any channel but mock is configured. If neither is true, every page is only recorded. */
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
          /** By the latest attempts; `untried` since it was configured. */
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
});
