import { randomUUID } from 'node:crypto';
import { seconds } from '../../kernel/clock';
import { enqueue } from '../../kernel/jobs/jobs';
import { systemCaller } from '../../kernel/ports/contract';
import { type NotifyHarness, notifyHarness } from '../../testing/notify';
import { BOT_TOKEN, SIGNING_SECRET, type SlackServer, slackServer } from '../../testing/slack';
import type { IncidentView } from '../contract';

/** Messages that show an incident are updated in place, against a server that checks what Slack checks. */

const CALLER = systemCaller('test');

let server: SlackServer;
let harness: NotifyHarness;
beforeAll(async () => {
  server = await slackServer();
  harness = await notifyHarness({
    channelSettings: { SLACK_BOT_TOKEN: BOT_TOKEN, SLACK_SIGNING_SECRET: SIGNING_SECRET, SLACK_API_URL: server.url },
  });
}, 120_000);
beforeEach(async () => {
  await harness.clean();
  server.fail();
  server.calls.length = 0;
});
afterAll(async () => {
  await harness.close();
  await server.close();
});

const drain = () => harness.module.drain();
const calls = (method: string) => server.calls.filter((call) => call.method === method).map(({ fields }) => fields);
const updates = () => calls('chat.update').map((fields) => JSON.stringify(fields['blocks']));
const posts = () => calls('chat.postMessage');

/** Sends the first message about a new incident to a room, and returns the id of the incident. */
async function sent(room = 'ops', incident_id: string = randomUUID()): Promise<string> {
  await harness.port.tell(
    {
      ...{ key: randomUUID(), incident_id, message: '[HIGH] Disk full', severity: 'high', links: [] },
      to: [{ kind: 'room', address: `slack:${room}` }],
    },
    CALLER,
  );
  await drain();
  return incident_id;
}

let changes = 0;
/** Reports a later state of an incident. */
const shows = (incident_id: string, over: Partial<IncidentView> & { severity?: string }, changedAt = ++changes) => {
  const { severity = 'high', ...view } = over;
  const open = { title: 'Disk full', service: 'db', status: 'open' as const, by: null };
  const incident = { ...open, ...view, changed_at: new Date(changedAt * 1_000).toISOString() };
  return harness.port.showIncident(
    { incident_id, message: `[${severity.toUpperCase()}] Disk full`, severity, incident },
    CALLER,
  );
};
const acknowledged = { status: 'acknowledged', by: 'Ann', since: '2026-01-05T03:12:00.000Z' } as const;
const resolved = { ...acknowledged, status: 'resolved' } as const;
async function pass(ms: number): Promise<void> {
  harness.clock.advance(ms);
  await drain();
}

test('a change updates the message that was sent', async () => {
  const id = await sent();
  await shows(id, acknowledged);
  await drain();
  expect(updates()).toEqual([expect.stringContaining('Acknowledged by Ann at 03:12 UTC')]);
  expect(calls('chat.update')[0]).toMatchObject({ channel: 'C0ROOM1', ts: expect.stringMatching(/^\d+\.\d+$/) });
  expect(posts()).toHaveLength(1);
});

test('a state that looks as before updates nothing', async () => {
  const id = await sent();
  await shows(id, {});
  await drain();
  expect(updates()).toEqual([]);
});

test('of several changes within a second the room shows the newest', async () => {
  const id = await sent();
  await shows(id, acknowledged);
  await drain();
  await shows(id, { ...acknowledged, assigned_to: 'Bob' });
  await drain();
  await shows(id, resolved);
  await drain();
  expect(updates()).toHaveLength(1);
  await pass(seconds(1));
  expect(updates()).toHaveLength(2);
  expect(updates()[1]).toContain('Resolved by Ann');
});

test('incidents of one room share its pace, and other rooms have their own', async () => {
  const ids = [await sent(), await sent(), await sent('sales')];
  for (const id of ids) await shows(id, acknowledged);
  await drain();
  expect(updates()).toHaveLength(2);
  await pass(seconds(1));
  expect(updates()).toHaveLength(3);
});

test('a change while the message is being sent is shown afterwards', async () => {
  const id = await sent();
  const { db } = harness.database;
  // As if the provider had answered only after the change.
  const [row] = await db('incident_messages').where({ incident_id: id }).delete().returning('*');
  await shows(id, acknowledged);
  await drain();
  const now = harness.clock.now();
  await db('incident_messages').insert({ ...row, due_at: now });
  await enqueue(db, now, [{ kind: 'message_sent', payload: { notification_id: row.notification_id } }]);
  await drain();
  expect(updates()).toEqual([expect.stringContaining('Acknowledged by Ann')]);
});

test('an older state that arrives late changes nothing', async () => {
  const id = await sent();
  await shows(id, resolved, 5_000);
  await shows(id, acknowledged, 4_000);
  await drain();
  expect(updates()).toEqual([expect.stringContaining('Resolved by Ann')]);
});

