import { randomUUID } from 'node:crypto';
import { register } from 'prom-client';
import { minutes, seconds } from './kernel/clock';
import { signAnswer } from './notify/answers/tokens';
import { askAt } from './testing/ask';
import { type Harness, SECRETS, startHarness } from './testing/harness';

/** Answers from messages through the whole product, in one process and in five. */

jest.mock('./notify/channels', () => {
  const { channels: listed } = jest.requireActual<typeof import('./notify/channels')>('./notify/channels');
  const { pigeon } = jest.requireActual<typeof import('./testing/exampleChannel')>('./testing/exampleChannel');
  return { channels: [...listed, pigeon] };
});
jest.mock('./notify/contract/channels', () => ({
  CHANNELS: jest.requireMock<typeof import('./notify/channels')>('./notify/channels').channels.map(({ id }) => id),
}));

const ANN = { name: 'Ann', email: 'ann@example.com', role: 'primary' };
const BOB = { name: 'Bob', email: 'bob@example.com', role: 'secondary' };
const RING = 'ring-of-the-test';

interface Entry {
  event_type: string;
  actor: string;
  detail: Record<string, unknown>;
}
interface Incident {
  id: string;
  status: string;
  timeline: Entry[];
}

describe.each(['monolith', 'split'] as const)('%s', (wiring) => {
  let harness: Harness;
  beforeAll(async () => {
    register.clear();
    harness = await startHarness(wiring, { PIGEON_URL: 'http://127.0.0.1:9/', PIGEON_RING: RING });
    await ask('POST', '/api/v1/schedules', { team: 'ops', rotation_type: 'weekly', members: [ANN, BOB] });
    const password = 'a long enough password';
    await ask('POST', '/api/v1/users', { username: 'vera', password, role: 'viewer', email: 'vera@example.com' });
    await ask('POST', '/api/v1/users', { username: 'rosa', password, role: 'responder', email: 'rosa@example.com' });
    await harness.drain();
  }, 60_000);
  afterAll(() => harness.stop());

  const ask = <T>(method: string, path: string, body?: object) => askAt<T>(harness.url, method, path, body);
  const opened = async (title: string): Promise<string> =>
    (await ask<Incident>('POST', '/api/v1/incidents', { title, service: 'ops', severity: 'high' })).id;
  const read = (id: string) => ask<Incident>('GET', `/api/v1/incidents/${id}`);
  const entriesOf = async (id: string, type: string) =>
    (await read(id)).timeline.filter(({ event_type }) => event_type === type);

  async function inbound(body: object | string, { path = 'pigeon', ring = RING } = {}) {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const headers = { 'x-ring': ring, 'content-type': 'application/json' };
    const answer = await fetch(`${harness.url}/api/v1/inbound/${path}`, { method: 'POST', headers, body: text });
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  }
  let answers = 0;
  const reply = (incidentId: string, email: string, action = 'acknowledge', id = `answer-${++answers}`) =>
    inbound({ id, sender: 'north-loft', senderEmail: email, action, target: { incidentId } });
  const tokenOf = (incidentId: string, action: 'acknowledge' | 'resolve' | 'escalate', livesSeconds = 60) =>
    signAnswer(SECRETS.secretKey, {
      ...{ action, incidentId, person: ANN, notificationId: '0f3c1f4e-8f5a-4c55-9f3b-0d5a4f6f2a11' },
      pagedAt: harness.clock.now().getTime() / 1_000,
      expires: harness.clock.now().getTime() / 1_000 + livesSeconds,
    });
  const byToken = (token: string, method = 'POST', init: RequestInit = {}) =>
    fetch(`${harness.url}/api/v1/answers/${token}`, { method, ...init });

  test('a test page is answered by its link, without an incident', async () => {
    const token = tokenOf(`page-me:${randomUUID()}`, 'acknowledge');
    const shown = await byToken(token, 'GET', { headers: { accept: 'text/html' } });
    expect([shown.status, await shown.text()]).toEqual([200, expect.stringContaining('Test page')]);
    const answer = await byToken(token, 'POST', { headers: { accept: 'application/json' } });
    expect([answer.status, await answer.json()]).toEqual([
      200,
      expect.objectContaining({ result: 'done', words: 'Your test page is answered. No incident is behind it.' }),
    ]);
  });

  test('an answer acknowledges as the person, and the timeline and the audit log name the channel', async () => {
    const id = await opened('Disk full');
    const { status, text, headers } = await reply(id, 'Ann@Example.com');
    expect([status, text]).toEqual([200, 'done: Acknowledged: Disk full']);
    expect(headers.get('x-loft')).toBe('north-loft');
    expect(await entriesOf(id, 'acknowledged')).toEqual([
      expect.objectContaining({ actor: 'ann@example.com', detail: expect.objectContaining({ via: 'pigeon' }) }),
    ]);
    await harness.drain();
    const audit = await ask<{ entries: Record<string, unknown>[] }>('GET', `/api/v1/audit?subject=${id}`);
    expect(audit.entries).toContainEqual(
      expect.objectContaining({ kind: 'incident_acknowledged', actor: 'ann@example.com', actor_kind: 'user' }),
    );
  });

  test('a repeated answer acts once and gets the same reply', async () => {
    const id = await opened('Queue long');
    const first = await reply(id, BOB.email, 'escalate', 'twice');
    const second = await reply(id, BOB.email, 'escalate', 'twice');
    expect([first.text, second.text]).toEqual(['done: Escalated: Queue long', 'done: Escalated: Queue long']);
    const byHand = (await read(id)).timeline.filter(({ detail }) => detail['via'] === 'pigeon');
    expect(byHand).toHaveLength(1);
  });

  test.each([
    ['holds NUL', 'nul\0-of-the-provider'],
    ['holds half a character', 'half-\ud800'],
    ['is long', 'x'.repeat(5_000)],
  ])('an answer whose id %s acts once', async (_what, id) => {
    const incident = await opened('Wire cut');
    const texts = [];
    for (const own of [`${wiring}${id}`, `${wiring}${id}`, `${wiring}${id}2`])
      texts.push((await reply(incident, ANN.email, 'escalate', own)).text);
    expect(texts).toEqual(Array(3).fill('done: Escalated: Wire cut'));
    const byHand = (await read(incident)).timeline.filter(({ detail }) => detail['via'] === 'pigeon');
    expect(byHand).toHaveLength(2);
  });

  test.each([
    ['e-mail', { senderEmail: 'ann\0@example.com' }],
    ['long e-mail', { senderEmail: `${'a'.repeat(300)}@example.com` }],
    ['incident', { target: { incidentId: 'a\0' } }],
    ['code', { target: { code: '4\0' } }],
    ['token', { target: { token: 'a\0' } }],
  ])('an answer with an impossible %s is answered', async (what, odd) => {
    const target = { incidentId: await opened('Fuse blown') };
    const answer = { id: `odd ${what}`, sender: 'north-loft', senderEmail: 'eve@elsewhere.example' };
    expect(await inbound({ ...answer, action: 'acknowledge', target, ...odd })).toMatchObject({
      status: 200,
      text: expect.stringMatching(/^unknown_/),
    });
  });

  test('a second person learns who acknowledged, and a later one what holds now', async () => {
    const id = await opened('Pool empty');
    await harness.pass(minutes(1));
    await reply(id, ANN.email);
    const at = harness.clock.now().toISOString().slice(11, 16);
    expect((await reply(id, BOB.email)).text).toBe(`already: Already acknowledged by Ann at ${at} UTC`);
    expect((await reply(id, BOB.email, 'resolve')).text).toBe('done: Resolved: Pool empty');
    expect((await reply(id, ANN.email)).text).toBe(`already: Already resolved by bob@example.com at ${at} UTC`);
  });

  test('a user acts under the name of the account', async () => {
    const id = await opened('Cache cold');
    await reply(id, 'rosa@example.com');
    expect(await entriesOf(id, 'acknowledged')).toEqual([expect.objectContaining({ actor: 'rosa' })]);
  });

  test.each([
    ['a stranger', 'eve@elsewhere.example', 'unknown_sender: Tocsin does not know this account'],
    ['a viewer', 'vera@example.com', 'refused: You may read incidents but not change them'],
  ])('%s is refused', async (_who, email, words) => {
    const id = await opened('Key leaked');
    expect((await reply(id, email)).text).toContain(words);
    expect((await read(id)).status).toBe('open');
  });

  test.each([
    ['of an unknown channel', 'osprey', RING, '{}', 404],
    ['of a channel without a webhook', 'mock', RING, '{}', 404],
    ['with a wrong signature', 'pigeon', 'no ring', '{}', 401],
    ['that only proves the URL', 'pigeon/challenge', RING, '', 200],
    ['of more than 64 KiB', 'pigeon', RING, 'x'.repeat(64 * 1024 + 1), 413],
  ])('a request %s gets its status', async (_what, path, ring, body, status) => {
    expect((await inbound(body, { path, ring })).status).toBe(status);
  });

  test('a token shows one button, and acts when the button is pressed', async () => {
    const id = await opened('Node lost');
    const token = tokenOf(id, 'acknowledge');
    for (const _ of [1, 2]) {
      const page = await (await byToken(token, 'GET', { headers: { accept: 'text/html' } })).text();
      expect(page).toContain('<form method="post">');
    }
    expect((await read(id)).status).toBe('open');
    const page = await byToken(token, 'POST', { headers: { accept: 'text/html' } });
    expect(await page.text()).toContain('Acknowledged: Node lost');
    expect(await (await byToken(token)).json()).toMatchObject({ result: 'already', by: 'Ann' });
  });

  test('a token escalates once', async () => {
    const id = await opened('Link down');
    const token = tokenOf(id, 'escalate');
    for (const _ of [1, 2]) expect(await (await byToken(token)).json()).toMatchObject({ result: 'done' });
    expect(
      (await read(id)).timeline.filter(({ detail }) => detail['reason'] === 'Escalated by ann@example.com'),
    ).toHaveLength(1);
  });

  test.each([
    ['changed', (token: string) => `${token}x`, 404],
    ['expired', (token: string) => token, 403],
  ])('a token that was %s is refused', async (_what, spoil, status) => {
    const id = await opened('Fan loud');
    expect((await byToken(spoil(tokenOf(id, 'resolve', status === 403 ? -1 : 60)))).status).toBe(status);
    expect((await read(id)).status).toBe('open');
  });

  test('an answer that waited on a device acts only within ten minutes and on an unchanged incident', async () => {
    const id = await opened('Lamp off');
    const late = await byToken(tokenOf(id, 'acknowledge'), 'POST', waited(-minutes(11)));
    expect(await late.json()).toMatchObject({ result: 'expired' });
    const at = waited(-seconds(1));
    await ask('PATCH', `/api/v1/incidents/${id}`, { severity: 'low' });
    expect(await (await byToken(tokenOf(id, 'acknowledge'), 'POST', at)).json()).toMatchObject({ result: 'refused' });
    await harness.pass(seconds(5));
    const fresh = await byToken(tokenOf(id, 'acknowledge'), 'POST', waited(0));
    expect(await fresh.json()).toMatchObject({ result: 'done' });
  });

  test('an answer from the future does not act', async () => {
    const id = await opened('Clock ahead');
    const ahead = await byToken(tokenOf(id, 'acknowledge'), 'POST', waited(seconds(61)));
    expect(await ahead.json()).toMatchObject({ result: 'refused', words: expect.stringContaining('clock') });
    expect((await read(id)).status).toBe('open');
    const almost = await byToken(tokenOf(id, 'acknowledge'), 'POST', waited(seconds(30)));
    expect(await almost.json()).toMatchObject({ result: 'done' });
  });

  function waited(ms: number): RequestInit {
    const answered_at = new Date(harness.clock.now().getTime() + ms).toISOString();
    return { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ answered_at }) };
  }
});
