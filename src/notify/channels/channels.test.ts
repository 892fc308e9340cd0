import { createHmac, randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { brokenSmtp } from '../../testing/brokenSmtp';
import { type HeldDeadlines, holdDeadlines } from '../../testing/deadlines';
import { type HttpSink, httpSink } from '../../testing/sink';
import { type SmtpSink, smtpSink } from '../../testing/smtp';
import type { Message } from './channel';
import { type Channels, type ChannelsOptions, openChannels } from './open';

let web: HttpSink;
let mail: SmtpSink;
let channels: Channels;

const settings = (): ChannelsOptions => ({
  channelSettings: {
    SMTP_URL: mail.url,
    MAIL_FROM: 'Tocsin <tocsin@mail.example.com>',
    SLACK_WEBHOOK_URL: `${web.url}/services/T0/B0/x`,
    WEBHOOK_URL: `${web.url}/hook`,
  },
  timeoutMs: 10_000,
  outgoingAllow: [],
  publicUrl: 'https://tocsin.example.com',
});

beforeAll(async () => {
  [web, mail] = await Promise.all([httpSink(), smtpSink()]);
  channels = openChannels(settings());
});
afterAll(async () => {
  await channels.close();
  await Promise.all([web.close(), mail.close()]);
});
beforeEach(() => {
  web.clear();
  mail.clear();
});

const SOURCE_LINKS: Message['sourceLinks'] = [
  { kind: 'runbook', url: 'https://wiki.example/r?a=1&b=2' },
  { kind: 'dashboard', url: 'https://grafana.example/d/1' },
];

const message = (over: Partial<Message> = {}): Message => ({
  notificationId: '7b0c1d1e-54a3-4d89-93c6-2f6a2a2f5c11',
  incidentId: '3e3e7e5e-0b3a-4a50-9d5e-6a1b6a4c7d10',
  recipient: 'maria@example.com',
  text: 'checkout: cards are declined\nSince this morning',
  severity: 'high',
  links: { view: 'https://t.example.com/l/v', acknowledge: 'https://t.example.com/l/a' },
  sourceLinks: [],
  at: new Date('2026-01-05T09:00:00Z'),
  ...over,
});

async function withOptions<T>(over: Partial<ChannelsOptions>, work: (other: Channels) => Promise<T>): Promise<T> {
  const { channelSettings, ...rest } = settings();
  const merged = { ...channelSettings, ...over.channelSettings };
  const other = openChannels({ ...rest, ...over, channelSettings: merged });
  try {
    return await work(other);
  } finally {
    await other.close();
  }
}

describe('email', () => {
  const send = (over: Partial<Message> = {}) => channels.of('email').deliver(message(over));

  test('is a mail with text, mark-up and links, and its Message-ID is the receipt', async () => {
    const outcome = await send();
    const [one] = mail.mails;
    expect(one!.envelope).toEqual({ from: 'tocsin@mail.example.com', to: ['maria@example.com'] });
    expect(one!.parsed.subject).toBe('[high] checkout: cards are declined');
    expect(one!.parsed.from?.text).toBe('"Tocsin" <tocsin@mail.example.com>');
    expect(one!.parsed.text).toContain('Since this morning\n\nAcknowledge: https://t.example.com/l/a');
    expect(one!.parsed.html).toContain('<a href="https://t.example.com/l/v">View incident</a>');
    expect(one!.parsed.headers.get('auto-submitted')).toBe('auto-generated');
    expect(one!.parsed.date).toEqual(new Date('2026-01-05T09:00:00Z'));
    expect(outcome).toMatchObject({
      outcome: 'sent',
      receipt: '<7b0c1d1e-54a3-4d89-93c6-2f6a2a2f5c11@mail.example.com>',
    });
  });

  test('has the same Message-ID on every attempt', async () => {
    await send();
    await send();
    const [first, second] = mail.mails;
    expect(first!.parsed.messageId).toBe(second!.parsed.messageId);
  });

  test('without links has none', async () => {
    await send({ links: {} });
    expect(mail.mails[0]!.raw).not.toMatch(/href|Acknowledge/);
  });

  test('names the links of the source, escaped in the mark-up', async () => {
    await send({ sourceLinks: SOURCE_LINKS });
    const { text, html } = mail.mails[0]!.parsed;
    expect(text).toContain('Runbook: https://wiki.example/r?a=1&b=2');
    expect(html).toContain('<a href="https://wiki.example/r?a=1&amp;b=2">Runbook</a>');
    expect(html).toContain('<a href="https://grafana.example/d/1">Dashboard</a>');
  });

  test('shows mark-up in a message as text', async () => {
    await send({ text: `<script>alert("1")</script> & <b>it's</b>` });
    expect(mail.mails[0]!.parsed.html).toContain(
      '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &lt;b&gt;it&#39;s&lt;/b&gt;',
    );
  });

  test('cannot be given a header by its text', async () => {
    await send({ text: 'One\r\nBcc: all@example.com\r\n\r\nTwo', severity: 'x\r\nBcc: b@example.com' });
    const [one] = mail.mails;
    expect(one!.envelope.to).toEqual(['maria@example.com']);
    expect(one!.parsed.subject).toBe('[x Bcc: b@example.com] One');
    expect(one!.parsed.headers.has('bcc')).toBe(false);
  });

  test('cuts a long first line to the length of a subject', async () => {
    await send({ text: '😀'.repeat(1_000), severity: null });
    expect([...mail.mails[0]!.parsed.subject!]).toHaveLength(180);
  });

  test('begins with the severity, unless the message already does', async () => {
    await send({ text: '[HIGH] checkout' });
    expect(mail.mails[0]!.parsed.subject).toBe('[HIGH] checkout');
  });

  test.each([
    'ops',
    '@example.com',
    'a@b, c@d',
    'a b@example.com',
    'a@example.com\r\nRCPT TO:<x@y>',
    '"a"@example.com',
    'Maria <maria@example.com>',
    'a@b@c',
    `${'x'.repeat(300)}@example.com`,
  ])('does not try the recipient %j', (recipient) => {
    expect(channels.of('email').refusal(recipient)).toBe('invalid_recipient');
  });

  test.each(['maria@example.com', 'ops+pager@localhost', 'jürgen@müller.example'])(
    'tries the recipient %s',
    (recipient) => {
      expect(channels.of('email').refusal(recipient)).toBeNull();
    },
  );

  test('a permanent refusal is permanent', async () => {
    mail.refuse(550);
    expect(await send()).toEqual({
      outcome: 'failed',
      permanent: true,
      channel: 'working',
      reason: expect.stringContaining('SMTP 550 This mailbox does not want it'),
    });
  });

  test('a temporary refusal is tried again', async () => {
    mail.refuse(451);
    expect(await send()).toMatchObject({ outcome: 'failed', permanent: false });
  });

  describe('from a server that fails in a phase of the session', () => {
    let deadlines: HeldDeadlines;
    beforeEach(() => {
      deadlines = holdDeadlines();
    });
    afterEach(() => deadlines.release());

    const deliverBy = async (answers: Parameters<typeof brokenSmtp>[0]) => {
      const broken = await brokenSmtp(answers);
      broken.onHang(deadlines.pass);
      const smtpUrl = `smtp://user:secret@127.0.0.1:${broken.port}`;
      const outcome = await withOptions({ channelSettings: { SMTP_URL: smtpUrl } }, (other) =>
        other.of('email').deliver(message()),
      );
      await broken.close();
      return outcome;
    };

    test.each<[string, Parameters<typeof brokenSmtp>[0], string]>([
      ['a greeting of 554', { greeting: '554 No service for you' }, 'SMTP 554 No service'],
      ['a greeting of 421', { greeting: '421 Too many connections' }, 'SMTP 421 Too many'],
      ['a connection that is closed', { greeting: 'drop' }, 'connection_lost'],
      ['a greeting that is none', { greeting: 'hello' }, ''],
      ['EHLO of 421', { EHLO: '421 Shutting down' }, 'SMTP 421 Shutting down'],
      ['STARTTLS of 454', { EHLO: '250-mail\r\n250 STARTTLS', STARTTLS: '454 TLS not available' }, ''],
      ['a handshake that fails', { EHLO: '250-mail\r\n250 STARTTLS', STARTTLS: '220 Go\r\nnot TLS' }, ''],
      ['a log-in of 535', { AUTH: '535 5.7.8 Authentication failed' }, 'SMTP 535 5.7.8'],
      ['a log-in of 454', { AUTH: '454 4.7.0 Temporary failure' }, 'SMTP 454 4.7.0'],
      ['a log-in that is dropped', { AUTH: 'drop' }, ''],
      ['a sender refused with 550', { MAIL: '550 5.7.1 Sender not allowed' }, 'SMTP 550 5.7.1 Sender'],
      ['a sender refused with 530', { MAIL: '530 5.7.0 Must log in' }, 'SMTP 530'],
      ['a log-in demanded by RCPT', { RCPT: '530 5.7.0 Authentication required' }, 'SMTP 530'],
    ])('%s is a fault of the channel and is tried again', async (_, answers, reason) => {
      const outcome = await deliverBy(answers);
      expect(outcome).toMatchObject({ outcome: 'failed', permanent: false, channel: 'failing' });
      expect(outcome).toHaveProperty('reason', expect.stringContaining(reason));
    });

    test.each<[string, Parameters<typeof brokenSmtp>[0]]>([
      ['550 to RCPT', { RCPT: '550 5.1.1 Unknown mailbox' }],
      ['554 to DATA', { DATA: '554 5.7.1 No' }],
      ['552 after the message', { end: '552 5.3.4 Too big' }],
    ])('%s is a permanent refusal of this message, and the channel works', async (_, answers) => {
      expect(await deliverBy(answers)).toMatchObject({ outcome: 'failed', permanent: true, channel: 'working' });
    });

    test.each<[string, Parameters<typeof brokenSmtp>[0]]>([
      ['450 to RCPT', { RCPT: '450 4.2.1 Greylisted' }],
      ['421 to RCPT', { RCPT: '421 Try later' }],
      ['452 after the message', { end: '452 4.2.2 Mailbox full' }],
    ])('%s is tried again, and does not change the state of the channel', async (_, answers) => {
      const outcome = await deliverBy(answers);
      expect(outcome).toMatchObject({ outcome: 'failed', permanent: false });
      expect(outcome).not.toHaveProperty('channel');
    });

    test.each<[string, Parameters<typeof brokenSmtp>[0]]>([
      ['MAIL FROM', { MAIL: 'hang' }],
      ['RCPT TO', { RCPT: 'hang' }],
      ['DATA', { DATA: 'hang' }],
      ['the end of the message', { end: 'hang' }],
    ])('no answer to %s is a time-out that makes the channel a suspect', async (_, answers) => {
      expect(await deliverBy(answers)).toEqual({
        outcome: 'failed',
        reason: 'timeout',
        permanent: false,
        channel: 'suspect',
      });
    });

    test.each<[string, Parameters<typeof brokenSmtp>[0]]>([
      ['RCPT TO', { RCPT: 'drop' }],
      ['DATA', { DATA: 'drop' }],
    ])('a connection lost at %s makes the channel a suspect', async (_, answers) => {
      expect(await deliverBy(answers)).toMatchObject({ outcome: 'failed', permanent: false, channel: 'suspect' });
    });

    test.each<[string, Parameters<typeof brokenSmtp>[0]]>([
      ['the greeting', { greeting: 'hang' }],
      ['EHLO', { EHLO: 'hang' }],
      ['the log-in', { AUTH: 'hang' }],
    ])('no answer in %s is a time-out that fails the channel', async (_, answers) => {
      expect(await deliverBy(answers)).toMatchObject({ reason: 'timeout', permanent: false, channel: 'failing' });
    });

    test('a time-out while waiting for a free connection does not change the state of the channel', async () => {
      const broken = await brokenSmtp({ RCPT: 'hang' });
      let hanging = 0;
      broken.onHang(() => {
        hanging += 1;
        if (hanging === 8) deadlines.pass();
      });
      const channelSettings = { SMTP_URL: `smtp://user:secret@127.0.0.1:${broken.port}` };
      const nine = Array.from({ length: 9 }, () => message({ notificationId: randomUUID() }));
      const outcomes = await withOptions({ channelSettings }, (other) =>
        Promise.all(nine.map((each) => other.of('email').deliver(each))),
      );
      await broken.close();
      expect(outcomes.map(({ channel }) => channel)).toEqual([...Array(8).fill('suspect'), undefined]);
    });

    test('a host name that is not found is tried again', async () => {
      const outcome = await withOptions({ channelSettings: { SMTP_URL: 'smtp://mail.invalid:25' } }, (other) =>
        other.of('email').deliver(message()),
      );
      expect(outcome).toMatchObject({ outcome: 'failed', permanent: false, channel: 'failing' });
    });
  });

  test('a refused connection is tried again', async () => {
    const outcome = await withOptions({ channelSettings: { SMTP_URL: 'smtp://127.0.0.1:1' } }, (other) =>
      other.of('email').deliver(message()),
    );
    expect(outcome).toEqual({ outcome: 'failed', reason: 'connection_refused', permanent: false, channel: 'failing' });
  });

  test('an attempt at a silent server ends at the deadline', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const outcome = await withOptions(
      { channelSettings: { SMTP_URL: `smtp://127.0.0.1:${port}` }, timeoutMs: 100 },
      (other) => other.of('email').deliver(message()),
    );
    expect(outcome).toEqual({ outcome: 'failed', reason: 'timeout', permanent: false, channel: 'failing' });
    silent.close();
  });

  test('many at once share a few connections and all arrive', async () => {
    const outcomes = await withOptions({ timeoutMs: 15_000 }, (other) =>
      Promise.all(Array.from({ length: 40 }, () => other.of('email').deliver(message()))),
    );
    expect(outcomes.every(({ outcome }) => outcome === 'sent')).toBe(true);
    expect(mail.mails).toHaveLength(40);
  });

  test('is not configured without a server', async () => {
    await withOptions({ channelSettings: { SMTP_URL: undefined } }, async (other) => {
      expect([other.of('email').configured(), other.of('email').refusal('a@b')]).toEqual([false, 'not_configured']);
    });
  });
});

