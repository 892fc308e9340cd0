import { hours, minutes } from '../../kernel/clock';
import { systemCaller } from '../../kernel/ports/contract';
import { type NotifyHarness, notifyHarness } from '../../testing/notify';
import { type HttpSink, httpSink } from '../../testing/sink';
import { type SmtpSink, smtpSink } from '../../testing/smtp';
import type { Target } from '../contract';
import { bringForward } from '../store/waitingDeliveries';

/** Quiet hours and the notices of how an incident went. */

let notify: NotifyHarness;
let mail: SmtpSink;
let web: HttpSink;

beforeAll(async () => {
  [mail, web] = await Promise.all([smtpSink(), httpSink()]);
  notify = await notifyHarness({ channelSettings: { SMTP_URL: mail.url, SLACK_WEBHOOK_URL: `${web.url}/slack` } });
});
afterAll(async () => {
  await notify.close();
  await Promise.all([mail.close(), web.close()]);
});
beforeEach(async () => {
  mail.clear();
  web.clear();
  await notify.clean();
});

const clockwork = systemCaller('request-1');
const INCIDENT = '3e3e7e5e-0b3a-4a50-9d5e-6a1b6a4c7d10';
const person = (name: string, time_zone?: string): Target => ({
  ...{ kind: 'person', name, email: `${name.toLowerCase()}@example.com` },
  ...(time_zone !== undefined && { time_zone }),
});
/** Sets quiet hours from the local hour that it is now in UTC plus `offset`, for two hours. */
async function quiet(name: string, offset = 0): Promise<void> {
  const hour = (n: number) =>
    `${String((notify.clock.now().getUTCHours() + offset + n + 24) % 24).padStart(2, '0')}:00`;
  await notify.database.db('notification_rules').insert({
    ...{ person_email: `${name.toLowerCase()}@example.com`, quiet_hours: { from: hour(0), to: hour(2) } },
    ...{ updated_at: notify.clock.now(), updated_by: name },
  });
}
async function page(...to: Target[]): Promise<void> {
  const message = { message: '[HIGH] checkout: cards are declined', severity: 'high' };
  await notify.port.tell({ key: 'step-1', incident_id: INCIDENT, to, ...message }, clockwork);
  await notify.module.drain();
  mail.clear();
  web.clear();
  notify.clock.advance(minutes(1));
}
async function outcome(outcome: 'acknowledged' | 'resolved' = 'acknowledged'): Promise<void> {
  const words = { message: `${outcome} by Joe`, severity: 'high', except: [] };
  await notify.port.tellOutcome({ key: `${INCIDENT}:${outcome}`, incident_id: INCIDENT, outcome, ...words }, clockwork);
  await notify.module.drain();
}
const after = async (ms: number) => {
  notify.clock.advance(ms);
  await notify.module.drain();
};
const recipients = () => mail.mails.map(({ envelope }) => envelope.to[0]).sort();

test('a notice waits until the quiet hours of its person end, also of a critical incident', async () => {
  await quiet('Maria');
  await page(person('Maria'), person('Ann'));
  await outcome();
  expect(recipients()).toEqual(['ann@example.com']);
  await after(minutes(50));
  expect(recipients()).toEqual(['ann@example.com']);
  await after(hours(2));
  expect(recipients()).toEqual(['ann@example.com', 'maria@example.com']);
});

test('they are in the zone of the schedule if the person named none', async () => {
  // Berlin is one hour ahead of UTC in winter and two in summer, so these hours last now by its clock only.
  await quiet('Maria', 2);
  await page(person('Maria', 'Etc/GMT-2'), person('Ann'));
  await outcome();
  expect(recipients()).toEqual(['ann@example.com']);
});

test('a room gets its notice at once, even if it is the address of a person with quiet hours', async () => {
  await quiet('Maria');
  await page({ kind: 'room', address: 'slack:ops' }, { kind: 'room', address: 'email:maria@example.com' });
  await outcome();
  expect([web.received.length, recipients()]).toEqual([1, ['maria@example.com']]);
});

test('a held notice is not sent if the change is undone meanwhile, and needs no correction', async () => {
  await quiet('Maria');
  await page(person('Maria'));
  await outcome();
  const correction = { key: 'taken-back', outcomes: ['acknowledged' as const], message: 'Not acknowledged any more' };
  await notify.port.cancel(
    {
      ...{ incident_id: INCIDENT, reason: 'undone', outcome: 'acknowledged' },
      correction: { ...correction, severity: 'high', except: [] },
    },
    clockwork,
  );
  await after(hours(3));
  expect(recipients()).toEqual([]);
});

test('one notice is left in the morning if the incident is resolved in the same quiet hours', async () => {
  await quiet('Maria');
  await page(person('Maria'));
  await outcome();
  await notify.port.cancel({ incident_id: INCIDENT, reason: 'resolved' }, clockwork);
  await outcome('resolved');
  await after(hours(3));
  expect(mail.mails.map(({ parsed }) => parsed.text?.split('\n')[0])).toEqual(['resolved by Joe']);
});

test('a channel that works again does not bring a held notice forward', async () => {
  await quiet('Maria');
  await page(person('Maria'));
  await outcome();
  const now = notify.clock.now();
  const returned = { channel: 'email', restoredAt: now, now, limit: 10, apartMs: 1 } as const;
  expect(await bringForward(notify.database.db, returned)).toBe(0);
});
