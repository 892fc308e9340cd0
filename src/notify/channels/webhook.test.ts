import { Webhook } from 'standardwebhooks';
import { type HttpSink, httpSink } from '../../testing/sink';
import type { Message } from './channel';
import { type OpenChannel, openChannels } from './open';
import { webhook } from './webhook';

/** Webhooks: rotation of the secret, extra headers, and receivers that are gone. */

const secretOf = (text: string): string => `whsec_${Buffer.from(text.padEnd(24, '.')).toString('base64')}`;
const [OLD, NEXT] = [secretOf('old'), secretOf('next')];

let sink: HttpSink;
const opened: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  sink = await httpSink();
});
afterAll(() => sink.close());
afterEach(async () => {
  sink.clear();
  for (const close of opened.splice(0)) await close();
});

function by(settings: Record<string, string>): OpenChannel {
  const all = openChannels({
    channelSettings: { WEBHOOK_URL: `${sink.url}/hook`, ...settings },
    ...{ timeoutMs: 10_000, outgoingAllow: ['127.0.0.1'], publicUrl: 'https://t.example.com' },
  });
  opened.push(all.close);
  return all.of('webhook');
}

/** Now, because the verifier of a receiver refuses old requests. */
const message = (over: Partial<Message> = {}): Message => ({
  ...{ notificationId: '7b0c1d1e-54a3-4d89-93c6-2f6a2a2f5c11', incidentId: 'X-1', recipient: 'ops', severity: 'high' },
  ...{ text: 'checkout', links: {}, sourceLinks: [], at: new Date(), ...over },
});
const accepts = (secret: string, { headers, body }: HttpSink['received'][0]): boolean => {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
};

test('while the secret changes, receivers with the old one and with the next one accept the request', async () => {
  await by({ WEBHOOK_SECRET: OLD, WEBHOOK_SECRET_NEXT: NEXT }).deliver(message());
  const [request] = sink.received as [HttpSink['received'][0]];
  expect(request.headers['webhook-signature']).toMatch(/^v1,[\w+/]+=* v1,[\w+/]+=*$/);
  expect([OLD, NEXT, secretOf('other')].map((secret) => accepts(secret, request))).toEqual([true, true, false]);
});

test('a retry has the same id and a new timestamp, and is signed again', async () => {
  const channel = by({ WEBHOOK_SECRET: OLD });
  const at = new Date();
  await channel.deliver(message({ at: new Date(at.getTime() - 60_000) }));
  await channel.deliver(message({ at }));
  const [first, second] = sink.received as [HttpSink['received'][0], HttpSink['received'][0]];
  expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
  expect(Number(second.headers['webhook-timestamp'])).toBe(Number(first.headers['webhook-timestamp']) + 60);
  expect([first, second].map((request) => accepts(OLD, request))).toEqual([true, true]);
});

test('extra headers go to the configured URL, and not to one that a user named', async () => {
  const channel = by({ WEBHOOK_HEADERS: '{"Authorization":"Bearer abcdefghij","X-Team":"ops"}' });
  await channel.deliver(message());
  await channel.deliver(message({ recipient: `${sink.url}/mine` }));
  const [configured, named] = sink.received.map(({ headers }) => [headers['authorization'], headers['x-team']]);
  expect([configured, named]).toEqual([
    ['Bearer abcdefghij', 'ops'],
    [undefined, undefined],
  ]);
});

test('a receiver that repeats an extra header reveals it to no one', async () => {
  sink.reply({ status: 500, body: 'bad token abcdefghij in Bearer abcdefghij' });
  const outcome = await by({ WEBHOOK_HEADERS: '{"Authorization":"Bearer abcdefghij"}' }).deliver(message());
  expect(JSON.stringify(outcome)).not.toContain('abcdefghij');
});

test.each([
  ['no JSON', 'X-Team: ops', 'JSON object'],
  ['a list', '["X-Team"]', 'JSON object'],
  ['a number', '{"X-Team":1}', 'JSON object'],
  ['the host', '{"Host":"internal"}', 'must not set host'],
  ['a header of the connection', '{"transfer-encoding":"chunked"}', 'must not set transfer-encoding'],
  ['the length', '{"Content-Length":"1"}', 'must not set content-length'],
  ['the signature', '{"Webhook-Signature":"v1,x"}', 'must not set webhook-signature'],
  ['a line end in a value', '{"X-Team":"a\\r\\nHost: b"}', 'printable'],
  ['a line end in a name', '{"X-Team\\r\\nHost":"a"}', 'no name of a header'],
  ['a name twice', '{"X-Team":"a","x-team":"b"}', 'once'],
  [
    'eleven headers',
    JSON.stringify(Object.fromEntries([...Array(11).keys()].map((n) => [`x-${n}`, 'a']))),
    'at most 10',
  ],
  ['a long value', JSON.stringify({ 'x-team': 'a'.repeat(1_001) }), 'printable'],
])('extra headers with %s are refused', (_, text, words) => {
  const { error } = webhook.settings['WEBHOOK_HEADERS']!.schema.safeParse(text);
  expect(error?.issues[0]?.message).toContain(words);
});

test('410 ends the message at once; at the configured URL the channel is failing', async () => {
  sink.reply({ status: 410 }, { status: 410 });
  const channel = by({});
  const gone = { outcome: 'failed', reason: 'HTTP 410', permanent: true };
  expect(await channel.deliver(message())).toEqual({ ...gone, channel: 'failing' });
  expect(await channel.deliver(message({ recipient: `${sink.url}/mine` }))).toEqual(gone);
});

test('a URL that a user named is not followed to another address', async () => {
  sink.reply({ status: 302, headers: { location: 'http://169.254.169.254/latest/meta-data' } });
  const outcome = await by({}).deliver(message({ recipient: `${sink.url}/mine` }));
  expect(outcome).toEqual({ outcome: 'failed', reason: 'HTTP 302', permanent: true });
  expect(sink.received).toHaveLength(1);
});
