import { randomUUID } from 'node:crypto';
import { minutes, seconds } from '../../kernel/clock';
import type { Caller } from '../../kernel/ports/contract';
import { someone } from '../../testing/http';
import {
  alertOf,
  type IncidentsHarness,
  incidentsHarness,
  JANE,
  JOE,
  machine,
  openedBy,
  timelineOf,
} from '../../testing/incidents';

let harness: IncidentsHarness;
beforeEach(async () => {
  harness = await incidentsHarness();
});
afterEach(() => harness.end());

const jane: Caller = { ...someone(), actor: 'jane', email: JANE.email };
const joe: Caller = { ...someone(), actor: 'joe', email: JOE.email };
const notices = () =>
  harness.below.asked.tellOutcome.map(({ outcome, message, except }) => ({ outcome, message, except }));
const acknowledge = (id: string, by = jane) => harness.port.update({ id, status: 'acknowledged' }, by);
const resolve = (id: string, by = jane) => harness.port.update({ id, status: 'resolved' }, by);

async function opened(service = 'checkout'): Promise<string> {
  const id = await openedBy(harness, alertOf({ service, message: 'cards are declined' }));
  await harness.drain();
  return id;
}

test('fifteen seconds after an acknowledgement notify is asked for one notice that names the person', async () => {
  const id = await opened();
  await acknowledge(id);
  await harness.later(seconds(15) - 1);
  expect(notices()).toEqual([]);
  await harness.later(1);
  await harness.later(minutes(30));
  expect(notices()).toEqual([
    {
      outcome: 'acknowledged',
      message: `Acknowledged by ${JANE.name}: [HIGH] checkout: cards are declined`,
      except: [JANE.email],
    },
  ]);
});

test('starting work on an open incident sends the notice of an acknowledgement; on an acknowledged one it sends none', async () => {
  const id = await opened();
  await harness.port.update({ id, status: 'in_progress' }, jane);
  await harness.later(seconds(15));
  expect(notices()).toMatchObject([{ outcome: 'acknowledged' }]);
  const other = await opened('search');
  await acknowledge(other);
  await harness.later(seconds(15));
  await harness.port.update({ id: other, status: 'in_progress' }, joe);
  await harness.later(seconds(15));
  expect(notices()).toHaveLength(2);
});

test('a resolution has its own notice, which names the person who resolved', async () => {
  const id = await opened();
  await acknowledge(id);
  await harness.later(seconds(15));
  await resolve(id, joe);
  await harness.later(seconds(15));
  expect(notices()).toMatchObject([
    { outcome: 'acknowledged', except: [JANE.email] },
    { outcome: 'resolved', message: expect.stringMatching(`^Resolved by ${JOE.name}: `), except: [JOE.email] },
  ]);
});

test('an incident acknowledged and resolved within fifteen seconds gives one notice, of the resolution', async () => {
  const id = await opened();
  await acknowledge(id);
  await harness.later(seconds(10));
  await resolve(id);
  await harness.later(seconds(15));
  expect(notices()).toMatchObject([{ outcome: 'resolved' }]);
});

test('several acknowledgements within fifteen seconds give one notice', async () => {
  const id = await opened();
  await harness.port.snooze({ id, minutes: 5 }, joe);
  await acknowledge(id, joe);
  await harness.port.snooze({ id, minutes: 5 }, joe);
  await harness.later(seconds(5));
  await acknowledge(id, jane);
  await harness.later(seconds(15));
  expect(notices()).toMatchObject([{ outcome: 'acknowledged', except: [JANE.email] }]);
});

test('an incident whose last alert ended is resolved by its source', async () => {
  const alert = alertOf({ service: 'checkout', message: 'cards are declined' });
  const id = await openedBy(harness, alert);
  await harness.drain();
  const ended = { alert_id: alert.id, ended_at: harness.clock.now().toISOString() };
  await harness.port.alertsEnded({ alerts: [ended] }, machine('alertmanager'));
  await harness.later(seconds(15));
  expect(harness.below.asked.tellOutcome).toEqual([
    {
      key: `${id}:resolved:2026-01-05T09:00:00.000Z`,
      incident_id: id,
      outcome: 'resolved',
      message: 'Resolved by its source (alertmanager): [HIGH] checkout: cards are declined',
      severity: 'high',
      except: [],
    },
  ]);
});

