import request from 'supertest';
import { days, minutes } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import type { Accepted, Noted } from '../contract';

/** The answer to a report; null as the alert's id only if a rule drops it. */
type Answer = (Accepted | Noted) & { alert_id: string };

let harness: AlertsHarness;
let serial = 0;

beforeEach(async () => {
  harness = await alertsHarness();
});
afterEach(() => harness.drop());

const report = (over: object = {}) => ({
  service: `kept-${++serial}`,
  severity: 'high',
  message: 'Disk full',
  ...over,
});
const port = () => harness.alerts.port;
const send = (input: object): Promise<Answer> => port().receive(input as never, someone()) as Promise<Answer>;
const read = (id: string) => port().get({ alert_id: id }, someone());
const api = () => request(harness.app());
const plan = (body: object) => port().createMaintenanceWindow({ name: 'Move', ...body } as never, someone());
/** Every day from 10:00 to 11:00 UTC; the clock shows 09:00. */
const daily = { rrule: 'FREQ=DAILY', time_zone: 'UTC', starts_at: '2026-01-05T10:00', duration_minutes: 60 };

async function pass(ms: number): Promise<void> {
  harness.clock.advance(ms);
  await harness.alerts.drain();
}

test('a window mutes its services for its span, and releases what still fires at its end', async () => {
  const [muted, other] = [report(), report()];
  const span = { starts_at: '2026-01-05T08:00:00Z', ends_at: '2026-01-05T09:30:00Z' };
  const { id } = await plan({ services: [muted.service.toUpperCase()], span });
  const answer = await send(muted);
  expect(answer).toMatchObject({ incident_id: null, action: 'none', reason: `maintenance:${id}` });
  expect((await send(other)).action).toBe('new_incident');
  expect((await read(answer.alert_id)).muted).toEqual({
    ...{ by: 'window', id, name: 'Move', until: '2026-01-05T09:30:00.000Z' },
  });
  await pass(minutes(30));
  expect(await read(answer.alert_id)).toMatchObject({ muted: null, incident_id: expect.any(String) });
  expect((await port().getMaintenanceWindow({ id }, someone())).state).toBe('expired');
});

test('a recurring window mutes in each occurrence and releases after each', async () => {
  const input = report();
  const { id, state, next } = await plan({ services: [input.service], recurrence: daily });
  expect([state, next]).toEqual([
    'pending',
    { starts_at: '2026-01-05T10:00:00.000Z', ends_at: '2026-01-05T11:00:00.000Z' },
  ]);
  expect((await send({ ...input, message: 'Before' })).action).toBe('new_incident');
  for (const day of [5, 6]) {
    harness.clock.set(`2026-01-0${day}T10:30:00Z`);
    await harness.alerts.drain();
    const { alert_id, action } = await send({ ...input, message: `Day ${day}` });
    expect(action).toBe('none');
    expect((await port().getMaintenanceWindow({ id }, someone())).state).toBe('active');
    await pass(minutes(29));
    expect((await read(alert_id)).incident_id).toBeNull();
    await pass(minutes(1));
    expect((await read(alert_id)).incident_id).not.toBeNull();
  }
  expect((await send({ ...input, message: 'After' })).action).not.toBe('none');
});

test('a recurrence with a last occurrence expires after it', async () => {
  const { id } = await plan({ services: ['a'], recurrence: { ...daily, rrule: 'FREQ=DAILY;COUNT=2' } });
  await pass(days(1));
  expect((await port().getMaintenanceWindow({ id }, someone())).state).toBe('pending');
  await pass(minutes(120));
  expect(await port().getMaintenanceWindow({ id }, someone())).toMatchObject({ state: 'expired', next: null });
});

test('a window that is deleted or changed releases what it no longer mutes', async () => {
  const [a, b] = [report(), report()];
  const span = { starts_at: '2026-01-05T08:00:00Z', ends_at: '2026-01-05T12:00:00Z' };
  const deleted = await plan({ services: [a.service], span });
  const changed = await plan({ services: [b.service], span });
  const [first, second] = [await send(a), await send(b)];
  await port().deleteMaintenanceWindow({ id: deleted.id }, someone());
  await port().updateMaintenanceWindow({ id: changed.id, name: 'Move', services: ['another'], span }, someone());
  await harness.alerts.drain();
  expect((await read(first.alert_id)).incident_id).not.toBeNull();
  expect((await read(second.alert_id)).incident_id).not.toBeNull();
  await api().get(`/api/v1/maintenance-windows/${deleted.id}`).expect(404);
});

