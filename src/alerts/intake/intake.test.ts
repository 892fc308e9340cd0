import { minutes, seconds } from '../../kernel/clock';
import { connect } from '../../kernel/db/pool';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { testDatabase } from '../../testing/databases';
import { someone } from '../../testing/http';
import type { Accepted } from '../contract';

let harness: AlertsHarness;
let serial = 0;

beforeAll(async () => {
  harness = await alertsHarness();
});
afterEach(() => {
  harness.incidents.mood = 'up';
});
afterAll(() => harness.drop());

const report = (over: object = {}) => ({ service: `s-${++serial}`, severity: 'high', message: 'Disk full', ...over });
const send = (input: object, caller = someone()): Promise<Accepted> =>
  harness.alerts.port.receive(input as never, caller) as Promise<Accepted>;
const read = (id: string) => harness.alerts.port.get({ alert_id: id }, someone());
const jobs = () => harness.database.db('jobs').where({ kind: 'attach' });

/** Lets the lease of the request and the delay of a retry pass, and runs the jobs. */
async function later(): Promise<void> {
  harness.clock.advance(minutes(1));
  await harness.alerts.drain();
}

test('while incidents is unavailable reports are stored and accepted, and attached when it is back', async () => {
  harness.incidents.mood = 'down';
  const input = report();
  const first = await send(input);
  expect(first).toMatchObject({ incident_id: null, status: 'accepted', action: 'new_incident', deduplicated: false });
  const second = await send(input);
  expect(second).toMatchObject({ incident_id: null, action: 'existing_incident', deduplicated: true });
  await later();
  expect((await read(first.alert_id)).incident_id).toBeNull();
  harness.incidents.mood = 'up';
  await later();
  const { incident_id, count } = await read(first.alert_id);
  expect(incident_id).toBe(harness.incidents.incidentOf(first.alert_id));
  expect(count).toBe(2);
  expect(await jobs()).toEqual([]);
});

test('a re-report after the outage is answered with the incident, as existing', async () => {
  harness.incidents.mood = 'down';
  const input = report();
  const first = await send(input);
  harness.incidents.mood = 'up';
  harness.clock.advance(seconds(3));
  const second = await send(input);
  expect(second).toEqual({
    ...first,
    incident_id: harness.incidents.incidentOf(first.alert_id),
    action: 'existing_incident',
    deduplicated: true,
  });
  await later();
});

test('a repeated command is answered with the incident of its alert, never with the expected one', async () => {
  const input = report();
  const { incident_id: before } = await send(input);
  harness.incidents.resolve(before as string);
  harness.incidents.mood = 'down';
  const caller = someone({ idempotencyKey: 'after a crash' });
  const again = () => send({ ...input, message: 'Disk fuller' }, caller);
  const { alert_id } = await again();
  expect(await again()).toMatchObject({ alert_id, incident_id: null, status: 'accepted' });
  harness.incidents.mood = 'up';
  expect(await again()).toMatchObject({ alert_id, incident_id: harness.incidents.incidentOf(alert_id) });
  await later();
  expect((await read(alert_id)).incident_id).not.toBe(before);
});

test('if the answer of incidents is lost, nothing is attached twice', async () => {
  harness.incidents.mood = 'deaf';
  const opened = harness.incidents.opened.length;
  const answer = await send(report());
  expect(answer).toMatchObject({ incident_id: null, action: 'new_incident' });
  harness.incidents.mood = 'up';
  await later();
  expect((await read(answer.alert_id)).incident_id).toBe(harness.incidents.incidentOf(answer.alert_id));
  expect(harness.incidents.opened.length - opened).toBe(1);
});

