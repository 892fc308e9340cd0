import { seconds } from '../../kernel/clock';
import { readLink } from '../../kernel/http/signedLinks';
import { systemCaller } from '../../kernel/ports/contract';
import { someone } from '../../testing/http';
import { type NotifyHarness, notifyHarness, PUBLIC_URL, SECRET_KEY } from '../../testing/notify';
import { until } from '../../testing/product';
import { type HttpSink, httpSink } from '../../testing/sink';
import { type SmtpSink, smtpSink } from '../../testing/smtp';
import type { Target } from '../contract';
import { CHUNK } from './outcomes';

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
const person = (name: string): Target => ({ kind: 'person', name, email: `${name.toLowerCase()}@example.com` });
const room = (address: string): Target => ({ kind: 'room', address });

async function page(to: Target[], key = 'step-1', over: { message?: string; severity?: string } = {}): Promise<void> {
  const message = { message: '[HIGH] checkout: cards are declined', severity: 'high', ...over };
  await harness.port.tell({ key, incident_id: INCIDENT, to, ...message }, clockwork);
  await harness.module.drain();
  harness.clock.advance(seconds(1));
}

const ask = (over: object = {}) => ({
  key: `${INCIDENT}:acknowledged:1`,
  incident_id: INCIDENT,
  outcome: 'acknowledged' as const,
  message: 'Acknowledged by Maria: [HIGH] checkout: cards are declined',
  severity: 'high',
  except: [],
  ...over,
});
async function outcome(over: object = {}): Promise<void> {
  await harness.port.tellOutcome(ask(over), clockwork);
  await harness.module.drain();
}
const recipients = () => mail.mails.map(({ envelope }) => envelope.to[0]).sort();
const notices = async () => {
  const { notifications } = await harness.port.ofIncident({ incident_id: INCIDENT }, someone());
  return notifications.filter((notification) => notification.outcome !== null);
};

test('each address that a page went out to gets one notice, however many pages it had', async () => {
  await page([person('Maria'), person('Joe')]);
  await page([person('Maria')], 'step-2');
  mail.clear();
  await outcome();
  expect(recipients()).toEqual(['joe@example.com', 'maria@example.com']);
  expect(mail.mails[0]!.parsed.text).toContain('Acknowledged by Maria: [HIGH] checkout: cards are declined');
});

test('the person who acted gets none, whatever the case of their address', async () => {
  await page([person('Maria'), person('Joe')]);
  mail.clear();
  await outcome({ except: ['MARIA@example.com'] });
  expect(recipients()).toEqual(['joe@example.com']);
});

describe('quiet hours', () => {
  const quiet = (person_email: string) =>
    harness.database.db('notification_rules').insert({
      ...{ person_email, high: null, low: null, updated_at: harness.clock.now(), updated_by: 'test' },
      quiet_hours: JSON.stringify({ from: '22:00', to: '07:00', time_zone: 'UTC' }),
    });
  beforeEach(async () => {
    harness.clock.set('2026-01-05T23:00:00Z');
    await quiet('maria@example.com');
    await page([person('Maria'), person('Joe')]);
    mail.clear();
  });

  test('hold the notice to their person until they end', async () => {
    await outcome();
    expect(recipients()).toEqual(['joe@example.com']);
    harness.clock.set('2026-01-06T06:59:00Z');
    await harness.module.drain();
    expect(recipients()).toEqual(['joe@example.com']);
    harness.clock.set('2026-01-06T07:00:00Z');
    await harness.module.drain();
    expect(recipients()).toEqual(['joe@example.com', 'maria@example.com']);
  });

  test('send no notice at their end if the change was undone before', async () => {
    await outcome();
    await harness.port.cancel({ incident_id: INCIDENT, reason: 'undone', outcome: 'acknowledged' }, clockwork);
    harness.clock.set('2026-01-06T07:00:00Z');
    await harness.module.drain();
    expect(recipients()).toEqual(['joe@example.com']);
  });
});

test('a notified room always gets one', async () => {
  await page([room('slack:ops'), room('email:ops@example.com')]);
  web.clear();
  mail.clear();
  await outcome({ except: ['ops@example.com'] });
  expect(web.received).toHaveLength(1);
  expect(JSON.parse(web.received[0]!.body).text).toBe('Acknowledged by Maria: [HIGH] checkout: cards are declined');
  expect(recipients()).toEqual(['ops@example.com']);
});

test('a room gets at most twenty notices about one incident', async () => {
  await page([room('slack:ops')]);
  web.clear();
  for (let n = 0; n < 22; n++) {
    harness.clock.advance(seconds(20));
    await outcome({ key: `${INCIDENT}:acknowledged:${n}` });
  }
  expect(web.received).toHaveLength(20);
});