test('an acknowledgement that timed out before its notice was due gives none', async () => {
  const id = await opened();
  await acknowledge(id);
  await harness.db('escalations').where({ incident_id: id }).update({ state: 'running' });
  await harness.later(seconds(15));
  expect(notices()).toEqual([]);
});

test('an address that acted through a link is left out even if it is no account', async () => {
  const id = await opened();
  await acknowledge(id, { ...someone(), actor: 'ops@example.com', email: 'ops@example.com' });
  await harness.later(seconds(15));
  expect(notices()).toMatchObject([
    { message: expect.stringMatching('^Acknowledged by ops@example.com: '), except: ['ops@example.com'] },
  ]);
});

test('while notify is unavailable a notice waits, and each retry has the same key', async () => {
  const id = await opened();
  await acknowledge(id);
  harness.below.away = true;
  await harness.later(seconds(15));
  harness.below.away = false;
  await harness.later(seconds(10));
  expect(notices()).toHaveLength(1);
});

test('with NOTIFY_OUTCOME=false there is no notice', async () => {
  const other = await incidentsHarness({ notifyOutcome: false });
  const id = await openedBy(other);
  await other.drain();
  await other.port.update({ id, status: 'resolved' }, jane);
  await other.later(minutes(1));
  expect(other.below.asked.tellOutcome).toEqual([]);
  await other.end();
});

test('a notice that failed is no failed page', async () => {
  const id = await opened();
  harness.below.facts.push({
    kind: 'notification_failed',
    data: {
      incident_id: id,
      key: `${id}:resolved:now:0`,
      notification_id: randomUUID(),
      reason: 'SMTP 550',
      outcome: 'resolved',
    },
  });
  await harness.drain();
  expect(await timelineOf(harness, id)).not.toContain('page_failed');
});

describe('the person who acted', () => {
  const nameless = (actor: string): Caller => ({ ...someone(), actor, email: null });

  test('gets no notice if their account has no address and one person has their name', async () => {
    const id = await opened();
    await acknowledge(id, nameless(JANE.name));
    await harness.later(seconds(15));
    expect(notices()).toMatchObject([{ except: [JANE.email] }]);
  });

  test('gets no notice if the address of their account is not the one that is on call', async () => {
    const id = await opened();
    await acknowledge(id, { ...someone(), actor: JANE.name, email: 'jane.private@example.com' });
    await harness.later(seconds(15));
    expect(notices()).toMatchObject([{ except: ['jane.private@example.com', JANE.email] }]);
  });

  test('leaves out none of several people of one name', async () => {
    harness.below.people = [JANE, { ...JANE, email: 'jane.two@example.com' }];
    const id = await opened();
    await acknowledge(id, nameless(JANE.name));
    await harness.later(seconds(15));
    expect(notices()).toMatchObject([
      { message: expect.stringMatching(`^Acknowledged by ${JANE.name}: `), except: [] },
    ]);
  });
});

test.each([
  ['key', 'deploy', 'the API key deploy'],
  ['key', 'environment key 2', 'API key 2 of the environment'],
  ['integration', 'chat', 'the integration chat'],
  ['system', 'system', 'Tocsin'],
] as const)('a notice names a caller of kind %s called %s in words', async (kind, actor, words) => {
  const id = await opened();
  await harness.port.update({ id, status: 'resolved' }, someone({ kind, actor, email: null }));
  await harness.later(seconds(15));
  expect(notices()).toMatchObject([{ message: expect.stringMatching(`^Resolved by ${words}: `), except: [] }]);
});

