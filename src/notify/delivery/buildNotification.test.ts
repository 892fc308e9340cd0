import { Webhook } from 'standardwebhooks';
import { days, seconds } from '../../kernel/clock';
import { type Link, readLink } from '../../kernel/http/signedLinks';
import { systemCaller } from '../../kernel/ports/contract';
import { eventsSoFar } from '../../testing/events';
import { someone } from '../../testing/http';
import { type NotifyHarness, notifyHarness, PUBLIC_URL, SECRET_KEY } from '../../testing/notify';
import { type HttpSink, httpSink } from '../../testing/sink';
import { type SmtpSink, smtpSink } from '../../testing/smtp';
import type { Target } from '../contract';

let harness: NotifyHarness;
let web: HttpSink;
let mail: SmtpSink;

beforeAll(async () => {
  [web, mail] = await Promise.all([httpSink(), smtpSink()]);
  harness = await notifyHarness({
    channelSettings: { SMTP_URL: mail.url, SLACK_WEBHOOK_URL: `${web.url}/slack`, WEBHOOK_URL: `${web.url}/hook` },
  });
});
afterAll(async () => {
  await harness.close();
  await Promise.all([web.close(), mail.close()]);
});
beforeEach(async () => {
  web.clear();
  mail.clear();
  await harness.clean();
});

const clockwork = systemCaller('request-1');
const INCIDENT = '3e3e7e5e-0b3a-4a50-9d5e-6a1b6a4c7d10';
const maria: Target = { kind: 'person', name: 'Maria', email: 'maria@example.com' };
const nobody: Target = { kind: 'person', name: 'Nobody', email: null };
const room = (address: string | null): Target => ({ kind: 'room', address });
const command = (to: Target[], key = 'step-1') => ({
  key,
  incident_id: INCIDENT,
  message: '[HIGH] checkout: cards are declined',
  severity: 'high',
  to,
});
const tell = (to: Target[], key?: string, of = harness) => of.port.tell(command(to, key), clockwork);
const statusOf = async (id: string) => {
  const { status, reason } = await harness.port.get({ id }, someone());
  return { status, reason };
};
const events = () => harness.facts();
const linksIn = (text: string): Link[] =>
  [...text.matchAll(new RegExp(`${PUBLIC_URL}/l/([\\w.-]+)`, 'g'))].map(([, token]) =>
    readLink(SECRET_KEY, token as string, harness.clock.now()),
  );

