import { someone } from '../testing/http';
import { type NotifyHarness, notifyHarness } from '../testing/notify';
import { type PushService, pushService } from '../testing/pushService';
import { webpush } from './channels/webpush';

let service: PushService;
let harness: NotifyHarness;
beforeAll(async () => {
  service = await pushService();
  const channelSettings = (await webpush.generate?.()) as Record<string, string>;
  harness = await notifyHarness({ channelSettings, outgoingAllow: ['127.0.0.1'] });
});
afterAll(async () => {
  await harness.close();
  await service.close();
});

test('the key is public, and none without a configuration', async () => {
  const { public_key } = await harness.port.pushKey({}, someone());
  expect(Buffer.from(public_key as string, 'base64url')).toHaveLength(65);
  const without = harness.rebuilt({ channelSettings: { WEBPUSH_PRIVATE_KEY: undefined } });
  expect(await without.port.pushKey({}, someone())).toEqual({ public_key: null });
  await without.close();
});

test('a message to a device is delivered, and no answer or event shows its subscription', async () => {
  const { public_key } = await harness.port.pushKey({}, someone());
  const recipient = service.subscribe({ applicationServerKey: public_key as string });
  const asked = { incident_id: 'X-1', channel: 'webpush' as const, recipient, message: 'Disk full' };
  const made = await harness.port.notify(asked, someone());
  expect(made.status).toBe('sent');
  expect(JSON.parse(service.messages[0]!.text).notification.title).toBe('Disk full');
  const { auth } = JSON.parse(recipient).keys;
  const seen = [made, await harness.port.get({ id: made.id }, someone()), await harness.facts()];
  for (const text of seen.map((each) => JSON.stringify(each))) {
    expect(text).not.toContain(auth);
    expect(text).toMatch(/127\.0\.0\.1:\d+ #[0-9a-f]{8}/);
  }
});
