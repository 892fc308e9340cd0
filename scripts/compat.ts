/**
 * `npm run test:compat`: unmodified clients of other vendors send to the running product. Clients whose host is built in
 * reach it through a proxy on this machine. A client that cannot be installed is skipped, and the output says so. Names as
 * arguments select clients. The last line is `N passed, N failed`.
 */
import { spawn } from 'node:child_process';
import { ask } from './api';
import type { Client, ClientDeps, Integration } from './compat/client';
import { CLIENTS } from './compat/clients';
import { install } from './compat/packages';
import { startTls } from './compat/tls';
import { startProduct } from './product';
import { checks } from './real/check';
import { questions } from './real/questions';

const WITHIN_MS = 30_000;
const CLIENT_WITHIN_MS = 60_000;
const { check, counts, failed } = checks(WITHIN_MS);
const skipped: string[] = [];
const ends: (() => unknown)[] = [];

/** Without the proxies of this shell, so that each client goes where its test leads it. */
const execute: ClientDeps['execute'] = (command, args, env = {}) =>
  new Promise((resolve, reject) => {
    const { PATH, HOME } = process.env;
    const options = { env: { PATH, HOME, ...env }, timeout: CLIENT_WITHIN_MS };
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        printed += chunk;
      });
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(printed) : reject(new Error(`${command} ended with ${code}: ${printed.slice(-2_000)}`)),
    );
  });

async function runClient(client: Client, deps: Omit<ClientDeps, 'folder'>): Promise<void> {
  console.log(`# ${client.name}`);
  const installed = install(client.needs);
  if ('missing' in installed) {
    skipped.push(`${client.name}: ${installed.missing}`);
    console.log(`SKIPPED ${client.name}: ${installed.missing}`);
    return;
  }
  await client.run({ ...deps, ...installed }).catch((error: Error) => failed(client.name, `: ${error.message}`));
}

async function run(names: readonly string[]): Promise<void> {
  const chosen = CLIENTS.filter(({ name }) => names.length === 0 || names.some((part) => name.includes(part)));
  // Before the product starts, because an installation blocks this process for longer than a connection stays open.
  for (const { needs } of chosen) install(needs);
  // Without a rate limit, because the checks poll.
  const product = await startProduct({ env: { RATE_LIMIT_RPM: '0' } });
  ends.push(product.stop);
  const tls = await startTls(product.url);
  ends.push(tls.stop);
  const integration = (format: string, name: string) =>
    ask<Integration>(product, 'POST', '/api/v1/integrations', { format, name });
  const deps = {
    url: product.url,
    apiKey: product.apiKey,
    tls,
    integration,
    questions: questions(product),
    check,
    execute,
  };
  for (const client of chosen) await runClient(client, deps);
  if (counts.failed > 0) console.log(`Output of the product:\n${product.said()}`);
}

async function main(): Promise<void> {
  await run(process.argv.slice(2)).catch((error: Error) => failed(error.message, ''));
  for (const end of ends.reverse()) await end();
  for (const each of skipped) console.log(`SKIPPED, NOT TESTED: ${each}`);
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exit(counts.failed > 0 ? 1 : 0);
}

void main();
