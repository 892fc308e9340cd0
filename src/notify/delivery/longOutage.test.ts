import { minutes } from '../../kernel/clock';
import { someone } from '../../testing/http';
import { type NotifyHarness, notifyHarness } from '../../testing/notify';
import { type HttpSink, httpSink } from '../../testing/sink';
import { type SmtpSink, smtpSink } from '../../testing/smtp';
import type { ChannelName } from '../contract';

/** A provider that is away for most of an hour. */

let notify: NotifyHarness;
let web: HttpSink;
let mail: SmtpSink;

beforeAll(async () => {
  [web, mail] = await Promise.all([httpSink(), smtpSink()]);
  notify = await notifyHarness({
    channelSettings: { SMTP_URL: mail.url, WEBHOOK_URL: `${web.url}/configured` },
    giveUpAfterMs: minutes(90),
  });
});
afterAll(async () => {
  await notify.close();
  await Promise.all([web.close(), mail.close()]);
});

const send = (message: string, severity: string, channel: ChannelName = 'webhook', recipient = 'ops') =>
  notify.port.notify({ incident_id: 'INC-1', channel, recipient, message, severity }, someone());
const words = () => web.received.map(({ body }) => JSON.parse(body).message);
const away = () => web.reply(...Array.from({ length: 200 }, () => ({ status: 503 })));

test('a provider away for an hour delays only its own messages, and then the newest and most urgent go first', async () => {
  away();
  await send('old', 'high');
  await send('minor', 'low');
  for (let minute = 0; minute < 60; minute += 1) {
    await notify.module.drain();
    notify.clock.advance(minutes(1));
    const { status } = await send(`mail ${minute}`, 'high', 'email', 'ann@example.com');
    expect(status).toBe('sent');
    if (minute === 30) await send('new', 'high');
    if (minute === 40) await send('worst', 'critical');
  }
  expect(mail.mails).toHaveLength(60);
  await notify.module.drain();
  web.clear();
  expect((await send('passes', 'low')).status).toBe('sent');
  await notify.module.drain();
  // Small steps make one message due at a time, so that no two of them race.
  for (let step = 0; step < 5; step += 1) {
    notify.clock.advance(6);
    await notify.module.drain();
  }
  expect(words()).toEqual(['passes', 'worst', 'new', 'old', 'minor']);
});
