import { randomUUID } from 'node:crypto';
import { minutes } from '../../kernel/clock';
import { someone } from '../../testing/http';
import { incidentActions, incidentSuite } from '../../testing/incidentSuite';
import { alertOf, machine } from '../../testing/incidents';
import type { AlertSnapshot } from '../contract';

/** Incidents of identities that flap: they stay open, take each new alert of the identity, and page once. */

const harness = incidentSuite({ every: 'file' });
const { incident, attach, setStatus } = incidentActions(harness);

const timeline = async (id: string) => (await harness.port.timeline({ id }, someone())).timeline;

/** An alert of an identity of its own. */
const anAlert = (over: Partial<AlertSnapshot> = {}) =>
  alertOf({ fingerprint: randomUUID().replaceAll('-', ''), ...over });

/** Ends an alert whose identity flaps. */
const endFlapping = async ({ id, fingerprint }: AlertSnapshot) => {
  const ended_at = harness.clock.now().toISOString();
  const alerts = [{ alert_id: id, ended_at, flapping: fingerprint }];
  return (await harness.port.alertsEnded({ alerts }, machine())).results;
};
const endOne = ({ id }: AlertSnapshot) =>
  harness.port.alertsEnded({ alerts: [{ alert_id: id, ended_at: harness.clock.now().toISOString() }] }, machine());
const quiet = (...fingerprints: string[]) => harness.port.flappingEnded({ fingerprints }, machine('system'));
/** The next alert of the same identity. */
const next = ({ service, fingerprint }: AlertSnapshot, over: Partial<AlertSnapshot> = {}) =>
  anAlert({ service, fingerprint, flapping: true, ...over });
const pagesOf = (id: string) => harness.below.asked.takeStep.filter(({ incident_id }) => incident_id === id);

/** An incident that flaps, with its only alert ended. */
async function flapping() {
  const first = anAlert();
  const [attached] = await attach(first);
  await harness.drain();
  const id = attached!.incident_id;
  expect(await endFlapping(first)).toMatchObject([{ incident_id: id, incident_resolved: false }]);
  return { id, first };
}

test('the end of an alert whose identity flaps marks the incident and leaves it open', async () => {
  const { id } = await flapping();
  expect(await incident(id)).toMatchObject({ status: 'open', flapping: true, alerts_firing: 0 });
  const types = (await timeline(id)).map(({ event_type }) => event_type);
  expect(types.slice(-2)).toEqual(['flapping_began', 'alert_resolved']);
  const { incidents } = await harness.port.list(
    { page: 1, per_page: 50, sort: 'created_at', order: 'desc' },
    someone(),
  );
  expect(incidents.find((one) => one.id === id)).toMatchObject({ flapping: true });
});

test('each new alert of the identity joins, however late, and pages no one again', async () => {
  const { id, first } = await flapping();
  await harness.drain();
  const pages = pagesOf(id).length;
  expect(pages).toBeGreaterThan(0);
  await setStatus(id, 'acknowledged');
  for (let n = 0; n < 3; n++) {
    harness.clock.advance(minutes(20));
    const again = next(first);
    expect(await attach(again)).toEqual([{ alert_id: again.id, incident_id: id, result: 'existing_incident' }]);
    expect(await attach(again)).toEqual([{ alert_id: again.id, incident_id: id, result: 'existing_incident' }]);
    expect(await endFlapping(again)).toMatchObject([{ incident_resolved: false }]);
    await harness.drain();
  }
  expect(await incident(id)).toMatchObject({ status: 'acknowledged', alert_count: 4, alerts_firing: 0 });
  expect(pagesOf(id)).toHaveLength(pages);
  const types = (await timeline(id)).map(({ event_type }) => event_type);
  expect(types.filter((type) => type === 'flapping_began')).toHaveLength(1);
  expect(types).not.toContain('resolved');
});