test('an address that no page reached gets none: mock, refused for good, cancelled, or of a message by hand', async () => {
  mail.refuse(550);
  await page([person('Refused')]);
  await page([{ kind: 'person', name: 'Nobody', email: null }, room('mock:ops')], 'step-2');
  await harness.port.tell({ ...ask(), key: 'step-3', to: [person('Late')] } as never, clockwork);
  await harness.port.cancel({ incident_id: INCIDENT, reason: 'acknowledged' }, clockwork);
  const byHand = { incident_id: INCIDENT, channel: 'email' as const, recipient: 'hand@example.com', message: 'Hello' };
  await harness.port.notify(byHand, someone());
  mail.clear();
  await outcome();
  expect(mail.mails).toEqual([]);
  expect(await notices()).toEqual([]);
});

test('a phone gets none, because it would ring', async () => {
  await page([person('Maria')]);
  await harness.database.db('notifications').insert({
    ...{ incident_id: INCIDENT, channel: 'sms', recipient: '+4915112345678', message: 'It', status: 'sent' },
    ...{ audience: 'person', person_name: 'Maria', sent_at: harness.clock.now(), created_at: harness.clock.now() },
  });
  await outcome();
  expect((await notices()).map(({ channel }) => channel)).toEqual(['email']);
});

test('a notice is no page: an address with only a notice gets no further notice', async () => {
  await page([person('Maria')]);
  await outcome();
  mail.clear();
  await outcome({ key: `${INCIDENT}:resolved:2`, outcome: 'resolved', message: 'Resolved by Joe: it' });
  expect(recipients()).toEqual(['maria@example.com']);
});

test('the same command is one command', async () => {
  await page([person('Maria')]);
  mail.clear();
  await outcome();
  await outcome();
  expect(mail.mails).toHaveLength(1);
});

test('thousands of addresses are notified in chunks, each once', async () => {
  const people = Array.from({ length: 2 * CHUNK + 1 }, (_, n) => ({
    incident_id: INCIDENT,
    channel: 'webhook',
    recipient: `address-${n}`,
    message: 'x',
    status: 'sent',
    sent_at: harness.clock.now(),
    audience: 'person',
    person_name: `P${n}`,
  }));
  await harness.database.db.batchInsert('notifications', people, 500);
  await outcome();
  const stored = await harness.database.db('notifications').whereNotNull('outcome').select('recipient', 'told_key');
  expect(new Set(stored.map(({ recipient }) => recipient)).size).toBe(2 * CHUNK + 1);
  expect(stored).toHaveLength(2 * CHUNK + 1);
  expect(new Set(stored.map(({ told_key }) => told_key)).size).toBe(3);
  expect(web.received).toHaveLength(2 * CHUNK + 1);
}, 180_000);

describe('by e-mail', () => {
  const threadOf = ({ parsed }: SmtpSink['mails'][0]) => ({
    id: parsed.messageId,
    subject: parsed.subject,
    inReplyTo: parsed.inReplyTo,
    references: parsed.references,
  });
  const ROOT = `<incident-${INCIDENT}@example.com>`;

  test('the pages of an incident and the notice are one thread with one subject', async () => {
    await page([person('Maria')]);
    const escalated = '[HIGH] checkout: cards are declined — escalated\n\nEscalation for incident 1: no answer';
    await page([person('Maria')], 'step-2', { message: escalated });
    await outcome();
    const [first, second, notice] = mail.mails.map(threadOf);
    for (const one of [first, second, notice]) {
      const subject = '[HIGH] checkout: cards are declined';
      expect(one).toMatchObject({ subject, inReplyTo: ROOT, references: ROOT });
    }
    expect(new Set([first!.id, second!.id, notice!.id]).size).toBe(3);
  });

  test('a page of a higher severity is in the thread and has its own subject, which the notice keeps', async () => {
    await page([person('Maria')]);
    await page([person('Maria')], 'step-2', { message: '[CRITICAL] checkout', severity: 'critical' });
    await outcome({ severity: 'critical' });
    const [, raised, notice] = mail.mails.map(threadOf);
    expect(raised).toMatchObject({ subject: '[CRITICAL] checkout', inReplyTo: ROOT });
    expect(notice).toMatchObject({ subject: '[CRITICAL] checkout', inReplyTo: ROOT });
  });

  test('messages about no incident, such as notices of hand-offs, are no thread and have their own subjects', async () => {
    const messages = ['Maria, you are on call as primary of core', 'Maria, you are off call as primary of core'];
    for (const message of messages) {
      const notice = { key: message, incident_id: 'on-call:core', message, severity: null, to: [person('Maria')] };
      await harness.port.tell(notice, clockwork);
      await harness.module.drain();
      harness.clock.advance(seconds(1));
    }
    expect(mail.mails.map(threadOf)).toEqual(
      messages.map((subject) => ({ id: expect.any(String), subject, inReplyTo: undefined, references: undefined })),
    );
  });

  test('mails to other people and of other steps are in the same thread', async () => {
    await page([person('Maria')]);
    await page([person('Joe')], 'step-2');
    expect(mail.mails.map(threadOf).map(({ inReplyTo }) => inReplyTo)).toEqual([ROOT, ROOT]);
  });

  test('a notice carries a link to view and none to acknowledge', async () => {
    await page([person('Maria')]);
    mail.clear();
    await outcome();
    const links = [...mail.mails[0]!.parsed.text!.matchAll(new RegExp(`${PUBLIC_URL}/l/([\\w.-]+)`, 'g'))];
    const purposes = links.map(([, token]) => readLink(SECRET_KEY, token as string, harness.clock.now()).purpose);
    expect(purposes).toEqual(['view']);
  });
});

