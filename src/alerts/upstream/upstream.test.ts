import { randomUUID } from 'node:crypto';
import { minutes } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import { settled, upstreamIncident, writeDependencies } from '../../testing/upstream';
import type { Accepted, Noted } from '../contract';
import { handleUpstreamEvents } from './upstreamEvents';

/** Alerts of services that depend on a service with an incident. */

type Answer = (Accepted | Noted) & { alert_id: string };

let harness: AlertsHarness;
let serial = 0;
beforeAll(async () => {
  harness = await alertsHarness();
});
afterEach(() => {
  harness.incidents.mood = 'up';
  harness.oncall.down = false;
});
afterAll(() => harness.drop());

const port = () => harness.alerts.port;
const drain = () => settled(harness);
const read = (id: string) => port().get({ alert_id: id }, someone());
const send = (service: string, over: object = {}, to = port()): Promise<Answer> =>
  to.receive(
    { service, severity: 'critical', message: 'Requests fail', ...over } as never,
    someone(),
  ) as Promise<Answer>;
const named = <N extends string>(...names: N[]): Record<N, string> => {
  serial += 1;
  return Object.fromEntries(names.map((name) => [name, `${name}-${serial}`])) as Record<N, string>;
};
const at = () => harness.clock.now().toISOString();
const incidentOf = (service: string) => upstreamIncident(harness, service);

/** Sets what a service depends on, without a wait. */
async function depend(service: string, ...upstreams: string[]): Promise<void> {
  writeDependencies(harness, service, Object.fromEntries(upstreams.map((upstream) => [upstream, 0])));
  await drain();
}

const configurationVersion = async (): Promise<number> =>
  Number((await harness.database.db('alert_configuration').first('version')).version);

test('an alert is affected by the incident of its upstream: it pages no one, and its page says why', async () => {
  const { web, db } = named('web', 'db');
  await depend(web, db);
  const incident = incidentOf(db);
  await incident.begin();
  const answer = await send(web);
  expect(answer).toMatchObject({ incident_id: null, action: 'none', reason: `affected_by:${incident.id}` });
  expect(await read(answer.alert_id)).toMatchObject({
    ...{ status: 'firing', incident_id: null, muted: null },
    affected_by: { incident_id: incident.id, title: incident.title },
    decision: [{ stage: 'mute', by: 'upstream', id: incident.id, name: incident.title }],
  });
  expect(harness.incidents.incidentOf(answer.alert_id)).toBeUndefined();
  for (const filter of [
    { affected_by: incident.id },
    { status: 'affected', service: web },
    { status: 'muted', service: web },
  ]) {
    expect((await port().list(filter, someone())).alerts).toMatchObject([{ id: answer.alert_id }]);
  }
});

test('if the incident ends to affect others, what still fires runs all stages again with its latest severity', async () => {
  const { web, db } = named('web', 'db');
  await depend(web, db);
  const incident = incidentOf(db);
  await incident.begin();
  const { alert_id } = await send(web, { severity: 'low', dedup_key: web });
  const gone = await send(web, { dedup_key: `${web} gone` });
  await send(web, { severity: 'critical', dedup_key: web });
  await send(web, { status: 'resolved', dedup_key: `${web} gone` });
  await incident.end();
  expect(await read(alert_id)).toMatchObject({
    ...{ severity: 'critical', affected_by: null, incident_id: harness.incidents.incidentOf(alert_id) },
    decision: [{ stage: 'mute', by: 'upstream', ended_at: at() }],
  });
  expect(harness.incidents.incidentOf(alert_id)).toBeDefined();
  expect(harness.incidents.incidentOf(gone.alert_id)).toBeUndefined();
});

test('a second snooze or reach mutes again', async () => {
  const { web, db } = named('web', 'db');
  await depend(web, db);
  const incident = incidentOf(db);
  await incident.begin();
  await incident.end();
  expect(await send(web, { dedup_key: `${web} 1` })).toMatchObject({ action: 'new_incident' });
  await incident.begin();
  expect(await send(web, { dedup_key: `${web} 2` })).toMatchObject({ reason: `affected_by:${incident.id}` });
});

test('events of one incident in another order than its changes leave the last change in force', async () => {
  const { web, db } = named('web', 'db');
  await depend(web, db);
  const incident = incidentOf(db);
  incident.write('ended', 2);
  incident.write('began', 1);
  await drain();
  incident.write('began', 1);
  await drain();
  expect(await send(web)).toMatchObject({ action: 'new_incident' });
});

test('a chain and a diamond: every service above is affected, others are not', async () => {
  const { web, left, right, db, other } = named('web', 'left', 'right', 'db', 'other');
  await depend(left, db);
  await depend(right, db);
  await depend(web, left, right);
  await incidentOf(db).begin();
  for (const service of [left, right, web]) expect(await send(service)).toMatchObject({ action: 'none' });
  for (const service of [db, other]) expect(await send(service)).toMatchObject({ action: 'new_incident' });
});

