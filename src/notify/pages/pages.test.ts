import { Registry } from 'prom-client';
import request from 'supertest';
import { minutes, seconds } from '../../kernel/clock';
import { appOf, someone } from '../../testing/http';
import { type NotifyHarness, notifyHarness, SECRET_KEY } from '../../testing/notify';
import { BUSY, type PeopleChannels, peopleChannels, REFUSED } from '../../testing/peopleChannels';
import { signAttempt } from '../answers/tokens';
import { openChannels } from '../channels/open';
import { notifyContract } from '../contract';
import { receipts } from '../delivery/receipts';
import { noteReceipt } from '../methods/ofDelivery';
import { setConsent } from '../methods/results';
import { notifyMetrics } from '../metrics';
import { newestPage, pagesOfAddress } from '../store/inboundAnswers';

const channels: PeopleChannels = peopleChannels();
let notify: NotifyHarness;
const metrics = notifyMetrics(new Registry(), async () => 0);

beforeAll(async () => {
  notify = await notifyHarness({ definitions: channels.list, giveUpAfterMs: minutes(30) });
});
afterAll(() => notify.close());
beforeEach(async () => {
  channels.clear();
  await notify.clean();
  notify.clock.set('2026-01-05T09:00:00Z');
});

const MARIA = 'maria@example.com';
const PHONE = '+4915112345678';
const INCIDENT = '018f3f3e-0000-7000-8000-000000000001';
const app = () => request(appOf(notifyContract, notify.port));

let places = 0;
/** A verified contact method, after the ones before. */
async function method(channel: string, address: string, person = MARIA): Promise<string> {
  const [row] = await notify.database
    .db('contact_methods')
    .insert({
      ...{ person_email: person, channel, address, address_key: address, position: places++, state: 'verified' },
      ...{ verified_at: notify.clock.now(), created_at: notify.clock.now(), created_by: 'test' },
    })
    .returning('id');
  return row.id;
}
const maria = { kind: 'person' as const, name: 'Maria', email: MARIA };
let commands = 0;
const tell = async (over: object = {}) => {
  const command = { key: `${INCIDENT}:${++commands}`, incident_id: INCIDENT, message: 'Fire', severity: 'critical' };
  return (await notify.port.tell({ ...command, to: [maria], ...over }, someone())).told;
};
const passed = async (ms: number) => {
  await notify.module.drain();
  notify.clock.advance(ms);
  await notify.module.drain();
};
/** The channels of the pages that were sent, without notices about contact methods. */
const used = () =>
  channels.sent.filter(({ message }) => /Fire|test page/.test(message.text)).map(({ channel }) => channel);
const onlyPage = async () => (await app().get(`/api/v1/pages?incident=${INCIDENT}`).expect(200)).body.pages[0];
const kinds = async () => (await notify.facts()).map(({ kind }) => kind);
const setRules = (body: object) => app().put('/api/v1/notification-rules').send(body);

/** The provider reports that the messages of a channel did not arrive. */
const undelivered = (channel: string) => received(channel, 'undelivered', 'sent');

/** The provider reports on the messages of a channel. */
async function received(channel: string, state: 'delivered' | 'undelivered', status = 'undelivered'): Promise<void> {
  const rows = await notify.database.db('notifications').where({ channel, status });
  const attempt = (id: string) => signAttempt(SECRET_KEY, { notificationId: id, attempt: 1 });
  await receipts({
    db: notify.database.db,
    clock: notify.clock,
    secretKey: SECRET_KEY,
    metrics,
    onReceipt: noteReceipt,
  })(
    rows.map(({ id }) => ({
      ...{ attempt: attempt(id), state },
      ...{ reason: 'the phone is off', permanent: true },
    })),
  );
}

