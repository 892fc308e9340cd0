import { Registry } from 'prom-client';
import { seconds } from '../../kernel/clock';
import { systemCaller } from '../../kernel/ports/contract';
import { someone } from '../../testing/http';
import { type NotifyHarness, notifyHarness, SECRET_KEY } from '../../testing/notify';
import { type PeopleChannels, peopleChannels, REFUSED } from '../../testing/peopleChannels';
import { signAttempt } from '../answers/tokens';
import { receipts } from '../delivery/receipts';
import { noteReceipt } from '../methods/ofDelivery';
import { notifyMetrics } from '../metrics';
import { newestPage } from '../store/inboundAnswers';

const channels: PeopleChannels = peopleChannels();
const metrics = notifyMetrics(new Registry(), async () => 0);
let notify: NotifyHarness;

beforeAll(async () => {
  notify = await notifyHarness({ definitions: channels.list });
});
afterAll(() => notify.close());
beforeEach(async () => {
  channels.clear();
  await notify.clean();
  notify.clock.set('2026-01-05T09:00:00Z');
});

const MARIA = 'maria@example.com';
const caller = systemCaller('request-1');
const incident = (no: number) => `018f3f3e-0000-7000-8000-${String(no).padStart(12, '0')}`;

async function method(channel: string, address: string): Promise<void> {
  const now = notify.clock.now();
  await notify.database.db('contact_methods').insert({
    ...{ person_email: MARIA, channel, address, address_key: address, position: 0, state: 'verified' },
    ...{ verified_at: now, created_at: now, created_by: 'test' },
  });
}
async function page(no: number, severity = 'high', port = notify.port) {
  const view = {
    title: `Fault ${no}`,
    service: no % 2 === 0 ? 'payments' : 'search',
    status: 'open' as const,
    by: null,
  };
  const to = [{ kind: 'person' as const, name: 'Maria', email: MARIA }];
  const command = { key: `${incident(no)}:1`, incident_id: incident(no), message: `Fault ${no}`, severity, to };
  return (await port.tell({ ...command, incident: view }, caller)).told;
}
async function pages(...numbers: number[]): Promise<void> {
  for (const no of numbers) await page(no);
  await notify.module.drain();
}
async function passed(ms: number): Promise<void> {
  notify.clock.advance(ms);
  await notify.module.drain();
}
const texts = () => channels.sent.map(({ message }) => message.text.split('\n')[0]);
const ofIncident = async (no: number) =>
  (await notify.port.ofIncident({ incident_id: incident(no) }, someone())).notifications;

