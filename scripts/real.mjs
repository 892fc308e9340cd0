/**
 * `npm run test:real`: Debian's own Prometheus and Alertmanager against the running product. A rule really fires and
 * clears, and groups are re-worded, rise, are truncated and end; every check is asked of the public API. The last line is `N passed, N failed`.
 */

import { eventually } from './children.mjs';
import { openMailbox } from './mailbox.mjs';
import { startProduct } from './product.mjs';
import { exporter } from './real/exporter.mjs';
import { groups } from './real/groups.mjs';
import { startMonitoring } from './real/monitoring.mjs';
import { programs } from './real/programs.mjs';

const WITHIN_MS = 60_000;
const SOURCE = 'prod alertmanager';
const PRIMARY = { name: 'Ada', email: 'ada@example.com', role: 'primary' };
/** An incident that opened pages its primary by mail; its room is on mock, which only records. */
const PAGED = ['Ada', 'mock:ops-team'];

const counts = { passed: 0, failed: 0 };
const ends = [];

/** One line for one claim. Returns what was found, so that later claims can be about it. */
async function check(claim, find) {
  let trouble = '';
  const ask = () =>
    find().catch((error) => {
      trouble = ` (${error.message})`;
    });
  const found = await eventually(ask, { withinMs: WITHIN_MS, everyMs: 200 });
  const passed = found !== undefined;
  counts[passed ? 'passed' : 'failed']++;
  console.log(passed ? `ok ${claim}` : `not ok ${claim}${trouble}`);
  return found;
}

function api({ url, apiKey }) {
  return async (method, path, body) => {
    const headers = { 'X-API-Key': apiKey, 'Content-Type': 'application/json' };
    const response = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`);
    return response.json();
  };
}

/** What is asked of the product, in the words of the claims. */
function questions(ask) {
  const incidents = async (service) => (await ask('GET', `/api/v1/incidents?service=${service}`)).incidents;
  const incident = (id) => ask('GET', `/api/v1/incidents/${id}`);
  const alerts = async (id) => (await ask('GET', `/api/v1/alerts?incident_id=${id}`)).alerts;
  const notifications = async (id) => (await ask('GET', `/api/v1/notifications?incident_id=${id}`)).notifications;
  /** The people and rooms of the timeline's pages, once each of those messages is sent or recorded. */
  const paged = async (id) => {
    const told = (await incident(id)).timeline.flatMap((e) => (e.event_type === 'paged' ? e.detail.told : []));
    const done = (await notifications(id)).filter(({ channel, status }) =>
      channel === 'mock' ? status === 'recorded' : status === 'sent',
    );
    return done.length === told.length ? told.map(({ name }) => name).sort() : [];
  };
  return { incidents, incident, alerts, paged };
}

const when = (fact, value = true) => (fact ? value : undefined);
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

async function firesAndClears({ incidents, incident, alerts, paged }, gauge) {
  gauge.set({ 'web-1': 200 });
  const opened = await check('a rule that fires opens an incident', async () => (await incidents('checkout'))[0]);
  if (!opened) return;
  const { id } = opened;
  await check('the incident has the title, severity and assignee that the labels and the schedule say', async () =>
    when(opened.title === '[CRITICAL] checkout: The queue of web-1 is too long' && opened.assigned_to === 'Ada'),
  );
  await check('the person on call is paged and the room is told', async () => when(same(await paged(id), PAGED)));
  await check('what Alertmanager repeats is the same alert, counted', async () => {
    const [alert, ...others] = await alerts(id);
    return when(alert.count >= 3 && others.length === 0);
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
  await check('its timeline says that the integration resolved it', async () =>
    when((await incident(id)).timeline.some((e) => e.event_type === 'resolved' && e.actor === SOURCE)),
  );

  gauge.set({ 'web-1': 400 });
  await check('the rule fires again: a new incident with a page of its own', async () => {
    const again = (await incidents('checkout')).find((each) => each.id !== id);
    return when(again?.status === 'open' && same(await paged(again.id), PAGED));
  });
  gauge.set({ 'web-1': 1 });
  await check('and is resolved again', async () =>
    when((await incidents('checkout')).every(({ status }) => status === 'resolved')),
  );
}

const LARGE = 2_600;

/** One group of 4.8 MB, which Alertmanager posts at once and would never repeat after a 413. */
async function largeGroup(ask, post) {
  const alert = (i) => ({
    labels: { alertname: 'InstanceDown', service: 'large', severity: 'warning', instance: `node-${i}:9100` },
    annotations: { summary: `node-${i} does not answer`, description: 'd'.repeat(1_540) },
  });
  const alerts = (more) => Array.from({ length: LARGE }, (_, i) => ({ ...alert(i), ...more }));
  const total = async (status) => (await ask('GET', `/api/v1/alerts?service=large&status=${status}`)).total;
  await check('a group of 2,600 alerts in one delivery is taken whole', async () => {
    await post(alerts({}));
    return when((await total('firing')) === LARGE);
  });
  await post(alerts({ endsAt: new Date().toISOString() }));
  await check('and ends whole', async () => when((await total('firing')) === 0 && (await total('resolved')) === LARGE));
}

async function run() {
  const paths = programs();
  // What is asked here again and again would soon be too often.
  const mailbox = await openMailbox();
  ends.push(mailbox.close);
  const product = await startProduct({ env: { RATE_LIMIT_RPM: '0', SMTP_URL: mailbox.url } });
  ends.push(product.stop);
  const ask = api(product);
  await ask('POST', '/api/v1/schedules', { team: 'checkout', members: [PRIMARY] });
  const { key, url } = await ask('POST', '/api/v1/integrations', { name: SOURCE });
  await check('the integration answers where Alertmanager is to be pointed', async () =>
    when(url.endsWith(`/api/v1/integrations/${key}/alertmanager`)),
  );
  const gauge = await exporter();
  ends.push(gauge.stop);
  const webhook = `${product.url}/api/v1/integrations/${key}/alertmanager`;
  const monitoring = await startMonitoring({ paths, webhook, target: gauge.address });
  ends.push(monitoring.stop);
  await firesAndClears(questions(ask), gauge);
  await groups({ check, questions: questions(ask), post: monitoring.post });
  await largeGroup(ask, monitoring.post);
  if (counts.failed > 0) console.log(`${monitoring.said()}\nThe product said:\n${product.said()}`);
}

await run().catch((error) => {
  counts.failed++;
  console.log(`not ok ${error.message}`);
});
for (const end of ends.reverse()) await end();
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed > 0 ? 1 : 0);
