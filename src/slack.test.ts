import { register } from 'prom-client';
import { seconds } from './kernel/clock';
import { askAt } from './testing/ask';
import { type Harness, startHarness } from './testing/harness';
import { until } from './testing/product';
import { BOT_TOKEN, SIGNING_SECRET, type SlackServer, signedBySlack, slackServer } from './testing/slack';

/** Slack through the whole product: a page in a room, its buttons, and the slash commands. */

interface Incident {
  id: string;
  status: string;
  title: string;
  assigned_to: string | null;
  timeline: { event_type: string; actor: string; detail: Record<string, unknown> }[];
}
type Blocks = { type: string; elements?: { action_id?: string; value?: string }[] }[];

let harness: Harness;
let server: SlackServer;
beforeAll(async () => {
  register.clear();
  server = await slackServer();
  harness = await startHarness('monolith', {
    ...{ SLACK_BOT_TOKEN: BOT_TOKEN, SLACK_SIGNING_SECRET: SIGNING_SECRET, SLACK_API_URL: server.url },
    DEFAULT_ROOM: 'slack:ops-room',
  });
  server.users.set('U0ANN00', { email: 'ann@example.com' });
  server.users.set('U0EVE00', { email: 'eve@elsewhere.example' });
  const members = [
    { name: 'Ann', email: 'ann@example.com', role: 'primary' },
    { name: 'Bob', email: 'bob@example.com', role: 'secondary' },
  ];
  await ask('POST', '/api/v1/schedules', { team: 'ops', rotation_type: 'weekly', members });
  await harness.drain();
}, 60_000);
beforeEach(() => {
  server.calls.length = 0;
  server.whispers.length = 0;
});
afterAll(async () => {
  await harness.stop();
  await server.close();
});

const ask = <T>(method: string, path: string, body?: object) => askAt<T>(harness.url, method, path, body);

async function post(body: string): Promise<{ status: number; text: string }> {
  const headers = signedBySlack(body, Math.floor(harness.clock.now().getTime() / 1_000));
  const answer = await fetch(`${harness.url}/api/v1/inbound/slack`, { method: 'POST', headers, body });
  return { status: answer.status, text: await answer.text() };
}

/** Opens an incident, and returns the message of the room. */
async function paged(title: string) {
  const { id } = await ask<Incident>('POST', '/api/v1/incidents', { title, service: 'ops', severity: 'high' });
  await harness.drain();
  const call = server.calls.find(({ fields }) => String(fields['text']).includes(title));
  return { id, blocks: call?.fields['blocks'] as Blocks };
}

let clicks = 0;
function click(user: string, action: string, { blocks }: { blocks: Blocks }, trigger = `t${++clicks}`) {
  const value = blocks
    .flatMap(({ elements = [] }) => elements)
    .find(({ action_id }) => action_id === `tocsin_${action}`)?.value;
  const payload = {
    type: 'block_actions',
    trigger_id: trigger,
    user: { id: user },
    actions: [{ action_id: `tocsin_${action}`, value }],
    channel: { id: 'C0ROOM1' },
    message: { ts: '1700000000.100001', text: 'x', blocks },
    response_url: server.responseUrl,
  };
  return post(`payload=${encodeURIComponent(JSON.stringify(payload))}`);
}

const type = async (command: string, text: string, user = 'U0ANN00', trigger = `t${++clicks}`): Promise<string> => {
  harness.clock.advance(seconds(1));
  const form = new URLSearchParams({ command, text, user_id: user, trigger_id: trigger });
  return JSON.parse((await post(form.toString())).text || '{"text":""}').text;
};
const read = (id: string) => ask<Incident>('GET', `/api/v1/incidents/${id}`);
const newest = async () => (await ask<{ incidents: Incident[] }>('GET', '/api/v1/incidents?page=1')).incidents[0];

test('a click acknowledges as the person, and the message shows it', async () => {
  const page = await paged('Disk full');
  expect(await click('U0ANN00', 'acknowledge', page)).toEqual({ status: 200, text: '' });
  const { status, timeline } = await read(page.id);
  expect(status).toBe('acknowledged');
  expect(timeline).toContainEqual(
    expect.objectContaining({ actor: 'ann@example.com', detail: expect.objectContaining({ via: 'slack' }) }),
  );
  await harness.drain();
  expect(JSON.stringify(server.calls.filter(({ method }) => method === 'chat.update'))).toContain(
    'Acknowledged by Ann at 09:00 UTC',
  );
});

