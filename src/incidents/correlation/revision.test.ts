import { minutes } from '../../kernel/clock';
import { someone } from '../../testing/http';
import { incidentActions, incidentSuite } from '../../testing/incidentSuite';
import { alertOf, JANE, machine, openedBy, timelineOf, told } from '../../testing/incidents';
import type { AlertSnapshot } from '../contract';

const harness = incidentSuite({ every: 'test' });
const { incident, attach, setStatus, detailsOf } = incidentActions(harness);
const pages = () => harness.below.asked.takeStep.map(({ step, severity, title }) => ({ step, severity, title }));

/** The snapshot of an alert after its severity rose. */
const risen = (
  alert: AlertSnapshot,
  to: AlertSnapshot['severity'],
  revision = 1,
  over: Partial<AlertSnapshot> = {},
) => ({
  ...alert,
  severity: to,
  revision,
  raised: { revision, to },
  ...over,
});

async function openLow(): Promise<{ alert: AlertSnapshot; id: string }> {
  const alert = alertOf({ severity: 'low' });
  const id = await openedBy(harness, alert);
  await harness.drain();
  return { alert, id };
}

test('an increased severity raises the incident, pages now and shows the alert', async () => {
  const { alert, id } = await openLow();
  await attach(risen(alert, 'critical', 1, { message: 'Disk full' }));
  await harness.drain();
  expect(await incident(id)).toMatchObject({
    severity: 'critical',
    status: 'open',
    title: `[CRITICAL] ${alert.service}: Disk full`,
    alerts: [{ id: alert.id, severity: 'critical', message: 'Disk full' }],
  });
  expect(pages().slice(1)).toEqual([
    { step: 1, severity: 'critical', title: `[CRITICAL] ${alert.service}: Disk full` },
  ]);
  expect(await detailsOf(id, 'severity_changed')).toEqual([
    { from: 'low', to: 'critical', alert_id: alert.id, alert: 'Disk full' },
  ]);
});

test('an increased severity ends the wait for support hours', async () => {
  harness.below.waitUntil = '2026-01-05T18:00:00.000Z';
  const { alert, id } = await openLow();
  await attach(risen(alert, 'high'));
  await harness.drain();
  expect(pages().map(({ severity }) => severity)).toEqual(['low', 'high']);
  expect(await timelineOf(harness, id)).toContain('escalated');
});

test('an increase that is delivered again, or concurrently by another process, counts once', async () => {
  const { alert, id } = await openLow();
  const other = harness.again();
  await Promise.all([
    attach(risen(alert, 'critical')),
    other.port.attach({ alerts: [risen(alert, 'critical')] }, machine()),
  ]);
  await attach(risen(alert, 'critical'));
  await harness.drain();
  expect(await detailsOf(id, 'severity_changed')).toHaveLength(1);
  expect(pages()).toHaveLength(2);
});

test('a severity that a person lowered stays until the next increase; repeats do not change it', async () => {
  const { alert, id } = await openLow();
  await attach(risen(alert, 'critical'));
  await harness.port.update({ id, severity: 'low' }, someone());
  await attach(risen(alert, 'critical'));
  expect(await incident(id)).toMatchObject({ severity: 'low', title: expect.stringMatching(/^\[LOW\]/) });
  await attach({ ...alert, revision: 2 });
  await attach(risen(alert, 'critical', 3));
  expect(await incident(id)).toMatchObject({ severity: 'critical' });
});

test('a lower severity of an alert does not lower its incident', async () => {
  const alert = alertOf({ severity: 'critical' });
  const id = await openedBy(harness, alert);
  await attach({ ...alert, severity: 'low', revision: 1 });
  expect(await incident(id)).toMatchObject({
    severity: 'critical',
    title: expect.stringMatching(/^\[CRITICAL\]/),
    alerts: [{ severity: 'low' }],
  });
});

test('increases that arrive out of order raise the incident to the highest', async () => {
  const { alert, id } = await openLow();
  await attach({ ...alert, severity: 'medium', revision: 3, raised: { revision: 3, to: 'medium' } });
  await attach({ ...alert, severity: 'medium', revision: 3, raised: { revision: 1, to: 'critical' } });
  await attach({ ...alert, severity: 'medium', revision: 3, raised: { revision: 1, to: 'critical' } });
  expect((await incident(id)).severity).toBe('critical');
  expect(await detailsOf(id, 'severity_changed')).toMatchObject([{ to: 'medium' }, { to: 'critical' }]);
});

test('several snapshots of a new alert in one batch open an incident of the highest severity', async () => {
  const alert = alertOf({ severity: 'low' });
  const results = await attach(alert, risen(alert, 'critical'), { ...alert, revision: 2 });
  await harness.drain();
  expect(await incident(results[0]!.incident_id)).toMatchObject({ severity: 'critical', alert_count: 1 });
  expect(pages()).toMatchObject([{ step: 1, severity: 'critical' }]);
});

test.each(['acknowledged', 'in_progress'] as const)(
  'an increased severity while %s pages the assignee once and keeps the status',
  async (status) => {
    const { alert, id } = await openLow();
    await setStatus(id, status);
    await attach(risen(alert, 'critical'));
    await harness.drain();
    expect(harness.below.asked.tell).toMatchObject([{ severity: 'critical', to: [{ kind: 'person' }] }]);
    expect(pages()).toHaveLength(1);
    expect(await incident(id)).toMatchObject({ status, severity: 'critical', escalation: { state: 'stopped' } });
    expect((await detailsOf(id, 'paged')).at(-1)).toMatchObject({
      why: 'severity_raised',
      told: [{ role: 'assignee' }],
    });
  },
);