test('the process that ends an occurrence decides for all, also if the clock of another is behind', async () => {
  const input = report();
  await plan({ services: [input.service], recurrence: daily });
  const late = harness.another();
  harness.clock.set('2026-01-05T11:00:00Z');
  await harness.alerts.drain();
  harness.clock.set('2026-01-05T10:59:58Z');
  const answer = (await late.port.receive(input as never, someone())) as Answer;
  expect(answer.action).toBe('new_incident');
});

test('a recurrence that begins in the year 9999 is refused, because its end is no instant', async () => {
  const recurrence = { ...daily, starts_at: '9999-12-31T23:59' };
  const answer = await request(harness.app(someone({ role: 'admin' })))
    .post('/api/v1/maintenance-windows')
    .send({ name: 'Far', services: ['far'], recurrence });
  expect([answer.status, JSON.stringify(answer.body)]).toEqual([422, expect.stringContaining('before the year 9000')]);
});

test('the preview lists the next ten occurrences over a clock change', async () => {
  const weekly = { rrule: 'FREQ=WEEKLY;BYDAY=SU', time_zone: 'Europe/Berlin', starts_at: '2026-03-01T02:00' };
  const body = { ...weekly, duration_minutes: 90 };
  const { occurrences } = (await api().post('/api/v1/maintenance-windows/preview').send(body).expect(200)).body;
  expect(occurrences).toHaveLength(10);
  expect(occurrences[0]).toEqual({ starts_at: '2026-03-01T01:00:00.000Z', ends_at: '2026-03-01T02:30:00.000Z' });
  expect(occurrences[4].starts_at).toBe('2026-03-29T01:00:00.000Z');
  expect(occurrences[5].starts_at).toBe('2026-04-05T00:00:00.000Z');
});

test.each([
  [{ services: ['a'] }, 'span'],
  [{ services: ['a'], span: { starts_at: '2026-01-05T10:00:00Z', ends_at: '2026-01-05T10:00:00Z' } }, 'span.ends_at'],
  [{ services: ['a'], span: { starts_at: '2026-01-04T10:00:00Z', ends_at: '2026-01-04T11:00:00Z' } }, 'span.ends_at'],
  [{ recurrence: daily }, 'matchers'],
  [{ services: ['a'], recurrence: { ...daily, rrule: 'FREQ=HOURLY' } }, 'recurrence.rrule'],
  [{ services: ['a'], recurrence: { ...daily, rrule: 'FREQ=DAILY;UNTIL=20250101' } }, 'recurrence.rrule'],
  [{ services: ['a'], recurrence: { ...daily, duration_minutes: 1_441 } }, 'recurrence.duration_minutes'],
  [{ services: ['a'], recurrence: { ...daily, starts_at: '2026-02-30T10:00' } }, 'recurrence.starts_at'],
  [{ services: ['a'], recurrence: { ...daily, time_zone: 'Mars/Base' } }, 'recurrence.time_zone'],
])('the window %j is refused, naming %s', async (over, path) => {
  const answer = await api()
    .post('/api/v1/maintenance-windows')
    .send({ name: 'Move', ...over })
    .expect(422);
  expect(answer.body.errors.map((fault: { path: string }) => fault.path)).toEqual([path]);
});

test('lists show active windows and silences first, then pending, then expired ones', async () => {
  const at = (minute: number) => new Date(harness.clock.now().getTime() + minutes(minute)).toISOString();
  const make = (from: number, to: number) =>
    port().createSilence({ matchers: ['a="b"'], starts_at: at(from), ends_at: at(to), comment: `${from}` }, someone());
  for (const [from, to] of [
    [20, 30],
    [-2, 40],
    [10, 60],
    [-1, 5],
    [-3, 90],
  ] as const)
    await make(from, to);
  await pass(minutes(5));
  const { silences, total } = await port().listSilences({}, someone());
  expect(silences.map(({ comment, state }) => `${comment} ${state}`)).toEqual([
    ...['-2 active', '-3 active', '10 pending', '20 pending', '-1 expired'],
  ]);
  expect(total).toBe(5);
  const pending = await port().listSilences({ state: 'pending', per_page: 1, page: 2 }, someone());
  expect(pending).toMatchObject({ total: 2, silences: [{ comment: '20' }] });
});

