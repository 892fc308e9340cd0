import { createServer } from 'node:net';
import ICAL from 'ical.js';
import { systemCaller } from '../../kernel/ports/contract';
import { someone } from '../../testing/http';
import { type NotifyHarness, notifyHarness } from '../../testing/notify';
import { type SmtpSink, smtpSink } from '../../testing/smtp';
import type { Message } from './channel';
import { type OpenChannel, openChannels } from './open';

/** E-mail: threads, headers, attached shifts, TLS, and servers that refuse at first. */

const INCIDENT = '3e3e7e5e-0b3a-4a50-9d5e-6a1b6a4c7d10';
const IDS = ['7b0c1d1e-54a3-4d89-93c6-2f6a2a2f5c11', '7b0c1d1e-54a3-4d89-93c6-2f6a2a2f5c12'];
const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function server(options?: Parameters<typeof smtpSink>[0]): Promise<SmtpSink> {
  const sink = await smtpSink(options);
  opened.push(sink.close);
  return sink;
}

function emailBy(url: string): OpenChannel {
  const channelSettings = { SMTP_URL: url, MAIL_FROM: 'Tocsin <tocsin@mail.example.com>' };
  const all = openChannels({
    channelSettings,
    timeoutMs: 10_000,
    outgoingAllow: [],
    publicUrl: 'https://t.example.com',
  });
  opened.push(all.close);
  return all.of('email');
}

const message = (over: Partial<Message> = {}): Message => ({
  ...{ notificationId: IDS[0] as string, incidentId: INCIDENT, recipient: 'maria@example.com', severity: 'high' },
  ...{ text: 'checkout', links: {}, sourceLinks: [], at: new Date('2026-01-05T09:00:00Z'), ...over },
});

describe('the headers', () => {
  test('of all mails about an incident to all people name one root that no mail has', async () => {
    const sink = await server();
    const email = emailBy(sink.url);
    await email.deliver(message());
    await email.deliver(
      message({ notificationId: IDS[1] as string, recipient: 'joe@example.com', outcome: 'resolved' }),
    );
    const root = `<incident-${INCIDENT}@mail.example.com>`;
    for (const { parsed } of sink.mails) {
      expect(parsed).toMatchObject({ inReplyTo: root, references: root });
      expect(parsed.messageId).not.toBe(root);
      expect(parsed.headers.get('x-entity-ref-id')).toBe(INCIDENT);
    }
  });

  test.each<Partial<Message>>([{ kind: 'code' }, { kind: 'test' }, { incidentId: 'on-call:core' }])(
    'of a mail about no incident (%j) begin no thread',
    async (over) => {
      const sink = await server();
      await emailBy(sink.url).deliver(message(over));
      const { inReplyTo, references, headers } = sink.mails[0]!.parsed;
      expect([inReplyTo, references, headers.get('x-entity-ref-id')]).toEqual([undefined, undefined, IDS[0]]);
    },
  );

  test('tell programs not to answer, and name the list', async () => {
    const sink = await server();
    await emailBy(sink.url).deliver(message());
    const { raw } = sink.mails[0]!;
    expect(raw).toContain('Auto-Submitted: auto-generated\r\n');
    expect(raw).toContain('\r\nX-Auto-Response-Suppress: All\r\n');
    expect(raw).toMatch(/\r\nList-ID: "?Tocsin"? <tocsin\.mail\.example\.com>\r\n/i);
    expect(raw).toContain('<https://t.example.com/account>');
  });
});

describe('a shift', () => {
  const lines = (...more: string[]) => [
    ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Tocsin//On call//EN', 'METHOD:PUBLISH', 'BEGIN:VEVENT'],
    ...['UID:a@tocsin', 'DTSTAMP:20260105T090000Z', 'DTSTART:20260106T000000Z', 'DTEND:20260107T000000Z'],
    ...[...more, 'END:VEVENT', 'END:VCALENDAR', ''],
  ];

  test('is attached as a calendar that a mail program reads', async () => {
    const sink = await server();
    const calendar = lines('SUMMARY:On call: core\\, primary – ü').join('\r\n');
    await emailBy(sink.url).deliver(message({ incidentId: 'on-call:core', calendar }));
    const [{ parsed, raw }] = sink.mails as [SmtpSink['mails'][0]];
    expect(raw).toMatch(/Content-Type: text\/calendar; charset=utf-8; method=PUBLISH/i);
    const file = parsed.attachments.find(({ filename }) => filename === 'shift.ics');
    const read = new ICAL.Component(ICAL.parse(String(file?.content)));
    expect(read.getFirstPropertyValue('method')).toBe('PUBLISH');
    const event = new ICAL.Event(read.getFirstSubcomponent('vevent') as ICAL.Component);
    expect([event.summary, event.startDate.toString()]).toEqual(['On call: core, primary – ü', '2026-01-06T00:00:00Z']);
  });

  test('is not attached to a page', async () => {
    const sink = await server();
    await emailBy(sink.url).deliver(message());
    expect(sink.mails[0]!.raw).not.toMatch(/text\/calendar|shift\.ics/);
  });
});