test('after 429 the room waits as long as Slack asks, and then shows the newest state', async () => {
  const [id, other] = [await sent(), await sent()];
  server.fail({ status: 429, headers: { 'retry-after': '30' } });
  await shows(id, acknowledged);
  await drain();
  await shows(id, resolved);
  await shows(other, acknowledged);
  await pass(seconds(29));
  expect(updates()).toEqual([]);
  await pass(seconds(1));
  await pass(seconds(1));
  expect(updates()).toHaveLength(2);
  expect(updates().join()).toContain('Resolved by Ann');
});

test('a failing update is tried again until it succeeds', async () => {
  const id = await sent();
  server.fail({ status: 500 }, { error: 'fatal_error' });
  await shows(id, resolved);
  await drain();
  for (let n = 0; n < 5; n++) await pass(seconds(5));
  expect(updates()).toEqual([expect.stringContaining('Resolved by Ann')]);
});

test.each(['message_not_found', 'channel_not_found'])('%s: the message is sent again, once', async (error) => {
  const id = await sent();
  server.fail({ error });
  await shows(id, acknowledged);
  await drain();
  expect(posts()).toHaveLength(2);
  expect(JSON.stringify(posts()[1])).toContain('Acknowledged by Ann');
  expect(posts()[1]).not.toHaveProperty('thread_ts');
  server.fail({ error });
  await shows(id, resolved);
  await pass(seconds(1));
  await shows(id, acknowledged);
  await pass(seconds(1));
  expect(posts()).toHaveLength(2);
  expect(updates()).toEqual([]);
});

test('the message that was sent again is updated from then on', async () => {
  const id = await sent();
  server.fail({ error: 'message_not_found' });
  await shows(id, acknowledged);
  await drain();
  await shows(id, resolved);
  await pass(seconds(1));
  expect(updates()).toHaveLength(1);
  const [row] = await harness.database.db('notifications').where({ incident_id: id }).select('provider_ref');
  expect(row.provider_ref).toBe(`C0ROOM1:${calls('chat.update')[0]?.['ts']}`);
});

test('the thread names severity, assignee, escalation and alerts that join', async () => {
  const id = await sent();
  await shows(id, { assigned_to: 'Ann', alerts: 1 });
  await drain();
  await shows(id, {
    ...{ severity: 'critical', assigned_to: 'Bob', escalated_to: 'Bob (step 2)' },
    ...{ alerts: 3, newest_alert: 'Disk <full> on db-2' },
  });
  await pass(seconds(1));
  expect(updates()[1]).toContain('[CRITICAL] Disk full');
  const [first, detail] = posts();
  expect(posts()).toHaveLength(2);
  expect(detail?.['thread_ts']).toBe(calls('chat.update')[0]?.['ts']);
  expect(first).not.toHaveProperty('thread_ts');
  const words = JSON.stringify(detail?.['blocks']);
  for (const line of ['Severity: high → critical', 'Assigned to Bob', 'Escalated to Bob (step 2)']) {
    expect(words).toContain(line);
  }
  expect(words).toContain('2 alerts joined, the newest: Disk &lt;full&gt; on db-2 (3 in all)');
  expect(words).not.toContain('button');
});

test('a thread gets at most twenty messages about changes', async () => {
  const id = await sent();
  for (let n = 2; n < 27; n++) {
    await shows(id, { alerts: n, newest_alert: `alert ${n}` });
    await pass(seconds(1));
  }
  expect(updates()).toHaveLength(25);
  expect(posts()).toHaveLength(21);
});

test('a page to a person on a chat is updated too, and is not sent again if it is deleted', async () => {
  const email = 'ann@example.com';
  server.users.set('U0ANN00', { email });
  await harness.database.db('contact_methods').insert({
    ...{
      id: randomUUID(),
      person_email: email,
      channel: 'slack',
      address: 'U0ANN00',
      address_key: 'U0ANN00',
      label: '',
    },
    ...{ position: 0, state: 'verified', verified_at: harness.clock.now() },
    ...{ created_at: harness.clock.now(), created_by: email },
  });
  const incident_id = randomUUID();
  const page = { key: randomUUID(), incident_id, message: '[HIGH] Disk full', severity: 'high', links: [] };
  await harness.port.tell({ ...page, to: [{ kind: 'person', name: 'Ann', email }] }, CALLER);
  await drain();
  expect(posts()).toEqual([expect.objectContaining({ channel: 'U0ANN00' })]);
  await shows(incident_id, acknowledged);
  await drain();
  expect(updates()).toEqual([expect.stringContaining('Acknowledged by Ann at 03:12 UTC')]);
  expect(updates()[0]).not.toContain('tocsin_acknowledge');
  server.fail({ error: 'message_not_found' });
  await shows(incident_id, resolved);
  await pass(seconds(1));
  expect(posts()).toHaveLength(1);
});

test('an update that a crash interrupted is made by the next process', async () => {
  const id = await sent();
  await shows(id, resolved);
  // Claimed by a process that died: its lease runs out.
  const lease = { attempts: 1, leased_until: new Date(harness.clock.now().getTime() + seconds(5)) };
  await harness.database.db('jobs').whereLike('kind', 'update:%').update(lease);
  await drain();
  expect(updates()).toEqual([]);
  await pass(seconds(6));
  expect(updates()).toEqual([expect.stringContaining('Resolved by Ann')]);
});