test('an incident resolved before its lost answer is repeated stays resolved, because no report came since', async () => {
  harness.incidents.mood = 'deaf';
  const opened = harness.incidents.opened.length;
  const input = report();
  const answer = await send(input);
  await send(input);
  const incident = harness.incidents.incidentOf(answer.alert_id) as string;
  const [{ id: repeat }] = await jobs().orderBy('id', 'desc');
  await jobs().where({ id: repeat }).delete();
  harness.incidents.resolve(incident);
  harness.incidents.mood = 'up';
  await later();
  expect(await read(answer.alert_id)).toMatchObject({ incident_id: incident, count: 2 });
  expect(harness.incidents.opened.length - opened).toBe(1);
  expect(await jobs()).toEqual([]);
  expect(await send(input)).toMatchObject({ action: 'new_incident', deduplicated: false });
  await later();
});

test('after one missed deadline requests do not ask incidents until it answers a job', async () => {
  harness.incidents.mood = 'deaf';
  await send(report());
  const asked = harness.incidents.calls;
  await send(report());
  expect(harness.incidents.calls).toBe(asked);
  harness.incidents.mood = 'up';
  await later();
  expect((await send(report())).incident_id).not.toBeNull();
});

test('an unexpected error of incidents is handled like an outage', async () => {
  harness.incidents.mood = 'broken';
  const answer = await send(report());
  expect(answer).toMatchObject({ incident_id: null, status: 'accepted' });
  harness.incidents.mood = 'up';
  await later();
  expect((await read(answer.alert_id)).incident_id).not.toBeNull();
});

test('if a process dies before it asks incidents, another process runs the job', async () => {
  harness.incidents.mood = 'down';
  const { alert_id } = await send(report(), someone({ actor: 'ci-key', kind: 'key' }));
  harness.incidents.mood = 'up';
  const other = harness.another();
  expect(await other.drain()).toBe(0);
  harness.clock.advance(seconds(5));
  expect(await other.drain()).toBe(1);
  expect((await read(alert_id)).incident_id).toBe(harness.incidents.incidentOf(alert_id));
  expect(harness.incidents.attached.at(-1)?.by).toMatchObject({ actor: 'ci-key', kind: 'key' });
});

test('if a process dies before it saves the answer, the job asks incidents again and nothing changes', async () => {
  const { alert_id, incident_id } = await send(report());
  await harness.alerts.drain();
  await harness.database.db('alerts').where({ id: alert_id }).update({ incident_id: null });
  await harness.database.db('jobs').insert({
    kind: 'attach',
    payload: JSON.stringify({
      alerts: [{ id: alert_id, reports: 1 }],
      by: { actor: 'maria', kind: 'user', requestId: 'r' },
      since: harness.clock.now().toISOString(),
    }),
    run_at: harness.clock.now(),
    created_at: harness.clock.now(),
  });
  const opened = harness.incidents.opened.length;
  await harness.alerts.drain();
  expect((await read(alert_id)).incident_id).toBe(incident_id);
  expect(harness.incidents.opened.length).toBe(opened);
});

test('a job saves its links durably before it is deleted, so that no crash loses the links alone', async () => {
  const database = await testDatabase('alerts');
  // The test server runs without synchronous commits. This database has them, and triggers record the setting of each write.
  await database.db.raw(`
    do $$ begin execute format('alter database %I set synchronous_commit to on', current_database()); end $$;
    create table noted (what text, waits text);
    create function note() returns trigger language plpgsql as
      $$ begin insert into noted values (tg_argv[0], current_setting('synchronous_commit')); return null; end $$;
    create trigger linked after update of incident_id on alerts for each row execute function note('link');
    create trigger gone after delete on jobs for each row execute function note('job');`);
  const waiting = connect(database.url);
  const there = await alertsHarness({ db: waiting, url: database.url });
  const noted = () => waiting('noted').select().orderBy('what');

  await there.alerts.port.receive(report() as never, someone());
  await there.alerts.drain();
  expect(await noted()).toEqual([
    { what: 'job', waits: 'off' },
    { what: 'link', waits: 'off' },
  ]);

  await waiting('noted').delete();
  there.incidents.mood = 'down';
  await there.alerts.port.receive(report() as never, someone());
  there.incidents.mood = 'up';
  there.clock.advance(minutes(1));
  expect(await there.alerts.drain()).toBe(1);
  expect(await noted()).toEqual([
    { what: 'job', waits: 'on' },
    { what: 'link', waits: 'on' },
  ]);
  await waiting.destroy();
  await there.drop();
  await database.drop();
});