test('the body of a webhook marks a notice', async () => {
  await page([room('webhook:ops')]);
  await outcome({ outcome: 'resolved' });
  const [first, second] = web.received.map(({ body }) => JSON.parse(body));
  expect(first).not.toHaveProperty('outcome');
  expect(second).toMatchObject({ outcome: 'resolved' });
});

test('the event of a failed notice contains its outcome', async () => {
  await page([person('Maria')]);
  mail.refuse(550);
  await outcome();
  expect((await harness.facts()).at(-1)).toMatchObject({
    kind: 'notification_failed',
    data: { outcome: 'acknowledged' },
  });
});

describe('a notice of an outcome that was undone', () => {
  const undone = (over: object = {}) =>
    harness.port.cancel({ incident_id: INCIDENT, reason: 'undone', outcome: 'acknowledged', ...over }, clockwork);

  test('is not tried again, while a page and a notice of another outcome are', async () => {
    await page([person('Maria')]);
    mail.refuse(451, 451, 451);
    await outcome();
    await outcome({ key: `${INCIDENT}:resolved:2`, outcome: 'resolved', message: 'Resolved by Joe: it' });
    await page([person('Joe')], 'step-2');
    expect(await undone()).toEqual({ cancelled: 1 });
    mail.clear();
    harness.clock.advance(seconds(120));
    await harness.module.drain();
    expect(mail.mails.map(({ parsed }) => parsed.text!.split('\n')[0]).sort()).toEqual([
      'Resolved by Joe: it',
      '[HIGH] checkout: cards are declined',
    ]);
    expect(await notices()).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({ outcome: 'acknowledged', status: 'cancelled', reason: 'undone' }),
      ]),
    );
  });

  test('is not stored any more', async () => {
    await page([person('Maria')]);
    await harness.port.tellOutcome(ask(), clockwork);
    await undone();
    await harness.module.drain();
    expect(await notices()).toEqual([]);
  });

  test('stays if it is of a later change', async () => {
    await page([person('Maria')]);
    const told_before = harness.clock.now().toISOString();
    await harness.port.tellOutcome(ask(), clockwork);
    await undone({ told_before });
    await harness.module.drain();
    expect(await notices()).toHaveLength(1);
  });
});

