import { minutes, seconds } from '../../kernel/clock';
import { connect } from '../../kernel/db/pool';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { testDatabase } from '../../testing/databases';
import { someone } from '../../testing/http';
import type { Accepted } from '../contract';

let house: AlertsHarness;
let serial = 0;

beforeAll(async () => {
  house = await alertsHarness();
});
afterEach(() => {
  house.incidents.mood = 'up';
});
afterAll(() => house.drop());

const report = (over: object = {}) => ({ service: `s-${++serial}`, severity: 'high', message: 'Disk full', ...over });
const send = (input: object, caller = someone()): Promise<Accepted> =>
  house.alerts.port.receive(input as never, caller);
const read = (id: string) => house.alerts.port.get({ alert_id: id }, someone());
const jobs = () => house.database.db('jobs').where({ kind: 'attach' });

/** The lease of whoever took the report has lapsed, and the pause between two tries is over. */
async function later(): Promise<void> {
  house.clock.advance(minutes(1));
  await house.alerts.drain();
}

test('while incidents is away reports are stored and accepted, and attached when it is back', async () => {
  house.incidents.mood = 'down';
  const input = report();
  const first = await send(input);
  expect(first).toMatchObject({ incident_id: null, status: 'accepted', action: 'new_incident', deduplicated: false });
  const second = await send(input);
  expect(second).toMatchObject({ incident_id: null, action: 'existing_incident', deduplicated: true });
  await later();
  expect((await read(first.alert_id)).incident_id).toBeNull();
  house.incidents.mood = 'up';
  await later();
  const { incident_id, count } = await read(first.alert_id);
  expect(incident_id).toBe(house.incidents.incidentOf(first.alert_id));
  expect(count).toBe(2);
  expect(await jobs()).toEqual([]);
});

test('a report that is repeated after the outage is told the incident at once, and that it is not new', async () => {
  house.incidents.mood = 'down';
  const input = report();
  const first = await send(input);
  house.incidents.mood = 'up';
  house.clock.advance(seconds(3));
  const second = await send(input);
  expect(second).toEqual({
    ...first,
    incident_id: house.incidents.incidentOf(first.alert_id),
    action: 'existing_incident',
    deduplicated: true,
  });
  await later();
});

test('a command repeated under its key is told the incident its alert is in, and never the one it was expected to join', async () => {
  const input = report();
  const { incident_id: before } = await send(input);
  house.incidents.resolve(before as string);
  house.incidents.mood = 'down';
  const caller = someone({ idempotencyKey: 'after a crash' });
  const again = () => send({ ...input, message: 'Disk fuller' }, caller);
  const { alert_id } = await again();
  expect(await again()).toMatchObject({ alert_id, incident_id: null, status: 'accepted' });
  house.incidents.mood = 'up';
  expect(await again()).toMatchObject({ alert_id, incident_id: house.incidents.incidentOf(alert_id) });
  await later();
  expect((await read(alert_id)).incident_id).not.toBe(before);
});

test('incidents that acted and never answered attaches nothing twice', async () => {
  house.incidents.mood = 'deaf';
  const opened = house.incidents.opened.length;
  const answer = await send(report());
  expect(answer).toMatchObject({ incident_id: null, action: 'new_incident' });
  house.incidents.mood = 'up';
  await later();
  expect((await read(answer.alert_id)).incident_id).toBe(house.incidents.incidentOf(answer.alert_id));
  expect(house.incidents.opened.length - opened).toBe(1);
});

test('an incident that was resolved before its lost answer is asked for again stays resolved: nothing came since', async () => {
  house.incidents.mood = 'deaf';
  const opened = house.incidents.opened.length;
  const input = report();
  const answer = await send(input);
  await send(input);
  const incident = house.incidents.incidentOf(answer.alert_id) as string;
  const [{ id: repeat }] = await jobs().orderBy('id', 'desc');
  await jobs().where({ id: repeat }).delete();
  house.incidents.resolve(incident);
  house.incidents.mood = 'up';
  await later();
  expect(await read(answer.alert_id)).toMatchObject({ incident_id: incident, count: 2 });
  expect(house.incidents.opened.length - opened).toBe(1);
  expect(await jobs()).toEqual([]);
  expect(await send(input)).toMatchObject({ action: 'new_incident', deduplicated: false });
  await later();
});

test('after one missed deadline nobody waits for another, until incidents answers a job', async () => {
  house.incidents.mood = 'deaf';
  await send(report());
  const asked = house.incidents.calls;
  await send(report());
  expect(house.incidents.calls).toBe(asked);
  house.incidents.mood = 'up';
  await later();
  expect((await send(report())).incident_id).not.toBeNull();
});

test('an answer nobody understands is waited out like an outage', async () => {
  house.incidents.mood = 'broken';
  const answer = await send(report());
  expect(answer).toMatchObject({ incident_id: null, status: 'accepted' });
  house.incidents.mood = 'up';
  await later();
  expect((await read(answer.alert_id)).incident_id).not.toBeNull();
});

