import * as z from 'zod';
import { defineContract } from '../kernel/contract';
import { blank, Email, Id, Instant, InstantIn, idInPath, paged, pageOf } from '../kernel/values';

export const ROLES = ['viewer', 'responder', 'admin'] as const;
const RoleIn = z.enum(ROLES, { error: `role must be one of ${ROLES.join(', ')}` });
const RoleOut = z.enum(ROLES);

/** Text that people are named by: no control characters, because it is written into headers, logs and pages. */
const name = (max: number) =>
  z
    .string()
    .max(max)
    .trim()
    .min(1, 'Must not be blank')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that are refused
    .refine((value) => !/[\u0000-\u001f\u007f]/.test(value), 'Control characters are not allowed');

const Username = name(255);
/** A new password; what an old one may be is settled by whether it matches. */
const NewPassword = z
  .string()
  .min(10, 'A password has at least 10 characters')
  .max(1024)
  .refine((value) => !blank(value), 'Must not be blank');
const GivenPassword = z.string().min(1).max(1024);

export const User = z
  .object({
    id: Id,
    username: z.string(),
    email: z.string().nullable(),
    role: RoleOut,
    disabled: z.boolean(),
    created_at: Instant,
    last_login_at: Instant.nullable(),
  })
  .meta({ id: 'User' });
export type User = z.infer<typeof User>;

