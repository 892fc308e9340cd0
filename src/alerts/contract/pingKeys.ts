import * as z from 'zod';
import type { Route } from '../../kernel/ports/contract';
import { Id, Instant, idInPath } from '../../kernel/ports/values';
import { Name, Team } from './heartbeats';

/** Ping addresses of heartbeats, and the keys in them. */

export const PingKey = z
  .object({
    id: Id,
    name: z.string(),
    /** If set, the key pings only heartbeats of this team. */
    team: z.string().nullable(),
    key_prefix: z.string(),
    /** Until when the key before the last rotation is valid; null if there is none. */
    old_key_ends_at: Instant.nullable(),
    created_at: Instant,
    created_by: z.string(),
    /** Up to a minute old. */
    last_used_at: Instant.nullable(),
    revoked_at: Instant.nullable(),
  })
  .meta({ id: 'PingKey' });

const PingKeyMade = PingKey.extend({
  /** Shown only in this answer. */
  key: z.string(),
  /** The address of a ping, with `{slug}` for the slug of the heartbeat. */
  url: z.string(),
});

const ofOneKey = { id: idInPath('Invalid ping key ID format') };

/** Ping keys. Administrators change them, like integrations. */
export const pingKeyOperations = {
  listPingKeys: {
    summary: 'Keys of ping addresses, oldest first',
    method: 'GET',
    path: '/api/v1/ping-keys',
    access: 'viewer',
    input: z.object({}),
    output: z.object({ keys: z.array(PingKey) }),
  },
  createPingKey: {
    summary: 'Add a ping key, for all heartbeats or for those of one team; it is shown only in this answer',
    method: 'POST',
    path: '/api/v1/ping-keys',
    access: 'admin',
    input: z.object({ name: Name, team: Team.optional() }),
    output: PingKeyMade,
    status: 201,
  },
  rotatePingKey: {
    summary: 'Replace a ping key; the old one stays valid for a while',
    method: 'POST',
    path: '/api/v1/ping-keys/:id/rotate',
    access: 'admin',
    input: z.object({
      ...ofOneKey,
      /** How long the old key stays valid. */
      overlap_hours: z.int().min(0).max(720).default(24),
    }),
    output: PingKeyMade,
  },
  revokePingKey: {
    summary: 'Revoke a ping key: pings with it are refused from now on',
    method: 'DELETE',
    path: '/api/v1/ping-keys/:id',
    access: 'admin',
    input: z.object(ofOneKey),
    output: PingKey,
  },
} as const;

/** Paths of pings. The first segment is a ping key, or the id of one heartbeat's own address. */
export const PING_PATHS = ['/ping/:key', '/ping/:key/:slug', '/ping/:key/:slug/:action'] as const;

/** Routes of pings for the gateway. They are public, because this module itself checks the key. */
export const pingRoutes: Record<string, Route> = Object.fromEntries(
  PING_PATHS.flatMap((path, at) =>
    (['GET', 'POST'] as const).map((method): [string, Route] => [
      `ping${at}.${method.toLowerCase()}`,
      {
        method,
        path,
        access: 'public',
        intake: true,
        described: { summary: 'Ping a heartbeat, as with healthchecks', headers: [] },
      },
    ]),
  ),
);