describe('a notice that notify may still have queued is withdrawn', () => {
  const withdrawn = () => harness.below.asked.cancel.filter(({ outcome }) => outcome !== undefined);
  const in15s = () => new Date(harness.clock.now().getTime() + seconds(15)).toISOString();

  test('when its acknowledgement is undone', async () => {
    const id = await opened();
    await acknowledge(id);
    await harness.later(seconds(20));
    await harness.port.undo({ id }, jane);
    await harness.drain();
    expect(withdrawn()).toMatchObject([
      { incident_id: id, reason: 'undone', outcome: 'acknowledged', told_before: in15s() },
    ]);
  });

  test('when its resolution is undone or its incident reopened, but not the notice of the acknowledgement', async () => {
    const id = await opened();
    await acknowledge(id);
    await resolve(id);
    await harness.later(seconds(20));
    await harness.port.undo({ id }, jane);
    await harness.drain();
    expect(withdrawn()).toMatchObject([{ outcome: 'resolved' }]);
    await resolve(id);
    await harness.port.reopen({ id }, jane);
    await harness.drain();
    expect(withdrawn().slice(1)).toMatchObject([{ outcome: 'resolved' }, { outcome: 'acknowledged' }]);
  });

  test('when its acknowledgement is taken back', async () => {
    const id = await opened();
    await acknowledge(id);
    await harness.port.unacknowledge({ id }, joe);
    await harness.drain();
    expect(withdrawn()).toMatchObject([{ outcome: 'acknowledged' }]);
  });

  test('when it is undone during the call to notify', async () => {
    const id = await opened();
    await acknowledge(id);
    harness.below.meanwhile = async () => {
      harness.below.meanwhile = async () => {};
      await harness.port.undo({ id }, jane);
    };
    await harness.later(seconds(15));
    expect(notices()).toHaveLength(1);
    // Once by the undo, which may come before notify knows the notice, and once after notify was asked.
    expect(withdrawn()).toHaveLength(2);
  });
});

describe('a notice that went out is corrected', () => {
  const corrections = () => harness.below.asked.cancel.flatMap(({ correction }) => (correction ? [correction] : []));

  test('when its acknowledgement is undone, with the name of the person, who gets no correction', async () => {
    const id = await opened();
    await acknowledge(id);
    await harness.later(seconds(20));
    const at = harness.clock.now().toISOString();
    await harness.port.undo({ id }, jane);
    await harness.drain();
    expect(corrections()).toEqual([
      {
        key: `${id}:acknowledged:taken_back:${at}`,
        outcomes: ['acknowledged'],
        message: `Not acknowledged any more: ${JANE.name} took it back. [HIGH] checkout: cards are declined`,
        severity: 'high',
        except: [JANE.email],
      },
    ]);
  });

  test('once, if its incident is reopened and both notices are no longer true', async () => {
    const id = await opened();
    await acknowledge(id);
    await harness.later(seconds(20));
    await resolve(id);
    await harness.later(seconds(20));
    await harness.port.reopen({ id }, joe);
    await harness.drain();
    expect(corrections()).toMatchObject([
      {
        outcomes: ['resolved', 'acknowledged'],
        message: expect.stringMatching(`^Not resolved any more: ${JOE.name} took it back. `),
        except: [JOE.email],
      },
    ]);
  });

  test('when its resolution is undone, and the acknowledgement before it still holds', async () => {
    const id = await opened();
    await acknowledge(id);
    await harness.later(seconds(20));
    await resolve(id);
    await harness.later(seconds(20));
    await harness.port.undo({ id }, jane);
    await harness.drain();
    expect(corrections()).toMatchObject([{ outcomes: ['resolved'] }]);
  });

  test('not if a person has acknowledged again by then', async () => {
    const id = await opened();
    await acknowledge(id);
    await harness.later(seconds(20));
    harness.below.away = true;
    await harness.port.unacknowledge({ id }, joe);
    await harness.drain();
    await acknowledge(id, joe);
    harness.below.away = false;
    await harness.later(seconds(10));
    expect(corrections()).toEqual([]);
  });

  test('not with NOTIFY_OUTCOME=false', async () => {
    const other = await incidentsHarness({ notifyOutcome: false });
    const id = await openedBy(other);
    await other.drain();
    await other.port.update({ id, status: 'acknowledged' }, jane);
    await other.later(seconds(20));
    await other.port.undo({ id }, jane);
    await other.drain();
    expect(other.below.asked.cancel.some(({ correction }) => correction !== undefined)).toBe(false);
    await other.end();
  });
});
