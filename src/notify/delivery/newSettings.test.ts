import { systemCaller } from '../../kernel/ports/contract';
import { someone } from '../../testing/http';
import { type NotifyHarness, notifyHarness } from '../../testing/notify';
import { type HttpSink, httpSink } from '../../testing/sink';

/** Settings of a channel that change between a message and its attempt, in a process that has not heard of them. */

let one: NotifyHarness;
let other: NotifyHarness;
let sink: HttpSink;
beforeAll(async () => {
  sink = await httpSink();
  one = await notifyHarness({ outgoingAllow: ['127.0.0.0/8'] });
  other = one.rebuilt({});
});
afterAll(async () => {
  await other.close();
  await one.close();
  await sink.close();
});

const set = (url: string | null) =>
  one.port.setChannelSettings({ channel: 'webhook', WEBHOOK_URL: url }, someone({ role: 'admin' }));
async function page(key: string): Promise<string> {
  const to = [{ kind: 'room' as const, address: 'webhook:ops' }];
  const command = { key, incident_id: `INC-${key}`, message: 'Cards are declined', severity: 'high', to };
  const { told } = await one.port.tell(command, systemCaller('test'));
  return told[0]?.notification_id as string;
}
const read = (id: string) => one.port.get({ id }, someone());

test('a process sends by settings that another one stored a moment ago', async () => {
  await set(`${sink.url}/hook`);
  const id = await page('stored');
  await other.module.drain();
  expect(await read(id)).toMatchObject({ status: 'sent', attempts: [{ outcome: 'sent' }] });
});

test('a message that waits fails as not configured if the settings are removed, and the channel is not called', async () => {
  await set(`${sink.url}/hook`);
  const id = await page('removed');
  await set(null);
  sink.clear();
  await one.module.drain();
  expect(await read(id)).toMatchObject({ status: 'failed', reason: 'not_configured' });
  expect(sink.received).toEqual([]);
});
