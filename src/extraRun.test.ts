import request from 'supertest';
import { API_KEY, type Harness, startHarness } from './testing/harness';
import { type SmtpSink, smtpSink } from './testing/smtp';

/** An incident that reached no one pages as soon as a person can be paged, without waiting for the next try. */

describe.each(['monolith', 'split'] as const)('%s', (wiring) => {
  let harness: Harness;
  let mail: SmtpSink;
  beforeAll(async () => {
    mail = await smtpSink({ logIn: true });
    const url = mail.url.replace('//', '//tocsin:password@');
    harness = await startHarness(wiring, { SMTP_URL: url, HANDOFF_NOTICE_MINUTES: '0' });
  });
  afterAll(async () => {
    await harness.stop();
    await mail.close();
  });

  const send = async (method: 'post' | 'put', path: string, body: object) => {
    const answer = await request(harness.url)[method](path).set('X-API-Key', API_KEY).send(body);
    expect(answer.status).toBeLessThan(300);
    await harness.drain();
    return answer.body;
  };
  const reachOf = async (id: string) =>
    (await request(harness.url).get(`/api/v1/incidents/${id}`).set('X-API-Key', API_KEY)).body.reach;
  const open = (service: string, severity = 'critical') =>
    send('post', '/api/v1/incidents', { title: `${service} is dark`, service, severity });
  const policy = (targets: object[], support_hours: object | null = null) => ({
    ...{ steps: [{ targets, wait_minutes: 5 }], repeat: 0, ack_timeout_minutes: null, support_hours },
  });
  const schedule = (team: string, name: string) => ({
    team,
    rotation_type: 'weekly',
    members: [{ name, email: `${name.toLowerCase()}@example.com`, role: 'primary' }],
  });
  const pages = (service: string) =>
    mail.mails
      .filter(({ parsed }) => parsed.text?.includes(`${service} is dark`))
      .map(({ envelope }) => envelope.to[0]);

  test('the first schedule of its team pages its primary', async () => {
    const { id } = await open('checkout');
    expect([pages('checkout'), await reachOf(id)]).toEqual([[], 'no_one']);
    await send('post', '/api/v1/schedules', schedule('checkout', 'Ann'));
    expect([pages('checkout'), await reachOf(id)]).toEqual([['ann@example.com'], 'reached']);
  });

  test('an owner of its service pages the primary of that team', async () => {
    const { id } = await open('cards');
    await send('put', '/api/v1/services/cards', { team: 'checkout' });
    expect([pages('cards'), await reachOf(id)]).toEqual([['ann@example.com'], 'reached']);
    await send('put', '/api/v1/services/cards', { team: 'checkout' });
    expect(pages('cards')).toHaveLength(1);
  });

  test('a hand-off of another team that its policy names pages the new primary', async () => {
    const primaryOfLookout = { kind: 'schedule', team: 'lookout', role: 'primary' };
    const later = new Date(harness.clock.now().getTime() + 2 * 60_000).toISOString();
    await send('post', '/api/v1/schedules', { ...schedule('lookout', 'Gil'), effective_from: later });
    await send('post', '/api/v1/schedules', schedule('harbour', 'Hal'));
    await send('put', '/api/v1/policies/harbour', policy([primaryOfLookout]));
    await open('harbour');
    expect(pages('harbour')).toEqual([]);
    await harness.pass(2 * 60_000);
    expect(pages('harbour')).toEqual(['gil@example.com']);
  });

  test('a policy that no longer has support hours pages what waited for them', async () => {
    const hours = { time_zone: 'UTC', restrictions: [{ from: '20:00', to: '21:00' }] };
    const primary = { kind: 'schedule', team: 'ledger', role: 'primary' };
    await send('post', '/api/v1/schedules', schedule('ledger', 'Eve'));
    await send('put', '/api/v1/policies/ledger', policy([primary], hours));
    const { id } = await open('ledger', 'low');
    expect([pages('ledger'), await reachOf(id)]).toEqual([[], 'not_paged']);
    await send('put', '/api/v1/policies/ledger', policy([primary]));
    expect([pages('ledger'), await reachOf(id)]).toEqual([['eve@example.com'], 'reached']);
  });

  test('a page that waited for a restored channel is sent once, although its policy is exhausted', async () => {
    await send('post', '/api/v1/schedules', schedule('ferry', 'Ida'));
    await send('put', '/api/v1/policies/ferry', policy([{ kind: 'schedule', team: 'ferry', role: 'primary' }]));
    mail.refuseLogIns(true);
    const { id } = await open('ferry');
    // Each time for one more attempt of the page; the next one is at least 48 s away.
    for (const s of [1.25, 2.5, 5, 10, 20, 40]) await harness.pass(s * 1_000);
    expect([pages('ferry'), await reachOf(id)]).toEqual([[], 'no_one']);
    mail.refuseLogIns(false);
    await open('checkout');
    for (let second = 0; second < 10; second++) await harness.pass(1_000);
    expect([pages('ferry'), await reachOf(id)]).toEqual([['ida@example.com'], 'reached']);
    // The original would come within 80 s by its own back-off; the next round of the policy comes later.
    for (let turn = 0; turn < 4; turn++) await harness.pass(30_000);
    expect(pages('ferry')).toEqual(['ida@example.com']);
  });
});
