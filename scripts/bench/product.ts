import pg from 'pg';
import { DATABASE_NAMES } from '../../src/config/databases';
import type { ModuleName } from '../../src/config/settings';
import { ask } from '../api';
import { openMailbox } from '../mailbox';
import { type Product, type ProductOptions, startProduct } from '../product';

/** Settings of all measured products. */
export const ENV = {
  API_KEYS: 'the-key-of-the-bench',
  RATE_LIMIT_RPM: '0',
  LOG_LEVEL: 'error',
  DEFAULT_TEAM: 'bench',
  BUNDLE_AFTER: '0',
};

export const TEAM = {
  team: 'bench',
  members: [
    { name: 'Ada', email: 'ada@example.com', role: 'primary' },
    { name: 'Ben', email: 'ben@example.com', role: 'secondary' },
  ],
};

/** Runs a product during one measurement. The person on call has a mailbox that accepts its messages. */
export async function withProduct<T>(
  { env = {}, dataDir }: ProductOptions,
  work: (product: Product) => Promise<T>,
): Promise<T> {
  const mailbox = await openMailbox();
  const product = await startProduct({ env: { ...ENV, SMTP_URL: mailbox.url, ...env }, dataDir });
  try {
    await ask(product, 'POST', '/api/v1/schedules', TEAM);
    return await work(product);
  } finally {
    await product.stop();
    await mailbox.close();
  }
}

/** The administrator's URL of a module's database. */
export function databaseUrl({ adminUrl }: Product, module: ModuleName): string {
  const url = new URL(adminUrl());
  url.pathname = `/${DATABASE_NAMES[module]}`;
  return url.href;
}

export async function withDatabase<T>(
  product: Product,
  module: ModuleName,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl(product, module) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
