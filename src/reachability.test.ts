import { register } from 'prom-client';
import type { OpenDatabases } from './config/databases';
import { minutes } from './kernel/clock';
import { askAt } from './testing/ask';
import { type Harness, startHarness } from './testing/harness';
import { TWILIO_ACCOUNT, TWILIO_SENDER, TWILIO_TOKEN, type TwilioStandIn, twilioStandIn } from './testing/twilio';

/** How people are reached, through the whole product: previews, coverage, and an exhausted policy that restarts. */

const ANN = { name: 'Ann', email: 'ann@example.com', role: 'primary' };
const BEN = { name: 'Ben', email: 'ben@example.com', role: 'secondary' };

interface Line {
  name: string;
  channel: string;
  reachable: boolean;
  at?: string;
  held_until?: string;
  why_not?: string;
}
interface Preview {
  steps: { at: string; step: number; why: string; told: Line[] }[];
}

let harness: Harness;
let provider: TwilioStandIn;
beforeAll(async () => {
  register.clear();
  provider = await twilioStandIn({});
  harness = await startHarness('monolith', {
    TWILIO_ACCOUNT_SID: TWILIO_ACCOUNT,
    TWILIO_AUTH_TOKEN: TWILIO_TOKEN,
    TWILIO_API_URL: provider.url,
    SMS_FROM: TWILIO_SENDER,
    VOICE_FROM: TWILIO_SENDER,
  });
  await ask('POST', '/api/v1/schedules', { team: 'ops', rotation_type: 'weekly', members: [ANN, BEN] });
  await harness.drain();
}, 60_000);
afterAll(() => Promise.all([harness.stop(), provider.close()]));
beforeEach(async () => {
  await rows('contact_methods').delete();
  await rows('notification_rules').delete();
});

const rows = (table: string) => (harness.databases.notify as NonNullable<OpenDatabases['notify']>).db(table);
const ask = <T>(method: string, path: string, body?: object) => askAt<T>(harness.url, method, path, body);
const preview = (query: object) =>
  ask<Preview>('GET', `/api/v1/escalations/preview?${new URLSearchParams({ team: 'ops', ...query })}`);

/** A contact method as it is stored. */
async function method(person: string, channel: string, address: string, over: object = {}): Promise<string> {
  const at = harness.clock.now();
  const [{ id }] = await rows('contact_methods')
    .insert({
      ...{ person_email: person, channel, address, address_key: address, position: 0, state: 'verified' },
      ...{ verified_at: at, created_at: at, created_by: 'test', ...over },
    })
    .returning('id');
  return id;
}

describe('a preview', () => {
  test('has the methods of each person with their instants', async () => {
    await method(ANN.email, 'sms', '+14155552671');
    await method(ANN.email, 'voice', '+14155552671');
    const { steps } = await preview({ severity: 'critical', at: '2026-01-10T03:12:00Z' });
    expect(steps[0]?.told).toMatchObject([
      { name: 'Ann', channel: 'sms', at: '2026-01-10T03:12:00.000Z' },
      { name: 'Ann', channel: 'voice', at: '2026-01-10T03:15:00.000Z' },
      { role: 'room' },
    ]);
  });

  test('says why a person cannot be reached', async () => {
    await method(BEN.email, 'sms', '+14155552672', { state: 'unverified', verified_at: null });
    const { steps } = await preview({ severity: 'critical' });
    expect(steps[0]?.told[0]).toMatchObject({ name: 'Ann', reachable: false, why_not: 'no_contact_method' });
    expect(steps[1]?.told[0]).toMatchObject({ name: 'Ben', reachable: false, why_not: 'unverified' });
    expect(steps[0]?.told[0]?.at).toBeUndefined();
  });

  test('waits for the end of quiet hours, as the real escalation does', async () => {
    await method(ANN.email, 'sms', '+14155552671');
    await method(BEN.email, 'sms', '+14155552672');
    const quiet_hours = { from: '22:00', to: '07:00', time_zone: 'UTC' };
    await ask('PUT', '/api/v1/notification-rules', { person: ANN.email, high: null, low: null, quiet_hours });
    const { steps } = await preview({ severity: 'low', at: '2026-01-10T03:12:00Z' });
    expect(steps.slice(0, 3).map(({ at, step, why }) => [at, step, why])).toEqual([
      ['2026-01-10T03:12:00.000Z', 1, 'quiet_hours'],
      ['2026-01-10T07:00:00.000Z', 1, 'primary'],
      ['2026-01-10T07:05:00.000Z', 2, 'secondary'],
    ]);
    expect(steps[0]?.told[0]).toMatchObject({ name: 'Ann', held_until: '2026-01-10T07:00:00.000Z' });
  });

  test('of an incident begins at its next step, and 409 follows if none is scheduled', async () => {
    await method(ANN.email, 'sms', '+14155552671');
    await method(BEN.email, 'sms', '+14155552672');
    const incident = { title: 'Slow', service: 'ops', severity: 'high' };
    const { id } = await ask<{ id: string }>('POST', '/api/v1/incidents', incident);
    await harness.drain();
    const { steps } = await ask<Preview>('GET', `/api/v1/incidents/${id}/preview`);
    const at = new Date(harness.clock.now().getTime() + minutes(5)).toISOString();
    expect(steps[0]).toMatchObject({ at, step: 2, told: [{ name: 'Ben', channel: 'sms', at }] });
    await ask('PATCH', `/api/v1/incidents/${id}`, { status: 'acknowledged' });
    const refused = await fetch(`${harness.url}/api/v1/incidents/${id}/preview`, {
      headers: { 'X-API-Key': 'the-key-for-tests' },
    });
    expect(refused.status).toBe(409);
  });

  test('follows the route of a service to another team', async () => {
    await ask('POST', '/api/v1/schedules', {
      team: 'db',
      rotation_type: 'weekly',
      members: [{ ...BEN, role: 'primary' }],
    });
    const routed = await ask<Preview>('GET', '/api/v1/escalations/preview?service=ops&route_team=db&severity=high');
    expect(routed.steps[0]?.told[0]?.name).toBe('Ben');
  });
});

