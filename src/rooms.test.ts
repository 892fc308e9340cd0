import { register } from 'prom-client';
import { seconds } from './kernel/clock';
import { askAt } from './testing/ask';
import { type Harness, startHarness, type Wiring } from './testing/harness';
import { BOT_TOKEN, SIGNING_SECRET, type SlackServer, signedBySlack, slackServer } from './testing/slack';

/** A room of Slack through the whole product, in one process and in five: one message per incident, updated in place. */

const WIRINGS: Wiring[] = ['monolith', 'split'];
type Post = { blocks: Blocks; ts?: string; thread_ts?: string };
type Blocks = { type: string; elements?: { action_id?: string; text?: { text?: string } | string }[] }[];

describe.each(WIRINGS)('%s', (wiring) => {
  let harness: Harness;
  let server: SlackServer;
  beforeAll(async () => {
    register.clear();
    server = await slackServer();
    harness = await startHarness(wiring, {
      ...{ SLACK_BOT_TOKEN: BOT_TOKEN, SLACK_SIGNING_SECRET: SIGNING_SECRET, SLACK_API_URL: server.url },
      DEFAULT_ROOM: 'slack:ops-room',
    });
    server.users.set('U0ANN00', { email: 'ann@example.com' });
    const members = [{ name: 'Ann', email: 'ann@example.com', role: 'primary' }];
    await ask('POST', '/api/v1/schedules', { team: 'ops', rotation_type: 'weekly', members });
    await harness.drain();
  }, 120_000);
  beforeEach(async () => {
    // What the test before still has to say comes first.
    await harness.pass(seconds(20));
    server.calls.length = 0;
  });
  afterAll(async () => {
    await harness.stop();
    await server.close();
  });

  const ask = <T>(method: string, path: string, body?: object) => askAt<T>(harness.url, method, path, body);
  const sentBy = (method: string) =>
    server.calls.filter((call) => call.method === method).map(({ fields }) => fields as unknown as Post);
  const posts = () => sentBy('chat.postMessage');
  const updates = () => sentBy('chat.update');
  const shownBy = ({ blocks }: { blocks: Blocks }) => JSON.stringify(blocks.filter(({ type }) => type !== 'actions'));
  const answersOf = ({ blocks }: { blocks: Blocks }) =>
    blocks
      .flatMap(({ elements = [] }) => elements)
      .flatMap(({ action_id: id }) => (id?.startsWith('tocsin_') ? id.slice('tocsin_'.length) : []));

  async function opened(title: string): Promise<string> {
    const { id } = await ask<{ id: string }>('POST', '/api/v1/incidents', { title, service: 'ops', severity: 'high' });
    await harness.drain();
    return id;
  }
  async function click(action: string, incidentId: string): Promise<void> {
    const payload = {
      ...{ type: 'block_actions', trigger_id: `${action} ${incidentId}`, user: { id: 'U0ANN00' } },
      actions: [{ action_id: `tocsin_${action}`, value: incidentId }],
      response_url: server.responseUrl,
    };
    const body = `payload=${encodeURIComponent(JSON.stringify(payload))}`;
    const headers = signedBySlack(body, Math.floor(harness.clock.now().getTime() / 1_000));
    await fetch(`${harness.url}/api/v1/inbound/slack`, { method: 'POST', headers, body });
    await harness.pass(seconds(1));
  }

  test('an incident is one message, from its opening to its resolution', async () => {
    const id = await opened('Disk full');
    expect(posts()).toHaveLength(1);
    expect(updates()).toEqual([]);
    await click('acknowledge', id);
    await ask('PATCH', `/api/v1/incidents/${id}`, { status: 'resolved' });
    await harness.pass(seconds(1));
    expect(posts()).toHaveLength(1);
    const [acknowledged, resolved] = updates() as [{ blocks: Blocks }, { blocks: Blocks }];
    expect(updates()).toHaveLength(2);
    expect(shownBy(acknowledged)).toContain('Acknowledged by Ann at 09:00 UTC');
    expect(answersOf(acknowledged)).toEqual(['resolve', 'escalate']);
    expect(shownBy(resolved)).toContain('Resolved by API key 1 of the environment at 09:00 UTC');
    expect(answersOf(resolved)).toEqual([]);
  });

  test('alerts that join are counted in the message and named in its thread', async () => {
    const alert = (message: string) => ask('POST', '/api/v1/alerts', { service: 'ops', severity: 'critical', message });
    await alert('Cards fail in Lyon');
    await harness.drain();
    for (const city of ['Rome', 'Oslo']) {
      harness.clock.advance(1);
      await alert(`Cards fail in ${city}`);
      await harness.drain();
    }
    await harness.pass(seconds(10));
    await harness.pass(seconds(10));
    expect(updates().map(shownBy)).toEqual([expect.stringContaining('3 alerts')]);
    const [first, detail] = posts() as [Post, Post];
    expect(posts()).toHaveLength(2);
    expect(detail.thread_ts).toBe(updates()[0]?.ts);
    expect(first.thread_ts).toBeUndefined();
    expect(shownBy(detail)).toMatch(/Alert joined: Cards fail in Oslo \(3 in all\)/);
  });

  test('the room of a rule that is also the room of the team gets one message', async () => {
    // A literal with `then` is taken for a promise.
    const actions = Object.fromEntries([['then', { room: 'slack:ops-room' }]]);
    await ask('POST', '/api/v1/rules', { name: 'room', when: ['service="shop"'], ...actions });
    await ask('POST', '/api/v1/alerts', { service: 'shop', severity: 'critical', message: 'Cart is empty' });
    await harness.drain();
    expect(posts()).toHaveLength(1);
  });
});