describe('a page', () => {
  test('goes by chat and e-mail at once, and by text message after two minutes', async () => {
    await method('webhook', PHONE);
    await method('slack', 'U1');
    await method('email', 'home@example.com');
    const told = await tell();
    expect(told.map(({ channel, after_minutes }) => [channel, after_minutes])).toEqual([
      ['slack', undefined],
      ['email', undefined],
      ['webhook', 2],
    ]);
    await passed(seconds(119));
    expect(used().sort()).toEqual(['email', 'slack']);
    expect((await onlyPage()).messages.map(({ status }: { status: string }) => status)).toEqual([
      'sent',
      'sent',
      'planned',
    ]);
    await passed(seconds(1));
    expect(used()).toContain('webhook');
    expect(await onlyPage()).toMatchObject({ state: 'done', urgency: 'high' });
  });

  test('starts its next rule at once if all messages failed for good', async () => {
    await method('webhook', PHONE);
    await method('slack', 'U1');
    channels.answer('slack', REFUSED);
    await tell();
    await passed(0);
    expect(used()).toEqual(['slack', 'webhook']);
  });

  test('starts its next rule after a minute without acceptance, while tries go on', async () => {
    await method('webhook', PHONE);
    await method('slack', 'U1');
    channels.answer('slack', ...Array.from({ length: 50 }, () => BUSY));
    await tell();
    await passed(seconds(59));
    expect(used()).not.toContain('webhook');
    await passed(seconds(1));
    expect(used()).toContain('webhook');
  });

  test('starts its next rule at once if a message was accepted and did not arrive', async () => {
    await method('webhook', PHONE);
    await method('slack', 'U1');
    await tell();
    await notify.module.drain();
    await undelivered('slack');
    await notify.module.drain();
    expect(used()).toEqual(['slack', 'webhook']);
  });

  test('is reached after all by a receipt that comes after it ended as unreached', async () => {
    await method('slack', 'U1');
    await tell();
    await notify.module.drain();
    await undelivered('slack');
    await notify.module.drain();
    expect(await onlyPage()).toMatchObject({ state: 'unreached' });
    await received('slack', 'delivered');
    expect(await onlyPage()).toMatchObject({ state: 'done', reason: null, messages: [{ status: 'delivered' }] });
  });

  test('is reached after all by a message that is accepted after it ended as unreached', async () => {
    await method('slack', 'U1');
    channels.answer('slack', ...Array.from({ length: 6 }, () => BUSY));
    await tell();
    await passed(seconds(60));
    expect(await onlyPage()).toMatchObject({ state: 'unreached', reason: 'not_accepted' });
    channels.answer('slack');
    await passed(minutes(6));
    expect(await onlyPage()).toMatchObject({ state: 'done', reason: null, messages: [{ status: 'sent' }] });
  });

  test('starts its next rule at once if the settings of a channel are removed while its message waits', async () => {
    await method('webhook', PHONE);
    const id = await method('slack', 'U1');
    channels.answer('slack', BUSY);
    await tell();
    await notify.module.drain();
    channels.configure('slack', false);
    await passed(seconds(30));
    expect(used()).toEqual(['slack', 'webhook']);
    const [first] = (await onlyPage()).messages;
    expect(first).toMatchObject({ channel: 'slack', status: 'failed', reason: 'not_configured' });
    expect(await notify.database.db('contact_methods').where({ id }).first('state')).toEqual({ state: 'verified' });
  });

  test('is unreached if all its messages were accepted and none arrived', async () => {
    const id = await method('slack', 'U1');
    await tell();
    await passed(minutes(5));
    expect(await onlyPage()).toMatchObject({ state: 'done' });
    await undelivered('slack');
    await notify.module.drain();
    expect(await onlyPage()).toMatchObject({ state: 'unreached', reason: 'failed' });
    expect((await app().get('/api/v1/contact-methods').expect(200)).body.contact_methods).toMatchObject([
      { id, state: 'failing', last_error: 'the phone is off' },
    ]);
  });

  test.each<[string, (id: string) => Promise<unknown>]>([
    [
      'its owner refuses messages at an address',
      () =>
        setConsent(
          {
            db: notify.database.db,
            clock: notify.clock,
            channels: openChannels({
              channelSettings: {},
              definitions: channels.list,
              timeoutMs: 1_000,
              outgoingAllow: [],
              publicUrl: 'https://ops.example.com',
            }),
          },
          ...(['slack', 'U1', false] as const),
        ),
    ],
    [
      'its owner disables a method',
      (id) => app().patch(`/api/v1/contact-methods/${id}`).send({ disabled: true }).expect(200),
    ],
  ])('sends nothing more there and starts its next rule at once if %s', async (_, refuse) => {
    await method('webhook', PHONE);
    const id = await method('slack', 'U1');
    channels.answer('slack', BUSY);
    await tell();
    await passed(0);
    await refuse(id);
    await passed(0);
    expect(used()).toEqual(['slack', 'webhook']);
    await passed(minutes(5));
    expect(used()).toEqual(['slack', 'webhook']);
  });

  test('is unreached when its rules are used up, and once', async () => {
    await method('webhook', PHONE);
    await method('slack', 'U1');
    channels.answer('slack', REFUSED);
    channels.answer('webhook', REFUSED);
    const [{ page_id } = { page_id: '' }] = await tell();
    await passed(minutes(10));
    const events = (await notify.facts()).filter(({ kind }) => kind === 'page_unreached');
    expect(events.map(({ data }) => [data['page_id'], data['reason']])).toEqual([[page_id, 'failed']]);
    expect(await onlyPage()).toMatchObject({ state: 'unreached', reason: 'failed' });
  });

  test('ends with a cancel: no further rule starts', async () => {
    await method('webhook', PHONE);
    await method('slack', 'U1');
    await tell();
    await notify.module.drain();
    await notify.port.cancel({ incident_id: INCIDENT, reason: 'acknowledged' }, someone());
    await passed(minutes(5));
    expect(used()).toEqual(['slack']);
    expect(await onlyPage()).toMatchObject({ state: 'cancelled', reason: 'acknowledged' });
  });

  test('is the same page if its command is repeated', async () => {
    await method('webhook', PHONE);
    await method('slack', 'U1');
    const first = await tell({ key: `${INCIDENT}:same` });
    expect(await tell({ key: `${INCIDENT}:same` })).toEqual(first);
    await passed(minutes(5));
    expect(used()).toEqual(['slack', 'webhook']);
  });

  test('uses the rules as they are when they are due', async () => {
    await method('webhook', PHONE);
    await method('slack', 'U1');
    await tell();
    await notify.module.drain();
    await setRules({ high: [{ after_minutes: 0, methods: ['*slack'] }] }).expect(200);
    await passed(minutes(5));
    expect(used()).toEqual(['slack']);
  });

  test('ends as not reached if its last method is deleted before a message was accepted', async () => {
    const id = await method('slack', 'U1');
    channels.answer('slack', BUSY);
    await tell();
    await notify.module.drain();
    await app().delete(`/api/v1/contact-methods/${id}`).expect(204);
    await notify.module.drain();
    expect(await kinds()).toContain('page_unreached');
  });

  test('goes to the address of the schedule entry if no method is usable', async () => {
    const id = await method('slack', 'U1');
    await notify.database.db('contact_methods').where({ id }).update({ state: 'disabled' });
    expect(await tell()).toMatchObject([{ channel: 'email', recipient: MARIA, reachable: true }]);
    channels.configure('email', false);
    expect(await tell()).toMatchObject([{ channel: 'mock', reachable: false }]);
  });

  test('to the address of a schedule entry has a row, ends as its message does, and sends nothing twice', async () => {
    await tell();
    expect(await onlyPage()).toMatchObject({ state: 'active', messages: [{ channel: 'email', contact_method: null }] });
    await passed(seconds(60));
    expect(await onlyPage()).toMatchObject({ state: 'done', messages: [{ status: 'sent' }] });
    expect(used()).toEqual(['email']);
    channels.answer('email', REFUSED);
    await tell();
    await passed(minutes(5));
    expect(await onlyPage()).toMatchObject({ state: 'unreached', reason: 'failed' });
    expect(used()).toEqual(['email', 'email']);
  });

  test('sends no message to the schedule entry after its person deleted the last method', async () => {
    const id = await method('slack', 'U1');
    channels.answer('slack', BUSY);
    await tell();
    await notify.module.drain();
    await app().delete(`/api/v1/contact-methods/${id}`).expect(204);
    await passed(minutes(5));
    expect(await onlyPage()).toMatchObject({ state: 'unreached', reason: 'failed' });
    expect(used()).toEqual(['slack']);
  });

  test('to five hundred people is planned in a few statements for all', async () => {
    await notify.database.db.raw(
      `insert into contact_methods (person_email, channel, address, address_key, position, state, created_at, created_by)
       select 'p' || n || '@example.com', c, c || n, c || n, 0, 'verified', now(), 'test'
         from generate_series(0, 499) n, unnest(array['slack', 'webhook']) c`,
    );
    const person = (n: number) => ({ kind: 'person' as const, name: `P${n}`, email: `p${n}@example.com` });
    const statements = async (to: object[]) => {
      let count = 0;
      const counted = () => {
        count += 1;
      };
      notify.database.db.on('query', counted);
      expect(await tell({ to })).toHaveLength(2 * to.length);
      notify.database.db.off('query', counted);
      return count;
    };
    const one = await statements([person(0)]);
    expect(one).toBeGreaterThan(3);
    expect(await statements(Array.from({ length: 500 }, (_, n) => person(n)))).toBeLessThan(one + 20);
  });
});

