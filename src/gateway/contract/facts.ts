import * as z from 'zod';
import { ActorKind, Instant, InstantIn, paged, pageOf } from '../../kernel/ports/values';

/** What happened, told live and kept as the audit log. */

/** The modules whose facts are told. */
export const SOURCES = ['alerts', 'incidents', 'oncall', 'notify', 'gateway'] as const;
export type Source = (typeof SOURCES)[number];
/** What the gateway itself tells of. */
export const GATEWAY_FACTS = [
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
  /** Deeds of other modules stand in the audit log now; the gateway's own stand there with their fact. */
  'audit.written',
] as const;
export type GatewayFact = (typeof GATEWAY_FACTS)[number];
/** How far each of them was read, as text. */
export const PLACE = /^(?:(?:alerts|incidents|oncall|notify|gateway)=(?:\d{1,19}\.\d{1,18})?(?:;|$)){1,5}$/;

/** Something that happened, said briefly: enough to know what to fetch again. */
export const LiveEvent = z
  .object({
    /** Where to read on after this one; the `id` of a server-sent event. */
    id: z.string(),
    module: z.enum(SOURCES),
    kind: z.string(),
    /** An id of the module: of an incident, an alert, a team, … */
    subject: z.string(),
    actor: z.string(),
    /** user, key, integration, link or system; null where only the name is known. */
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
    /** What it was done to: an id of the module. */
    subject: z.string(),
    actor: z.string(),
    /** user, key, integration, link or system; null where only the name is known. */
    actor_kind: ActorKind.optional(),
    at: Instant,
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEntry' });

export const factOperations = {
  events: {
    summary:
      'What happened since `after`, of all modules. With Accept: text/event-stream it goes on as server-sent events: unnamed ones are facts, `heartbeat` every few seconds, `missed` where facts were left out, `ended` before we hang up. Resume with Last-Event-ID',
    method: 'GET',
    path: '/api/v1/events',
    access: 'viewer',
    quiet: true,
    input: z.object({
      /** The `cursor` or `id` read last; without it nothing is told but where to begin. */
      after: z.string().max(500).regex(PLACE, 'Must be a cursor or id that was given out here').optional(),
      wait_ms: z.coerce.number<number>().int().min(0).max(20_000).default(0),
    }),
    output: z.object({
      events: z.array(LiveEvent),
      cursor: z.string(),
      /** Modules of which facts were left out, because there were too many: fetch again what is shown of them. */
      missed: z.array(z.enum(SOURCES)),
      /** Modules that do not answer: what is shown of them may be old. */
      silent: z.array(z.enum(SOURCES)),
    }),
  },
  audit: {
    summary: 'What people and keys did in every module, newest first; counted up to ten thousand',
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