test('a re-report whose incident was resolved during the outage becomes a new alert', async () => {
  const input = report({ labels: { env: 'prod' } });
  const first = await send(input);
  harness.incidents.mood = 'down';
  harness.clock.advance(minutes(10));
  const second = await send(input);
  expect(second.alert_id).toBe(first.alert_id);
  harness.incidents.resolve(first.incident_id as string);
  harness.incidents.mood = 'up';
  await later();
  const { alerts } = await harness.alerts.port.list({ service: input.service }, someone());
  expect(alerts).toMatchObject([
    { status: 'firing', count: 1, fingerprint: first.fingerprint, labels: { env: 'prod' } },
    { status: 'resolved', count: 1, id: first.alert_id, incident_id: first.incident_id },
  ]);
  const [successor] = alerts;
  expect(successor?.incident_id).toBe(harness.incidents.incidentOf(successor?.id as string));
  expect(successor?.incident_id).not.toBe(first.incident_id);
  expect(await jobs()).toEqual([]);
});

test('a job for deleted alerts completes', async () => {
  harness.incidents.mood = 'down';
  const { alert_id } = await send(report());
  await harness.database.db('alerts').where({ id: alert_id }).delete();
  harness.incidents.mood = 'up';
  await later();
  expect(await jobs()).toEqual([]);
});

test('in a long outage jobs are retried about every 15 s without counting failures', async () => {
  harness.incidents.mood = 'down';
  await send(report());
  harness.clock.advance(minutes(30));
  await harness.alerts.drain();
  const [job] = await jobs();
  expect(job?.failures).toBe(0);
  const pauseMs = job?.run_at.getTime() - harness.clock.now().getTime();
  expect(pauseMs).toBeGreaterThanOrEqual(11_250);
  expect(pauseMs).toBeLessThanOrEqual(18_750);
  harness.incidents.mood = 'up';
  await later();
});

test('while the database is unavailable every report is refused with 503', async () => {
  const nowhere = connect('postgres://nobody@127.0.0.1:1/none', { poolMax: 2 });
  const away = await alertsHarness({ db: nowhere, url: 'postgres://nobody@127.0.0.1:1/none' });
  const answers = await Promise.allSettled(
    Array.from({ length: 5 }, () => away.alerts.port.receive(report() as never, someone())),
  );
  for (const answer of answers) {
    expect(answer).toMatchObject({ status: 'rejected', reason: { kind: 'unavailable', status: 503 } });
  }
  expect(away.incidents.calls).toBe(0);
  await nowhere.destroy();
  await away.drop();
});

test('a report that the database refuses does not fail others of its group', async () => {
  const { db } = harness.database;
  await db.raw("alter table alerts add constraint poisoned check (message <> 'poison')");
  const inputs = [report(), report({ message: 'poison' }), report()];
  const answers = await Promise.allSettled(inputs.map((input) => send(input)));
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  await db.raw('alter table alerts drop constraint poisoned');
});

test('after a stop no job is left', async () => {
  await harness.alerts.start();
  const answers = Promise.all(Array.from({ length: 10 }, () => send(report())));
  await answers;
  await harness.alerts.stop();
  expect(await jobs()).toEqual([]);
});

test('if incidents does not answer, a worker retries within 1.25 s, not after the lease of the request', async () => {
  harness.incidents.mood = 'down';
  const { alert_id } = await send(report());
  harness.incidents.mood = 'up';
  await harness.alerts.drain();
  const [job] = await jobs();
  expect(job).toMatchObject({ leased_until: null, waits_for: 'incidents', attempts: 1 });
  expect(job?.run_at.getTime() - harness.clock.now().getTime()).toBeLessThanOrEqual(1_250);
  harness.clock.advance(1_250);
  expect(await harness.alerts.drain()).toBe(1);
  expect((await read(alert_id)).incident_id).toBe(harness.incidents.incidentOf(alert_id));
});