test('a process that dies between the commit and incidents leaves the job to another', async () => {
  house.incidents.mood = 'down';
  const { alert_id } = await send(report(), someone({ actor: 'ci-key', kind: 'key' }));
  house.incidents.mood = 'up';
  const other = house.another();
  expect(await other.drain()).toBe(0);
  house.clock.advance(seconds(5));
  expect(await other.drain()).toBe(1);
  expect((await read(alert_id)).incident_id).toBe(house.incidents.incidentOf(alert_id));
  expect(house.incidents.attached.at(-1)?.by).toMatchObject({ actor: 'ci-key', kind: 'key' });
});

test('a process that dies between incidents and the note of its answer has it asked again, to no effect', async () => {
  const { alert_id, incident_id } = await send(report());
  await house.alerts.drain();
  await house.database.db('alerts').where({ id: alert_id }).update({ incident_id: null });
  await house.database.db('jobs').insert({
    kind: 'attach',
    payload: JSON.stringify({
      alerts: [{ id: alert_id, reports: 1 }],
      by: { actor: 'maria', kind: 'user', requestId: 'r' },
      since: house.clock.now().toISOString(),
    }),
    run_at: house.clock.now(),
    created_at: house.clock.now(),
  });
  const opened = house.incidents.opened.length;
  await house.alerts.drain();
  expect((await read(alert_id)).incident_id).toBe(incident_id);
  expect(house.incidents.opened.length).toBe(opened);
});

test('what a job learnt is on the disk before the job is gone, so that no crash takes the one without the other', async () => {
  const database = await testDatabase('alerts');
  // The test server never waits for its disk; this database does, and notes where somebody chose not to.
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

test('a report whose incident was resolved during the outage comes back as a new alert, by itself', async () => {
  const input = report({ labels: { env: 'prod' } });
  const first = await send(input);
  house.incidents.mood = 'down';
  house.clock.advance(minutes(10));
  const second = await send(input);
  expect(second.alert_id).toBe(first.alert_id);
  house.incidents.resolve(first.incident_id as string);
  house.incidents.mood = 'up';
  await later();
  const { alerts } = await house.alerts.port.list({ service: input.service }, someone());
  expect(alerts).toMatchObject([
    { status: 'firing', count: 1, fingerprint: first.fingerprint, labels: { env: 'prod' } },
    { status: 'resolved', count: 1, id: first.alert_id, incident_id: first.incident_id },
  ]);
  const [successor] = alerts;
  expect(successor?.incident_id).toBe(house.incidents.incidentOf(successor?.id as string));
  expect(successor?.incident_id).not.toBe(first.incident_id);
  expect(await jobs()).toEqual([]);
});

test('a job for alerts that no longer exist is done', async () => {
  house.incidents.mood = 'down';
  const { alert_id } = await send(report());
  await house.database.db('alerts').where({ id: alert_id }).delete();
  house.incidents.mood = 'up';
  await later();
  expect(await jobs()).toEqual([]);
});

test('in a long outage jobs are tried every quarter of a minute, and their failures are not counted against them', async () => {
  house.incidents.mood = 'down';
  await send(report());
  house.clock.advance(minutes(30));
  await house.alerts.drain();
  const [job] = await jobs();
  expect(job?.failures).toBe(0);
  const pauseMs = job?.run_at.getTime() - house.clock.now().getTime();
  expect(pauseMs).toBeGreaterThanOrEqual(11_250);
  expect(pauseMs).toBeLessThanOrEqual(18_750);
  house.incidents.mood = 'up';
  await later();
});

test('a database that is away is said to be, to every reporter, and nothing is taken for stored', async () => {
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

test('a report that the database refuses fails alone', async () => {
  const { db } = house.database;
  await db.raw("alter table alerts add constraint poisoned check (message <> 'poison')");
  const inputs = [report(), report({ message: 'poison' }), report()];
  const answers = await Promise.allSettled(inputs.map((input) => send(input)));
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  await db.raw('alter table alerts drop constraint poisoned');
});

test('a module that starts and stops leaves nothing under way', async () => {
  await house.alerts.start();
  const answers = Promise.all(Array.from({ length: 10 }, () => send(report())));
  await answers;
  await house.alerts.stop();
  expect(await jobs()).toEqual([]);
});

test('what incidents did not answer is a worker’s within moments, not after the lease of the one who asked', async () => {
  house.incidents.mood = 'down';
  const { alert_id } = await send(report());
  house.incidents.mood = 'up';
  await house.alerts.drain();
  const [job] = await jobs();
  expect(job).toMatchObject({ leased_until: null, waits_for: 'incidents', attempts: 1 });
  expect(job?.run_at.getTime() - house.clock.now().getTime()).toBeLessThanOrEqual(1_250);
  house.clock.advance(1_250);
  expect(await house.alerts.drain()).toBe(1);
  expect((await read(alert_id)).incident_id).toBe(house.incidents.incidentOf(alert_id));
});
