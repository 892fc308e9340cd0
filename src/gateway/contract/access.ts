import * as z from 'zod';
import { Email, Instant, idInPath } from '../../kernel/ports/values';
import { Done, GivenPassword, NewPassword, RoleOut, Session, Username } from './shared';

/** Login, logout, sessions and the first set-up. */

/** A session token of a user. The field is `api_key`, because the token is sent in X-API-Key. */
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
      /** The token of a set-up link; without it `link` is null. */
      token: z.string().max(255).optional(),
    }),
    output: z.object({
      set_up: z.boolean(),
      /** `spent`: it was used, a later start replaced it, or it has expired. */
      link: z.enum(['good', 'spent']).nullable(),
    }),
  },
  setup: {
    summary: 'Create the first administrator with the one-time link that the first start printed',
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
    summary: 'Log out: end the session of this request',
    method: 'POST',
    path: '/api/v1/auth/logout',
    access: 'viewer',
    input: z.object({}),
    output: Done,
  },
  me: {
    summary: 'The caller: user or API key, with its role',
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
    summary: 'Change your own password and end your other sessions',
    method: 'POST',
    path: '/api/v1/auth/password',
    access: 'viewer',
    bodyLimit: 16 * 1024,
    input: z.object({ current_password: GivenPassword, new_password: NewPassword }),
    output: Done,
  },
  listSessions: {
    summary: 'List your open sessions, newest first',
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
