import pg from 'pg';
import { openMailbox } from '../mailbox.mjs';
import { startProduct } from '../product.mjs';

/** Settings of every product that is measured. */
export const ENV = { API_KEYS: 'the-key-of-the-bench', RATE_LIMIT_RPM: '0', LOG_LEVEL: 'error', DEFAULT_TEAM: 'bench' };

export const TEAM = {
  team: 'bench',
  members: [
    { name: 'Ada', email: 'ada@example.com', role: 'primary' },
    { name: 'Ben', email: 'ben@example.com', role: 'secondary' },
  ],
};

/** A product for the time of one measurement, with a person on call whom its mail reaches. */
export async function withProduct({ env = {}, dataDir } = {}, work) {
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

export async function ask({ url, apiKey }, method, path, body) {
  const headers = { 'X-API-Key': apiKey, 'Content-Type': 'application/json' };
  const response = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

/** The administrator's URL of one of the product's databases. */
export function databaseUrl({ adminUrl }, database) {
  const url = new URL(adminUrl());
  url.pathname = `/${database}`;
  return url.href;
}

export async function withDatabase(product, database, work) {
  const client = new pg.Client({ connectionString: databaseUrl(product, database) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