describe('an exhausted policy that reached no one', () => {
  const PHONE = '+14155552673';
  const DEE = { name: 'Dee', email: 'dee@example.com', role: 'primary' };
  interface Escalation {
    state: string;
    next_step_at: string | null;
  }
  let number = 0;
  /** A team with Dee alone, and an incident whose policy ran through. */
  async function exhausted(): Promise<string> {
    const team = `solo-${++number}`;
    await ask('POST', '/api/v1/schedules', { team, rotation_type: 'weekly', members: [DEE] });
    const words = { title: 'Out of memory', service: team, severity: 'high' };
    const { id } = await ask<{ id: string }>('POST', '/api/v1/incidents', words);
    await harness.drain();
    return id;
  }
  const escalation = async (id: string) =>
    (await ask<{ escalation: Escalation }>('GET', `/api/v1/incidents/${id}`)).escalation;
  const pagesTo = (incident: string) =>
    ask<{ notifications: { channel: string; status: string }[] }>('GET', `/api/v1/notifications/incident/${incident}`);
  const isPaged = async (id: string) =>
    (await pagesTo(id)).notifications.some(({ channel, status }) => channel === 'sms' && status === 'sent');
  const inMinutes = (n: number) => new Date(harness.clock.now().getTime() + minutes(n)).toISOString();

  test('restarts after 5, 15, and then every 60 minutes', async () => {
    const id = await exhausted();
    for (const pause of [5, 15, 60, 60]) {
      expect((await escalation(id)).next_step_at).toBe(inMinutes(pause));
      await harness.pass(minutes(pause));
    }
  });

  test('restarts at the next hand-off if that is earlier', async () => {
    harness.clock.set('2026-01-18T23:57:00.000Z');
    await harness.drain();
    const team = `solo-${++number}`;
    const members = [DEE, { name: 'Eli', email: 'eli@example.com', role: 'primary' }];
    await ask('POST', '/api/v1/schedules', { team, rotation_type: 'weekly', members });
    const words = { title: 'Out of memory', service: team, severity: 'high' };
    const { id } = await ask<{ id: string }>('POST', '/api/v1/incidents', words);
    await harness.drain();
    expect((await escalation(id)).next_step_at).toBe('2026-01-19T00:00:00.000Z');
  });

  test('restarts when a person verifies a new contact method', async () => {
    const id = await exhausted();
    expect(await isPaged(id)).toBe(false);
    const method = { person: DEE.email, channel: 'sms', address: PHONE };
    const added = await ask<{ id: string }>('POST', '/api/v1/contact-methods', method);
    const code = /\d{6}/.exec(provider.messages.at(-1)?.fields.get('Body') as string)?.[0];
    await ask('POST', `/api/v1/contact-methods/${added.id}/verify`, { code });
    await harness.drain();
    expect(await isPaged(id)).toBe(true);
    expect((await escalation(id)).state).toBe('running');
  });

  test('restarts when a test proves an address that it paged in vain before', async () => {
    const failing = await method(DEE.email, 'sms', PHONE, { failures: 2 });
    provider.refuse.set(PHONE, 21_211);
    const id = await exhausted();
    expect((await escalation(id)).state).toBe('exhausted');
    expect(await isPaged(id)).toBe(false);
    provider.refuse.clear();
    harness.clock.advance(minutes(1));
    await ask('POST', `/api/v1/contact-methods/${failing}/test`);
    await harness.drain();
    expect(await isPaged(id)).toBe(true);
  });

  test('restarts when an owner enables a method again', async () => {
    const off = await method(DEE.email, 'sms', PHONE, { state: 'disabled' });
    const id = await exhausted();
    await ask('PATCH', `/api/v1/contact-methods/${off}`, { disabled: false });
    await harness.drain();
    expect(await isPaged(id)).toBe(true);
  });
});
