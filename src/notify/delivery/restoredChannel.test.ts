import { minutes, seconds } from '../../kernel/clock';
import { someone } from '../../testing/http';
import { type NotifyHarness, notifyHarness } from '../../testing/notify';
import { type HttpSink, httpSink } from '../../testing/sink';
import { type SmtpSink, smtpSink } from '../../testing/smtp';
import type { ChannelName } from '../contract';
import { bringForward } from '../store/waitingDeliveries';

/** What waits for its next attempt when its channel works again. */

let notify: NotifyHarness;
let web: HttpSink;
let mail: SmtpSink;

beforeAll(async () => {
  [web, mail] = await Promise.all([httpSink(), smtpSink()]);
  notify = await notifyHarness({
    channelSettings: { SMTP_URL: mail.url, WEBHOOK_URL: `${web.url}/configured` },
    giveUpAfterMs: minutes(60),
  });
});
afterAll(async () => {
  await notify.close();
  await Promise.all([web.close(), mail.close()]);
});
beforeEach(async () => {
  web.clear();
  mail.clear();
  await notify.clean();
});

const send = (message: string, severity = 'low', channel: ChannelName = 'webhook', recipient = 'ops') =>
  notify.port.notify({ incident_id: 'INC-1', channel, recipient, message, severity }, someone());
/** A message that waits about a minute for its next attempt. */
const sendRefused = async (message: string, severity?: string) => {
  web.reply({ status: 401 });
  return send(message, severity);
};
const drainFor = async (ms: number) => {
  await notify.module.drain();
  notify.clock.advance(ms);
  await notify.module.drain();
};
const attemptsOf = async (id: string) => (await notify.port.get({ id }, someone())).attempts.length;
const words = () => web.received.map(({ body }) => JSON.parse(body).message);
/** The plan of a waiting message, by its job and by its row. */
const planOf = async (id: string) => {
  const { db } = notify.database;
  const job = await db('jobs').whereRaw(`payload->>'notification_id' = ?`, [id]).first('run_at');
  const row = await db('notifications').where({ id }).first('next_attempt_at');
  return [job?.run_at.getTime(), row.next_attempt_at?.getTime()];
};

test('is delivered within three seconds, the most urgent first and then the newest', async () => {
  await sendRefused('old', 'high');
  notify.clock.advance(1);
  await sendRefused('minor', 'low');
  await sendRefused('new', 'high');
  const { id } = await sendRefused('worst', 'critical');
  web.clear();
  await send('passes');
  await drainFor(seconds(3));
  expect(words()).toEqual(['passes', 'worst', 'new', 'old', 'minor']);
  expect(web.received[1]?.headers['webhook-id']).toBe(id);
  expect(await attemptsOf(id)).toBe(2);
});

test('keeps its time on other channels, if the provider asked for it, and during an attempt', async () => {
  mail.refuse(451);
  const { id: other } = await send('mail', 'critical', 'email', 'ann@example.com');
  web.reply({ status: 429, headers: { 'retry-after': '40' } });
  const { id: asked } = await send('asked', 'critical');
  const { id: leased } = await sendRefused('leased');
  await sendRefused('fails the channel');
  const { db } = notify.database;
  const lease = new Date(notify.clock.now().getTime() + seconds(60));
  await db('jobs').whereRaw(`payload->>'notification_id' = ?`, [leased]).update({ leased_until: lease });
  const plans = () => Promise.all([other, asked, leased].map(planOf));
  const before = await plans();
  await send('passes');
  await notify.module.drain();
  expect(await plans()).toEqual(before);
  expect(words().filter((each) => each === 'fails the channel')).toHaveLength(2);
});

test('goes on with its own back-off if the attempt fails again', async () => {
  const { id } = await sendRefused('refused');
  await sendRefused('refused as well');
  await send('passes');
  web.reply({ status: 401 }, { status: 401 });
  await drainFor(seconds(3));
  const [runAt, shown] = await planOf(id);
  const waits = ((runAt as number) - notify.clock.now().getTime()) / 1_000;
  expect([waits > 80, waits < 151, shown]).toEqual([true, true, runAt]);
  expect(await attemptsOf(id)).toBe(2);
});

test('gets one more attempt, not one for each time, if the channel works and fails in turn', async () => {
  const { id } = await sendRefused('refused');
  await sendRefused('refused as well');
  for (let turn = 0; turn < 5; turn++) {
    await send('passes');
    if (turn === 0) web.reply({ status: 401 }, { status: 401 });
    await drainFor(seconds(3));
    await sendRefused('fails');
  }
  expect(await attemptsOf(id)).toBe(2);
});

describe('many messages', () => {
  const fill = (count: number) =>
    notify.database.db.raw(
      `with made as (
         insert into notifications (incident_id, channel, recipient, message, severity, created_at, next_attempt_at)
         select 'INC-1', 'webhook', 'ops', 'm', 'low', :now, cast(:now as timestamptz) + interval '4 min' from generate_series(1, :count)
         returning id)
       insert into jobs (kind, payload, run_at, created_at)
       select 'deliver', jsonb_build_object('notification_id', id), cast(:now as timestamptz) + interval '4 min', :now from made`,
      { now: notify.clock.now(), count },
    );
  const dueWithin = async (ms: number) => {
    const row = await notify.database
      .db('jobs')
      .where({ kind: 'deliver' })
      .where('run_at', '<=', new Date(notify.clock.now().getTime() + ms))
      .count({ n: '*' })
      .first();
    return Number(row?.n);
  };

  test('are brought forward 500 at a time, and the next ones three seconds later', async () => {
    await fill(1_200);
    await sendRefused('fails');
    await sendRefused('fails');
    await notify.database
      .db('jobs')
      .where('run_at', '<', new Date(notify.clock.now().getTime() + minutes(3)))
      .delete();
    await send('passes');
    await notify.module.drain();
    // The first one is due at once, and sent.
    expect([await dueWithin(1_500), await dueWithin(seconds(3)), await dueWithin(minutes(3))]).toEqual([250, 499, 499]);
    const [next] = await notify.database.db('jobs').where({ kind: 'bring_forward' });
    expect(next.run_at).toEqual(new Date(notify.clock.now().getTime() + seconds(3)));
  });

  test('stay where they are if the channel fails again', async () => {
    await fill(10);
    await sendRefused('fails');
    const now = notify.clock.now();
    const waiting = { channel: 'webhook', restoredAt: now, now, limit: 500, apartMs: 6 } as const;
    expect(await bringForward(notify.database.db, waiting)).toBe(0);
    await send('passes');
    expect(await bringForward(notify.database.db, waiting)).toBe(11);
  });
});
