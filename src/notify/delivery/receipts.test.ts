import { Registry } from 'prom-client';
import { fakeClock, seconds } from '../../kernel/clock';
import { systemCaller } from '../../kernel/ports/contract';
import { someone } from '../../testing/http';
import { type NotifyHarness, notifyHarness, SECRET_KEY } from '../../testing/notify';
import { type HttpSink, httpSink } from '../../testing/sink';
import { signAttempt } from '../answers/tokens';
import type { Receipt } from '../channels/inbound';
import { notifyMetrics } from '../metrics';
import { receipts } from './receipts';

/** Receipts of providers, with the answer of the provider before, between or after them. */

let harness: NotifyHarness;
let sink: HttpSink;
let apply: ReturnType<typeof receipts>;
const registry = new Registry();
beforeAll(async () => {
  sink = await httpSink();
  harness = await notifyHarness({ channelSettings: { WEBHOOK_URL: `${sink.url}/hook` } });
  const metrics = notifyMetrics(registry, async () => 0);
  apply = receipts({ db: harness.database.db, clock: harness.clock, secretKey: SECRET_KEY, metrics });
});
afterAll(async () => {
  await harness.close();
  await sink.close();
});
beforeEach(async () => {
  sink.clear();
  await harness.clean();
});

const INCIDENT = '3e3e7e5e-0b3a-4a50-9d5e-6a1b6a4c7d10';
let commands = 0;
/** Stores a page to a room. It is not delivered before `drain`. */
async function page(): Promise<string> {
  const to = [{ kind: 'room' as const, address: 'webhook:ops' }];
  const words = { message: `Cards are declined ${commands}`, severity: 'high', incident_id: INCIDENT };
  const { told } = await harness.port.tell({ key: `page-${commands++}`, ...words, to }, systemCaller('r'));
  return told[0]?.notification_id as string;
}
const receipt = (id: string, state: Receipt['state'], more: Partial<Receipt> & { no?: number } = {}): Receipt => ({
  attempt: signAttempt(SECRET_KEY, { notificationId: id, attempt: more.no ?? 1 }),
  ...{ state, reason: null, permanent: false, ...more },
});
const read = (id: string) => harness.port.get({ id }, someone());
const kinds = async () =>
  (await harness.facts()).map(({ kind }) => kind).filter((kind) => kind !== 'notifications_accepted');

test('a delivered message shows when it arrived, by one event', async () => {
  const id = await page();
  await harness.module.drain();
  harness.clock.advance(seconds(3));
  await apply([receipt(id, 'delivered')]);
  const at = harness.clock.now().toISOString();
  expect(await read(id)).toMatchObject({
    ...{ status: 'delivered', delivered_at: at },
    receipts: [{ attempt: 1, state: 'delivered', reason: null, at }],
  });
  expect(await kinds()).toEqual(['notification_sent', 'notification_delivered']);
});

test('an undelivered message has failed, with the reason of the provider', async () => {
  const id = await page();
  await harness.module.drain();
  await apply([receipt(id, 'undelivered', { reason: '30003: unreachable' })]);
  expect(await read(id)).toMatchObject({ status: 'undelivered', reason: '30003: unreachable', delivered_at: null });
  expect(await kinds()).toEqual(['notification_sent', 'notification_undelivered']);
});

test.each<[Receipt['state'], string]>([
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['undelivered', 'undelivered'],
])('the receipt %s before the answer of the provider counts', async (state, status) => {
  const id = await page();
  sink.onRequest(() => apply([receipt(id, state)]));
  await harness.module.drain();
  const { attempts, ...after } = await read(id);
  expect([after.status, attempts.map(({ outcome }) => outcome)]).toEqual([status, ['sent']]);
  expect(after.sent_at).not.toBeNull();
  expect((await kinds()).filter((kind) => kind === 'notification_sent').length).toBe(state === 'undelivered' ? 0 : 1);
});

test('a message that was accepted without an answer in time is not sent again', async () => {
  const id = await page();
  sink.reply({ status: 500 });
  await harness.module.drain();
  await apply([receipt(id, 'delivered')]);
  harness.clock.advance(seconds(60));
  await harness.module.drain();
  expect(sink.received).toHaveLength(1);
  expect((await read(id)).status).toBe('delivered');
});

test('repeated receipts, and those in the wrong order, change nothing', async () => {
  const id = await page();
  await harness.module.drain();
  const order: Receipt['state'][] = ['delivered', 'delivered', 'sent', 'undelivered', 'delivered'];
  await apply(order.map((state) => receipt(id, state)));
  await Promise.all(order.map((state) => apply([receipt(id, state)])));
  expect((await read(id)).status).toBe('delivered');
  expect(await kinds()).toEqual(['notification_sent', 'notification_delivered']);
});

test('a receipt with a wrong signature, or of a deleted notification, is ignored', async () => {
  const id = await page();
  await harness.module.drain();
  const forged = signAttempt('another key', { notificationId: id, attempt: 1 });
  await apply([receipt(id, 'delivered', { attempt: forged }), receipt(id, 'delivered', { attempt: '\0' })]);
  await apply([receipt('00000000-0000-4000-8000-00000000000d', 'delivered')]);
  expect((await read(id)).status).toBe('sent');
});

test('statistics count delivered and undelivered messages apart from sent ones', async () => {
  const ids = [await page(), await page(), await page()];
  await harness.module.drain();
  await apply([receipt(ids[0] as string, 'delivered'), receipt(ids[1] as string, 'undelivered')]);
  const stats = await harness.port.statsSummary({}, someone());
  expect(stats).toMatchObject({ total: 3, sent: 1, delivered: 1, undelivered: 1 });
  expect(await harness.port.deliveries({ hours: 1 }, someone())).toMatchObject({ delivered: 2, failed: 1 });
  const { notifications } = await harness.port.list({ status: 'delivered,undelivered' }, someone());
  expect(notifications).toHaveLength(2);
});

test('a change by a receipt commits together with its consequence', async () => {
  const id = await page();
  await harness.module.drain();
  const seen: string[] = [];
  const metrics = notifyMetrics(new Registry(), async () => 0);
  const failing = receipts({
    ...{ db: harness.database.db, clock: fakeClock(), secretKey: SECRET_KEY, metrics },
    onReceipt: async (_, row, { state }) => {
      seen.push(`${row.id} ${state}`);
      throw new Error('no');
    },
  });
  await expect(failing([receipt(id, 'undelivered')])).rejects.toThrow('no');
  expect(seen).toEqual([`${id} undelivered`]);
  expect(await read(id)).toMatchObject({ status: 'sent', receipts: [] });
});
