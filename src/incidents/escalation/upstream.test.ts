import { hours, minutes } from '../../kernel/clock';
import { eventsSoFar } from '../../testing/events';
import { someone } from '../../testing/http';
import { incidentActions, incidentSuite } from '../../testing/incidentSuite';
import { alertOf, openedBy, outcomeOf } from '../../testing/incidents';
import { UPSTREAM_EVENTS } from '../contract';

/** The events by which alerts knows whose dependents need not page. */

const harness = incidentSuite({ every: 'test' });
const { setStatus, endAlerts } = incidentActions(harness);
const maria = someone();

async function opened(over: Parameters<typeof alertOf>[0] = {}): Promise<{ id: string; alert: string }> {
  const alert = alertOf({ severity: 'high', ...over });
  const id = await openedBy(harness, alert);
  await harness.drain();
  return { id, alert: alert.id };
}

/** What was written about an incident so far: `began` or `ended`, with its version. */
async function written(id: string): Promise<string[]> {
  const events = await eventsSoFar(harness.db);
  return events
    .filter(({ kind, subject }) => (UPSTREAM_EVENTS as readonly string[]).includes(kind) && subject === id)
    .map(({ kind, data }) => `${data['version']} ${kind.replace('incident_upstream_', '')}`);
}

/** The pages that were sent so far get this result. */
async function pagesAre(kind: 'notification_sent' | 'notification_failed'): Promise<void> {
  const { pages, facts } = harness.below;
  facts.push(...pages.map((page) => outcomeOf(kind, page)));
  await harness.drain();
}

test('it begins when a page is accepted and ends with the incident', async () => {
  harness.below.accepts = false;
  const { id, alert } = await opened({ service: 'db' });
  expect(await written(id)).toEqual([]);
  await pagesAre('notification_sent');
  expect(await written(id)).toEqual(['1 began']);
  await endAlerts(alert);
  expect(await written(id)).toEqual(['1 began', '2 ended']);
  const events = await eventsSoFar(harness.db);
  expect(events.find(({ kind }) => kind === 'incident_upstream_began')).toMatchObject({
    ...{ actor: 'system', actor_kind: 'system' },
    data: { service: 'db', title: expect.stringContaining('db'), version: 1 },
  });
});

test('it does not begin while no page reaches a person, but does if a person acknowledges', async () => {
  harness.below.accepts = false;
  const { id } = await opened();
  await pagesAre('notification_failed');
  expect(await written(id)).toEqual([]);
  await setStatus(id, 'acknowledged');
  expect(await written(id)).toEqual(['1 began']);
});

test('it does not begin at low urgency, begins when the severity rises, and ends when it falls', async () => {
  const { id } = await opened({ severity: 'medium' });
  expect(await written(id)).toEqual([]);
  await harness.port.update({ id, severity: 'critical' }, maria);
  await harness.drain();
  expect(await written(id)).toEqual(['1 began']);
  await harness.port.update({ id, severity: 'low' }, maria);
  expect(await written(id)).toEqual(['1 began', '2 ended']);
});

test('a snooze ends it; after the snooze it begins when a page is accepted again', async () => {
  const { id } = await opened();
  const before = (await harness.port.get({ id }, maria)).updated_at;
  await harness.port.snooze({ id, minutes: 60 }, maria);
  expect(await written(id)).toEqual(['1 began', '2 ended']);
  expect((await harness.port.get({ id }, maria)).updated_at).toBe(before);
  await harness.later(hours(1));
  expect(await written(id)).toEqual(['1 began', '2 ended', '3 began']);
});

test('it goes on while the policy runs again, and ends if that reaches no one', async () => {
  harness.below.ackTimeout = 10;
  const { id } = await opened();
  await setStatus(id, 'acknowledged');
  harness.below.accepts = false;
  await harness.later(minutes(11));
  expect((await harness.port.get({ id }, maria)).reach).toBe('pending');
  expect(await written(id)).toEqual(['1 began']);
  for (let step = 0; step < 4; step++) await pagesAre('notification_failed');
  expect((await harness.port.get({ id }, maria)).reach).toBe('no_one');
  expect(await written(id)).toEqual(['1 began', '2 ended']);
});

test('an exhausted policy that reached a person does not end it', async () => {
  const { id } = await opened();
  for (let step = 0; step < 4; step++) await harness.later(minutes(6));
  expect((await harness.port.get({ id }, maria)).escalation?.state).toBe('exhausted');
  expect(await written(id)).toEqual(['1 began']);
});

test('an undone resolution begins it again, and so does a person who reopens it, until that reaches no one', async () => {
  const { id } = await opened();
  await setStatus(id, 'resolved');
  await harness.port.undo({ id }, maria);
  expect(await written(id)).toEqual(['1 began', '2 ended', '3 began']);
  await setStatus(id, 'resolved');
  harness.below.accepts = false;
  await harness.port.reopen({ id }, maria);
  await harness.drain();
  expect((await written(id)).slice(3)).toEqual(['4 ended', '5 began']);
  for (let step = 0; step < 4; step++) await pagesAre('notification_failed');
  expect((await written(id)).at(-1)).toBe('6 ended');
});

test('an incident of alerts of several services has no effect while only alerts of other services fire', async () => {
  const routing = { ...GROUP, key: 'KEY:datacenter' };
  const own = alertOf({ service: 'db', severity: 'high', routing });
  const { id } = await opened(own);
  const other = alertOf({ service: 'cache', severity: 'high', routing });
  expect(await openedBy(harness, other)).toBe(id);
  expect(await written(id)).toEqual(['1 began']);
  await endAlerts(own.id);
  await harness.drain();
  expect((await harness.port.get({ id }, maria)).status).toBe('open');
  expect(await written(id)).toEqual(['1 began', '2 ended']);
  expect(await openedBy(harness, alertOf({ service: 'db', severity: 'high', routing }))).toBe(id);
  await harness.drain();
  expect(await written(id)).toEqual(['1 began', '2 ended', '3 began']);
});

const GROUP = {
  ...{ team: null, policy: null, by: null, by_severity: false, per_owner: false },
  ...{ window_minutes: null, not_paged_by: null, room: null },
};
