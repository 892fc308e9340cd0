import * as z from 'zod';
import { Email, Instant, idInPath } from '../../kernel/ports/values';
import { Done, GivenPassword, NewPassword, RoleOut, Session, Username } from './shared';

/** How somebody gets in, stays in and leaves. */

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

const SessionId = idInPath('Invalid session ID format');

export const accessOperations = {
  login: {
    summary: 'Log in; the token works in X-API-Key and as a cookie until it expires',
    method: 'POST',
    path: '/api/v1/auth/login',
    access: 'public',
    bodyLimit: 16 * 1024,
    input: z.object({ username: z.string(), password: z.string() }),
    output: LoggedIn,
  },
  setupState: {
    summary: 'Whether the first administrator exists, and whether a set-up link still works',
    method: 'POST',
    path: '/api/v1/auth/setup/state',
    access: 'public',
    quiet: true,
    bodyLimit: 4 * 1024,
    input: z.object({
      /** Of a set-up link; without it `link` is null. */
      token: z.string().max(255).optional(),
    }),
    output: z.object({
      set_up: z.boolean(),
      /** `spent`: it was used, replaced by a newer start or has expired. */
      link: z.enum(['good', 'spent']).nullable(),
    }),
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
} as const;
