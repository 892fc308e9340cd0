import { register } from 'prom-client';
import { askAt } from './testing/ask';
import { API_KEY, type Harness, startHarness } from './testing/harness';
import {
  type Taken,
  TWILIO_ACCOUNT,
  TWILIO_SENDER,
  TWILIO_TOKEN,
  type TwilioStandIn,
  twilioStandIn,
} from './testing/twilio';

/** A person is paged by SMS and by voice, and answers from the phone, through the whole product behind a proxy. */

const ANN = { name: 'Ann', email: 'ann@example.com', role: 'primary' };
const PHONE = '+14155552671';
const PUBLIC_URL = 'https://ops.example.com/tocsin';

interface Incident {
  id: string;
  status: string;
  timeline: { event_type: string; actor: string; detail: Record<string, unknown> }[];
}

describe.each(['monolith', 'split'] as const)('%s', (wiring) => {
  let harness: Harness;
  let provider: TwilioStandIn;
  beforeAll(async () => {
    register.clear();
    provider = await twilioStandIn({ reach: (url) => url.replace(PUBLIC_URL, harness.url) });
    harness = await startHarness(wiring, {
      PUBLIC_URL,
      TWILIO_ACCOUNT_SID: TWILIO_ACCOUNT,
      TWILIO_AUTH_TOKEN: TWILIO_TOKEN,
      TWILIO_API_URL: provider.url,
      SMS_FROM: TWILIO_SENDER,
      VOICE_FROM: TWILIO_SENDER,
    });
    await ask('POST', '/api/v1/schedules', { team: 'ops', rotation_type: 'weekly', members: [ANN] });
    await harness.drain();
  }, 60_000);
  afterAll(() => Promise.all([harness.stop(), provider.close()]));

  const ask = <T>(method: string, path: string, body?: object) => askAt<T>(harness.url, method, path, body);

  /** Ann is paged about a new incident on this channel. */
  async function paged(channel: 'sms' | 'voice', title: string): Promise<{ id: string; page: string; taken: Taken }> {
    const { id } = await ask<Incident>('POST', '/api/v1/incidents', { title, service: 'ops', severity: 'high' });
    await harness.drain();
    const { notifications } = await ask<{ notifications: { id: string; channel: string }[] }>(
      'GET',
      `/api/v1/notifications/incident/${id}`,
    );
    const page = notifications.find((one) => one.channel === channel)?.id as string;
    const [taken] = (channel === 'sms' ? provider.messages : provider.calls).slice(-1);
    return { id, page, taken: taken as Taken };
  }
  /** Adds the number as a contact method, and returns what the provider took. */
  async function added(channel: 'sms' | 'voice'): Promise<{ id: string; address: string; taken: Taken }> {
    const method = { person: ANN.email, channel, address: '+1 (415) 555-2671' };
    const answer = await ask<{ id: string; address: string }>('POST', '/api/v1/contact-methods', method);
    return { ...answer, taken: (channel === 'sms' ? provider.messages : provider.calls).at(-1) as Taken };
  }
  const verified = async (id: string, code: string | undefined) =>
    (await ask<{ state: string }>('POST', `/api/v1/contact-methods/${id}/verify`, { code })).state;
  const acknowledged = async (id: string) => {
    const { status, timeline } = await ask<Incident>('GET', `/api/v1/incidents/${id}`);
    const entry = timeline.find(({ event_type }) => event_type === 'acknowledged');
    return { status, actor: entry?.actor, via: entry?.detail['via'] };
  };
  const statusOf = async (page: string) =>
    (await ask<{ status: string }>('GET', `/api/v1/notifications/${page}`)).status;
  const text = (Body: string, MessageSid: string) =>
    provider.call(`${PUBLIC_URL}/api/v1/inbound/sms`, { From: PHONE, To: TWILIO_SENDER, Body, MessageSid });

  test('a number is verified by the code of an SMS', async () => {
    const { id, address, taken } = await added('sms');
    expect([address, taken.fields.get('To')]).toEqual([PHONE, PHONE]);
    expect(await verified(id, /\d{6}/.exec(taken.fields.get('Body') as string)?.[0])).toBe('verified');
  });

  test('a number is verified by the code that a call speaks', async () => {
    const { id, taken } = await added('voice');
    const digits = /(?:\d[^\d<]{1,3}){5}\d/.exec(taken.fields.get('Twiml') as string)?.[0].replace(/\D/g, '');
    expect(await verified(id, digits)).toBe('verified');
    const rules = ['sms', 'voice'].map((channel) => ({ after_minutes: 0, methods: [`*${channel}`] }));
    await ask('PUT', '/api/v1/notification-rules', { person: ANN.email, high: rules });
  });

  test('a reply with the code acknowledges as the person, via sms', async () => {
    const { id, taken } = await paged('sms', 'checkout is down');
    const code = /Reply (\d+) to acknowledge/.exec(taken.fields.get('Body') as string)?.[1] as string;
    const { status, body } = await text(code, `SM-${id}`);
    expect([status, body]).toEqual([200, expect.stringContaining('Acknowledged: checkout is down')]);
    expect(await acknowledged(id)).toEqual({ status: 'acknowledged', actor: ANN.email, via: 'sms' });
    expect((await text(code, `SM-${id}`)).body).toContain('Acknowledged: checkout is down');
    expect((await text(code, `SM-${id}-2`)).body).toContain('Already acknowledged by Ann');
  });

  test('a signed reply with NUL is answered', async () => {
    const { id } = await paged('sms', 'fan is loud');
    expect((await text('resolve\0', `SM\0-${id}`)).status).toBe(200);
    expect((await text('4\0', 'S'.repeat(5_000))).status).toBe(200);
  });

  test.each(['sms', 'voice'] as const)('a page by %s shows only the ends of its number', async (channel) => {
    const { id, page } = await paged(channel, 'mail is late');
    const paths = [
      `notifications/incident/${id}`,
      'notifications?page_size=5',
      `notifications/${page}`,
      `audit?subject=${id}`,
    ];
    for (const path of paths) {
      const text = JSON.stringify(await ask('GET', `/api/v1/${path}`));
      expect([path, text.includes('+14…71'), text.includes(PHONE)]).toEqual([path, !path.startsWith('audit'), false]);
    }
    const { timeline } = await ask<Incident>('GET', `/api/v1/incidents/${id}`);
    expect(JSON.stringify(timeline)).not.toContain(PHONE);
  });

  test('the failure of a page shows only the ends of its number', async () => {
    const { id, page, taken } = await paged('sms', 'link is lost');
    await provider.report(taken, {
      MessageStatus: 'failed',
      ErrorCode: '30999',
      ErrorMessage: `${PHONE} is no number`,
    });
    await harness.drain();
    const { timeline } = await ask<Incident>('GET', `/api/v1/incidents/${id}`);
    const failed = timeline.find(({ event_type }) => event_type === 'page_failed');
    expect(failed?.detail).toMatchObject({ recipient: '+14…71', reason: expect.stringContaining('is no number') });
    expect(JSON.stringify([timeline, await ask('GET', `/api/v1/notifications/${page}`)])).not.toContain(PHONE);
  });

  test('a page is delivered by its receipt, whatever order receipts come in', async () => {
    const { page, taken } = await paged('sms', 'cache is cold');
    for (const MessageStatus of ['delivered', 'sent', 'delivered', 'queued'])
      expect(await provider.report(taken, { MessageStatus })).toBeLessThan(300);
    await harness.drain();
    expect(await statusOf(page)).toBe('delivered');
  });

  test('key 4 of a call acknowledges as the person, via voice, and is the receipt', async () => {
    const { id, page, taken } = await paged('voice', 'queue is long');
    for (const CallStatus of ['initiated', 'ringing', 'in-progress']) await provider.report(taken, { CallStatus });
    await harness.drain();
    expect([(await acknowledged(id)).status, await statusOf(page)]).toEqual(['open', 'sent']);
    expect(await provider.press(taken, '0')).toContain('high severity. queue is long');
    expect((await provider.press(taken, '4')).join()).toContain('Acknowledged: queue is long');
    await harness.drain();
    expect(await acknowledged(id)).toEqual({ status: 'acknowledged', actor: ANN.email, via: 'voice' });
    expect(await statusOf(page)).toBe('delivered');
  });

  test('a forged request acts on nothing', async () => {
    const { id } = await paged('sms', 'disk is full');
    const forger = await twilioStandIn({ token: 'forged', reach: (url) => url.replace(PUBLIC_URL, harness.url) });
    const fields = { From: PHONE, To: TWILIO_SENDER, Body: 'all', MessageSid: 'SM-forged' };
    expect((await forger.call(`${PUBLIC_URL}/api/v1/inbound/sms`, fields)).status).toBe(403);
    await forger.close();
    expect((await acknowledged(id)).status).toBe('open');
  });

  test('the contact card holds the number', async () => {
    const card = await fetch(`${harness.url}/api/v1/contact-card.vcf`, { headers: { 'x-api-key': API_KEY } });
    expect([card.status, card.headers.get('content-type')]).toEqual([200, 'text/vcard; charset=utf-8']);
    expect(await card.text()).toContain(`TEL;TYPE=CELL:${TWILIO_SENDER}`);
    expect((await fetch(`${harness.url}/api/v1/contact-card.vcf`)).status).toBe(401);
  });
});
