import request from 'supertest';
import { minutes } from '../../kernel/clock';
import { appOf, someone } from '../../testing/http';
import { type NotifyHarness, notifyHarness } from '../../testing/notify';
import { BUSY, type PeopleChannels, peopleChannels } from '../../testing/peopleChannels';
import { notifyContract } from '../contract';

/** A contact method whose messages fail only for a time, but for long. */

const channels: PeopleChannels = peopleChannels();
let notify: NotifyHarness;
let id: string;

beforeAll(async () => {
  notify = await notifyHarness({ definitions: channels.list, giveUpAfterMs: minutes(60) });
});
afterAll(() => notify.close());
beforeEach(async () => {
  channels.clear();
  await notify.clean();
  notify.clock.set('2026-01-05T09:00:00Z');
  const at = notify.clock.now();
  const row = {
    person_email: MARIA,
    channel: 'slack',
    address: 'U1',
    address_key: 'U1',
    position: 0,
    created_by: 'test',
  };
  [{ id }] = await notify.database
    .db('contact_methods')
    .insert({ ...row, state: 'verified', verified_at: at, created_at: at })
    .returning('id');
});

const MARIA = 'maria@example.com';
const page = async (n: number) => {
  const incident = `018f3f3e-0000-7000-8000-00000000000${n}`;
  const to = [{ kind: 'person' as const, name: 'Maria', email: MARIA }];
  const command = { key: incident, incident_id: incident, message: 'Fire', severity: 'high', to, links: [] };
  await notify.port.tell(command, someone());
  await notify.module.drain();
};
const away = () => channels.answer('slack', ...Array.from({ length: 100 }, () => BUSY));
const minutesPass = async (count: number) => {
  for (let minute = 0; minute < count; minute += 1) {
    notify.clock.advance(minutes(1));
    await notify.module.drain();
  }
};
const method = async () => {
  const { body } = await request(appOf(notifyContract, notify.port)).get('/api/v1/contact-methods').expect(200);
  return body.contact_methods.find((each: { id: string }) => each.id === id);
};

test('a method is shown as failing, with the reason and the first failure, if its provider fails for two minutes', async () => {
  away();
  await page(1);
  await minutesPass(1);
  expect(await method()).toMatchObject({ state: 'verified' });
  await minutesPass(4);
  expect(await method()).toMatchObject({ state: 'failing', last_error: 'busy' });
  const { failing_since } = await notify.database.db('contact_methods').where({ id }).first('failing_since');
  expect(failing_since).toEqual(new Date('2026-01-05T09:00:00Z'));
  const { people } = await notify.port.reach({ people: [MARIA] }, someone());
  const since = '2026-01-05T09:00:00.000Z';
  expect(people[0]?.failing).toEqual([expect.objectContaining({ state: 'failing', since, error: 'busy' })]);
  expect(people[0]?.concerns).toContainEqual({ kind: 'failing_only', since });
});

test('it works again with the next message that is accepted, and its owner is not written to', async () => {
  away();
  await page(1);
  await minutesPass(5);
  expect(await method()).toMatchObject({ state: 'failing' });
  channels.clear();
  await minutesPass(5);
  expect(await method()).toMatchObject({ state: 'verified', last_error: null });
  expect(channels.sent.map(({ message }) => message.text).filter((text) => !text.includes('Fire'))).toEqual([]);
});

test('it stays usable while another message passes', async () => {
  away();
  await page(1);
  await minutesPass(1);
  channels.clear();
  await page(2);
  await notify.database.db('contact_methods').where({ id }).update({ state: 'verified' });
  channels.answer('slack', BUSY, BUSY, BUSY);
  await minutesPass(4);
  expect(await method()).toMatchObject({ state: 'verified' });
});
