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

/** A row as the API shows it. */
export const toUser = ({ id, username, email, role, disabled, created_at, last_login_at }: UserRow): User => ({
  id,
  username,
  email,
  role,
  disabled,
  created_at: created_at.toISOString(),
  last_login_at: last_login_at?.toISOString() ?? null,
});

/** Null if the name is taken. @throws Problem `conflict` if the e-mail address is taken */
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

/** Null if there is no such user. @throws Problem `conflict` if another user has the new e-mail address */
export async function changeUser(trx: Db, id: string, change: UserChange, now: Date): Promise<User | null> {
  const rows = await addressed(
    trx('users')
      .where({ id })
      .update({ ...change, updated_at: now }, COLUMNS),
  );
  return rows[0] === undefined ? null : toUser(rows[0]);
}

/** Turns a violation of the unique e-mail address into a problem. Two accounts of one address would be one person. */
async function addressed<T>(statement: PromiseLike<T>): Promise<T> {
  try {
    return await statement;
  } catch (error) {
    if ((error as { constraint?: string }).constraint !== 'users_by_email') throw error;
    throw new Problem('conflict', 'Another user has this e-mail address.');
  }
}

/** False if there is no such user. */
export async function deleteUser(trx: Db, id: string): Promise<boolean> {
  return (await trx('users').where({ id }).delete()) > 0;
}

/** Ids of the enabled administrators, locked until the end of the transaction so that two cannot remove each other. */
export async function lockAdmins(trx: Db): Promise<string[]> {
  const rows = await trx('users').where({ role: 'admin', disabled: false }).orderBy('id').forUpdate().select('id');
  return rows.map(({ id }) => id);
}

/** A user with the password hash, by id. */
export const userById = (db: Db, id: string): Promise<UserWithPassword | undefined> =>
  db('users').where({ id }).first();

/** A user with the password hash, by name in any case of letters. */
export const userByName = (db: Db, username: string): Promise<UserWithPassword | undefined> =>
  db('users').whereRaw('lower(username) = lower(?)', [username]).first();

/** Whether there is no user. */
export const noUserYet = async (db: Db): Promise<boolean> => (await db('users').first('id')) === undefined;

/** Users sorted by name. */
export async function pageOfUsers(db: Db, page: number, perPage: number): Promise<{ total: number; users: User[] }> {
  const [counted] = await db('users').count({ total: '*' });
  const rows = await db('users')
    .orderByRaw('lower(username), id')
    .limit(perPage)
    .offset((page - 1) * perPage)
    .select(COLUMNS);
  return { total: Number(counted?.['total'] ?? 0), users: rows.map(toUser) };
}

/** Sets the time of the last login. */
export const noteLogin = (trx: Db, id: string, now: Date): Promise<number> =>
  trx('users').where({ id }).update({ last_login_at: now, updated_at: now });

/** A user by e-mail address in any case of letters. */
export const userByEmail = (db: Db, email: string): Promise<User | undefined> =>
  db('users').where({ email: email.toLowerCase() }).first(COLUMNS);