test.each([
  [{ matchers: [] }, 'matchers'],
  [{ matchers: ['a=~".*"'] }, 'matchers'],
  [{ matchers: ['a'] }, 'matchers.0'],
  [{ ends_at: '2026-01-05T09:00:00Z' }, 'ends_at'],
  [{ starts_at: '2026-01-07T09:00:00Z' }, 'ends_at'],
])('the silence with %j is refused, naming %s', async (over, path) => {
  const body = { matchers: ['a="b"'], ends_at: '2026-01-06T09:00:00Z', ...over };
  const answer = await api().post('/api/v1/silences').send(body).expect(422);
  expect(answer.body.errors.map((fault: { path: string }) => fault.path)).toEqual([path]);
});

test('a silence that has ended cannot be changed, and ending it again changes nothing', async () => {
  const body = { matchers: ['a="b"'], ends_at: '2026-01-06T09:00:00Z' };
  const { id } = (await api().post('/api/v1/silences').send(body).expect(201)).body;
  const ended = (await api().post(`/api/v1/silences/${id}/end`).expect(200)).body;
  harness.clock.advance(minutes(5));
  expect((await api().post(`/api/v1/silences/${id}/end`).expect(200)).body).toEqual(ended);
  await api().put(`/api/v1/silences/${id}`).send(body).expect(409);
  await api().get(`/api/v1/silences/${crypto.randomUUID()}`).expect(404);
  const kinds = await harness.database.db('events').where({ subject: id }).orderBy('id').pluck('kind');
  expect(kinds).toEqual(['silence_created', 'silence_ended']);
});

describe('the calendar of mutes', () => {
  const calendar = (input: object = {}) => port().muteCalendar(input as never, someone());
  const spansOf = async (id: string, input?: object) =>
    (await calendar(input)).mutes
      .find((mute) => mute.id === id)
      ?.spans.map(({ starts_at, ends_at }) => `${starts_at.slice(5, 16)} ${ends_at.slice(5, 16)}`);

  test('holds each occurrence of the next 14 days, and those of the last two days since the window was made', async () => {
    const { id } = await plan({ services: ['cellar'], recurrence: { ...daily, rrule: 'FREQ=WEEKLY;BYDAY=MO,TH' } });
    await pass(days(8));
    expect((await calendar()).from).toBe('2026-01-11T09:00:00.000Z');
    expect(await spansOf(id)).toEqual(
      ['01-12', '01-15', '01-19', '01-22', '01-26'].map((day) => `${day}T10:00 ${day}T11:00`),
    );
    const before = await spansOf(id, { from: '2026-01-01T00:00:00Z', to: '2026-01-09T00:00:00Z' });
    expect(before).toEqual(['01-05', '01-08'].map((day) => `${day}T10:00 ${day}T11:00`));
  });

  test('shows a silence that was ended until its end, and the first mute first', async () => {
    const matchers = ['env="attic"'];
    const silence = await port().createSilence(
      { matchers, ends_at: '2026-01-06T09:00:00Z', comment: 'Painters' },
      someone(),
    );
    const { id } = await plan({ services: ['cellar'], recurrence: daily });
    await pass(minutes(30));
    await port().endSilence({ id: silence.id }, someone());
    const { mutes, left_out } = await calendar();
    expect(mutes.map((mute) => [mute.by, mute.id, mute.name])).toEqual([
      ['silence', silence.id, 'Painters'],
      ['window', id, 'Move'],
    ]);
    expect([mutes[0]?.matchers, left_out]).toEqual([matchers, 0]);
    expect(await spansOf(silence.id)).toEqual(['01-05T09:00 01-05T09:30']);
  });

  test.each([
    [{ from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' }, 'to'],
    [{ from: '2026-01-01T00:00:00Z', to: '2026-03-01T00:00:00Z' }, 'to'],
    [{ from: 'tomorrow' }, 'from'],
  ])('the span %j is refused', async (query, field) => {
    const { status, body } = await api().get('/api/v1/mute-calendar').query(query);
    expect([status, body.errors?.[0]?.path]).toEqual([422, field]);
  });
});