test('a more severe alert of the identity raises the incident', async () => {
  const first = anAlert({ severity: 'low' });
  const [attached] = await attach(first);
  await endFlapping(first);
  await attach(next(first, { severity: 'critical' }));
  expect(await incident(attached!.incident_id)).toMatchObject({ severity: 'critical' });
});

test('an alert that begins to flap when it fires marks the incident that it joins', async () => {
  const first = { ...anAlert(), flapping: true };
  const [attached] = await attach(first);
  expect(attached).toMatchObject({ result: 'new_incident' });
  expect(await incident(attached!.incident_id)).toMatchObject({ flapping: true, alerts_firing: 1 });
  expect((await incident(attached!.incident_id)).alerts[0]).not.toHaveProperty('flapping');
});

test('the end of flapping resolves the incident if no alert fires, and leaves it to its alerts otherwise', async () => {
  const [calm, loud] = [await flapping(), await flapping()];
  const again = next(loud.first);
  await attach(again);
  await quiet(calm.first.fingerprint, loud.first.fingerprint);
  expect(await incident(calm.id)).toMatchObject({ status: 'resolved', flapping: false });
  expect((await timeline(calm.id)).slice(-2)).toMatchObject([
    { event_type: 'flapping_ended', detail: { reason: 'quiet' } },
    { event_type: 'resolved', detail: { reason: 'all_alerts_ended' } },
  ]);
  expect(await incident(loud.id)).toMatchObject({ status: 'open', flapping: false });
  await endOne(again);
  expect(await incident(loud.id)).toMatchObject({ status: 'resolved' });
  const before = await timeline(calm.id);
  await quiet(calm.first.fingerprint);
  expect(await timeline(calm.id)).toEqual(before);
});

test('a person who resolves the incident ends the flapping, and the next alert opens another incident', async () => {
  const { id, first } = await flapping();
  await setStatus(id, 'resolved');
  expect(await incident(id)).toMatchObject({ status: 'resolved', flapping: false });
  expect((await timeline(id)).map(({ event_type }) => event_type)).toContain('flapping_ended');
  const [after] = await attach(next(first));
  expect(after).toMatchObject({ result: 'new_incident' });
  expect(after!.incident_id).not.toBe(id);
});

test('an incident with two identities flaps until both are quiet', async () => {
  const one = anAlert();
  const other = anAlert({ service: one.service });
  const [attached] = await attach(one, other);
  const id = attached!.incident_id;
  await endFlapping(one);
  await endFlapping(other);
  await quiet(one.fingerprint);
  expect(await incident(id)).toMatchObject({ status: 'open', flapping: true });
  await quiet(other.fingerprint);
  expect(await incident(id)).toMatchObject({ status: 'resolved', flapping: false });
});

test('firings, ends, the end of flapping and a resolution at the same time leave no incident open for ever', async () => {
  const other = harness.again();
  for (let round = 0; round < 8; round++) {
    const { id, first } = await flapping();
    const [a, b] = [next(first), next(first)];
    const end = (alert: AlertSnapshot) => endFlapping(alert);
    const [attachedA] = (
      await Promise.all([
        harness.port.attach({ alerts: [a] }, machine()),
        other.port.attach({ alerts: [b] }, machine()),
        quiet(first.fingerprint),
        ...(round % 2 === 0 ? [setStatus(id, 'resolved').catch(() => undefined)] : []),
      ])
    ).slice(0, 2) as { results: { incident_id: string }[] }[];
    await Promise.all([end(a), end(b)]);
    await quiet(first.fingerprint);
    const ids = await harness.db('alert_links').whereIn('alert_id', [a.id, b.id]).pluck('incident_id');
    expect(attachedA!.results[0]!.incident_id).toBeDefined();
    for (const each of new Set([id, ...ids])) {
      expect(await incident(each)).toMatchObject({ status: 'resolved', flapping: false, alerts_firing: 0 });
    }
  }
});
