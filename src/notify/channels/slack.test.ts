import { BOT_TOKEN, SIGNING_SECRET, type SlackServer, signedBySlack, slackServer } from '../../testing/slack';
import type { Message } from './channel';
import type { InboundContent, InboundRequest } from './inbound';
import { type OpenChannel, openChannels } from './open';

/** Slack by a bot token, against a server that checks what Slack checks. */

const INCIDENT = '0f3c1f4e-8f5a-4c55-9f3b-0d5a4f6f2a11';
const AT = new Date('2026-01-05T09:00:00Z');
const SECONDS = AT.getTime() / 1_000;

let server: SlackServer;
let slack: OpenChannel;
let closeAll: () => Promise<void>;
beforeAll(async () => {
  server = await slackServer();
  ({ slack, closeAll } = opened({}));
});
beforeEach(() => {
  server.calls.length = 0;
  server.whispers.length = 0;
  server.fail();
  server.users.clear();
  server.users.set('U0ANN00', { email: 'ann@example.com' });
});
afterAll(async () => {
  await closeAll();
  await server.close();
});

function opened(settings: Record<string, unknown>) {
  const all = openChannels({
    channelSettings: {
      ...{ SLACK_BOT_TOKEN: BOT_TOKEN, SLACK_SIGNING_SECRET: SIGNING_SECRET, SLACK_API_URL: server.url },
      ...settings,
    },
    timeoutMs: 2_000,
    outgoingAllow: [],
    publicUrl: 'https://tocsin.example.com',
  });
  return { slack: all.of('slack'), closeAll: all.close };
}

const message = (over: Partial<Message> = {}): Message => ({
  notificationId: 'b5a2ad0e-5d2c-4a7a-8a3e-0a2f1a1f0e11',
  incidentId: INCIDENT,
  recipient: 'ops-team',
  text: 'Disk <full> & hot',
  severity: 'high',
  links: { view: 'https://tocsin.example.com/l/x' },
  sourceLinks: [],
  kind: 'page',
  answers: { tokens: {} },
  at: AT,
  ...over,
});
type Blocks = { type: string; elements?: { action_id?: string; value?: string; text?: { text: string } }[] }[];
const lastCall = () => server.calls.at(-1)?.fields as Record<string, unknown> & { blocks: Blocks };
const buttonsOf = (blocks: Blocks) =>
  blocks.find(({ type }) => type === 'actions')?.elements?.map(({ text }) => text?.text);

describe('sending', () => {
  test('a page has buttons that act, and a reference for updates', async () => {
    const outcome = await slack.deliver(message());
    expect(outcome).toMatchObject({ outcome: 'sent', ref: expect.stringMatching(/^C0ROOM1:\d+\.\d+$/) });
    expect(lastCall()).toMatchObject({ channel: '#ops-team', unfurl_links: false });
    expect(buttonsOf(lastCall().blocks)).toEqual(['Acknowledge', 'Resolve', 'Escalate', 'View incident']);
  });

  test.each([
    ['#ops', '#ops'],
    ['C0ROOM1', 'C0ROOM1'],
    ['U0ANN00', 'U0ANN00'],
    ['ann@example.com', 'U0ANN00'],
  ])('%s is sent to %s', async (recipient, channel) => {
    expect(await slack.deliver(message({ recipient }))).toMatchObject({ outcome: 'sent' });
    expect(lastCall()['channel']).toBe(channel);
  });

  test('later messages go into the thread of the first one, and a page is shown outside it too', async () => {
    const thread = { ref: 'C0ROOM1:1700000000.100001', notificationId: 'x', subject: 'x' };
    await slack.deliver(message({ thread }));
    expect(lastCall()).toMatchObject({ thread_ts: '1700000000.100001', reply_broadcast: true });
    await slack.deliver(message({ thread, kind: 'notice', outcome: 'resolved' }));
    expect(lastCall()).not.toHaveProperty('reply_broadcast');
  });

  test('without a signing secret the buttons are links', async () => {
    const other = opened({ SLACK_SIGNING_SECRET: undefined });
    const links = { view: 'https://tocsin.example.com/l/x', acknowledge: 'https://tocsin.example.com/l/y' };
    await other.slack.deliver(message({ links }));
    expect(buttonsOf(lastCall().blocks)).toEqual(['Acknowledge', 'View incident']);
    await other.closeAll();
  });

  test('markup, the longest text and many links are accepted', async () => {
    const sourceLinks = Array.from({ length: 40 }, () => ({
      kind: 'link' as const,
      url: 'https://a.example/',
      title: 'x',
    }));
    const text = '<!channel> &amp; <@U1> '.repeat(400);
    expect(await slack.deliver(message({ text, sourceLinks }))).toMatchObject({ outcome: 'sent' });
  });

  test('an update shows the state and the buttons that are left', async () => {
    const incident = { title: 'Disk full', service: 'db', status: 'acknowledged' as const, by: 'Ann <x>' };
    const outcome = await slack.update('C0ROOM1:1700000000.100001', message({ incident }));
    expect(outcome).toMatchObject({ outcome: 'sent' });
    expect(lastCall()).toMatchObject({ channel: 'C0ROOM1', ts: '1700000000.100001' });
    expect(JSON.stringify(lastCall().blocks)).toContain('Acknowledged by Ann &lt;x&gt;');
    expect(buttonsOf(lastCall().blocks)).toEqual(['Resolve', 'Escalate', 'View incident']);
  });
});

