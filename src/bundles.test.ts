import request from 'supertest';
import { seconds } from './kernel/clock';
import { API_KEY, type Harness, startHarness } from './testing/harness';
import { type SmtpSink, smtpSink } from './testing/smtp';

/** A bundle of pages is answered at once, through the whole product. */

let harness: Harness;
let mail: SmtpSink;
beforeAll(async () => {
  mail = await smtpSink();
  const env = {
    SMTP_URL: mail.url,
    DEFAULT_TEAM: 'web',
    PUBLIC_URL: 'http://tocsin.test',
    HANDOFF_NOTICE_MINUTES: '0',
  };
  harness = await startHarness('monolith', { ...env, BUNDLE_AFTER: '1' });
}, 60_000);
afterAll(async () => {
  await harness.stop();
  await mail.close();
});

const call = async (method: 'post' | 'get' | 'patch', path: string, body?: object) => {
  const answer = await request(harness.url)[method](path).set('X-API-Key', API_KEY).send(body);
  expect(answer.status).toBeLessThan(300);
  return answer.body;
};

test('its link lists the incidents, and its button acts on those still open and names who took the others', async () => {
  const members = [{ name: 'Ann', email: 'ann@example.com', role: 'primary' }];
  await call('post', '/api/v1/schedules', { team: 'web', rotation_type: 'weekly', members });
  const ids: string[] = [];
  for (const title of ['Cards are declined', 'Search is slow', 'Disk is full']) {
    const ask = { title, service: 'checkout', severity: 'high' };
    ids.push((await call('post', '/api/v1/incidents', ask)).id);
    await harness.drain();
  }
  expect(mail.mails).toHaveLength(1);
  await harness.pass(seconds(60));
  const [, bundle, ...others] = mail.mails;
  expect(others).toEqual([]);
  expect(bundle!.parsed.subject).toBe('[high] 2 more incidents of checkout');
  const link = /Acknowledge: http:\/\/tocsin\.test(\S+)/.exec(bundle!.parsed.text!)![1] as string;

  await call('patch', `/api/v1/incidents/${ids[1]}`, { status: 'resolved' });
  const open = await request(harness.url).get(link);
  expect([open.status, open.text]).toEqual([200, expect.stringContaining('Search is slow (resolved)')]);
  expect((await call('get', `/api/v1/incidents/${ids[2]}`)).status).toBe('open');

  const used = await request(harness.url).post(link).set('Accept', 'application/json');
  expect(used.status).toBe(200);
  expect(used.body.words).toMatch(/^Acknowledged: 1 incident\nSearch is slow: Already resolved by .+ at \d\d:\d\d UTC/);
  expect((await call('get', `/api/v1/incidents/${ids[2]}`)).status).toBe('acknowledged');
  expect((await call('get', `/api/v1/incidents/${ids[0]}`)).status).toBe('open');
});
