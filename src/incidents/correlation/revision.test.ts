import { minutes } from '../../kernel/clock';
import { someone } from '../../testing/http';
import {
  alertOf,
  type IncidentsHarness,
  incidentsHarness,
  JANE,
  machine,
  openedBy,
  timelineOf,
  told,
} from '../../testing/incidents';
import type { AlertSnapshot } from '../contract';

let house: IncidentsHarness;
beforeEach(async () => {
  house = await incidentsHarness();
});
afterEach(() => house.end());

const attach = (...alerts: AlertSnapshot[]) => house.port.attach({ alerts }, machine());
const incident = (id: string) => house.port.get({ id }, someone());
const become = (id: string, status: 'acknowledged' | 'in_progress' | 'resolved') =>
  house.port.update({ id, status }, someone());
const pages = () => house.below.asked.takeStep.map(({ step, severity, title }) => ({ step, severity, title }));
const detailsOf = async (id: string, type: string) =>
  (await incident(id)).timeline.filter(({ event_type }) => event_type === type).map(({ detail }) => detail);

/** What an alert says after it rose. */
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
  const id = await openedBy(house, alert);
  await house.settle();
  return { alert, id };
}

test('a rise raises the incident, pages now and says why', async () => {
  const { alert, id } = await openLow();
  await attach(risen(alert, 'critical', 1, { message: 'Disk full' }));
  await house.settle();
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

test('an incident that waits for support hours pages at once', async () => {
  house.below.waitUntil = '2026-01-05T18:00:00.000Z';
  const { alert, id } = await openLow();
  await attach(risen(alert, 'high'));
  await house.settle();
  expect(pages().map(({ severity }) => severity)).toEqual(['low', 'high']);
  expect(await timelineOf(house, id)).toContain('escalated');
});

test('the same rise delivered again, or by another process at once, counts once', async () => {
  const { alert, id } = await openLow();
  const other = house.again();
  await Promise.all([
    attach(risen(alert, 'critical')),
    other.port.attach({ alerts: [risen(alert, 'critical')] }, machine()),
  ]);
  await attach(risen(alert, 'critical'));
  await house.settle();
  expect(await detailsOf(id, 'severity_changed')).toHaveLength(1);
  expect(pages()).toHaveLength(2);
});

test('a person who lowers the severity is not overruled by repeats, only by the next rise', async () => {
  const { alert, id } = await openLow();
  await attach(risen(alert, 'critical'));
  await house.port.update({ id, severity: 'low' }, someone());
  await attach(risen(alert, 'critical'));
  expect(await incident(id)).toMatchObject({ severity: 'low', title: expect.stringMatching(/^\[LOW\]/) });
  await attach({ ...alert, revision: 2 });
  await attach(risen(alert, 'critical', 3));
  expect(await incident(id)).toMatchObject({ severity: 'critical' });
});

test('a severity never falls by itself', async () => {
  const alert = alertOf({ severity: 'critical' });
  const id = await openedBy(house, alert);
  await attach({ ...alert, severity: 'low', revision: 1 });
  expect(await incident(id)).toMatchObject({
    severity: 'critical',
    title: expect.stringMatching(/^\[CRITICAL\]/),
    alerts: [{ severity: 'low' }],
  });
});

test('rises that arrive out of order raise to the highest', async () => {
  const { alert, id } = await openLow();
  await attach({ ...alert, severity: 'medium', revision: 3, raised: { revision: 3, to: 'medium' } });
  await attach({ ...alert, severity: 'medium', revision: 3, raised: { revision: 1, to: 'critical' } });
  await attach({ ...alert, severity: 'medium', revision: 3, raised: { revision: 1, to: 'critical' } });
  expect((await incident(id)).severity).toBe('critical');
  expect(await detailsOf(id, 'severity_changed')).toMatchObject([{ to: 'medium' }, { to: 'critical' }]);
});

test('several snapshots of one alert in one batch: a new one opens at the highest severity', async () => {
  const alert = alertOf({ severity: 'low' });
  const { results } = await attach(alert, risen(alert, 'critical'), { ...alert, revision: 2 });
  await house.settle();
  expect(await incident(results[0]!.incident_id)).toMatchObject({ severity: 'critical', alert_count: 1 });
  expect(pages()).toMatchObject([{ step: 1, severity: 'critical' }]);
});

test.each(['acknowledged', 'in_progress'] as const)(
  'a rise while %s pages the assignee once and keeps the status',
  async (status) => {
    const { alert, id } = await openLow();
    await become(id, status);
    await attach(risen(alert, 'critical'));
    await house.settle();
    expect(house.below.asked.tell).toMatchObject([{ severity: 'critical', to: [{ kind: 'person' }] }]);
    expect(pages()).toHaveLength(1);
    expect(await incident(id)).toMatchObject({ status, severity: 'critical', escalation: { state: 'stopped' } });
    expect((await detailsOf(id, 'paged')).at(-1)).toMatchObject({
      why: 'severity_raised',
      told: [{ role: 'assignee' }],
    });
  },
);

test('a rise while acknowledged restarts the escalation if nobody can be paged', async () => {
  house.below.primary = null;
  house.below.steps = [[told(JANE, 'member')]];
  const { alert, id } = await openLow();
  await house.port.update({ id, status: 'acknowledged' }, { ...someone(), kind: 'key' });
  expect((await incident(id)).assigned_to).toBeNull();
  await attach(risen(alert, 'critical'));
  await house.settle();
  expect(pages().slice(1)).toMatchObject([{ step: 1, severity: 'critical' }]);
  expect(await incident(id)).toMatchObject({ status: 'acknowledged', escalation: { state: 'running' } });
});

test('a rise ends a snooze and pages', async () => {
  const { alert, id } = await openLow();
  await house.port.snooze({ id, minutes: 60 }, someone());
  await attach(risen(alert, 'high'));
  await house.settle();
  expect(await incident(id)).toMatchObject({ snoozed_until: null, severity: 'high' });
  expect(await detailsOf(id, 'snooze_ended')).toEqual([{ reason: 'severity_raised' }]);
  expect(pages().slice(1)).toMatchObject([{ step: 1, severity: 'high' }]);
});

test('a rise that stays below urgent pages nobody of an open incident', async () => {
  const { alert, id } = await openLow();
  await attach(risen(alert, 'medium'));
  await house.settle();
  expect(await incident(id)).toMatchObject({ severity: 'medium' });
  expect(pages()).toHaveLength(1);
});

test('a rise while the first page is on its way is paged at the higher severity', async () => {
  const alert = alertOf({ severity: 'low' });
  const id = await openedBy(house, alert);
  let raced = false;
  house.below.meanwhile = async () => {
    if (!raced) await attach(risen(alert, 'critical'));
    raced = true;
  };
  await house.settle();
  expect(pages().map(({ severity }) => severity)).toEqual(['low', 'critical']);
  expect(await timelineOf(house, id)).toEqual(expect.arrayContaining(['paged', 'severity_changed', 'escalated']));
});

test('a rise before the first page went out makes one page', async () => {
  const alert = alertOf({ severity: 'low' });
  await openedBy(house, alert);
  await attach(risen(alert, 'critical'));
  await house.settle();
  expect(pages()).toMatchObject([{ step: 1, severity: 'critical' }]);
});

test('a raised incident keeps its slot and takes the higher one if no incident holds it', async () => {
  const { alert, id } = await openLow();
  await attach(risen(alert, 'critical'));
  house.clock.advance(minutes(4));
  await attach(risen(alert, 'critical'));
  house.clock.advance(minutes(4));
  expect(await openedBy(house, alertOf({ service: alert.service, severity: 'critical' }))).toBe(id);
  expect(await openedBy(house, alertOf({ service: alert.service, severity: 'low' }))).toBe(id);
});

test('a raised incident leaves the higher slot to the incident that holds it', async () => {
  const { alert, id } = await openLow();
  const critical = await openedBy(house, alertOf({ service: alert.service, severity: 'critical' }));
  await attach(risen(alert, 'critical'));
  expect(await openedBy(house, alertOf({ service: alert.service, severity: 'critical' }))).toBe(critical);
  expect(await openedBy(house, alertOf({ service: alert.service, severity: 'low' }))).toBe(id);
});

test('a resolved incident is not raised', async () => {
  const { alert, id } = await openLow();
  await become(id, 'resolved');
  const { results } = await attach(risen(alert, 'critical'));
  expect(results).toMatchObject([{ result: 'ended', incident_id: id }]);
  expect((await incident(id)).severity).toBe('low');
});

test('new words of the alert that opened the incident change its title, description and links', async () => {
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

test('a step sends the latest words, with description and links', async () => {
  const links = [{ kind: 'dashboard' as const, url: 'https://grafana.example/d/1' }];
  const alert = alertOf({ description: 'Since this morning', links });
  await openedBy(house, alert);
  await house.settle();
  expect(house.below.asked.takeStep).toMatchObject([{ description: 'Since this morning', links }]);
  await attach({ ...alert, message: 'Worse', revision: 1, description: 'Since noon' });
  await house.later(minutes(6));
  expect(house.below.asked.takeStep.at(-1)).toMatchObject({
    step: 2,
    title: expect.stringContaining('Worse'),
    description: 'Since noon',
  });
});
