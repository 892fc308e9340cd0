/**
 * `npm run test:real`: Debian's Prometheus and Alertmanager send alerts to the running product. A rule fires and clears;
 * groups change their text and severity, are truncated, and end. Every check reads the public API. The last line is
 * `N passed, N failed`.
 */

import { type Api, ask } from './api';
import { openMailbox } from './mailbox';
import { startProduct } from './product';
import { checks } from './real/check';
import { type Exporter, exporter } from './real/exporter';
import { groups } from './real/groups';
import { type Monitoring, startMonitoring } from './real/monitoring';
import { programs } from './real/programs';
import { type Questions, questions, when } from './real/questions';

const WITHIN_MS = 60_000;
const SOURCE = 'prod alertmanager';
const PRIMARY = { name: 'Ada', email: 'ada@example.com', role: 'primary' };
/** Recipients of an incident's pages: the primary by e-mail, and the room on the channel mock. */
const PAGED = ['Ada', 'mock:ops-team'];

const { check, counts } = checks(WITHIN_MS);
const ends: (() => unknown)[] = [];

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

async function firesAndClears({ incidents, incident, alerts, paged }: Questions, gauge: Exporter): Promise<void> {
  gauge.set({ 'web-1': 200 });
  const opened = await check('a rule that fires opens an incident', async () => (await incidents('checkout'))[0]);
  if (!opened) return;
  const { id } = opened;
  await check('the incident has its title and severity from the labels, and its assignee from the schedule', async () =>
    when(opened.title === '[CRITICAL] checkout: The queue of web-1 is too long' && opened.assigned_to === 'Ada'),
  );
  await check('the person on call is paged and the room is notified', async () => when(same(await paged(id), PAGED)));
  await check('repeated deliveries of Alertmanager increment the count of one alert', async () => {
    const [alert, ...others] = await alerts(id);
    return when((alert?.count ?? 0) >= 3 && others.length === 0);
  });
  await check('a repeated alert opens nothing, counts once and pages nobody', async () =>
    when(
      (await incidents('checkout')).length === 1 &&
        (await incident(id)).alert_count === 1 &&
        same(await paged(id), PAGED),
    ),
  );

  gauge.set({ 'web-1': 200, 'web-2': 300 });
  await check('a second instance of the rule joins the same incident', async () =>
    when((await incident(id)).alert_count === 2 && (await incidents('checkout')).length === 1),
  );
  gauge.set({ 'web-1': 1, 'web-2': 300 });
  await check('one of the two clears: its alert is resolved', async () =>
    when((await alerts(id)).filter(({ status }) => status === 'resolved').length === 1),
  );
  await check('the incident stays open while the other fires', async () =>
    when((await incident(id)).status === 'open'),
  );
  gauge.set({ 'web-1': 1, 'web-2': 1 });
  await check('the last one clears: the incident is resolved', async () =>
    when((await incident(id)).status === 'resolved'),
  );
  await check('its timeline names the integration as the one that resolved it', async () =>
    when((await incident(id)).timeline.some((e) => e.event_type === 'resolved' && e.actor === SOURCE)),
  );

  gauge.set({ 'web-1': 400 });
  await check('the rule fires again: a new incident with a page of its own', async () => {
    const again = (await incidents('checkout')).find((each) => each.id !== id);
    return when(again?.status === 'open' && same(await paged(again.id), PAGED));
  });
  gauge.set({ 'web-1': 1 });
  // The fourth change within half an hour.
  await check('and clears again: its incident is flapping and stays open', async () => {
    const again = (await incidents('checkout')).find((each) => each.id !== id);
    return when(again?.status === 'open' && again.flapping);
  });
}

const LARGE = 2_600;

/** A group of 4.8 MB. Alertmanager posts it in one request and would not retry after a 413. */
async function largeGroup(api: Api, post: Monitoring['post']): Promise<void> {
  const alert = (i: number) => ({
    labels: { alertname: 'InstanceDown', service: 'large', severity: 'warning', instance: `node-${i}:9100` },
    annotations: { summary: `node-${i} does not answer`, description: 'd'.repeat(1_540) },
  });
  const alerts = (more: object) => Array.from({ length: LARGE }, (_, i) => ({ ...alert(i), ...more }));
  const total = async (status: string) =>
    (await ask<{ total: number }>(api, 'GET', `/api/v1/alerts?service=large&status=${status}`)).total;
  await check('a group of 2,600 alerts in one delivery is taken whole', async () => {
    await post(alerts({}));
    return when((await total('firing')) === LARGE);
  });
  await post(alerts({ endsAt: new Date().toISOString() }));
  await check('and ends whole', async () => when((await total('firing')) === 0 && (await total('resolved')) === LARGE));
}

async function run(): Promise<void> {
  const paths = programs();
  const mailbox = await openMailbox();
  ends.push(mailbox.close);
  // Without a rate limit, because the checks poll.
  const product = await startProduct({ env: { RATE_LIMIT_RPM: '0', SMTP_URL: mailbox.url } });
  ends.push(product.stop);
  await ask(product, 'POST', '/api/v1/schedules', { team: 'checkout', members: [PRIMARY] });
  const made = await ask<{ key: string; url: string }>(product, 'POST', '/api/v1/integrations', { name: SOURCE });
  const path = `/api/v1/integrations/${made.key}/alertmanager`;
  await check('the integration answers with the URL to set in Alertmanager', async () => when(made.url.endsWith(path)));
  const gauge = await exporter();
  ends.push(gauge.stop);
  const webhook = `${product.url}${path}`;
  const monitoring = await startMonitoring({ paths, webhook, target: gauge.address });
  ends.push(monitoring.stop);
  await firesAndClears(questions(product), gauge);
  await groups({ check, questions: questions(product), post: monitoring.post });
  await largeGroup(product, monitoring.post);
  if (counts.failed > 0) console.log(`${monitoring.said()}\nOutput of the product:\n${product.said()}`);
}

async function main(): Promise<void> {
  await run().catch((error: Error) => {
    counts.failed++;
    console.log(`not ok ${error.message}`);
  });
  for (const end of ends.reverse()) await end();
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exit(counts.failed > 0 ? 1 : 0);
}

void main();
