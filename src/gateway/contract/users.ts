import * as z from 'zod';
import { Email, Id, Instant, idInPath, paged, pageOf } from '../../kernel/ports/values';
import { Done, NewPassword, name, RoleIn, RoleOut, Session, Username } from './shared';

/** Users and API keys. */

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

export const ApiKey = z
  .object({
    id: Id,
    name: z.string(),
    role: RoleOut,
    /** The first characters of the key, to recognise it in a list. */
    prefix: z.string(),
    created_by: z.string(),
    created_at: Instant,
    last_used_at: Instant.nullable(),
    revoked_at: Instant.nullable(),
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof ApiKey>;

const UserId = idInPath('Invalid user ID format');
const KeyId = idInPath('Invalid API key ID format');

export const userOperations = {
  listUserSessions: {
    summary: 'List the open sessions of a user, newest first',
    method: 'GET',
    path: '/api/v1/users/:id/sessions',
    access: 'admin',
    input: z.object({ id: UserId }),
    output: z.array(Session),
  },
  endUserSessions: {
    summary: 'End all sessions of a user, or one of them',
    method: 'DELETE',
    path: '/api/v1/users/:id/sessions',
    access: 'admin',
    input: z.object({ id: UserId, session_id: Id.optional() }),
    output: z.object({ ended: z.int() }),
  },
  listUsers: {
    summary: 'List users by name',
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
      "Change a user's role, e-mail address or password, or disable the user; a new password or disabling ends the sessions",
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
    summary: 'Delete a user and end their sessions',
    method: 'DELETE',
    path: '/api/v1/users/:id',
    access: 'admin',
    input: z.object({ id: UserId }),
    output: Done,
  },
  listKeys: {
    summary: 'List API keys, newest first, revoked ones included',
    method: 'GET',
    path: '/api/v1/api-keys',
    access: 'admin',
    input: paged({}),
    output: pageOf('api_keys', ApiKey),
  },
  createKey: {
    summary: 'Create an API key; only this answer shows it',
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
} as const;