describe('a notice that went out and was taken back', () => {
  const MESSAGE = 'Not acknowledged any more: Maria took it back. [HIGH] checkout: cards are declined';
  const takenBack = (over: object = {}, correction: object = {}) =>
    harness.port.cancel(
      {
        ...{ incident_id: INCIDENT, reason: 'undone', outcome: 'acknowledged', ...over },
        correction: {
          ...{ key: `${INCIDENT}:acknowledged:taken_back:1`, outcomes: ['acknowledged'], message: MESSAGE },
          ...{ severity: 'high', except: ['maria@example.com'], ...correction },
        },
      },
      clockwork,
    );
  const corrected = async (over: object = {}, correction: object = {}) => {
    mail.clear();
    web.clear();
    await takenBack(over, correction);
    await harness.module.drain();
  };

  test('is corrected at the same addresses, not at that of the person who took it back', async () => {
    await page([person('Maria'), person('Joe'), room('slack:ops')]);
    await outcome({ except: ['maria@example.com'] });
    await corrected();
    expect(recipients()).toEqual(['joe@example.com']);
    expect(mail.mails[0]!.parsed.text).toContain(MESSAGE);
    expect(web.received.map(({ body }) => JSON.parse(body).text)).toEqual([MESSAGE]);
  });

  test('is corrected by e-mail in the thread of the page, without a link to acknowledge', async () => {
    await page([person('Joe')]);
    const page1 = mail.mails[0]!.parsed;
    await outcome();
    await corrected();
    expect(mail.mails[0]!.parsed).toMatchObject({ subject: page1.subject, inReplyTo: page1.inReplyTo });
    expect(mail.mails[0]!.parsed.text).not.toContain('Acknowledge:');
  });

  test('is corrected once, if the command is repeated or another one takes the same notice back', async () => {
    await page([person('Joe')]);
    await outcome();
    await corrected();
    await takenBack();
    await takenBack({}, { key: `${INCIDENT}:acknowledged:taken_back:2` });
    await harness.module.drain();
    expect(recipients()).toEqual(['joe@example.com']);
  });

  test('is corrected again if it was sent again', async () => {
    await page([person('Joe')]);
    await outcome();
    await corrected();
    harness.clock.advance(seconds(1));
    await outcome({ key: `${INCIDENT}:acknowledged:2` });
    harness.clock.advance(seconds(1));
    await corrected({}, { key: `${INCIDENT}:acknowledged:taken_back:2` });
    expect(recipients()).toEqual(['joe@example.com']);
  });

  test('is corrected only if it has that outcome and is older than the change', async () => {
    await page([person('Joe')]);
    const told_before = harness.clock.now().toISOString();
    await outcome();
    await corrected({ told_before });
    await corrected({ outcome: 'resolved' }, { key: 'other', outcomes: ['resolved'] });
    expect(mail.mails).toEqual([]);
  });

  test('needs no correction if it was still waiting', async () => {
    await page([person('Joe')]);
    mail.refuse(451);
    await outcome();
    await corrected();
    harness.clock.advance(seconds(120));
    await harness.module.drain();
    expect(mail.mails).toEqual([]);
  });

  test('is corrected too if its delivery was under way when it was cancelled', async () => {
    await page([person('Joe')]);
    mail.refuse(451);
    await outcome();
    const { id } = (await notices())[0]!;
    const row = { notification_id: id, attempt: 2, started_at: harness.clock.now() };
    await harness.database.db('attempts').insert(row);
    await corrected();
    expect(recipients()).toEqual(['joe@example.com']);
  });

  test('is corrected at thousands of addresses, each once', async () => {
    const sent = Array.from({ length: CHUNK + 1 }, (_, n) => ({
      ...{ incident_id: INCIDENT, channel: 'webhook', recipient: `address-${n}`, message: 'x', status: 'sent' },
      ...{ sent_at: harness.clock.now(), created_at: harness.clock.now(), audience: 'person', person_name: `P${n}` },
      outcome: 'acknowledged',
    }));
    await harness.database.db.batchInsert('notifications', sent, 500);
    await corrected();
    const stored = await harness.database.db('notifications').where({ outcome: 'taken_back' }).select('recipient');
    expect([stored.length, new Set(stored.map(({ recipient }) => recipient)).size]).toEqual([CHUNK + 1, CHUNK + 1]);
    expect(web.received).toHaveLength(CHUNK + 1);
  }, 180_000);

  test('is marked as a correction in the body of a webhook', async () => {
    await page([room('webhook:ops')]);
    await outcome();
    await corrected();
    expect(web.received.map(({ body }) => JSON.parse(body).outcome)).toEqual(['taken_back']);
  });
});

test('a notice that is being stored while it is withdrawn is cancelled', async () => {
  await page([person('Joe')]);
  await harness.port.tellOutcome(ask(), clockwork);
  mail.clear();
  const { db } = harness.database;
  const waiting = async () =>
    (await db('pg_stat_activity').where({ wait_event_type: 'Lock', datname: db.raw('current_database()') })).length;
  const [drained, withdrawn] = await db.transaction(async (trx) => {
    // Holds the store of the notices, which has its addresses and its job by then.
    await trx.raw('lock table notifications in share mode');
    const storing = harness.module.drain();
    await until(async () => (await waiting()) >= 1, 10_000);
    const withdrawing = harness.port.cancel(
      { incident_id: INCIDENT, reason: 'undone', outcome: 'acknowledged' },
      clockwork,
    );
    await until(async () => (await waiting()) >= 2, 10_000);
    return [storing, withdrawing];
  });
  await withdrawn;
  await drained;
  await harness.module.drain();
  expect(mail.mails).toEqual([]);
});