test('a dependency that is removed releases its alerts; one that is added mutes new ones', async () => {
  const { web, api, db } = named('web', 'api', 'db');
  await depend(web, db);
  await incidentOf(db).begin();
  const { alert_id } = await send(web);
  await depend(web);
  expect((await read(alert_id)).incident_id).toBe(harness.incidents.incidentOf(alert_id));
  expect(harness.incidents.incidentOf(alert_id)).toBeDefined();
  const own = await send(api, { dedup_key: `${web} 1` });
  await depend(api, db);
  expect(await send(api, { dedup_key: `${web} 2` })).toMatchObject({ action: 'none' });
  expect((await read(own.alert_id)).incident_id).not.toBeNull();
});

test('of two upstreams the second mutes when the first ends', async () => {
  const { web, db, queue } = named('web', 'db', 'queue');
  await depend(web, db, queue);
  const [first, second] = [incidentOf(db), incidentOf(queue)];
  await first.begin();
  const { alert_id } = await send(web);
  await second.begin();
  await first.end();
  expect((await read(alert_id)).affected_by?.incident_id).toBe(second.id);
  await second.end();
  expect(harness.incidents.incidentOf(alert_id)).toBeDefined();
});

test('a silence counts before an upstream, which is considered when the silence ends', async () => {
  const { web, db } = named('web', 'db');
  await depend(web, db);
  const incident = incidentOf(db);
  await incident.begin();
  const ends_at = new Date(harness.clock.now().getTime() + minutes(30)).toISOString();
  await port().createSilence({ matchers: [`service="${web}"`], ends_at, comment: 'Move' }, someone());
  const { alert_id } = await send(web);
  expect((await read(alert_id)).muted).toMatchObject({ by: 'silence' });
  harness.clock.advance(minutes(30));
  await drain();
  expect((await read(alert_id)).affected_by?.incident_id).toBe(incident.id);
});

test('an end that comes while alerts are stored leaves none of them muted', async () => {
  for (let round = 0; round < 10; round++) {
    const { web, db } = named('web', 'db');
    await depend(web, db);
    const incident = incidentOf(db);
    await incident.begin();
    const other = harness.another();
    const sent = Array.from({ length: 8 }, (_, n) =>
      send(web, { dedup_key: `${web} ${n}` }, n % 2 ? other.port : port()),
    );
    await Promise.all([...sent, incident.end()]);
    await drain();
    await other.drain();
    const { alerts } = await port().list({ service: web }, someone());
    expect(alerts).toHaveLength(8);
    expect(alerts.map(({ incident_id }) => incident_id)).not.toContain(null);
  }
});

test('a dependency and an incident that are followed at the same time miss no effect', async () => {
  const { web, db } = named('web', 'db');
  const { database } = harness;
  const trx = await database.db.transaction();
  const data = { service: db, title: 'Down', version: 1 };
  const event = { cursor: '1', kind: 'incident_upstream_began', subject: randomUUID(), data, at: at() };
  await handleUpstreamEvents(trx, [{ ...event, actor: 'system', actor_kind: 'system' }], harness.clock.now());
  writeDependencies(harness, web, { [db]: 0 });
  let followed = false;
  const following = harness.alerts.drain().then(() => {
    followed = true;
  });
  for (let waiting = 0; waiting === 0 && !followed; ) {
    const { rows } = await database.db.raw('select count(*)::int as n from pg_locks where not granted');
    waiting = rows[0].n;
  }
  await trx.commit();
  await following;
  await drain();
  expect(await send(web)).toMatchObject({ action: 'none' });
});

test('without dependents an incident does not make the intake read its configuration again', async () => {
  const before = await configurationVersion();
  const incident = incidentOf(named('lonely').lonely);
  await incident.begin();
  await incident.end();
  expect(await configurationVersion()).toBe(before);
});

test('while oncall and incidents are unavailable, alerts are stored and attached later', async () => {
  const { web, db } = named('web', 'db');
  await depend(web, db);
  harness.oncall.down = true;
  harness.incidents.mood = 'down';
  const { alert_id } = await send(web);
  harness.incidents.mood = 'up';
  harness.oncall.down = false;
  harness.clock.advance(minutes(1));
  await drain();
  expect(harness.incidents.incidentOf(alert_id)).toBeDefined();
});

test('mutes of incidents are no silences and no maintenance windows', async () => {
  const { web, db } = named('web', 'db');
  await depend(web, db);
  const incident = incidentOf(db);
  await incident.begin();
  const { silences } = await port().listSilences({}, someone());
  expect(silences.map(({ id }) => id)).not.toContain(incident.id);
  await expect(port().endSilence({ id: incident.id }, someone())).rejects.toMatchObject({ kind: 'not-found' });
});

test('a day of retention keeps the mute of an incident that goes on', async () => {
  const { web, db } = named('web', 'db');
  await depend(web, db);
  const incident = incidentOf(db);
  await incident.begin();
  harness.clock.advance(minutes(60 * 24 * 40));
  await drain();
  expect(await send(web)).toMatchObject({ reason: `affected_by:${incident.id}` });
});
