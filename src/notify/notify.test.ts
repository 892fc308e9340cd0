import request from 'supertest';
import { appOf, someone } from '../testing/http';
import { type NotifyHouse, notifyHouse } from '../testing/notify';
import { type HttpSink, httpSink } from '../testing/sink';
import { notifyContract } from './contract';

let house: NotifyHouse;
let sink: HttpSink;

beforeAll(async () => {
  sink = await httpSink();
  house = await notifyHouse({ webhookUrl: `${sink.url}/hook`, slackWebhookUrl: `${sink.url}/slack` });
});
afterAll(async () => {
  await house.close();
  await sink.close();
});
beforeEach(async () => {
  sink.clear();
  await house.clean();
});

const app = () => appOf(notifyContract, house.port);
const post = (body: object, headers: Record<string, string> = {}) =>
  request(app()).post('/api/v1/notify').set(headers).send(body);
const valid = { incident_id: 'INC-1', recipient: 'ops', message: 'The cat sits on the switch' };

describe('one message now', () => {
  test('mock records the message and is sent', async () => {
    const { status, body } = await post({ ...valid, severity: 'high', metadata: { why: 'a test' } });
    expect(status).toBe(200);
    expect(body).toEqual({
      id: expect.any(String),
      incident_id: 'INC-1',
      channel: 'mock',
      recipient: 'ops',
      message: 'The cat sits on the switch',
      severity: 'high',
      status: 'sent',
      reason: null,
      created_at: '2026-01-05T09:00:00.000Z',
    });
    const stored = await house.port.get({ id: body.id }, someone());
    expect(stored).toMatchObject({ metadata: { why: 'a test' }, sent_at: '2026-01-05T09:00:00.000Z' });
    expect(stored.attempts).toEqual([
      {
        attempt: 1,
        outcome: 'sent',
        reason: null,
        receipt: null,
        started_at: '2026-01-05T09:00:00.000Z',
        duration_ms: 0,
      },
    ]);
  });

  test('a channel that takes the message makes it sent, with a receipt', async () => {
    const { body } = await post({ ...valid, channel: 'webhook' });
    expect(body).toMatchObject({ status: 'sent', reason: null });
    const { attempts } = await house.port.get({ id: body.id }, someone());
    expect(attempts).toEqual([expect.objectContaining({ attempt: 1, outcome: 'sent', receipt: 'HTTP 200' })]);
    expect(sink.received).toHaveLength(1);
    expect(await house.module.drain()).toBe(0);
  });
});
