import * as z from 'zod';
import { defineContract, type Route } from '../../kernel/ports/contract';
import { ActorKind, ENVIRONMENT_KEY, Id, Instant, idInPath, pageOf } from '../../kernel/ports/values';
import { AnyTeam } from './shared';

/** Calendars for other programs: iCalendar behind secret addresses, each of which its owner or an admin can revoke. */

const Feed = z
  .object({
    id: Id,
    /** Whose schedule it shows; null for one person's shifts in every team. */
    team: z.string().nullable(),
    /** Whose shifts it shows; null for a schedule. */
    email: z.string().nullable(),
    created_by: z.string(),
    /** The account that made it is removed: it leads on, and an admin may end it. */
    left_behind: z.boolean(),
    created_at: Instant,
    /** When it ended, because the API key that made it was revoked or left API_KEYS; its address leads nowhere. */
    ended_at: Instant.nullish(),
    /** To within a minute; null before the first time. */
    last_fetched_at: Instant.nullable(),
  })
  .meta({ id: 'CalendarFeed' });

export const feedOperations = defineContract({
  feeds: {
    summary: 'My calendar feeds, oldest first; with everybody=true those of all, for admins',
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
    summary: 'Make a calendar feed of a schedule, or without a team of my own shifts; its address is shown this once',
    method: 'POST',
    path: '/api/v1/oncall/feeds',
    access: 'viewer',
    input: z.object({ team: AnyTeam.nullish() }),
    output: Feed.extend({
      /** Past 15 to next 180 days as text/calendar, for whoever knows the address. */
      url: z.string(),
      /** The same, as calendar programs subscribe to it. */
      webcal_url: z.string(),
    }),
    status: 201,
  },
  revokeFeed: {
    summary: 'End a calendar feed of mine, or as an admin of anybody: its address leads nowhere from now on',
    method: 'DELETE',
    path: '/api/v1/oncall/feeds/:id',
    access: 'viewer',
    input: z.object({ id: idInPath('Invalid feed ID format') }),
    output: z.void(),
    status: 204,
  },
  endFeedsOf: {
    summary:
      'An account lost its access: feeds of its own shifts end, those of schedules are left behind once it is gone. All feeds of a revoked key end',
    method: 'POST',
    path: '/internal/oncall/feeds/end',
    access: 'internal',
    input: z.object({
      username: z.string().min(1).max(255),
      kind: z.enum(['user', 'key']).default('user'),
      owner_id: z.string().max(255).optional(),
      /** Removed for good, not merely disabled. */
      removed: z.boolean(),
      /** What was made later is another matter: the account was enabled again, or is a namesake's. */
      at: Instant,
      by: z.string().max(255),
      by_kind: ActorKind.unwrap().exclude(['link']).default('user'),
    }),
    output: z.object({ ended: z.int() }),
  },
  endFeedsOfOtherKeys: {
    summary: 'The gateway started with these keys of the environment: feeds that others of them made until then end',
    method: 'POST',
    path: '/internal/oncall/feeds/end-others',
    access: 'internal',
    input: z.object({
      /** Ids of the configured keys, each `environment:` and a part of its hash. */
      configured: z.array(z.string().startsWith(ENVIRONMENT_KEY).max(255)).max(1_000),
      at: Instant,
    }),
    output: z.object({ ended: z.int() }),
  },
});

/** Calendar programs show no key: the secret in the path says what they may read. */
export const feedDoors = {
  calendarFeed: { method: 'GET', path: '/calendar/:secret.ics', access: 'public' },
} satisfies Record<string, Route>;