describe('the addresses of targets', () => {
  test('a person is notified by the e-mail address of their schedule entry', async () => {
    const { told } = await tell([maria]);
    expect(told).toEqual([
      {
        to: 0,
        notification_id: expect.any(String),
        page_id: expect.any(String),
        rules: 1,
        channel: 'email',
        recipient: 'maria@example.com',
        reachable: true,
      },
    ]);
    await harness.module.drain();
    expect(mail.mails.map(({ envelope }) => envelope.to)).toEqual([['maria@example.com']]);
    expect(await statusOf(told[0]!.notification_id)).toEqual({ status: 'sent', reason: null });
  });

  test('a person without an address is recorded by mock at once, and unreachable', async () => {
    const { told } = await tell([nobody]);
    expect(told).toMatchObject([{ channel: 'mock', recipient: 'Nobody', reachable: false }]);
    expect(await statusOf(told[0]!.notification_id)).toEqual({ status: 'recorded', reason: null });
    expect(await harness.metric('notifications_sent_total', { channel: 'mock', status: 'recorded' })).toBe(1);
    expect(await harness.port.statsSummary({}, someone())).toMatchObject({ total: 1, sent: 0, recorded: 1 });
    expect(await harness.module.drain()).toBe(0);
  });

  test('a person is recorded by mock if no mail can be sent', async () => {
    const without = harness.rebuilt({ channelSettings: { SMTP_URL: undefined } });
    const { told } = await tell([maria], undefined, without);
    expect(told).toMatchObject([{ channel: 'mock', recipient: 'Maria', reachable: false }]);
    await without.close();
  });

  test('a person with an invalid address is not reachable, and the event has the reason', async () => {
    const { told } = await tell([{ kind: 'person', name: 'M', email: 'maria@example.com\r\nBcc: all@example.com' }]);
    expect(told).toMatchObject([{ channel: 'email', reachable: false }]);
    expect(await statusOf(told[0]!.notification_id)).toEqual({ status: 'failed', reason: 'invalid_recipient' });
    expect((await events()).at(-1)).toMatchObject({
      kind: 'notification_failed',
      data: { reason: 'invalid_recipient', person: { name: 'M' } },
    });
  });

  test.each([
    ['mock:ops-team', 'mock', 'ops-team'],
    ['slack:ops', 'slack', 'ops'],
    ['EMAIL: ops@example.com', 'email', 'ops@example.com'],
    ['webhook:https://hooks.example.com/a:b', 'webhook', 'https://hooks.example.com/a:b'],
  ])('the room %s is %s to %s', async (address, channel, recipient) => {
    expect((await tell([room(address)])).told).toMatchObject([{ channel, recipient, reachable: channel !== 'mock' }]);
  });

  test.each(['pigeon:roof', 'ops-team', 'slack:', ''])(
    'the room %j is on no channel, and the failure is stored',
    async (address) => {
      const { told } = await tell([room(address)]);
      expect(told).toMatchObject([{ channel: 'mock', recipient: address, reachable: false }]);
      expect(await statusOf(told[0]!.notification_id)).toEqual({ status: 'failed', reason: 'unknown_channel' });
    },
  );

  test.each([
    ['the one the operator chose', { defaultRoom: 'webhook:ops' }, 'webhook', 'ops'],
    ['slack where that is set up', {}, 'slack', 'ops-team'],
    ['mock elsewhere', { channelSettings: { SLACK_WEBHOOK_URL: undefined } }, 'mock', 'ops-team'],
  ])('the default room is %s', async (_, settings, channel, recipient) => {
    const other = harness.rebuilt(settings);
    expect((await tell([room(null)], undefined, other)).told).toMatchObject([
      { channel, recipient, reachable: channel !== 'mock' },
    ]);
    await other.close();
  });

  test('a message to a room on a channel without its settings fails, with the reason', async () => {
    const without = harness.rebuilt({ channelSettings: { SLACK_WEBHOOK_URL: undefined } });
    const { told } = await tell([room('slack:ops')], undefined, without);
    expect(told).toMatchObject([{ channel: 'slack', reachable: false }]);
    expect(await statusOf(told[0]!.notification_id)).toEqual({ status: 'failed', reason: 'not_configured' });
    await without.close();
  });

  test('a room cannot be a link-local address', async () => {
    const { told } = await tell([room('webhook:http://169.254.169.254/latest')]);
    await harness.module.drain();
    expect(await statusOf(told[0]!.notification_id)).toEqual({ status: 'failed', reason: 'address_refused' });
  });

  test('five hundred targets are notified in their order', async () => {
    const to = Array.from({ length: 500 }, (_, n): Target => ({ kind: 'person', name: `P${n}`, email: null }));
    const { told } = await tell(to);
    expect(told.map(({ to: n, recipient }) => `${n} ${recipient}`)).toEqual(to.map((_, n) => `${n} P${n}`));
  });
});

describe('the same key', () => {
  test('is the same command: it returns the stored notifications and notifies no one again', async () => {
    const first = await tell([maria, room(null), nobody]);
    const again = await tell([maria, room(null), nobody]);
    expect(again).toEqual(first);
    await harness.module.drain();
    expect([mail.mails.length, web.received.length]).toEqual([1, 1]);
  });

  test('returns the targets of the first command, whatever the second one contains', async () => {
    const first = await tell([maria]);
    expect(await tell([maria, nobody])).toEqual(first);
  });

  test('notifies once if the commands race', async () => {
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(() => tell([maria, nobody, room(null)])));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect((await harness.port.list({}, someone())).total).toBe(3);
    await harness.module.drain();
    expect(mail.mails).toHaveLength(1);
  });
});

describe('links', () => {
  test('a page has links to view and to acknowledge, valid for a week', async () => {
    await tell([maria]);
    await harness.module.drain();
    const links = linksIn(mail.mails[0]!.parsed.text ?? '');
    const expires = (harness.clock.now().getTime() + days(7)) / 1_000;
    const common = { incident_id: INCIDENT, actor: 'maria@example.com', expires };
    expect(links).toEqual([
      { purpose: 'acknowledge', ...common },
      { purpose: 'view', ...common },
    ]);
  });

  test('a room gets only a link to view', async () => {
    await tell([room('slack:ops')]);
    await harness.module.drain();
    expect(linksIn(web.received[0]!.body)).toEqual([
      expect.objectContaining({ purpose: 'view', incident_id: INCIDENT, actor: 'slack:ops' }),
    ]);
  });

  test('an incident id that is no UUID has none', async () => {
    await harness.port.tell({ ...command([maria, room('slack:ops')]), incident_id: 'INT-TEST-001' }, clockwork);
    await harness.module.drain();
    expect(mail.mails[0]!.raw).not.toContain('/l/');
    expect(web.received[0]!.body).not.toContain('/l/');
  });

  test('are not stored', async () => {
    await tell([maria, room('slack:ops')]);
    await harness.module.drain();
    const { rows } = await harness.database.db.raw(
      'select n::text from notifications n union all select a::text from attempts a union all select e::text from events e',
    );
    expect(JSON.stringify(rows)).not.toContain('/l/');
  });
});