export const Session = z
  .object({
    id: Id,
    /** The session this very request came with. */
    current: z.boolean(),
    address: z.string(),
    user_agent: z.string(),
    created_at: Instant,
    /** To within a minute; null before its first use. */
    last_seen_at: Instant.nullable(),
    expires_at: Instant,
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof Session>;

export const ApiKey = z
  .object({
    id: Id,
    name: z.string(),
    role: RoleOut,
    /** The first characters of the key, by which its owner tells it from others. */
    prefix: z.string(),
    created_by: z.string(),
    created_at: Instant,
    last_used_at: Instant.nullable(),
    revoked_at: Instant.nullable(),
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof ApiKey>;

/** A personal session token; `api_key` because that is the header it is sent in. */
export const LoggedIn = z
  .object({
    api_key: z.string(),
    username: z.string(),
    message: z.string(),
    role: RoleOut,
    expires_at: Instant,
  })
  .meta({ id: 'LoggedIn' });

/** The modules whose facts are told. */
export const SOURCES = ['alerts', 'incidents', 'oncall', 'notify', 'gateway'] as const;
export type Source = (typeof SOURCES)[number];
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
    at: Instant,
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'LiveEvent' });
export type LiveEvent = z.infer<typeof LiveEvent>;

export const AuditEntry = z
  .object({
    id: z.string(),
    module: z.enum(SOURCES),
    kind: z.string(),
    /** What it was done to: an id of the module. */
    subject: z.string(),
    actor: z.string(),
    at: Instant,
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEntry' });

const Done = z.object({ status: z.string() });
const ServiceHealth = z.object({ status: z.enum(['up', 'down']), code: z.int().optional() });

const UserId = idInPath('Invalid user ID format');
const KeyId = idInPath('Invalid API key ID format');
const SessionId = idInPath('Invalid session ID format');

export const gatewayContract = defineContract({
  servicesHealth: {
    summary: 'Whether the services behind the gateway answer',
    method: 'GET',
    path: '/api/services/health',
    access: 'public',
    quiet: true,
    input: z.object({}),
    output: z.object({
      'alert-ingestion': ServiceHealth,
      'incident-management': ServiceHealth,
      'oncall-service': ServiceHealth,
      'notification-service': ServiceHealth,
    }),
  },
  login: {
    summary: 'Log in; the token works in X-API-Key and as a cookie until it expires',
    method: 'POST',
    path: '/api/v1/auth/login',
    access: 'public',
    bodyLimit: 16 * 1024,
    input: z.object({ username: z.string(), password: z.string() }),
    output: LoggedIn,
  },
  setup: {
    summary: 'Make the first administrator with the one-time link that the first start printed',
    method: 'POST',
    path: '/api/v1/auth/setup',
    access: 'public',
    bodyLimit: 16 * 1024,
    input: z.object({
      token: z.string().min(1).max(255),
      username: Username,
      password: NewPassword,
      email: Email.nullish(),
    }),
    output: LoggedIn,
    status: 201,
  },
  logout: {
    summary: 'End the session this request came with',
    method: 'POST',
    path: '/api/v1/auth/logout',
    access: 'viewer',
    input: z.object({}),
    output: Done,
  },
  me: {
    summary: 'Who is asking',
    method: 'GET',
    path: '/api/v1/auth/me',
    access: 'viewer',
    input: z.object({}),
    output: z.object({
      username: z.string(),
      kind: z.enum(['user', 'key']),
      role: RoleOut,
      email: z.string().nullable(),
      expires_at: Instant.nullable(),
    }),
  },
  changePassword: {
    summary: 'Change your own password; your other sessions end',
    method: 'POST',
    path: '/api/v1/auth/password',
    access: 'viewer',
    bodyLimit: 16 * 1024,
    input: z.object({ current_password: GivenPassword, new_password: NewPassword }),
    output: Done,
  },
  listSessions: {
    summary: 'Your sessions that have not ended, newest first',
    method: 'GET',
    path: '/api/v1/auth/sessions',
    access: 'viewer',
    input: z.object({}),
    output: z.array(Session),
  },
  endSession: {
    summary: 'End one of your sessions',
    method: 'DELETE',
    path: '/api/v1/auth/sessions/:id',
    access: 'viewer',
    input: z.object({ id: SessionId }),
    output: Done,
  },
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
      kind: z.string().max(100).optional(),
      module: z.enum(SOURCES).optional(),
      subject: z.string().max(255).optional(),
      from: InstantIn.optional(),
      to: InstantIn.optional(),
    }),
    output: pageOf('entries', AuditEntry),
  },
  listUserSessions: {
    summary: 'The sessions of a user that have not ended, newest first',
    method: 'GET',
    path: '/api/v1/users/:id/sessions',
    access: 'admin',
    input: z.object({ id: UserId }),
    output: z.array(Session),
  },
  endUserSessions: {
    summary: 'End all sessions of a user, or the one that is named',
    method: 'DELETE',
    path: '/api/v1/users/:id/sessions',
    access: 'admin',
    input: z.object({ id: UserId, session_id: Id.optional() }),
    output: z.object({ ended: z.int() }),
  },
  listUsers: {
    summary: 'Users by name',
    method: 'GET',
    path: '/api/v1/users',
    access: 'admin',
    input: paged({}),
    output: pageOf('users', User),
  },
  createUser: {
    summary: 'Add a user',
    method: 'POST',
    path: '/api/v1/users',
    access: 'admin',
    bodyLimit: 16 * 1024,
    input: z.object({ username: Username, password: NewPassword, role: RoleIn, email: Email.nullish() }),
    output: User,
    status: 201,
  },
  updateUser: {
    summary:
      "Change a user's role, e-mail or password, or disable the account; a new password or disabling ends sessions",
    method: 'PATCH',
    path: '/api/v1/users/:id',
    access: 'admin',
    bodyLimit: 16 * 1024,
    input: z.object({
      id: UserId,
      role: RoleIn.optional(),
      email: Email.nullable().optional(),
      disabled: z.boolean().optional(),
      password: NewPassword.optional(),
    }),
    output: User,
  },
  deleteUser: {
    summary: 'Remove a user and their sessions',
    method: 'DELETE',
    path: '/api/v1/users/:id',
    access: 'admin',
    input: z.object({ id: UserId }),
    output: Done,
  },
  listKeys: {
    summary: 'API keys, newest first, revoked ones included',
    method: 'GET',
    path: '/api/v1/api-keys',
    access: 'admin',
    input: paged({}),
    output: pageOf('api_keys', ApiKey),
  },
  createKey: {
    summary: 'Make an API key; it is shown this once',
    method: 'POST',
    path: '/api/v1/api-keys',
    access: 'admin',
    bodyLimit: 16 * 1024,
    input: z.object({ name: name(100), role: RoleIn }),
    output: ApiKey.extend({ api_key: z.string() }),
    status: 201,
  },
  revokeKey: {
    summary: 'Revoke an API key',
    method: 'DELETE',
    path: '/api/v1/api-keys/:id',
    access: 'admin',
    input: z.object({ id: KeyId }),
    output: ApiKey,
  },
});
export type GatewayContract = typeof gatewayContract;