test('an update shows who acted and when, and the other facts', async () => {
  const incident = {
    ...{ title: 'Disk full', service: 'db', status: 'resolved' as const, by: 'Ann', since: '2026-01-05T03:12:00.000Z' },
    ...{ assigned_to: 'Bob', escalated_to: 'Bob (step 2)', alerts: 7 },
  };
  await slack.update('C0ROOM1:1700000000.100001', message({ incident }));
  const shown = JSON.stringify(lastCall().blocks);
  expect(shown).toContain('Resolved by Ann at 03:12 UTC');
  expect(shown).toContain('Escalated to Bob (step 2) · 7 alerts');
  expect(buttonsOf(lastCall().blocks)).toEqual(['View incident']);
});

test.each(['message_not_found', 'channel_not_found'])(
  'an update that is answered %s finds no message',
  async (error) => {
    server.fail({ error });
    const outcome = await slack.update('C0ROOM1:1700000000.100001', message());
    expect(outcome).toMatchObject({ outcome: 'failed', permanent: true, gone: true });
  },
);

describe('refusals', () => {
  test.each([
    [{ error: 'channel_not_found' }, { permanent: true, channel: 'working' }],
    [{ error: 'is_archived' }, { permanent: true, channel: 'working' }],
    [{ error: 'token_revoked' }, { permanent: false, slowly: true, channel: 'failing' }],
    [{ error: 'missing_scope' }, { permanent: false, slowly: true, channel: 'failing' }],
    [{ error: 'fatal_error' }, { permanent: false, channel: 'failing' }],
    [
      { status: 200, body: '<html>' },
      { permanent: false, channel: 'failing' },
    ],
    [{ status: 500 }, { permanent: false, channel: 'failing' }],
    [
      { status: 429, headers: { 'retry-after': '7' } },
      { permanent: false, retryAfterMs: 7_000 },
    ],
  ])('%j is %j', async (fault, outcome) => {
    server.fail(fault);
    expect(await slack.deliver(message())).toMatchObject({ outcome: 'failed', ...outcome });
  });

  test('an unknown e-mail address is permanent', async () => {
    const outcome = await slack.deliver(message({ recipient: 'eve@example.com' }));
    expect(outcome).toMatchObject({ reason: 'users_not_found', permanent: true });
  });

  test('a token of another app is the fault of the operator, and is not shown', async () => {
    const other = opened({ SLACK_BOT_TOKEN: ['xoxb', 'another-token'].join('-') });
    const outcome = await other.slack.deliver(message());
    expect(outcome).toMatchObject({ reason: 'invalid_auth', slowly: true });
    expect(JSON.stringify(outcome)).not.toContain('another');
    await other.closeAll();
  });
});