test('an increased severity while acknowledged restarts the escalation if there is no assignee to page', async () => {
  harness.below.primary = null;
  harness.below.steps = [[told(JANE, 'member')]];
  const { alert, id } = await openLow();
  await harness.port.update({ id, status: 'acknowledged' }, { ...someone(), kind: 'key' });
  expect((await incident(id)).assigned_to).toBeNull();
  await attach(risen(alert, 'critical'));
  await harness.drain();
  expect(pages().slice(1)).toMatchObject([{ step: 1, severity: 'critical' }]);
  expect(await incident(id)).toMatchObject({ status: 'acknowledged', escalation: { state: 'running' } });
});

test('an increased severity ends a snooze and pages', async () => {
  const { alert, id } = await openLow();
  await harness.port.snooze({ id, minutes: 60 }, someone());
  await attach(risen(alert, 'high'));
  await harness.drain();
  expect(await incident(id)).toMatchObject({ snoozed_until: null, severity: 'high' });
  expect(await detailsOf(id, 'snooze_ended')).toEqual([{ reason: 'severity_raised' }]);
  expect(pages().slice(1)).toMatchObject([{ step: 1, severity: 'high' }]);
});

test('an increase to medium sends no page of an open incident', async () => {
  const { alert, id } = await openLow();
  await attach(risen(alert, 'medium'));
  await harness.drain();
  expect(await incident(id)).toMatchObject({ severity: 'medium' });
  expect(pages()).toHaveLength(1);
});

test('an increase while the first page is being sent pages again at the higher severity', async () => {
  const alert = alertOf({ severity: 'low' });
  const id = await openedBy(harness, alert);
  let raced = false;
  harness.below.meanwhile = async () => {
    if (!raced) await attach(risen(alert, 'critical'));
    raced = true;
  };
  await harness.drain();
  expect(pages().map(({ severity }) => severity)).toEqual(['low', 'critical']);
  expect(await timelineOf(harness, id)).toEqual(expect.arrayContaining(['paged', 'severity_changed', 'escalated']));
});

test('an increase before the first page sends one page', async () => {
  const alert = alertOf({ severity: 'low' });
  await openedBy(harness, alert);
  await attach(risen(alert, 'critical'));
  await harness.drain();
  expect(pages()).toMatchObject([{ step: 1, severity: 'critical' }]);
});

test('a raised incident keeps its slot and takes the slot of the higher severity if that is free', async () => {
  const { alert, id } = await openLow();
  await attach(risen(alert, 'critical'));
  harness.clock.advance(minutes(4));
  await attach(risen(alert, 'critical'));
  harness.clock.advance(minutes(4));
  expect(await openedBy(harness, alertOf({ service: alert.service, severity: 'critical' }))).toBe(id);
  expect(await openedBy(harness, alertOf({ service: alert.service, severity: 'low' }))).toBe(id);
});

test('a raised incident does not take the slot of the higher severity from another incident', async () => {
  const { alert, id } = await openLow();
  const critical = await openedBy(harness, alertOf({ service: alert.service, severity: 'critical' }));
  await attach(risen(alert, 'critical'));
  expect(await openedBy(harness, alertOf({ service: alert.service, severity: 'critical' }))).toBe(critical);
  expect(await openedBy(harness, alertOf({ service: alert.service, severity: 'low' }))).toBe(id);
});

test('a resolved incident is not raised', async () => {
  const { alert, id } = await openLow();
  await setStatus(id, 'resolved');
  const results = await attach(risen(alert, 'critical'));
  expect(results).toMatchObject([{ result: 'ended', incident_id: id }]);
  expect((await incident(id)).severity).toBe('low');
});

test('new content of the alert that opened an incident changes its title, description and links', async () => {
  const { alert, id } = await openLow();
  const other = alertOf({ service: alert.service, severity: 'low', message: 'Another' });
  await attach(other);
  const links = [{ kind: 'runbook' as const, url: 'https://wiki.example/r' }];
  await attach({ ...alert, message: 'Disk at 90%', revision: 1, description: 'Rotate the logs', links });
  await attach({ ...other, message: 'Another, worse', revision: 1 });
  await attach({ ...alert, message: 'An older text', revision: 0 });
  expect(await incident(id)).toMatchObject({
    title: `[LOW] ${alert.service}: Disk at 90%`,
    description: 'Rotate the logs',
    links,
  });
  const messages = (await incident(id)).alerts.map(({ message }) => message).sort();
  expect(messages).toEqual(['Another, worse', 'Disk at 90%']);
});

test('a step sends the latest content, with description and links', async () => {
  const links = [{ kind: 'dashboard' as const, url: 'https://grafana.example/d/1' }];
  const alert = alertOf({ description: 'Since this morning', links });
  await openedBy(harness, alert);
  await harness.drain();
  expect(harness.below.asked.takeStep).toMatchObject([{ description: 'Since this morning', links }]);
  await attach({ ...alert, message: 'Worse', revision: 1, description: 'Since noon' });
  await harness.later(minutes(6));
  expect(harness.below.asked.takeStep.at(-1)).toMatchObject({
    step: 2,
    title: expect.stringContaining('Worse'),
    description: 'Since noon',
  });
});