describe('quiet hours', () => {
  beforeEach(async () => {
    await method('slack', 'U1');
    await setRules({ quiet_hours: { from: '22:00', to: '07:00', time_zone: 'Europe/Berlin' } }).expect(200);
    notify.clock.set('2026-01-05T23:00:00Z');
  });

  test('hold a page of low urgency until they end, and never one of high urgency', async () => {
    expect(await tell({ severity: 'low' })).toMatchObject([{ held_until: '2026-01-06T06:00:00.000Z' }]);
    await passed(minutes(419));
    expect(used()).toEqual([]);
    expect(await onlyPage()).toMatchObject({ state: 'held' });
    await passed(minutes(1));
    expect(used()).toEqual(['slack']);
    notify.clock.set('2026-01-06T23:00:00Z');
    await tell({ severity: 'high' });
    await notify.module.drain();
    expect(used()).toEqual(['slack', 'slack']);
  });

  test('drop what they hold if an urgent page replaces it, or a person has the incident', async () => {
    await tell({ severity: 'low' });
    await tell({ severity: 'critical' });
    await passed(minutes(600));
    expect(used()).toEqual(['slack']);
    notify.clock.set('2026-01-06T23:00:00Z');
    await tell({ severity: 'low' });
    await notify.port.cancel({ incident_id: INCIDENT, reason: 'resolved' }, someone());
    await passed(minutes(600));
    expect(used()).toEqual(['slack']);
  });

  test('hold a page to the address of a schedule entry, in the zone of the schedule', async () => {
    await notify.database.db('contact_methods').delete();
    await setRules({ quiet_hours: { from: '22:00', to: '07:00' } }).expect(200);
    const to = [{ ...maria, time_zone: 'Asia/Tokyo' }];
    notify.clock.set('2026-01-05T13:30:00Z');
    expect(await tell({ severity: 'low', to })).toMatchObject([
      { channel: 'email', recipient: MARIA, held_until: '2026-01-05T22:00:00.000Z' },
    ]);
    await passed(minutes(509));
    expect(used()).toEqual([]);
    await passed(minutes(1));
    expect(used()).toEqual(['email']);
  });

  test('leave the page to a step that waits for them', async () => {
    await tell({ severity: 'low', step_waits: true });
    await passed(minutes(600));
    expect(used()).toEqual([]);
  });
});

