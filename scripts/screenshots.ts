/**
 * `tsx scripts/screenshots.ts [folder]`: starts a product, runs the demo, adds history, and takes the pictures of the README
 * (docs/screenshots). With a folder, it takes every page in both themes, on desk and phone.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { ask } from './api';
import { withDatabase } from './bench/product';
import { browser } from './browser';
import { openMailbox } from './mailbox';
import { type Product, startProduct } from './product';
import { ROOT } from './root';
import { TSX } from './tsx';

const DEMO = join(ROOT, 'scripts/demo.ts');
const README = join(ROOT, 'docs/screenshots');
const ADA = { username: 'ada', password: 'a password of the pictures', role: 'admin', email: 'ada@example.com' };
const SIZES = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
const THEMES = ['light', 'dark'] as const;

const inDays = (days: number): Date => new Date(Date.now() + days * 86_400_000);

/** History of two months, the same at each run except for the date. Busy services and daytime occur more often. */
const PAST = `
  with kinds (k, title, service, severity, team, name, email) as (values
    (0, 'Checkout answers slowly', 'checkout', 'high', 'storefront', 'Ben Okafor', 'ben@example.com'),
    (1, 'HTTP 5xx error rate > 10%', 'payment-api', 'critical', 'payments', 'Emma Novak', 'emma@example.com'),
    (2, 'Search index is behind', 'search', 'medium', 'storefront', 'Ada Lindqvist', 'ada@example.com'),
    (3, 'Replication lag above 60 s', 'postgres-main', 'high', 'platform', 'Hugo Martin', 'hugo@example.com'),
    (4, 'Node is not ready', 'kubernetes', 'high', 'platform', 'Grace Kim', 'grace@example.com'),
    (5, 'Disk will be full within 4 hours', 'postgres-main', 'medium', 'platform', 'Farid Rahimi', 'farid@example.com'),
    (6, 'Certificate expires in 14 days', 'edge-proxy', 'low', 'platform', 'Grace Kim', 'grace@example.com'),
    (7, 'load-orders runs for 3 hours', 'etl-nightly', 'medium', 'data', 'Chiara Rossi', 'chiara@example.com'),
    (8, 'Ledger is unbalanced', 'ledger', 'critical', 'payments', 'Dmitri Ivanov', 'dmitri@example.com')),
  seeded as materialized (select setseed(0.42)),
  past as materialized (
    select floor(power(random(), 1.5) * 9)::int as k, 25 + 280 * power(random(), 3) as mtta, 400 + 6000 * power(random(), 2) as rest,
      1 + floor(power(random(), 2) * 6)::int as alerts,
      date_trunc('day', now()) - n / 4 * interval '1 day' + (8 + 10 * random() - 9 * (n % 4 = 0)::int) * interval '1 hour' as at
    from seeded, generate_series(5, 240) as n)
  insert into incidents (title, service, severity, status, assigned_to, assignee_email, team, alert_count,
    created_at, acknowledged_at, resolved_at, mtta_seconds, mttr_seconds)
  select title, service, severity, 'resolved', name, email, team, alerts, at, at + make_interval(secs => mtta),
    at + make_interval(secs => mtta + rest), mtta, mtta + rest
  from past join kinds using (k)
  returning mtta_seconds, mttr_seconds`;
const TOTALS = `
  update incident_totals set resolved = resolved + $1::bigint, mtta_count = mtta_count + $1, mtta_ms = mtta_ms + $2::bigint,
    mttr_count = mttr_count + $1, mttr_ms = mttr_ms + $3::bigint
  where shard = 0`;

interface Things {
  alert: string;
  mine: string;
  story: string;
  integration: string;
}

async function furnish(product: Product, pace: readonly string[]): Promise<Things> {
  await ask(product, 'POST', '/api/v1/users', ADA);
  const env = { ...process.env, URL: product.url, API_KEY: product.apiKey };
  await promisify(execFile)(process.execPath, [...TSX, DEMO, ...pace], { env });
  await withDatabase(product, 'incidents', async (client) => {
    const { rows } = await client.query(PAST);
    const sum = (name: string) => Math.round(1_000 * rows.reduce((all: number, row) => all + row[name], 0));
    await client.query(TOTALS, [rows.length, sum('mtta_seconds'), sum('mttr_seconds')]);
  });
  const covers = (name: string, email: string, starts_at: Date, ends_at: Date, reason: string) =>
    ask(product, 'POST', '/api/v1/overrides', {
      ...{ team: 'storefront', kind: 'takeover', role: 'primary', in: { name, email }, reason },
      ...{ starts_at: starts_at.toISOString(), ends_at: ends_at.toISOString() },
    });
  await covers('Ada Lindqvist', ADA.email, inDays(0), inDays(0.3), 'Ben is on a train');
  await covers('Emma Novak', 'emma@example.com', inDays(8), inDays(10), 'The team is at its offsite');
  const alert = { service: 'search', severity: 'high', message: 'Index build failed on three shards', source: 'demo' };
  const opened = await ask<{ alert_id: string; incident_id: string }>(product, 'POST', '/api/v1/alerts', alert);
  const name = 'Alertmanager, production';
  const integration = await ask<{ id: string }>(product, 'POST', '/api/v1/integrations', { name });
  await ask(product, 'POST', '/api/v1/api-keys', { name: 'nightly jobs', role: 'responder' });
  const path = '/api/v1/incidents?service=payment-api&per_page=1';
  const { incidents } = await ask<{ incidents: { id: string }[] }>(product, 'GET', path);
  const story = incidents[0]?.id ?? '';
  return { alert: opened.alert_id, mine: opened.incident_id, story, integration: integration.id };
}

