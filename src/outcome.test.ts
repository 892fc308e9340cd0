import request from 'supertest';
import { minutes, seconds } from './kernel/clock';
import { API_KEY, type Harness, startHarness } from './testing/harness';
import { type SmtpSink, smtpSink } from './testing/smtp';

/** People who were paged are notified of the acknowledgement of another person. */

describe.each(['monolith', 'split'] as const)('%s', (wiring) => {
  let harness: Harness;
  let mail: SmtpSink;
  beforeAll(async () => {
    mail = await smtpSink();
    const env = { SMTP_URL: mail.url, DEFAULT_TEAM: 'web', PUBLIC_URL: 'http://tocsin.test' };
    // Hand-off notices are off, so that all mail is about incidents.
    harness = await startHarness(wiring, { ...env, HANDOFF_NOTICE_MINUTES: '0' });
  });
  afterAll(async () => {
    await harness.stop();
    await mail.close();
  });

  const post = async (path: string, body: object) => {
    const answer = await request(harness.url).post(path).set('X-API-Key', API_KEY).send(body);
    expect(answer.status).toBeLessThan(300);
    return answer.body;
  };

  test('the first paged person is notified, in the thread of the page, that the second acknowledged', async () => {
    await post('/api/v1/schedules', {
      team: 'web',
      rotation_type: 'weekly',
      members: [
        { name: 'Ann', email: 'ann@example.com', role: 'primary' },
        { name: 'Ben', email: 'ben@example.com', role: 'secondary' },
      ],
    });
    await post('/api/v1/incidents', { title: 'Cards are declined', service: 'checkout', severity: 'critical' });
    await harness.drain();
    await harness.pass(minutes(5));
    const [toAnn] = mail.mails.filter(({ envelope }) => envelope.to[0] === 'ann@example.com');
    const [toBen] = mail.mails.filter(({ envelope }) => envelope.to[0] === 'ben@example.com');
    const link = /Acknowledge: http:\/\/tocsin\.test(\S+)/.exec(toBen!.parsed.text!)![1] as string;
    mail.clear();

    expect((await request(harness.url).post(link)).status).toBe(200);
    await harness.pass(seconds(14));
    expect(mail.mails).toEqual([]);
    await harness.pass(seconds(1));
    const [notice, ...others] = mail.mails;
    expect(others).toEqual([]);
    expect(notice!.envelope.to).toEqual(['ann@example.com']);
    expect(notice!.parsed.text).toContain('Acknowledged by Ben: [CRITICAL] Cards are declined');
    expect(notice!.parsed).toMatchObject({ inReplyTo: toAnn!.parsed.inReplyTo, subject: toAnn!.parsed.subject });
    expect(toBen!.parsed.inReplyTo).toMatch(/^<incident-[0-9a-f-]{36}@/);
    expect(toAnn!.parsed.inReplyTo).toBe(toBen!.parsed.inReplyTo);
  });
});