describe('encryption', () => {
  const trusting = (url: string) => `${url}?tls.rejectUnauthorized=false`;

  test.each(['at once', 'starttls'] as const)('%s is used if the server has it', async (tls) => {
    const sink = await server({ tls });
    expect(await emailBy(trusting(sink.url)).deliver(message())).toMatchObject({ outcome: 'sent' });
    expect(sink.mails.map(({ secure }) => secure)).toEqual([true]);
  });

  test.each(['at once', 'starttls'] as const)('%s with a certificate that no one signed sends nothing', async (tls) => {
    const sink = await server({ tls });
    const outcome = await emailBy(sink.url).deliver(message());
    expect(outcome).toMatchObject({ outcome: 'failed', permanent: false, channel: 'failing' });
    expect(sink.mails).toEqual([]);
  });

  test('that is required is not given up for a server without it', async () => {
    const sink = await server({ logIn: true });
    const url = sink.url.replace('//', '//tocsin:secret@');
    expect(await emailBy(`${url}?requireTLS=true`).deliver(message())).toMatchObject({ outcome: 'failed' });
    expect(sink.mails).toEqual([]);
  });
});

test('a stored address cannot lead through a proxy in the private network', async () => {
  let connections = 0;
  const proxy = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  opened.push(() => new Promise((resolve) => proxy.close(resolve)));
  const { port } = proxy.address() as { port: number };
  const options = { channelSettings: {}, timeoutMs: 10_000, outgoingAllow: [], publicUrl: 'https://t.example.com' };
  const all = openChannels(options);
  opened.push(all.close);
  all.reload(new Map([['SMTP_URL', `smtp://mail.invalid:25?proxy=http://127.0.0.1:${port}`]]));
  expect(await all.of('email').deliver(message())).toMatchObject({ outcome: 'failed' });
  expect(connections).toBe(0);
});

describe('by real deliveries', () => {
  let harness: NotifyHarness;
  const through = async (sink: SmtpSink, user = '') => {
    const SMTP_URL = sink.url.replace('//', user === '' ? '//' : `//${user}@`);
    harness = await notifyHarness({ giveUpAfterMs: 3_600_000, channelSettings: { SMTP_URL } });
    opened.push(harness.close);
    const to = [{ kind: 'person' as const, name: 'Maria', email: 'maria@example.com' }];
    const command = { key: 'step-1', incident_id: INCIDENT, message: 'checkout', severity: 'high', to };
    const { told } = await harness.port.tell(command, systemCaller('r'));
    await harness.module.drain();
    return () => harness.port.get({ id: told[0]!.notification_id }, someone());
  };
  const emailState = async () => {
    const { channels } = await harness.port.channels({}, someone());
    return channels.find(({ channel }) => channel === 'email')?.state;
  };
  const later = async () => {
    harness.clock.advance(120_000);
    await harness.module.drain();
  };

  test('a page arrives once after a server that grey-lists takes it, with the Message-ID of the first try', async () => {
    const sink = await server();
    sink.refuse(451, 450);
    const state = await through(sink);
    expect(await state()).toMatchObject({ status: 'queued', attempts: [{ outcome: 'failed' }] });
    await later();
    await later();
    expect(await state()).toMatchObject({ status: 'sent', attempts: { length: 3 } });
    expect(sink.mails.map(({ parsed }) => parsed.messageId)).toEqual([`<${(await state()).id}@example.com>`]);
    expect(await emailState()).toBe('working');
  });

  test('a server that refuses the log-in fails the channel; the page arrives when it takes the log-in', async () => {
    const sink = await server({ logIn: true });
    sink.refuseLogIns(true);
    const state = await through(sink, 'tocsin:a-wrong-word');
    const { status, attempts } = await state();
    expect([status, attempts[0]?.reason]).toEqual(['queued', expect.stringContaining('SMTP 535')]);
    expect(JSON.stringify(attempts)).not.toContain('a-wrong-word');
    expect(await emailState()).toBe('failing');
    sink.refuseLogIns(false);
    await later();
    expect([(await state()).status, sink.mails.length, await emailState()]).toEqual(['sent', 1, 'working']);
  });
});
