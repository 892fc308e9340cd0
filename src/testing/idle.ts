import { Client } from 'pg';
import { MODULES, type ModuleName } from '../config/config';
import { databaseUrlsOf } from '../config/databases';
import { configOf } from './config';
import { type Product, until } from './product';

/** Jobs that are due later than this belong to background work, and tests do not wait for them. */
const SOON = '30 seconds';
const SETTLES_WITHIN_MS = 60_000;

/**
 * Waits until a product is idle: no module has a job that is running or due soon, and every follower has read the newest
 * event.
 * @param adminUrl administrator's URL of the server with its databases
 */
export async function untilIdle({ env }: Product, adminUrl: string | undefined): Promise<void> {
  const urls = databaseUrlsOf(configOf(env), adminUrl);
  const open = new Map<ModuleName, Client>();
  try {
    for (const module of MODULES) open.set(module, await connected(urls[module] as string));
    await until(() => isIdle(open), SETTLES_WITHIN_MS);
  } finally {
    await Promise.all([...open.values()].map((client) => client.end()));
  }
}

/** Checks the highest module first, because work moves downwards: work that left a module is seen in the next one. */
async function isIdle(open: Map<ModuleName, Client>): Promise<boolean> {
  for (const client of [...open.values()].reverse()) {
    const { rows } = await client.query(
      `select 1 from jobs where leased_until is not null or run_at < now() + interval '${SOON}' limit 1`,
    );
    if (rows.length > 0) return false;
  }
  for (const client of open.values()) {
    const { rows } = await client.query('select source, cursor from cursors');
    for (const { source, cursor } of rows) {
      if (cursor !== (await newestCursor(open.get(source) as Client))) return false;
    }
  }
  return true;
}

/** The cursor of the newest event; null if there is none. */
export async function newestCursor(client: Client): Promise<string | null> {
  const { rows } = await client.query(
    "select xid::text || '.' || id as cursor from events order by events.xid desc, id desc limit 1",
  );
  return rows[0]?.cursor ?? null;
}

async function connected(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString });
  await client.connect();
  return client;
}
