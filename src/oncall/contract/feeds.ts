import * as z from 'zod';
import { defineContract, type Route } from '../../kernel/ports/contract';
import { ActorKind, ENVIRONMENT_KEY, Id, Instant, idInPath, pageOf } from '../../kernel/ports/values';
import { AnyTeam } from './shared';

/** Calendar feeds for other programs: iCalendar at secret addresses that the owner or an admin can revoke. */

const Feed = z
  .object({
    id: Id,
    /** The team whose schedule it shows; null for the shifts of one person in every team. */
    team: z.string().nullable(),
    /** The person whose shifts it shows; null for a schedule. */
    email: z.string().nullable(),
    created_by: z.string(),
    /** The account of its creator was removed. The feed still works, and an admin may end it. */
    left_behind: z.boolean(),
    created_at: Instant,
    /** When it ended because its API key was revoked or left API_KEYS. Its address then answers 404. */
    ended_at: Instant.nullish(),
    /** Exact to a minute; null before the first fetch. */
    last_fetched_at: Instant.nullable(),
  })
  .meta({ id: 'CalendarFeed' });

export const feedOperations = defineContract({
  feeds: {
    summary: 'My calendar feeds, oldest first; with everybody=true all feeds, for admins',
    method: 'GET',
    path: '/api/v1/oncall/feeds',
    access: 'viewer',
    input: z.object({
      everybody: z.enum(['true', 'false']).default('false'),
      page: z.coerce.number<number>().int().min(1).max(1_000).default(1),
      per_page: z.coerce.number<number>().int().min(1).max(1_000).default(1_000),
    }),
    output: pageOf('feeds', Feed),
  },
  createFeed: {
    summary:
      'Create a calendar feed of a schedule, or of my own shifts if no team is given; its address is shown only once',
    method: 'POST',
    path: '/api/v1/oncall/feeds',
    access: 'viewer',
    input: z.object({ team: AnyTeam.nullish() }),
    output: Feed.extend({
      /** The past 15 and the next 180 days as text/calendar, for everyone with this address. */
      url: z.string(),
      /** The same address for calendar programs. */
      webcal_url: z.string(),
    }),
    status: 201,
  },
  revokeFeed: {
    summary: 'End a calendar feed of mine, or any feed as an admin: its address answers 404 from now on',
    method: 'DELETE',
    path: '/api/v1/oncall/feeds/:id',
    access: 'viewer',
    input: z.object({ id: idInPath('Invalid feed ID format') }),
    output: z.void(),
    status: 204,
  },
  endFeedsOf: {
    summary:
      'After an account lost its access: end the feeds of its own shifts, and mark the feeds of schedules as left behind if the account is gone. All feeds of a revoked key end',
    method: 'POST',
    path: '/internal/oncall/feeds/end',
    access: 'internal',
    input: z.object({
      username: z.string().min(1).max(255),
      kind: z.enum(['user', 'key']).default('user'),
      owner_id: z.string().max(255).optional(),
      /** Removed for good, not only disabled. */
      removed: z.boolean(),
      /** Feeds that were created later stay: the account was enabled again, or a new account has the name. */
      at: Instant,
      by: z.string().max(255),
      by_kind: ActorKind.unwrap().exclude(['link']).default('user'),
    }),
    output: z.object({ ended: z.int() }),
  },
  endFeedsOfOtherKeys: {
    summary: 'At the start of the gateway: end the feeds that other keys of the environment created until then',
    method: 'POST',
    path: '/internal/oncall/feeds/end-others',
    access: 'internal',
    input: z.object({
      /** Ids of the configured keys: `environment:` and a part of the hash of each. */
      configured: z.array(z.string().startsWith(ENVIRONMENT_KEY).max(255)).max(1_000),
      at: Instant,
    }),
    output: z.object({ ended: z.int() }),
  },
});

/** Calendar programs send no key: the secret in the path grants the access. */
export const feedRoutes = {
  calendarFeed: { method: 'GET', path: '/calendar/:secret.ics', access: 'public' },
} satisfies Record<string, Route>;