describe('the rules of a person', () => {
  test('are the defaults until they are set', async () => {
    await method('slack', 'U1');
    const { body } = await app().get('/api/v1/notification-rules').expect(200);
    expect(body).toEqual({
      person: MARIA,
      high: [{ after_minutes: 0, methods: ['*chat'] }],
      low: [{ after_minutes: 0, methods: ['*chat'] }],
      quiet_hours: null,
      defaults: true,
      set: [],
    });
  });

  test('name the list that the person set; the other follows the defaults', async () => {
    const low = [{ after_minutes: 0, methods: ['*email'] }];
    expect((await setRules({ low }).expect(200)).body).toMatchObject({ low, defaults: false, set: ['low'] });
  });

  test.each([
    [{ high: [{ after_minutes: 5, methods: ['*email'] }] }, 'high'],
    [{ low: [{ after_minutes: 0, methods: ['*pigeon'] }] }, 'low.0.methods.0'],
    [{ high: [{ after_minutes: 0, methods: [INCIDENT] }] }, 'high.0.methods.0'],
    [{ quiet_hours: { from: '25:00', to: '07:00' } }, 'quiet_hours.from'],
    [{ quiet_hours: { from: '07:00', to: '07:00' } }, 'quiet_hours.to'],
  ])('are refused by the name of the field: %j', async (body, path) => {
    expect((await setRules(body).expect(422)).body.errors[0].path).toBe(path);
  });

  test('are set by the person or an administrator only', async () => {
    const eve = someone({ email: 'eve@example.com' });
    await request(appOf(notifyContract, notify.port, eve))
      .put('/api/v1/notification-rules')
      .send({ person: MARIA })
      .expect(403);
  });
});

