import type { Db } from '../../kernel/db/pool';
import type { Role } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import type { User } from '../contract';

export interface NewUser {
  id: string;
  username: string;
  email: string | null;
  role: Role;
  passwordHash: string;
  now: Date;
}

export interface UserChange {
  role?: Role;
  email?: string | null;
  disabled?: boolean;
  password_hash?: string;
}

interface UserRow {
  id: string;
  username: string;
  email: string | null;
  role: Role;
  disabled: boolean;
  created_at: Date;
  last_login_at: Date | null;
}

export interface UserWithPassword extends UserRow {
  password_hash: string;
}

const COLUMNS = ['id', 'username', 'email', 'role', 'disabled', 'created_at', 'last_login_at'];

export const toUser = ({ id, username, email, role, disabled, created_at, last_login_at }: UserRow): User => ({
  id,
  username,
  email,
  role,
  disabled,
  created_at: created_at.toISOString(),
  last_login_at: last_login_at?.toISOString() ?? null,
});

/** Null where the name is taken. @throws Problem `conflict` where the e-mail address is */
export async function insertUser(trx: Db, user: NewUser): Promise<User | null> {
  const { id, username, email, role, passwordHash, now } = user;
  const { rows } = await addressed(
    trx.raw(
      `insert into users (id, username, email, role, password_hash, created_at, updated_at)
       values (?, ?, ?, ?, ?, ?, ?) on conflict (lower(username)) do nothing returning ${COLUMNS.join(', ')}`,
      [id, username, email, role, passwordHash, now, now],
    ),
  );
  return rows[0] === undefined ? null : toUser(rows[0]);
}

/** @throws Problem `conflict` where the new e-mail address is somebody else's */
export async function changeUser(trx: Db, id: string, change: UserChange, now: Date): Promise<User | null> {
  const rows = await addressed(
    trx('users')
      .where({ id })
      .update({ ...change, updated_at: now }, COLUMNS),
  );
  return rows[0] === undefined ? null : toUser(rows[0]);
}

/** The table's only other unique columns are e-mail addresses: two accounts of one address would be one person. */
async function addressed<T>(statement: PromiseLike<T>): Promise<T> {
  try {
    return await statement;
  } catch (error) {
    if ((error as { constraint?: string }).constraint !== 'users_by_email') throw error;
    throw new Problem('conflict', 'Another user has this e-mail address.');
  }
}

export async function deleteUser(trx: Db, id: string): Promise<boolean> {
  return (await trx('users').where({ id }).delete()) > 0;
}

/** Locked until the end of the transaction, so that two administrators cannot remove each other. */
export async function lockAdmins(trx: Db): Promise<string[]> {
  const rows = await trx('users').where({ role: 'admin', disabled: false }).orderBy('id').forUpdate().select('id');
  return rows.map(({ id }) => id);
}

export const userById = (db: Db, id: string): Promise<UserWithPassword | undefined> =>
  db('users').where({ id }).first();

export const userByName = (db: Db, username: string): Promise<UserWithPassword | undefined> =>
  db('users').whereRaw('lower(username) = lower(?)', [username]).first();

export const noUserYet = async (db: Db): Promise<boolean> => (await db('users').first('id')) === undefined;

export async function pageOfUsers(db: Db, page: number, perPage: number): Promise<{ total: number; users: User[] }> {
  const [counted] = await db('users').count({ total: '*' });
  const rows = await db('users')
    .orderByRaw('lower(username), id')
    .limit(perPage)
    .offset((page - 1) * perPage)
    .select(COLUMNS);
  return { total: Number(counted?.['total'] ?? 0), users: rows.map(toUser) };
}

export const noteLogin = (trx: Db, id: string, now: Date): Promise<number> =>
  trx('users').where({ id }).update({ last_login_at: now, updated_at: now });