describe('events', () => {
  test('a command is one event, and so is each end', async () => {
    mail.refuse(550);
    const { told } = await tell([maria, room('slack:ops'), nobody]);
    await harness.module.drain();
    const facts = await events();
    expect(facts.map(({ kind, actor, subject }) => `${kind} ${actor} ${subject}`).sort()).toEqual([
      `notification_failed system ${INCIDENT}`,
      `notification_sent system ${INCIDENT}`,
      `notifications_accepted system ${INCIDENT}`,
      `page_unreached system ${INCIDENT}`,
    ]);
    expect(facts[0]!.data['notifications']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: told[0]!.notification_id, channel: 'email', status: 'queued' }),
        expect.objectContaining({ id: told[1]!.notification_id, channel: 'slack', status: 'queued' }),
        expect.objectContaining({ id: told[2]!.notification_id, channel: 'mock', status: 'recorded' }),
      ]),
    );
    expect(facts.find(({ kind }) => kind === 'notification_failed')!.data).toEqual({
      incident_id: INCIDENT,
      page_id: expect.any(String),
      notification_id: told[0]!.notification_id,
      key: 'step-1',
      channel: 'email',
      recipient: 'maria@example.com',
      person: { name: 'Maria', email: 'maria@example.com' },
      reason: expect.stringContaining('SMTP 550'),
    });
  });

  test('are read from a cursor on', async () => {
    await tell([nobody], 'a');
    const first = (await events()).at(-1)!.cursor;
    expect(await harness.port.events({ after: first }, clockwork)).toEqual({ events: [], cursor: first });
    await tell([nobody], 'b');
    await tell([nobody], 'c');
    await events();
    expect((await harness.port.events({ after: first, limit: 1 }, clockwork)).events).toHaveLength(1);
  });
});

describe('cancelling', () => {
  const cancel = (incident_id = INCIDENT) => harness.port.cancel({ incident_id, reason: 'acknowledged' }, clockwork);

  test('ends what still waits, and nothing is sent afterwards', async () => {
    const { told } = await tell([maria, room('slack:ops'), nobody]);
    expect(await cancel()).toEqual({ cancelled: 2 });
    await harness.module.drain();
    expect([mail.mails, web.received]).toEqual([[], []]);
    expect(await Promise.all(told.map(({ notification_id }) => statusOf(notification_id)))).toEqual([
      { status: 'cancelled', reason: 'acknowledged' },
      { status: 'cancelled', reason: 'acknowledged' },
      { status: 'recorded', reason: null },
    ]);
    expect((await events()).at(-1)).toMatchObject({
      kind: 'notifications_cancelled',
      subject: INCIDENT,
      data: {
        reason: 'acknowledged',
        notification_ids: expect.arrayContaining(told.slice(0, 2).map((one) => one.notification_id)),
      },
    });
  });

  test('that arrives late keeps the notifications created at or after the acknowledgement', async () => {
    const early = await tell([maria]);
    harness.clock.advance(seconds(1));
    const told_before = harness.clock.now().toISOString();
    const late = await tell([maria], 'assigned');
    await harness.port.cancel({ incident_id: INCIDENT, reason: 'acknowledged', told_before }, clockwork);
    expect(await statusOf(early.told[0]!.notification_id)).toEqual({ status: 'cancelled', reason: 'acknowledged' });
    expect(await statusOf(late.told[0]!.notification_id)).toEqual({ status: 'queued', reason: null });
  });

  test('ends what waits for its next attempt', async () => {
    web.reply({ status: 500 });
    const { told } = await tell([room('slack:ops')]);
    await harness.module.drain();
    expect(await cancel()).toEqual({ cancelled: 1 });
    harness.clock.advance(seconds(10));
    await harness.module.drain();
    expect(web.received).toHaveLength(1);
    expect(await statusOf(told[0]!.notification_id)).toEqual({ status: 'cancelled', reason: 'acknowledged' });
  });

  test('leaves other incidents alone, is no event if nothing waits, and can be repeated', async () => {
    await tell([maria]);
    expect(await cancel('another')).toEqual({ cancelled: 0 });
    expect((await events()).map(({ kind }) => kind)).toEqual(['notifications_accepted']);
    expect([await cancel(), await cancel()]).toEqual([{ cancelled: 1 }, { cancelled: 0 }]);
  });

  test('that crosses a successful delivery leaves the notification sent', async () => {
    const { told } = await tell([room('slack:ops')]);
    web.onRequest(async () => {
      expect(await cancel()).toEqual({ cancelled: 1 });
    });
    await harness.module.drain();
    expect(await statusOf(told[0]!.notification_id)).toEqual({ status: 'sent', reason: null });
  });

  test('that crosses a failing attempt prevents further attempts', async () => {
    const { told } = await tell([room('slack:ops')]);
    web.reply({ status: 500 });
    web.onRequest(async () => void (await cancel()));
    await harness.module.drain();
    harness.clock.advance(seconds(30));
    expect(await harness.module.drain()).toBe(0);
    expect(await statusOf(told[0]!.notification_id)).toEqual({ status: 'cancelled', reason: 'acknowledged' });
    expect(web.received).toHaveLength(1);
  });
});