describe('slack', () => {
  const send = (over: Partial<Message> = {}) => channels.of('slack').deliver(message({ recipient: 'ops', ...over }));
  const payload = () => JSON.parse(web.received[0]!.body);

  test('is a message with a summary, its text, its recipient and link buttons', async () => {
    expect(await send()).toEqual({ outcome: 'sent', receipt: 'HTTP 200', channel: 'working' });
    expect(web.received[0]).toMatchObject({ method: 'POST', path: '/services/T0/B0/x' });
    expect(payload()).toEqual({
      text: '[high] checkout: cards are declined',
      blocks: [
        { type: 'section', text: { type: 'mrkdwn', text: 'checkout: cards are declined\nSince this morning' } },
        { type: 'context', elements: [{ type: 'mrkdwn', text: 'For ops' }] },
        {
          type: 'actions',
          elements: [
            {
              type: 'button',
              text: { type: 'plain_text', text: 'Acknowledge' },
              url: 'https://t.example.com/l/a',
              style: 'primary',
            },
            { type: 'button', text: { type: 'plain_text', text: 'View incident' }, url: 'https://t.example.com/l/v' },
          ],
        },
      ],
    });
  });

  test('has a button for each link of the source', async () => {
    await send({ links: {}, sourceLinks: SOURCE_LINKS });
    expect(payload().blocks.at(-1).elements).toMatchObject([
      { text: { text: 'Runbook' }, url: 'https://wiki.example/r?a=1&b=2' },
      { text: { text: 'Dashboard' }, url: 'https://grafana.example/d/1' },
    ]);
  });

  test('without links has no buttons', async () => {
    await send({ links: {} });
    expect(payload().blocks.map(({ type }: { type: string }) => type)).toEqual(['section', 'context']);
  });

  test('mentions no one, and shows mark-up as text', async () => {
    await send({ text: '<!channel> a & b <https://evil.example|click>', recipient: '<!here>' });
    const { text, blocks } = payload();
    expect(blocks[0].text.text).toBe('&lt;!channel&gt; a &amp; b &lt;https://evil.example|click&gt;');
    expect([text, blocks[1].elements[0].text].join()).not.toContain('<');
  });

  test('ends within the limit, and never in half an entity or half a character', async () => {
    await send({ text: `x${'&'.repeat(5_000)}` });
    const { text } = payload().blocks[0].text;
    expect(text).toBe(`x${'&amp;'.repeat(599)}`);
    web.clear();
    await send({ text: `x${'😀'.repeat(2_500)}` });
    expect(payload().blocks[0].text.text).toBe(`x${'😀'.repeat(1_499)}`);
  });

  test.each([
    [
      { status: 404, body: 'no_service' },
      { reason: 'HTTP 404: no_service', permanent: false, slowly: true, channel: 'failing' },
    ],
    [
      { status: 403, body: 'invalid_token' },
      { reason: 'HTTP 403: invalid_token', permanent: false, slowly: true, channel: 'failing' },
    ],
    [
      { status: 400, body: 'invalid_payload' },
      { reason: 'HTTP 400: invalid_payload', permanent: true, channel: 'working' },
    ],
    [
      { status: 500, body: 'rollup_error' },
      { reason: 'HTTP 500: rollup_error', permanent: false, channel: 'failing' },
    ],
    [
      { status: 429, headers: { 'retry-after': '30' } },
      { reason: 'HTTP 429', permanent: false, retryAfterMs: 30_000, channel: 'failing' },
    ],
  ])('an answer of %j is understood', async (reply, expected) => {
    web.reply(reply);
    expect(await send()).toEqual({ outcome: 'failed', ...expected });
  });

  test('is not configured without its webhook', async () => {
    await withOptions({ channelSettings: { SLACK_WEBHOOK_URL: undefined } }, async (other) => {
      expect([other.of('slack').configured(), other.of('slack').refusal('x')]).toEqual([false, 'not_configured']);
    });
  });
});

