import * as z from 'zod';
import { ActorKind, Instant, InstantIn, paged, pageOf } from '../../kernel/ports/values';

/** The event stream and the audit log. */

/** The modules whose events are streamed. */
export const SOURCES = ['alerts', 'incidents', 'oncall', 'notify', 'gateway'] as const;
export type Source = (typeof SOURCES)[number];
/** Kinds of the gateway's own events. */
export const GATEWAY_EVENTS = [
  'user.created',
  'user.changed',
  'user.deleted',
  'session.began',
  'session.ended',
  'sessions.ended',
  'login.failed',
  'password.changed',
  'api_key.created',
  'api_key.revoked',
  /** Entries of another module were added to the audit log. The gateway's own entries are added with their event. */
  'audit.written',
  /** Test alerts of the self-watch are late or lost; they pass again. */
  'self_watch.failed',
  'self_watch.recovered',
] as const;
export type GatewayEvent = (typeof GATEWAY_EVENTS)[number];
/** The cursor of each source as text: `incidents=17.4;alerts=12.1`. */
export const CURSOR = /^(?:(?:alerts|incidents|oncall|notify|gateway)=(?:\d{1,19}\.\d{1,18})?(?:;|$)){1,5}$/;

/** An event in short: enough to know what to fetch again. */
export const LiveEvent = z
  .object({
    /** The cursor after this event; the `id` of a server-sent event. */
    id: z.string(),
    module: z.enum(SOURCES),
    kind: z.string(),
    /** The id of an incident, an alert, a team, … */
    subject: z.string(),
    actor: z.string(),
    /** user, key, integration, link or system; null if only the name is known. */
    actor_kind: ActorKind.optional(),
    at: Instant,
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'LiveEvent' });
export type LiveEvent = z.infer<typeof LiveEvent>;

const AuditEntry = z
  .object({
    id: z.string(),
    module: z.enum(SOURCES),
    kind: z.string(),
    /** The id of the incident, user, team, … that was changed. */
    subject: z.string(),
    actor: z.string(),
    /** user, key, integration, link or system; null if only the name is known. */
    actor_kind: ActorKind.optional(),
    at: Instant,
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEntry' });

export const eventOperations = {
  events: {
    summary:
      'Events of all modules after a cursor. With Accept: text/event-stream they are sent as server-sent events: unnamed ones are events, `heartbeat` comes every few seconds, `missed` if events were left out, `ended` before the server closes the stream. Resume with Last-Event-ID',
    method: 'GET',
    path: '/api/v1/events',
    access: 'viewer',
    quiet: true,
    input: z.object({
      /** The last `cursor` or `id`. Without it the answer has no events, only the cursor to begin with. */
      after: z.string().max(500).regex(CURSOR, 'Must be a cursor or id of an earlier answer').optional(),
      wait_ms: z.coerce.number<number>().int().min(0).max(20_000).default(0),
    }),
    output: z.object({
      events: z.array(LiveEvent),
      cursor: z.string(),
      /** Modules with too many events, some of which were left out. Fetch their data again. */
      missed: z.array(z.enum(SOURCES)),
      /** Modules that do not answer; their data may be old. */
      silent: z.array(z.enum(SOURCES)),
    }),
  },
  audit: {
    summary:
      'The audit log: actions of people and keys in all modules, newest first; `total` counts up to ten thousand',
    method: 'GET',
    path: '/api/v1/audit',
    access: 'admin',
    input: paged({
      actor: z.string().max(255).optional(),
      actor_kind: ActorKind.unwrap().optional(),
      kind: z.string().max(100).optional(),
      module: z.enum(SOURCES).optional(),
      subject: z.string().max(255).optional(),
      from: InstantIn.optional(),
      to: InstantIn.optional(),
    }),
    output: pageOf('entries', AuditEntry),
  },
} as const;