test('a person pages themselves, at most five times in ten minutes', async () => {
  await app().post('/api/v1/page-me').expect(409);
  await method('slack', 'U1');
  for (let n = 0; n < 5; n++) await app().post('/api/v1/page-me').expect(201);
  await app().post('/api/v1/page-me').expect(429);
  await notify.module.drain();
  expect(used()).toHaveLength(5);
});

test('an answer to a test page ends it, and the rules that follow do not run', async () => {
  await method('slack', 'U1');
  await method('webhook', PHONE);
  const { id } = (await app().post('/api/v1/page-me').expect(201)).body;
  await notify.module.drain();
  const [{ message } = {}] = channels.sent;
  const token = String(message?.links.acknowledge).split('/api/v1/answers/')[1] as string;
  const { result } = await notify.port.readAnswer({ token, use: true }, someone());
  expect(result).toMatchObject({ result: 'done', by: expect.any(String), words: expect.stringMatching(/test page/) });
  expect((await app().get(`/api/v1/pages/${id}`).expect(200)).body).toMatchObject({
    ...{ state: 'cancelled', reason: 'acknowledged' },
    messages: [{ status: 'sent' }],
  });
  await passed(minutes(3));
  expect(used()).toEqual(['slack']);
});

test('a reply without a code answers the test page if it is the newest page', async () => {
  await method('webhook', PHONE);
  await tell();
  notify.clock.advance(seconds(10));
  const { incident_id } = (await app().post('/api/v1/page-me').expect(201)).body;
  await notify.module.drain();
  const since = new Date(0);
  const newest = await newestPage(notify.database.db, { channel: 'webhook', recipient: PHONE, since });
  const all = await pagesOfAddress(notify.database.db, { channel: 'webhook', recipient: PHONE, since }, 10);
  expect([newest?.incident_id, all.map((page) => page.incident_id)]).toEqual([incident_id, [INCIDENT]]);
});

test('reachability names the usable methods, the latest proof and what fails', async () => {
  await method('slack', 'U1');
  channels.configure('email', false);
  const { people } = (await app().get('/api/v1/reachability?people=maria@example.com,bob@example.com').expect(200))
    .body;
  expect(people).toMatchObject([
    { person: MARIA, reachable: true, by_schedule_entry: false, last_proof_at: notify.clock.now().toISOString() },
    { person: 'bob@example.com', reachable: false, methods: [] },
  ]);
});
