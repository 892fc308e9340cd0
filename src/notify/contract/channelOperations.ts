import * as z from 'zod';
import { defineContract } from '../../kernel/ports/contract';
import { Instant, word } from '../../kernel/ports/values';
import { CHANNELS } from './channels';
import { CHANNEL_STATES, NotificationSummary } from './shared';

/** A setting of a channel: an environment variable that an administrator can also store. */
const ChannelSettingSummary = z
  .object({
    name: z.string(),
    /** One sentence. */
    means: z.string(),
    secret: z.boolean(),
    /** Where its value comes from; the environment wins. */
    source: z.enum(['environment', 'stored', 'default']),
    /** Whether it has a value that can be used. */
    set: z.boolean(),
    /** Only for administrators, and never of a secret. */
    value: z.string().nullable(),
    /** Why the stored value is not used. `lost`: it cannot be read, because SECRET_KEY has changed. */
    problem: z.enum(['lost', 'invalid']).nullable(),
  })
  .meta({ id: 'ChannelSetting' });

const ChannelSummary = z
  .object({
    channel: z.enum(CHANNELS),
    /** What people call it. */
    title: z.string(),
    configured: z.boolean(),
    /** How to configure it; empty if there is nothing to do. */
    setup: z.string(),
    /** What an address of it looks like. */
    address_hint: z.string(),
    address_kind: z.enum(['email', 'phone', 'account', 'device', 'room']),
    /** An address as an example; empty if people cannot type one. */
    address_example: z.string(),
    /** Whether people are paged by it, at the e-mail address of their schedule entry; all channels reach rooms. */
    for_people: z.boolean(),
    /** Whether people can name an address of it as a contact method. */
    people: z.boolean(),
    /** Whether a room can be on it. */
    rooms: z.boolean(),
    /** How a contact method on it is verified; null if people cannot have one. */
    proof: z.enum(['code', 'device']).nullable(),
    /** False for a channel that only records. */
    reaches: z.boolean(),
    can: z.object({ answers: z.boolean(), receipts: z.boolean(), updates: z.boolean() }),
    /** Where the provider reports answers and receipts; null if it reports none. */
    inbound_url: z.string().nullable(),
    settings: z.array(ChannelSettingSummary),
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
  })
  .meta({ id: 'Channel' });
export type ChannelSummary = z.input<typeof ChannelSummary>;

/** The longest value of a setting. */
const LONGEST_VALUE = 4_000;

/** The state of each channel, its settings, and a test message by one. */
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
      /** The settings that cannot be read, because SECRET_KEY has changed. */
      lost_settings: z.array(z.string()),
      channels: z.array(ChannelSummary),
    }),
  },
  contactCard: {
    summary: 'The phone numbers and e-mail addresses that messages come from; contact-card.vcf beside it is for phones',
    method: 'GET',
    path: '/api/v1/contact-card',
    access: 'viewer',
    input: z.object({}),
    output: z.object({ phones: z.array(z.string()), emails: z.array(z.string()) }),
  },
  setChannelSettings: {
    summary:
      'Store settings of a channel by name; null deletes one. They count in every process at once, and the environment wins',
    method: 'PUT',
    path: '/api/v1/channels/:channel/settings',
    access: 'admin',
    input: z
      .object({ channel: word('channel', CHANNELS) })
      .catchall(z.string().max(LONGEST_VALUE).trim().min(1, 'Must not be empty; null deletes it').nullable()),
    output: ChannelSummary,
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
