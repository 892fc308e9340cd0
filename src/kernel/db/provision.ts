import { Client, DatabaseError } from 'pg';

/** One module's database, its owner and the owner's password. */
export interface ModuleDatabase {
  module: string;
  database: string;
  role: string;
  password: string;
}

export interface ProvisionOptions {
  adminUrl: string;
  databases: ModuleDatabase[];
}

const LOCK = 7_245_001;

/**
 * Creates missing roles and databases. Only its owner can connect to a database. Safe to repeat, and to run in several
 * processes at once.
 * @returns the connection URL of each module
 * @throws Error whose message is one sentence for the operator
 */
export async function provision({ adminUrl, databases }: ProvisionOptions): Promise<Record<string, string>> {
  const urls = Object.fromEntries(databases.map((each) => [each.module, urlFor(adminUrl, each)]));
  const admin = await administrator(adminUrl);
  try {
    await admin.query('SELECT pg_advisory_lock($1)', [LOCK]);
    for (const each of databases) {
      if (!(await isComplete(urls[each.module] as string))) await make(admin, each, urls[each.module] as string);
    }
  } catch (error) {
    throw new Error(sentence(error, databases));
  } finally {
    await admin.end().catch(() => {});
  }
  return urls;
}

/** The URL with which the owner connects to its database, on the administrator's server. */
export function urlFor(adminUrl: string, { database, role, password }: ModuleDatabase): string {
  const url = new URL(adminUrl);
  url.username = encodeURIComponent(role);
  url.password = encodeURIComponent(password);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.href;
}

async function administrator(adminUrl: string): Promise<Client> {
  const client = clientOf(adminUrl);
  try {
    await client.connect();
    return client;
  } catch (error) {
    const { hostname, port } = new URL(adminUrl);
    throw new Error(`The database at ${hostname}:${port || 5432} refused DATABASE_URL: ${reasonOf(error)}.`);
  }
}

/** Whether the role can connect with this password and the database is complete. Then no administrator's right is needed. */
async function isComplete(url: string): Promise<boolean> {
  const client = clientOf(url);
  try {
    await client.connect();
    const { rows } = await client.query(
      `SELECT NOT has_database_privilege('public', current_database(), 'CONNECT') AS closed,
              EXISTS (SELECT FROM pg_extension WHERE extname = 'pgcrypto') AS extended`,
    );
    return rows[0].closed && rows[0].extended;
  } catch (error) {
    if (error instanceof DatabaseError) return false;
    throw error;
  } finally {
    await client.end().catch(() => {});
  }
}

async function make(admin: Client, { database, role, password }: ModuleDatabase, url: string): Promise<void> {
  const [roleName, databaseName, secret] = [quote(role), quote(database), admin.escapeLiteral(password)];
  const known = await admin.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  await admin.query(`${known.rowCount ? 'ALTER' : 'CREATE'} ROLE ${roleName} LOGIN PASSWORD ${secret}`);
  const { rows } = await admin.query('SELECT rolsuper AS all_powerful FROM pg_roles WHERE rolname = current_user');
  // An administrator without superuser can give a database only to a role of which it is a member.
  if (!rows[0].all_powerful) await admin.query(`GRANT ${roleName} TO CURRENT_USER`);
  // FILE_COPY keeps the pages of the new database out of the server's shared buffers.
  const there = await admin.query('SELECT FROM pg_database WHERE datname = $1', [database]);
  if (!there.rowCount)
    await admin.query(
      `CREATE DATABASE ${databaseName} OWNER ${roleName} TEMPLATE template0 ENCODING 'UTF8' STRATEGY FILE_COPY`,
    );
  await admin.query(`ALTER DATABASE ${databaseName} OWNER TO ${roleName}`);
  await close(url, databaseName);
}

/** Runs as the owner, who may do this whatever the administrator's rights are: pgcrypto is a trusted extension. */
async function close(url: string, databaseName: string): Promise<void> {
  const owner = clientOf(url);
  try {
    await owner.connect();
    await owner.query('CREATE EXTENSION IF NOT EXISTS pgcrypto');
    await owner.query(`REVOKE CONNECT, TEMPORARY ON DATABASE ${databaseName} FROM PUBLIC`);
  } finally {
    await owner.end().catch(() => {});
  }
}

function clientOf(url: string): Client {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    application_name: 'tocsin provision',
  });
  client.on('error', () => {});
  return client;
}

function sentence(error: unknown, databases: ModuleDatabase[]): string {
  if (!(error instanceof DatabaseError) || error.code !== '42501')
    return `The databases could not be prepared: ${reasonOf(error)}.`;
  const names = databases.map(({ module }) => `${module.toUpperCase()}_DATABASE_URL`).join(', ');
  return `The user of DATABASE_URL may not create roles and databases: let it, or give <MODULE>_DATABASE_URL for each module (${names}).`;
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const reasonOf = (error: unknown): string => {
  const { message, code } = error as { message?: string; code?: string };
  return (message || code || 'unknown').replace(/\.$/, '');
};
