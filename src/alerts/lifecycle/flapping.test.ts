import { minutes, seconds } from '../../kernel/clock';
import { type AlertsHarness, alertsHarness } from '../../testing/alerts';
import { someone } from '../../testing/http';
import type { Accepted, Noted } from '../contract';

/** Identities that change too often: what incidents is asked, and delays. Four changes within 30 minutes. */

type Answer = (Accepted | Noted) & { alert_id: string };

let harness: AlertsHarness;
let serial = 0;
beforeAll(async () => {
  harness = await alertsHarness();
});
afterAll(() => harness.drop());

const port = () => harness.alerts.port;
const input = () => {
  const name = `flaps-${++serial}`;
  return { service: name, severity: 'high', message: 'Disk full', dedup_key: name };
};
const send = (report: object, to = port()): Promise<Answer> =>
  to.receive(report as never, someone()) as Promise<Answer>;
const attachedAs = (id: string) =>
  harness.incidents.attached.filter(({ alert }) => alert.id === id).map(({ alert }) => alert);
const endedAs = (id: string) => harness.incidents.ended.filter(({ alert_id }) => alert_id === id);
const state = async (fingerprint: string) => harness.database.db('identity_changes').where({ fingerprint }).first();

/** Advances the clock and runs due jobs. */
async function pass(ms: number): Promise<void> {
  harness.clock.advance(ms);
  await harness.alerts.drain();
}

/** Fires and ends a condition `times` times, a minute between the changes. @returns the last alert */
async function flap(report: object, times: number): Promise<Answer> {
  let last: Answer | undefined;
  for (let n = 0; n < times; n++) {
    last = await send(report);
    await pass(minutes(1));
    await send({ ...report, status: 'resolved' });
    await pass(minutes(1));
  }
  return last as Answer;
}

test('the fourth change is reported to incidents as flapping, and so are all that follow', async () => {
  const report = input();
  const first = await flap(report, 1);
  const second = await flap(report, 1);
  expect(endedAs(first.alert_id)[0]).not.toHaveProperty('flapping');
  expect(endedAs(second.alert_id)[0]).toMatchObject({ flapping: second.fingerprint });
  expect(attachedAs(second.alert_id)[0]).not.toHaveProperty('flapping');
  const third = await flap(report, 1);
  expect(attachedAs(third.alert_id)[0]).toMatchObject({ flapping: true });
});

test('a fourth change that fires marks its alert', async () => {
  const report = input();
  await send(report);
  await pass(minutes(40));
  await send({ ...report, status: 'resolved' });
  await pass(minutes(1));
  await flap(report, 1);
  const third = await send(report);
  expect(attachedAs(third.alert_id)[0]).toMatchObject({ flapping: true });
  expect((await state(third.fingerprint)).flapping_since).toEqual(harness.clock.now());
});

test('changes that are further apart than the window do not count', async () => {
  const report = input();
  await flap(report, 1);
  await pass(minutes(29));
  const last = await flap(report, 1);
  expect(endedAs(last.alert_id)[0]).not.toHaveProperty('flapping');
});

test('flapping ends when the identity has been quiet and not firing for the window', async () => {
  const report = input();
  const { fingerprint } = await flap(report, 2);
  await pass(minutes(28));
  const third = await send(report);
  expect(attachedAs(third.alert_id)[0]).toMatchObject({ flapping: true });
  await pass(minutes(60));
  expect(harness.incidents.flappingEnded).not.toContain(fingerprint);
  await send({ ...report, status: 'resolved' });
  await pass(minutes(30) - 1);
  expect(harness.incidents.flappingEnded).not.toContain(fingerprint);
  await pass(1);
  expect(harness.incidents.flappingEnded).toContain(fingerprint);
  expect(await state(fingerprint)).toBeUndefined();
  const next = await send(report);
  expect(attachedAs(next.alert_id)[0]).not.toHaveProperty('flapping');
});

test('flapping ends when a person resolves the incident, and counts from 0 again', async () => {
  const report = input();
  const { incident_id, fingerprint } = await flap(report, 2);
  harness.incidents.facts.push({
    kind: 'incident_resolved',
    ...{ subject: incident_id as string, actor: 'ana', actor_kind: 'user', data: {} },
    at: harness.clock.now().toISOString(),
  });
  await harness.alerts.drain();
  expect(await state(fingerprint)).toBeUndefined();
  await pass(seconds(15));
  expect(harness.incidents.flappingEnded).toContain(fingerprint);
  const next = await flap(report, 1);
  expect(endedAs(next.alert_id)[0]).not.toHaveProperty('flapping');
});

