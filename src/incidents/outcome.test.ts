import { randomUUID } from 'node:crypto';
import { minutes, seconds } from '../kernel/clock';
import { someone } from '../testing/http';
import {
  alertOf,
  type IncidentsHouse,
  incidentsHouse,
  JANE,
  JOE,
  machine,
  openedBy,
  timelineOf,
} from '../testing/incidents';

let house: IncidentsHouse;
beforeEach(async () => {
  house = await incidentsHouse();
});
afterEach(() => house.end());

const jane = { ...someone(), actor: 'jane', email: JANE.email };
const joe = { ...someone(), actor: 'joe', email: JOE.email };
const notices = () =>
  house.below.asked.tellOutcome.map(({ outcome, message, except }) => ({ outcome, message, except }));
const acknowledge = (id: string, by = jane) => house.port.update({ id, status: 'acknowledged' }, by);
const resolve = (id: string, by = jane) => house.port.update({ id, status: 'resolved' }, by);

async function opened(service = 'checkout'): Promise<string> {
  const id = await openedBy(house, alertOf({ service, message: 'cards are declined' }));
  await house.settle();
  return id;
}

test('fifteen seconds after an acknowledgement notify is asked for one notice that names the person', async () => {
  const id = await opened();
  await acknowledge(id);
  await house.later(seconds(15) - 1);
  expect(notices()).toEqual([]);
  await house.later(1);
  await house.later(minutes(30));
  expect(notices()).toEqual([
    {
      outcome: 'acknowledged',
      message: `Acknowledged by ${JANE.name}: [HIGH] checkout: cards are declined`,
      except: [JANE.email],
    },
  ]);
});

test('work that starts on an open incident is an acknowledgement, and on an acknowledged one it is no news', async () => {
  const id = await opened();
  await house.port.update({ id, status: 'in_progress' }, jane);
  await house.later(seconds(15));
  expect(notices()).toMatchObject([{ outcome: 'acknowledged' }]);
  const other = await opened('search');
  await acknowledge(other);
  await house.later(seconds(15));
  await house.port.update({ id: other, status: 'in_progress' }, joe);
  await house.later(seconds(15));
  expect(notices()).toHaveLength(2);
});

test('the resolution has a notice of its own, by whoever resolved', async () => {
  const id = await opened();
  await acknowledge(id);
  await house.later(seconds(15));
  await resolve(id, joe);
  await house.later(seconds(15));
  expect(notices()).toMatchObject([
    { outcome: 'acknowledged', except: [JANE.email] },
    { outcome: 'resolved', message: expect.stringMatching(`^Resolved by ${JOE.name}: `), except: [JOE.email] },
  ]);
});

test('an acknowledgement that is resolved within fifteen seconds gives the one notice of the resolution', async () => {
  const id = await opened();
  await acknowledge(id);
  await house.later(seconds(10));
  await resolve(id);
  await house.later(seconds(15));
  expect(notices()).toMatchObject([{ outcome: 'resolved' }]);
});

test('several acknowledgements within fifteen seconds give one notice', async () => {
  const id = await opened();
  await house.port.snooze({ id, minutes: 5 }, joe);
  await acknowledge(id, joe);
  await house.port.snooze({ id, minutes: 5 }, joe);
  await house.later(seconds(5));
  await acknowledge(id, jane);
  await house.later(seconds(15));
  expect(notices()).toMatchObject([{ outcome: 'acknowledged', except: [JANE.email] }]);
});

test('an incident that its integration resolved is resolved by that integration', async () => {
  const alert = alertOf({ service: 'checkout', message: 'cards are declined' });
  const id = await openedBy(house, alert);
  await house.settle();
  const ended = { alert_id: alert.id, ended_at: house.clock.now().toISOString() };
  await house.port.alertsEnded({ alerts: [ended] }, machine('alertmanager'));
  await house.later(seconds(15));
  expect(house.below.asked.tellOutcome).toEqual([
    {
      key: `${id}:resolved:2026-01-05T09:00:00.000Z`,
      incident_id: id,
      outcome: 'resolved',
      message: 'Resolved by alertmanager: [HIGH] checkout: cards are declined',
      severity: 'high',
      except: [],
    },
  ]);
});

test('an acknowledgement that ran out before its notice was due gives none', async () => {
  const id = await opened();
  await acknowledge(id);
  await house.db('escalations').where({ incident_id: id }).update({ state: 'running' });
  await house.later(seconds(15));
  expect(notices()).toEqual([]);
});

test('an address that acted through a link is left out even if it is no account', async () => {
  const id = await opened();
  await acknowledge(id, { ...someone(), actor: 'ops@example.com', email: 'ops@example.com' });
  await house.later(seconds(15));
  expect(notices()).toMatchObject([
    { message: expect.stringMatching('^Acknowledged by ops@example.com: '), except: ['ops@example.com'] },
  ]);
});

test('a notice waits for a notify that is away, and is asked for under one key', async () => {
  const id = await opened();
  await acknowledge(id);
  house.below.away = true;
  await house.later(seconds(15));
  house.below.away = false;
  await house.later(seconds(10));
  expect(notices()).toHaveLength(1);
});

test('with NOTIFY_OUTCOME=false there is no notice', async () => {
  const other = await incidentsHouse({ notifyOutcome: false });
  const id = await openedBy(other);
  await other.settle();
  await other.port.update({ id, status: 'resolved' }, jane);
  await other.later(minutes(1));
  expect(other.below.asked.tellOutcome).toEqual([]);
  await other.end();
});

test('a notice that failed is no failed page', async () => {
  const id = await opened();
  house.below.facts.push({
    kind: 'notification_failed',
    data: {
      incident_id: id,
      key: `${id}:resolved:now:0`,
      notification_id: randomUUID(),
      reason: 'SMTP 550',
      outcome: 'resolved',
    },
  });
  await house.settle();
  expect(await timelineOf(house, id)).not.toContain('page_failed');
});
