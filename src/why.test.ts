import { register } from 'prom-client';
import { minutes } from './kernel/clock';
import { askAt } from './testing/ask';
import { API_KEY, type Harness, startHarness } from './testing/harness';
import { type SmtpSink, smtpSink } from './testing/smtp';

/** The explanation of pages through the whole product, in one process and in five. */

const HEADERS = { 'x-api-key': API_KEY, 'content-type': 'application/json' };
const person = (name: string, role: string) => ({ name, email: `${name.toLowerCase()}@example.com`, role });

interface Link {
  stage: string;
  result: string;
  reason: string;
  text: string;
  at: string | null;
}
interface Why {
  links: Link[];
  people: { name: string; email: string | null; paged: boolean; links: Link[] }[];
}

describe.each(['monolith', 'split'] as const)('%s', (wiring) => {
  let harness: Harness;
  let mail: SmtpSink;
  beforeAll(async () => {
    register.clear();
    mail = await smtpSink();
    harness = await startHarness(wiring, {
      SMTP_URL: mail.url,
      MAIL_FROM: 'Tocsin <tocsin@example.com>',
      FALLBACK_TARGET: 'mock:the-fallback',
    });
    const members = [person('Ann', 'primary'), person('Ben', 'secondary')];
    await ask('POST', '/api/v1/schedules', { team: 'platform', rotation_type: 'weekly', members });
    await ask('POST', '/api/v1/schedules', {
      team: 'web',
      rotation_type: 'weekly',
      members: [person('Cy', 'primary')],
    });
    await harness.drain();
  }, 60_000);
  afterAll(async () => {
    await harness.stop();
    await mail.close();
  });

  const ask = <T>(method: string, path: string, body?: object) => askAt<T>(harness.url, method, path, body);
  async function opened(message: string): Promise<string> {
    const alert = { service: 'platform', severity: 'critical', message };
    const { incident_id } = await ask<{ incident_id: string }>('POST', '/api/v1/alerts', alert);
    await harness.drain();
    return incident_id;
  }
  const why = (id: string, of = '') => ask<Why>('GET', `/api/v1/incidents/${id}/why${of && `?person=${of}`}`);
  const resolve = async (id: string) => {
    await ask('PATCH', `/api/v1/incidents/${id}`, { status: 'resolved' });
    await harness.drain();
  };

  test('a person who was paged has a chain from the alert to the attempt', async () => {
    const id = await opened('Disk full');
    const { links, people } = await why(id);
    expect(links.map(({ stage, reason }) => `${stage} ${reason}`)).toEqual(['alert accepted', 'incident opened']);
    expect(people).toMatchObject([{ name: 'Ann', email: 'ann@example.com', paged: true }]);
    expect(people[0]?.links.map(({ stage, result, reason }) => `${stage} ${result} ${reason}`)).toEqual([
      'step yes primary',
      'notification yes sent',
      'attempt yes sent',
    ]);
    await resolve(id);
  });

  test('the next in line is planned, and not paged yet', async () => {
    const id = await opened('Disk slow');
    const [ben] = (await why(id, 'ben@example.com')).people;
    expect(ben).toMatchObject({ paged: false });
    expect(ben?.links.at(-1)).toMatchObject({ stage: 'planned', result: 'planned', reason: 'secondary' });
    await harness.pass(minutes(5));
    expect((await why(id, 'ben@example.com')).people).toMatchObject([{ name: 'Ben', paged: true }]);
    await resolve(id);
  });

  test('a person of another team is not paged, and the chain says who was on call instead', async () => {
    const id = await opened('Disk hot');
    const [cy] = (await why(id, 'cy@example.com')).people;
    expect(cy).toMatchObject({ paged: false });
    expect(cy?.links.map(({ stage, result, reason }) => `${stage} ${result} ${reason}`)).toEqual([
      'step no not_a_target',
      'on_call no not_on_call',
    ]);
    expect(cy?.links[1]?.text).toMatch(/was not on call for platform: Ann by the layer “.+”, Ben by the layer “.+”\./);
    await resolve(id);
  });

  test('a person that a later step would have paged sees who stopped the escalation', async () => {
    const id = await opened('Disk gone');
    await ask('PATCH', `/api/v1/incidents/${id}`, { status: 'acknowledged' });
    await harness.drain();
    const [ben] = (await why(id, 'ben@example.com')).people;
    expect(ben?.links.at(-1)).toMatchObject({ stage: 'answer', result: 'no', reason: 'acknowledged' });
    await resolve(id);
  });

  test('an incident that got worse shows the severity with which it opened', async () => {
    const { id } = await ask<{ id: string }>('POST', '/api/v1/incidents', {
      ...{ title: 'Disk slow', service: 'platform', severity: 'low' },
    });
    await ask('PATCH', `/api/v1/incidents/${id}`, { severity: 'critical' });
    await harness.drain();
    expect((await why(id)).links[0]?.text).toBe('The incident of platform opened with severity low, for platform.');
    await resolve(id);
  });

  test('a page that quiet hours hold says so, and until when', async () => {
    const quiet_hours = { from: '08:00', to: '11:00', time_zone: 'UTC' };
    await ask('PUT', '/api/v1/notification-rules', { person: 'ann@example.com', high: null, low: null, quiet_hours });
    const day = harness.clock.now().toISOString().slice(0, 10);
    const { id } = await ask<{ id: string }>('POST', '/api/v1/incidents', {
      ...{ title: 'Disk slow', service: 'platform', severity: 'low' },
    });
    await harness.drain();
    const [ann] = (await why(id, 'ann@example.com')).people;
    expect(ann).toMatchObject({ paged: false });
    expect(ann?.links[0]).toMatchObject({
      ...{ stage: 'step', result: 'planned', reason: 'quiet_hours' },
      text: `Step 1 named Ann, whose quiet hours held the page until ${day} 11:00 UTC.`,
    });
    await resolve(id);
  });

  test('an incident without a team shows that the policy reached no one, and the message to the fallback', async () => {
    const { incident_id: id } = await ask<{ incident_id: string }>('POST', '/api/v1/alerts', {
      ...{ service: 'nobody-owns-this', severity: 'critical', message: 'Disk lost' },
    });
    await harness.drain();
    const { links } = await why(id);
    expect(links.slice(2).map(({ result, reason }) => `${result} ${reason}`)).toEqual(['no exhausted', 'no fallback']);
    await resolve(id);
  });

  test('an unknown incident is not found', async () => {
    const answer = await fetch(`${harness.url}/api/v1/incidents/3e3e7e5e-0b3a-4a50-9d5e-6a1b6a4c7d10/why`, {
      headers: HEADERS,
    });
    expect(answer.status).toBe(404);
  });
});
