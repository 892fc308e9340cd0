import request from 'supertest';
import { minutes, seconds } from '../../kernel/clock';
import { appOf, someone } from '../../testing/http';
import { type NotifyHarness, notifyHarness } from '../../testing/notify';
import { type PeopleChannels, peopleChannels, REFUSED } from '../../testing/peopleChannels';
import { notifyContract } from '../contract';

const channels: PeopleChannels = peopleChannels();
let notify: NotifyHarness;
/** The contact methods of Maria: `webhook` takes her phone number. */
let methods: Record<'slack' | 'email' | 'webhook', string>;

beforeAll(async () => {
  notify = await notifyHarness({ definitions: channels.list, giveUpAfterMs: minutes(30) });
});
afterAll(() => notify.close());
beforeEach(async () => {
  channels.clear();
  await notify.clean();
  notify.clock.set('2026-01-05T09:00:00Z');
  methods = {
    slack: await method('slack', 'U1'),
    email: await method('email', 'home@example.com'),
    webhook: await method('webhook', '+4915112345678'),
  };
});

const MARIA = 'maria@example.com';
const INCIDENT = '018f3f3e-0000-7000-8000-000000000001';
const app = () => request(appOf(notifyContract, notify.port));

async function method(channel: string, address: string): Promise<string> {
  const [row] = await notify.database
    .db('contact_methods')
    .insert({
      ...{ person_email: MARIA, channel, address, address_key: address, position: 0, state: 'verified' },
      ...{ verified_at: notify.clock.now(), created_at: notify.clock.now(), created_by: 'test' },
    })
    .returning('id');
  return row.id;
}
async function tell(severity = 'critical', over: object = {}): Promise<void> {
  const to = [{ kind: 'person' as const, name: 'Maria', email: MARIA }];
  const command = { key: INCIDENT, incident_id: INCIDENT, message: 'Fire', severity, to, links: [], ...over };
  await notify.port.tell(command, someone());
  await notify.module.drain();
}
const passed = async (ms: number) => {
  notify.clock.advance(ms);
  await notify.module.drain();
};
const used = () => channels.sent.filter(({ message }) => message.text.includes('Fire')).map(({ channel }) => channel);
const rule = (after_minutes: number, ...names: string[]) => ({ after_minutes, methods: names });
const setRules = async (body: object) => {
  await app().put('/api/v1/notification-rules').send(body).expect(200);
  await notify.module.drain();
};
const changed = (id: string, change: object) => notify.database.db('contact_methods').where({ id }).update(change);
const page = async () => (await app().get(`/api/v1/pages?incident=${INCIDENT}`).expect(200)).body.pages[0];

test('a later rule starts at its time if the accepted methods of the first one are deleted', async () => {
  await tell();
  for (const id of [methods.slack, methods.email]) {
    await app().delete(`/api/v1/contact-methods/${id}`).expect(204);
    await notify.module.drain();
  }
  expect(await page()).toMatchObject({ state: 'active' });
  await passed(seconds(119));
  expect(used()).not.toContain('webhook');
  await passed(seconds(1));
  expect(used()).toContain('webhook');
  expect(await page()).toMatchObject({ state: 'done' });
});

test.each([
  ['is disabled', { state: 'disabled' }],
  ['answers STOP', { stopped_at: new Date('2026-01-05T09:00:00Z') }],
])('every later rule starts at its time if the method of the first one %s', async (_, change) => {
  await setRules({ high: [rule(0, methods.slack), rule(1, methods.email), rule(2, methods.webhook)] });
  await tell();
  await changed(methods.slack, change);
  await passed(minutes(1));
  expect(used()).toEqual(['slack', 'email']);
  await passed(minutes(1));
  expect(used()).toEqual(['slack', 'email', 'webhook']);
});

test('an edit that puts a rule first sends by that rule, and by no method twice', async () => {
  await setRules({ high: [rule(0, '*slack'), rule(20, '*webhook')] });
  await tell();
  await setRules({ high: [rule(0, '*email'), rule(0, '*slack'), rule(20, '*webhook')] });
  expect(used()).toEqual(['slack', 'email']);
  expect((await page()).messages.map(({ status }: { status: string }) => status)).toEqual(['sent', 'sent', 'planned']);
  await passed(minutes(20));
  expect(used()).toEqual(['slack', 'email', 'webhook']);
});

test('two rules that name a method send by it twice, also after an edit', async () => {
  const twice = [rule(0, '*slack'), rule(5, '*slack')];
  await setRules({ high: twice });
  await tell();
  await setRules({ high: [...twice, rule(9, '*webhook')] });
  expect(used()).toEqual(['slack']);
  await passed(minutes(5));
  expect(used()).toEqual(['slack', 'slack']);
});

test('a failure starts the next rule at once after the first method is gone', async () => {
  await setRules({ high: [rule(0, '*slack'), rule(5, '*email'), rule(30, '*webhook')] });
  channels.answer('email', REFUSED);
  await tell();
  await changed(methods.slack, { state: 'disabled' });
  await notify.database.db('notifications').update({ status: 'undelivered' });
  await passed(minutes(1));
  expect(used()).toEqual(['slack', 'email', 'webhook']);
});

test('a rule for messages that did not arrive is skipped if one arrived, and the rule after it starts', async () => {
  await setRules({ high: [rule(0, '*slack'), { ...rule(1, '*email'), unless: 'delivered' }, rule(2, '*webhook')] });
  await tell();
  await notify.database.db('notifications').update({ status: 'delivered' });
  await passed(minutes(1));
  await passed(minutes(1));
  expect(used()).toEqual(['slack', 'webhook']);
});

test('a held page is sent at once if its person removes their quiet hours', async () => {
  await setRules({ quiet_hours: { from: '08:00', to: '12:00', time_zone: 'UTC' } });
  await tell('low');
  expect(await page()).toMatchObject({ state: 'held' });
  await setRules({ quiet_hours: null });
  expect(used().sort()).toEqual(['email', 'slack']);
  expect(await page()).toMatchObject({ state: 'done' });
});

test('a held page whose step waits for the quiet hours is left to the step after an edit of the rules', async () => {
  const quiet_hours = { from: '08:00', to: '12:00', time_zone: 'UTC' };
  await setRules({ quiet_hours });
  await tell('low', { step_waits: true });
  await setRules({ quiet_hours, low: [rule(0, '*slack')] });
  await passed(minutes(600));
  expect(used()).toEqual([]);
});