describe('many pages to one address', () => {
  beforeEach(() => method('slack', 'U1'));

  test('are gathered after the third, and sent as one message a minute after the first', async () => {
    await pages(1, 2, 3, 4, 5, 6);
    expect(texts()).toEqual(['Fault 1', 'Fault 2', 'Fault 3']);
    await passed(seconds(59));
    expect(texts()).toHaveLength(3);
    await passed(seconds(1));
    expect(texts().slice(3)).toEqual(['3 more incidents, 2 of payments']);
    const [bundled] = await ofIncident(5);
    expect(bundled).toMatchObject({ status: 'sent', attempts: [{ outcome: 'sent' }] });
    expect(bundled!.bundle_id).toBe(channels.sent[3]!.message.notificationId);
    const [shown] = (await notify.port.pages({ incident: incident(5) }, someone())).pages;
    expect(shown!.messages[0]).toMatchObject({ status: 'sent', bundle_id: bundled!.bundle_id });
    const sent = (await notify.facts()).filter(({ kind }) => kind === 'notification_sent');
    expect(sent.map(({ subject }) => subject)).toEqual(expect.arrayContaining([4, 5, 6].map(incident)));
  });

  test('do not hold one that is more severe than those of the last minute', async () => {
    await pages(1, 2, 3, 4);
    await page(5, 'critical');
    await notify.module.drain();
    expect(texts()).toEqual(['Fault 1', 'Fault 2', 'Fault 3', 'Fault 5']);
  });

  test('leave out a page whose incident was taken meanwhile; a single one goes by itself', async () => {
    await pages(1, 2, 3, 4, 5);
    await notify.port.cancel({ incident_id: incident(4), reason: 'acknowledged' }, caller);
    await passed(seconds(60));
    expect(texts().slice(3)).toEqual(['Fault 5']);
    expect((await ofIncident(4))[0]).toMatchObject({ status: 'cancelled', bundle_id: null });
    expect((await ofIncident(5))[0]).toMatchObject({ status: 'sent', bundle_id: null });
  });

  test('send nothing if all incidents of a bundle are taken before its attempt', async () => {
    await pages(1, 2, 3, 4, 5);
    channels.answer('slack', { outcome: 'failed', reason: 'busy', permanent: false });
    await passed(seconds(60));
    for (const no of [4, 5]) await notify.port.cancel({ incident_id: incident(no), reason: 'acknowledged' }, caller);
    const before = texts().length;
    await passed(seconds(30));
    expect(texts()).toHaveLength(before);
    expect(await notify.database.db('notifications').where({ kind: 'bundle' }).first('status', 'reason')).toEqual({
      ...{ status: 'cancelled', reason: 'no_page_left' },
    });
  });

  test('fail with their bundle, and each starts its next rule', async () => {
    await method('webhook', '+4915112345678');
    await pages(1, 2, 3, 4, 5);
    channels.answer('slack', REFUSED);
    await passed(seconds(60));
    expect((await ofIncident(4)).map(({ channel, status }) => [channel, status])).toEqual(
      expect.arrayContaining([['slack', 'failed']]),
    );
    expect((await ofIncident(4)).some(({ channel }) => channel === 'webhook')).toBe(true);
  });

  test('arrive, or do not arrive, with their bundle', async () => {
    await method('webhook', '+4915112345678');
    await pages(1, 2, 3, 4, 5);
    await passed(seconds(60));
    const { notificationId } = channels.sent.at(-1)!.message;
    const report = (state: 'delivered' | 'undelivered') =>
      receipts({ db: notify.database.db, clock: notify.clock, secretKey: SECRET_KEY, metrics, onReceipt: noteReceipt })(
        [
          {
            attempt: signAttempt(SECRET_KEY, { notificationId, attempt: 1 }),
            ...{ state, reason: 'the phone is off', permanent: false },
          },
        ],
      );
    await report('undelivered');
    await notify.module.drain();
    const bySlack = async () => (await ofIncident(4)).find(({ channel }) => channel === 'slack');
    expect(await bySlack()).toMatchObject({ status: 'undelivered', reason: 'the phone is off' });
    expect((await ofIncident(4)).some(({ channel }) => channel === 'webhook')).toBe(true);
    await report('delivered');
    expect(await bySlack()).toMatchObject({ status: 'delivered' });
  });

  test('get the time of the bundle before they count as not accepted', async () => {
    for (const no of [1, 2, 3]) await page(no);
    const [target] = await page(4);
    expect(target).toMatchObject({ rules: 2 });
    await notify.module.drain();
    await passed(seconds(60));
    expect((await notify.facts()).filter(({ kind }) => kind === 'page_unreached')).toEqual([]);
  });

  test('go in one bundle if two processes store them at the same time', async () => {
    const other = notify.rebuilt({ definitions: channels.list });
    await Promise.all(Array.from({ length: 12 }, (_, n) => page(n + 1, 'high', n % 2 ? other.port : notify.port)));
    await notify.module.drain();
    expect(texts()).toHaveLength(3);
    await passed(seconds(60));
    expect(texts().slice(3)).toEqual([expect.stringMatching(/^9 more incidents/)]);
    await other.close();
  });
});

test('the answer to a bundle acts on each of its incidents', async () => {
  await method('slack', 'U1');
  await pages(1, 2, 3, 4, 5, 6);
  await notify.port.cancel({ incident_id: incident(5), reason: 'acknowledged' }, caller);
  await passed(seconds(60));
  const { acknowledge = '' } = channels.sent[3]!.message.links;
  const token = acknowledge.split('/').at(-1) as string;
  const answer = await notify.port.readAnswer({ token, use: false }, caller);
  expect(answer.action).toBe('acknowledge');
  expect([...(answer.incidents ?? [])].sort()).toEqual([incident(4), incident(6)]);
  expect(answer.person).toMatchObject({ email: MARIA });
});

test('a reply without a code does not answer a page that still waits for its bundle', async () => {
  await method('slack', 'U1');
  await pages(1, 2, 3);
  notify.clock.advance(seconds(1));
  await pages(4, 5);
  const address = { channel: 'slack', recipient: 'U1', since: new Date(0) };
  const answered = async () => (await newestPage(notify.database.db, address))?.incident_id;
  expect([1, 2, 3].map(incident)).toContain(await answered());
  await passed(seconds(59));
  expect(await answered()).toBe(channels.sent[3]!.message.incidentId);
});