describe('requests of Slack', () => {
  const requestOf = (body: string, over: { at?: number; secret?: string } = {}): InboundRequest => ({
    method: 'POST',
    url: 'https://tocsin.example.com/api/v1/inbound/slack',
    path: '',
    headers: signedBySlack(body, over.at ?? SECONDS, over.secret),
    query: {},
    body: Buffer.from(body),
    at: AT,
  });
  const read = (request: InboundRequest) => slack.inbound()?.read(request) as Promise<InboundContent>;
  const clickOf = (over: object = {}) =>
    `payload=${encodeURIComponent(
      JSON.stringify({
        type: 'block_actions',
        trigger_id: '13.37',
        user: { id: 'U0ANN00' },
        actions: [{ action_id: 'tocsin_acknowledge', value: INCIDENT }],
        response_url: server.responseUrl,
        ...over,
      }),
    )}`;
  test.each([
    ['another secret', { secret: 'another' }],
    ['a request of six minutes ago', { at: SECONDS - 360 }],
    ['a clock that is six minutes ahead', { at: SECONDS + 360 }],
  ])('%s is refused', async (_what, over) => {
    expect(await read(requestOf(clickOf(), over))).toMatchObject({ reply: { status: 401 } });
  });

  test.each([-240, 240])('a clock that differs by %d seconds is accepted', async (skew) => {
    expect(await read(requestOf(clickOf(), { at: SECONDS + skew }))).toHaveProperty('answers');
  });

  test('a body that was changed after it was signed is refused', async () => {
    const request = { ...requestOf(clickOf()), body: Buffer.from(clickOf({ trigger_id: 'other' })) };
    expect(await read(request)).toMatchObject({ reply: { status: 401 } });
  });

  test('a click becomes an answer of the user, by e-mail address, without a name', async () => {
    expect((await read(requestOf(clickOf()))).answers).toEqual([
      {
        id: '13.37:U0ANN00',
        sender: 'U0ANN00',
        senderEmail: 'ann@example.com',
        action: 'acknowledge',
        target: { incidentId: INCIDENT },
      },
    ]);
  });

  test('a click of a user whose address Slack does not show has only the account', async () => {
    const { answers } = await read(requestOf(clickOf({ user: { id: 'U0BOB00' } })));
    expect(answers?.[0]).not.toHaveProperty('senderEmail');
  });

  test('a click on a link button does nothing', async () => {
    const click = clickOf({ actions: [{ action_id: 'x1', value: 'y' }] });
    expect(await read(requestOf(click))).toEqual({ reply: { status: 200 } });
  });

  test('a stranger learns privately that the click was refused, and the message stays', async () => {
    const content = await read(requestOf(clickOf()));
    const nothing = { action: 'acknowledge' as const, incidentId: null, title: null, by: null, at: null };
    const refused = { ...nothing, result: 'unknown_sender' as const, words: 'Not known' };
    server.calls.length = 0;
    await slack.inbound()?.reply(content, [refused], { commandWords: null, linkWords: null });
    expect(server.calls).toEqual([]);
    expect(server.whispers).toEqual([{ response_type: 'ephemeral', replace_original: false, text: 'Not known' }]);
  });

  const typed = (command: string, text: string) =>
    read(requestOf(new URLSearchParams({ command, text, user_id: 'U0ANN00', trigger_id: '1.2' }).toString()));

  test.each([
    ['/oncall', '', { kind: 'on_call', team: null }],
    ['/oncall', 'ops', { kind: 'on_call', team: 'ops' }],
    ['/page', 'ops: Disk full: now', { kind: 'page', target: 'ops', message: 'Disk full: now' }],
    ['/page', '<@U0ANN00|ann> come', { kind: 'page', target: 'ann@example.com', message: 'come' }],
    ['/incident', 'pay: Cards fail', { kind: 'incident', service: 'pay', title: 'Cards fail' }],
  ])('%s %s is a command', async (command, text, expected) => {
    expect((await typed(command, text)).command).toMatchObject({ sender: 'U0ANN00', command: expected });
  });

  test.each(['/page', '/incident', '/link'])('%s without text explains itself', async (command) => {
    const { reply } = (await typed(command, '')) as unknown as { reply: { body: string } };
    expect(JSON.parse(reply.body)).toMatchObject({
      response_type: 'ephemeral',
      text: expect.stringContaining(command),
    });
  });

  test('a challenge of Slack is answered', async () => {
    const body = JSON.stringify({ type: 'url_verification', challenge: 'abc' });
    const request = requestOf(body);
    const headers = { ...request.headers, 'content-type': 'application/json' };
    expect(await read({ ...request, headers })).toEqual({ reply: { status: 200, body: 'abc' } });
  });
});
