import { minutes, seconds } from '../../kernel/clock';
import { type HeldDeadlines, holdDeadlines } from '../../testing/deadlines';
import { someone } from '../../testing/http';
import { type NotifyHarness, notifyHarness } from '../../testing/notify';
import { until } from '../../testing/product';
import { type HttpSink, httpSink } from '../../testing/sink';
import { type SmtpSink, smtpSink } from '../../testing/smtp';
import type { ChannelName } from '../contract';

/** When a channel counts as failing, and how often its recovery becomes an event. */

const TURNS = 10;

let notify: NotifyHarness;
let deadlines: HeldDeadlines;
let web: HttpSink;
let mail: SmtpSink;

beforeAll(async () => {
  [web, mail] = await Promise.all([httpSink(), smtpSink()]);
  notify = await notifyHarness({
    channelSettings: { SMTP_URL: mail.url, WEBHOOK_URL: `${web.url}/configured` },
    outgoingAllow: ['127.0.0.1/32'],
    giveUpAfterMs: minutes(60),
  });
});
afterAll(async () => {
  await notify.close();
  await Promise.all([web.close(), mail.close()]);
});
beforeEach(async () => {
  deadlines = holdDeadlines();
  web.clear();
  mail.clear();
  await notify.clean();
});
afterEach(() => deadlines.release());

const send = (channel: ChannelName, recipient: string) =>
  notify.port.notify({ incident_id: 'INC-1', channel, recipient, message: 'Fire' }, someone());
const stateOf = async (channel: ChannelName) => {
  const { channels } = await notify.port.channels({}, someone());
  return channels.find((each) => each.channel === channel)?.state;
};
const restored = async () => (await notify.facts()).filter(({ kind }) => kind === 'channel_restored').length;

test('ten turns of a hanging mailbox and a good one neither fail the channel nor restore it', async () => {
  mail.hangFor(['hanging@example.com'], deadlines.pass);
  const states = new Set<unknown>();
  for (let turn = 0; turn < TURNS; turn++) {
    expect(await send('email', 'hanging@example.com')).toMatchObject({ reason: 'timeout' });
    states.add(await stateOf('email'));
    expect(await send('email', 'good@example.com')).toMatchObject({ status: 'sent' });
    states.add(await stateOf('email'));
    notify.clock.advance(minutes(6));
  }
  expect([[...states], await restored()]).toEqual([['untried', 'working'], 0]);
});

test('the retries of a hanging mailbox, in any spelling, are one recipient', async () => {
  mail.hangFor(['hanging@example.com', 'Hanging@example.com'], deadlines.pass);
  await send('email', 'hanging@example.com');
  await send('email', 'Hanging@example.com');
  expect(await stateOf('email')).toBe('untried');
});

test('different mailboxes that hang in a row fail the channel', async () => {
  mail.hangFor(['one@example.com', 'two@example.com'], deadlines.pass);
  await send('email', 'one@example.com');
  await send('email', 'two@example.com');
  expect(await stateOf('email')).toBe('failing');
});

test('ten turns of a URL that a user named and that hangs, and the configured one, are no outage', async () => {
  web.onRequest(({ path }) => {
    if (path !== '/named') return;
    deadlines.pass();
    return new Promise(() => {});
  });
  const states = new Set<unknown>();
  for (let turn = 0; turn < TURNS; turn++) {
    expect(await send('webhook', `${web.url}/named`)).toMatchObject({ reason: 'timeout' });
    expect(await send('webhook', 'ops')).toMatchObject({ status: 'sent' });
    states.add(await stateOf('webhook'));
    notify.clock.advance(minutes(6));
  }
  expect([[...states], await restored()]).toEqual([['working'], 0]);
});

test('ten turns of the configured URL failing once and working again announce no recovery', async () => {
  for (let turn = 0; turn < TURNS; turn++) {
    web.reply({ status: 500 });
    await send('webhook', 'ops');
    expect(await stateOf('webhook')).toBe('failing');
    await send('webhook', 'ops');
    expect(await stateOf('webhook')).toBe('working');
    notify.clock.advance(minutes(6));
  }
  expect(await restored()).toBe(0);
});

describe('an outage of the configured URL', () => {
  const outage = async () => {
    web.reply({ status: 500 }, { status: 500 });
    await send('webhook', 'ops');
    await send('webhook', 'ops');
  };

  test('is announced as over once if two messages pass at the same time', async () => {
    await outage();
    const { db } = notify.database;
    const waiting = async () =>
      (await db('pg_stat_activity').where({ wait_event_type: 'Lock', datname: db.raw('current_database()') })).length;
    const sent = await db.transaction(async (trx) => {
      await trx('channel_states').where({ channel: 'webhook' }).forUpdate();
      const both = [send('webhook', 'ops'), send('webhook', 'ops')];
      await until(async () => (await waiting()) >= 2, 10_000);
      return both;
    });
    await Promise.all(sent);
    expect([await stateOf('webhook'), await restored()]).toEqual(['working', 1]);
  });

  test('that comes back within five minutes is announced as over by the first success after them', async () => {
    for (let turn = 0; turn < 3; turn++) {
      await outage();
      await send('webhook', 'ops');
      notify.clock.advance(seconds(60));
    }
    expect(await restored()).toBe(1);
    notify.clock.advance(minutes(3));
    await send('webhook', 'ops');
    await send('webhook', 'ops');
    expect(await restored()).toBe(2);
  });
});