test('an outage of incidents loses no end of flapping', async () => {
  const report = input();
  const { fingerprint } = await flap(report, 2);
  harness.incidents.mood = 'down';
  await pass(minutes(30));
  harness.incidents.mood = 'up';
  await pass(minutes(1));
  expect(harness.incidents.flappingEnded).toContain(fingerprint);
});

test('a muted identity that flaps is attached as flapping when the silence ends', async () => {
  const report = input();
  const ends_at = new Date(harness.clock.now().getTime() + minutes(20)).toISOString();
  const silence = { matchers: [`service="${report.service}"`], ends_at, comment: 'Move' };
  await port().createSilence(silence, someone());
  await flap(report, 2);
  const muted = await send(report);
  expect(muted).toMatchObject({ action: 'none' });
  await pass(minutes(20));
  expect(attachedAs(muted.alert_id)).toMatchObject([{ flapping: true }]);
});

describe('a delay', () => {
  const delayed = (service: string, delay_minutes: number) => {
    const rule = { name: 'Waits', when: [`service="${service}"`], enabled: true, during: null, stop: false };
    return port().createRule(
      { ...rule, ...Object.fromEntries([['then', { drop: false, set: {}, delay_minutes }]]) } as never,
      someone(),
    );
  };

  test('counts a flapping identity as firing since its first change', async () => {
    const report = input();
    await delayed(report.service, 10);
    await flap(report, 2);
    const third = await send(report);
    expect(third).toMatchObject({ reason: 'held' });
    await pass(minutes(6) - 1);
    expect(attachedAs(third.alert_id)).toEqual([]);
    await pass(1);
    expect(attachedAs(third.alert_id)).toMatchObject([{ flapping: true }]);
  });

  test('of a flapping identity ends with an incident even if the alert ended just before', async () => {
    const report = input();
    await delayed(report.service, 10);
    await flap(report, 2);
    const third = await flap(report, 1);
    expect(attachedAs(third.alert_id)).toEqual([]);
    await pass(minutes(4));
    expect(attachedAs(third.alert_id)).toMatchObject([{ flapping: true }]);
    await pass(seconds(30));
    expect(endedAs(third.alert_id).at(-1)).toMatchObject({ flapping: third.fingerprint });
    const row = await harness.database.db('alerts').where({ id: third.alert_id }).first();
    expect(row).toMatchObject({ status: 'resolved', incident_id: harness.incidents.incidentOf(third.alert_id) });
  });

  test('that an identity outlives without flapping still ends without an incident', async () => {
    const report = input();
    await delayed(report.service, 10);
    const only = await flap(report, 1);
    await pass(minutes(20));
    expect(attachedAs(only.alert_id)).toEqual([]);
  });
});

test('ends and firings of one identity in two processes leave the state that their order gives', async () => {
  const other = harness.another();
  for (let round = 0; round < 5; round++) {
    const report = input();
    const { fingerprint } = await flap(report, 2);
    const both = [port(), other.port];
    await Promise.all(
      both.flatMap((to) => [send(report, to), send({ ...report, status: 'resolved' }, to), send(report, to)]),
    );
    await send({ ...report, status: 'resolved' });
    await pass(seconds(1));
    await pass(minutes(30));
    expect(await state(fingerprint)).toBeUndefined();
    expect(harness.incidents.flappingEnded.filter((each) => each === fingerprint)).toHaveLength(1);
  }
});

test('a firing alert of a flapping identity is marked, and the list finds it', async () => {
  const report = input();
  await flap(report, 2);
  const { alert_id } = await send(report);
  const { port } = harness.alerts;
  expect(await port.get({ alert_id }, someone())).toMatchObject({ status: 'firing', flapping: true });
  const found = await port.list({ status: 'flapping', service: report.service }, someone());
  expect(found.alerts.map(({ id }) => id)).toEqual([alert_id]);
  expect(await port.facets({ service: report.service }, someone())).toMatchObject({ firing_flapping: 1 });
});