describe('webhook', () => {
  test('posts the message as JSON, unsigned without a secret', async () => {
    expect(await channels.of('webhook').deliver(message({ recipient: 'ops' }))).toMatchObject({ outcome: 'sent' });
    const [{ headers, body, path }] = web.received as [(typeof web.received)[0]];
    expect(path).toBe('/hook');
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': '7b0c1d1e-54a3-4d89-93c6-2f6a2a2f5c11',
      'webhook-timestamp': '1767603600',
    });
    expect(headers).not.toHaveProperty('webhook-signature');
    expect(JSON.parse(body)).toEqual({
      incident_id: '3e3e7e5e-0b3a-4a50-9d5e-6a1b6a4c7d10',
      message: 'checkout: cards are declined\nSince this morning',
      recipient: 'ops',
      severity: 'high',
      notification_id: '7b0c1d1e-54a3-4d89-93c6-2f6a2a2f5c11',
      links: { view: 'https://t.example.com/l/v', acknowledge: 'https://t.example.com/l/a' },
    });
  });

  test('carries the links of the source in a field of their own', async () => {
    await channels.of('webhook').deliver(message({ recipient: 'ops', sourceLinks: SOURCE_LINKS }));
    expect(JSON.parse(web.received[0]!.body)).toMatchObject({ source_links: SOURCE_LINKS });
  });

  test('goes to a URL that a user named without the signature of the configured one', async () => {
    const key = Buffer.from('twenty-four bytes secret');
    const over = {
      outgoingAllow: ['127.0.0.1'],
      channelSettings: { WEBHOOK_SECRET: `whsec_${key.toString('base64')}` },
    };
    await withOptions(over, async (other) => {
      await other.of('webhook').deliver(message({ recipient: `${web.url}/mine?a=b` }));
      await other.of('webhook').deliver(message({ recipient: 'ops' }));
    });
    const [named, configured] = web.received as [(typeof web.received)[0], (typeof web.received)[0]];
    expect(named.path).toBe('/mine?a=b');
    expect(named.headers['webhook-signature']).toBeUndefined();
    const { headers, body } = configured;
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
    const signature = createHmac('sha256', key).update(signed).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${signature}`);
  });

  test('a private address as the recipient must be allowed by the operator', async () => {
    const outcome = await channels.of('webhook').deliver(message({ recipient: `${web.url}/mine` }));
    expect(outcome).toEqual({ outcome: 'failed', reason: 'address_refused', permanent: true });
    expect(web.received).toEqual([]);
  });

  test('a redirect to a private address is not followed', async () => {
    web.reply({ status: 307, headers: { location: `${web.url}/inside` } });
    const outcome = await channels.of('webhook').deliver(message({ recipient: 'ops' }));
    expect(outcome).toMatchObject({ outcome: 'failed', reason: 'HTTP 307', permanent: false, slowly: true });
    expect(web.received).toHaveLength(1);
  });

  test('a recipient that is no URL needs the configured URL', async () => {
    await withOptions({ channelSettings: { WEBHOOK_URL: undefined } }, async (other) => {
      const webhook = other.of('webhook');
      expect(webhook.configured()).toBe(false);
      expect(['ops', 'ftp://x.example', 'https://x.example/a'].map((r) => webhook.refusal(r))).toEqual([
        'not_configured',
        'not_configured',
        null,
      ]);
    });
  });

  test('an invalid secret is refused at the start', () => {
    expect(() => openChannels({ ...settings(), channelSettings: { WEBHOOK_SECRET: 'whsec_!' } })).toThrow(
      'WEBHOOK_SECRET must be',
    );
  });
});

describe('mock', () => {
  test('accepts every message', async () => {
    const mock = channels.of('mock');
    expect([mock.configured(), mock.refusal('anything')]).toEqual([true, null]);
    expect(await mock.deliver(message())).toEqual({ outcome: 'sent', receipt: null });
  });
});