describe('a module that was started', () => {
  test('delivers by its worker, and wakes readers of its events', async () => {
    const running = harness.rebuilt({});
    await running.module.start();
    const after = (await eventsSoFar(harness.database.db)).at(-1)?.cursor;
    const waiting = running.port.events({ ...(after !== undefined && { after }), wait_ms: 10_000 }, clockwork);
    const arrived = new Promise<void>((resolve) => web.onRequest(() => resolve()));
    await tell([room('slack:ops')], undefined, running);
    await arrived;
    expect((await waiting).events[0]).toMatchObject({ kind: 'notifications_accepted' });
    await running.close();
  });
});

describe('a webhook room', () => {
  test('gets the message with its links, signed so that the standard’s library accepts it', async () => {
    const secret = `whsec_${Buffer.from('a secret of twenty-four b').toString('base64')}`;
    const signing = harness.rebuilt({ channelSettings: { WEBHOOK_SECRET: secret } });
    harness.clock.set(new Date().toISOString());
    web.reply({ status: 500 });
    const { told } = await tell([room('webhook:ops')], undefined, signing);
    await signing.module.drain();
    harness.clock.advance(seconds(2));
    await signing.module.drain();
    const [first, second] = web.received;
    const id = told[0]!.notification_id;
    for (const { headers, body } of [first!, second!]) {
      expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual({
        incident_id: INCIDENT,
        message: '[HIGH] checkout: cards are declined',
        recipient: 'ops',
        severity: 'high',
        notification_id: id,
        links: { view: expect.stringContaining(`${PUBLIC_URL}/l/`) },
      });
    }
    expect([first!.headers['webhook-id'], second!.headers['webhook-id']]).toEqual([id, id]);
    expect(Number(second!.headers['webhook-timestamp']) - Number(first!.headers['webhook-timestamp'])).toBe(2);
    await signing.close();
  });
});

describe('a faulty command', () => {
  const good = command([nobody]);
  test.each([
    ['key', { ...good, key: '' }],
    ['key', { ...good, key: 'k'.repeat(201) }],
    ['incident_id', { ...good, incident_id: 'a\u0000' }],
    ['message', { ...good, message: '' }],
    ['severity', { ...good, severity: 's'.repeat(21) }],
    ['to', { ...good, to: [] }],
    ['to', { ...good, to: Array(501).fill(nobody) }],
    ['to.0.kind', { ...good, to: [{ kind: 'pigeon' }] }],
    ['to.0.name', { ...good, to: [{ kind: 'person', name: 'n'.repeat(256), email: null }] }],
    ['to.0.address', { ...good, to: [{ kind: 'room', address: 'x'.repeat(501) }] }],
  ])('is refused, naming the field %s, and nothing is stored', async (path, input) => {
    await expect(harness.port.tell(input as never, clockwork)).rejects.toMatchObject({
      kind: 'invalid',
      extra: { errors: [expect.objectContaining({ path })] },
    });
    expect((await harness.port.list({}, someone())).total).toBe(0);
  });

  test('to cancel or to read events is refused as well', async () => {
    await expect(harness.port.cancel({ incident_id: '', reason: 'r' }, clockwork)).rejects.toMatchObject({
      status: 422,
    });
    await expect(harness.port.cancel({ incident_id: 'i', reason: '' }, clockwork)).rejects.toMatchObject({
      status: 422,
    });
    await expect(harness.port.events({ wait_ms: 25_001 }, clockwork)).rejects.toMatchObject({ status: 422 });
    await expect(harness.port.events({ limit: 0 }, clockwork)).rejects.toMatchObject({ status: 422 });
  });
});