const pagesOf = ({ alert, mine, story, integration }: Things): Record<string, string> => ({
  home: '/',
  incidents: '/incidents',
  incident: `/incidents/${story}`,
  'incident-open': `/incidents/${mine}`,
  alerts: '/alerts',
  alert: `/alerts/${alert}`,
  oncall: '/oncall',
  'oncall-schedules': '/oncall?tab=schedules',
  'oncall-escalations': '/oncall?tab=escalations',
  calendar: `/oncall/storefront?date=${inDays(7).toISOString().slice(0, 10)}`,
  policy: '/oncall/payments/policy',
  rotation: '/oncall/payments/edit',
  coverage: '/coverage',
  shifts: '/shifts',
  services: '/services',
  rules: '/rules',
  silences: '/silences',
  integrations: '/integrations',
  integration: `/integrations/${integration}`,
  notifications: '/notifications',
  analytics: '/analytics',
  account: '/account',
  admin: '/admin',
  'admin-keys': '/admin?tab=keys',
  'admin-audit': '/admin?tab=audit',
  'admin-channels': '/admin?tab=channels',
  login: '/login',
  setup: '/setup?token=x',
});

type Shot = readonly [page: string, theme: (typeof THEMES)[number], size: keyof typeof SIZES];

/** The pictures of the README. */
const CHOSEN: readonly Shot[] = [
  ['home', 'dark', 'desk'],
  ['incident', 'light', 'desk'],
  ['calendar', 'light', 'desk'],
  ['analytics', 'dark', 'desk'],
  ['incidents', 'light', 'phone'],
  ['incident-open', 'dark', 'phone'],
];

const everything = (names: readonly string[]): Shot[] =>
  names.flatMap((name) => THEMES.flatMap((theme) => [[name, theme, 'desk'] as const, [name, theme, 'phone'] as const]));

async function take(
  product: Product,
  things: Things,
  folder: string,
  wanted: (pages: readonly string[]) => readonly Shot[],
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const { executablePath, env } = await browser();
  const opened = await chromium.launch({ executablePath, env: { ...process.env, ...env }, args: ['--no-sandbox'] });
  try {
    const pages = pagesOf(things);
    const door = await opened.newContext();
    await door.request.post(`${product.url}/api/v1/auth/login`, { data: ADA });
    const storageState = await door.storageState();
    for (const [name, theme, size] of wanted(Object.keys(pages))) {
      const look = { viewport: SIZES[size], colorScheme: theme, reducedMotion: 'reduce' } as const;
      const context = await opened.newContext({ ...look, storageState });
      const page = await context.newPage();
      await page.goto(product.url + pages[name]);
      await page.locator('h1').first().waitFor();
      await page.locator('[role=status][aria-label=Loading]').first().waitFor({ state: 'detached' });
      await page.evaluate('document.fonts.ready.then(() => true)');
      await page.waitForTimeout(400);
      const devtools = await context.newCDPSession(page);
      const { data } = await devtools.send('Page.captureScreenshot', { format: 'webp', quality: 70 });
      writeFileSync(join(folder, `${name}-${theme}-${size}.webp`), Buffer.from(data, 'base64'));
      await context.close();
    }
  } finally {
    await opened.close();
  }
}

async function run([folder]: readonly string[]): Promise<void> {
  const mailbox = await openMailbox();
  const product = await startProduct({ env: { RATE_LIMIT_RPM: '0', SMTP_URL: mailbox.url } });
  try {
    // The demo runs at its normal speed of three minutes, so that the times look realistic.
    const things = await furnish(product, folder === undefined ? [] : ['--fast']);
    await take(product, things, folder ?? README, folder === undefined ? () => CHOSEN : everything);
  } finally {
    await product.stop();
  }
  process.exit(0);
}

void run(process.argv.slice(2));