test('a click on a message with an older state is answered privately, and the message is updated again', async () => {
  const page = await paged('Fan loud');
  await click('U0ANN00', 'acknowledge', page);
  await harness.pass(seconds(1));
  const updates = () => server.calls.filter(({ method }) => method === 'chat.update').length;
  expect(updates()).toBe(1);
  await click('U0ANN00', 'acknowledge', page);
  await harness.pass(seconds(1));
  expect(server.whispers).toEqual([expect.objectContaining({ text: expect.stringContaining('lready acknowledged') })]);
  expect(updates()).toBe(2);
});

test('a click of a stranger is refused privately', async () => {
  const page = await paged('Queue long');
  await click('U0EVE00', 'acknowledge', page);
  expect((await read(page.id)).status).toBe('open');
  await until(() => server.whispers.length > 0, seconds(10));
  expect(server.whispers).toEqual([
    expect.objectContaining({ text: expect.stringContaining('does not know this account') }),
  ]);
});

test('a click that is replayed escalates once', async () => {
  const page = await paged('Pool empty');
  for (const _ of [1, 2]) await click('U0ANN00', 'escalate', page, 'replayed');
  const { timeline } = await read(page.id);
  expect(timeline.filter(({ detail }) => detail['via'] === 'slack')).toHaveLength(1);
});

test('/oncall names the people on call', async () => {
  expect(await type('/oncall', '')).toBe('ops: Ann, secondary Bob');
  expect(await type('/oncall', 'OPS')).toBe('ops: Ann, secondary Bob');
  expect(await type('/oncall', 'sales')).toBe("There is no team 'sales'.");
});

test('/page pages a team or a person once', async () => {
  expect(await type('/page', 'ops: The lights are out')).toContain('ops is paged: The lights are out');
  expect(await newest()).toMatchObject({ title: 'The lights are out', team: 'ops' });
  expect(await type('/page', 'bob@example.com: Come here', 'U0ANN00', 'once')).toContain('Bob is paged: Come here');
  const first = await newest();
  expect(first).toMatchObject({ title: 'Come here', assigned_to: 'bob@example.com' });
  await type('/page', 'bob@example.com: Come here', 'U0ANN00', 'once');
  expect((await newest())?.id).toBe(first?.id);
  expect(await type('/page', 'nobody: Come here')).toBe("No team and no person is named 'nobody'.");
});

test('/incident opens an incident, and a stranger opens none', async () => {
  expect(await type('/incident', 'ops: Cards fail')).toContain('Incident opened: Cards fail');
  expect(await newest()).toMatchObject({ title: 'Cards fail', status: 'open' });
  expect(await type('/incident', 'ops: Nonsense', 'U0EVE00')).toContain('does not know this account');
  expect((await newest())?.title).toBe('Cards fail');
});

test('/link with a code of the dashboard links the account, whose clicks then count as its user', async () => {
  server.users.set('U0MIA00', { email: 'mia@private.example' });
  const account = { username: 'mia', password: 'a long enough password' };
  await ask('POST', '/api/v1/users', { ...account, role: 'responder', email: 'mia@example.com' });
  const { api_key: key } = await ask<{ api_key: string }>('POST', '/api/v1/auth/login', account);
  const answer = await fetch(`${harness.url}/api/v1/account-links`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: '{}',
  });
  const { code, channels } = (await answer.json()) as { code: string; channels: { channel: string; send: string }[] };
  expect(channels).toEqual([expect.objectContaining({ channel: 'slack', send: `/link ${code}` })]);
  expect(await type('/link', code, 'U0MIA00')).toContain('This account is linked to mia@example.com');
  expect(await type('/link', code, 'U0EVE00')).toContain('not valid any more');
  const page = await paged('Cache cold');
  await click('U0MIA00', 'acknowledge', page);
  const { status, timeline } = await read(page.id);
  expect(status).toBe('acknowledged');
  expect(timeline).toContainEqual(expect.objectContaining({ event_type: 'acknowledged', actor: 'mia' }));
});

test('a request that is forged, or signed too long ago, changes nothing', async () => {
  const { id, blocks } = await paged('Door open');
  const value = blocks
    .flatMap(({ elements = [] }) => elements)
    .find(({ action_id }) => action_id?.startsWith('tocsin_'));
  const payload = {
    type: 'block_actions',
    user: { id: 'U0ANN00' },
    actions: [{ ...value, action_id: 'tocsin_resolve' }],
  };
  const body = `payload=${encodeURIComponent(JSON.stringify(payload))}`;
  const now = Math.floor(harness.clock.now().getTime() / 1_000);
  for (const headers of [
    signedBySlack(body, now, 'another'),
    signedBySlack(body, now - 301),
    signedBySlack(body, now + 301),
  ]) {
    const answer = await fetch(`${harness.url}/api/v1/inbound/slack`, { method: 'POST', headers, body });
    expect(answer.status).toBe(401);
  }
  expect((await read(id)).status).toBe('open');
});
