import { hours, minutes, seconds } from '../../kernel/clock';
import { someone } from '../../testing/http';
import {
  alertOf,
  type IncidentsHarness,
  incidentsHarness,
  JANE,
  JOE,
  openedBy,
  outcomeOf,
  told,
} from '../../testing/incidents';

let harness: IncidentsHarness;
beforeEach(async () => {
  harness = await incidentsHarness({ fallbackTarget: 'slack:fallback' });
  harness.below.accepts = false;
});
afterEach(() => harness.end());

const maria = someone();
const incident = (id: string) => harness.port.get({ id }, maria);
const escalationOf = async (id: string) => (await incident(id)).escalation;
const steps = () => harness.below.asked.takeStep.length;
const inMinutes = (n: number) => new Date(harness.clock.now().getTime() + minutes(n)).toISOString();
const fallbacks = () => harness.below.asked.tell.filter(({ key }) => key.includes(':fallback:')).length;

async function opened(over: Parameters<typeof alertOf>[0] = {}): Promise<string> {
  const id = await openedBy(harness, alertOf(over));
  await harness.drain();
  return id;
}

async function fail(n: number): Promise<void> {
  harness.below.facts.push(outcomeOf('notification_failed', harness.below.pages[n]!));
  await harness.drain();
}

async function accept(n: number): Promise<void> {
  harness.below.facts.push(outcomeOf('notification_sent', harness.below.pages[n]!));
  await harness.drain();
}

/** An incident whose policy is exhausted because no one is on call. */
async function withNobodyOnCall(over: Parameters<typeof alertOf>[0] = {}): Promise<string> {
  harness.below.steps = [];
  return opened(over);
}

/** An incident whose policy is exhausted because the mailbox of its only responder refused the page. */
async function undelivered(): Promise<string> {
  harness.below.steps = [[told(JANE, 'primary')]];
  const id = await opened();
  await fail(harness.below.pages.length - 1);
  return id;
}

async function oncallChanges(kind = 'override_start'): Promise<void> {
  harness.below.oncallEvents.push(kind);
  await harness.drain();
}

async function restored(channel = 'email'): Promise<void> {
  harness.below.facts.push({ kind: 'channel_restored', data: { channel } });
  await harness.drain();
  await harness.later(seconds(10));
}

describe('an exhausted policy runs before its next try', () => {
  test.each([
    'override_start',
    'override_moved',
    'schedule_created',
    'schedule_updated',
    'rotation_change',
    'policy_set',
    'person_set',
    'service_set',
  ])('if another responder is on call after %s', async (kind) => {
    const id = await withNobodyOnCall();
    expect(await escalationOf(id)).toMatchObject({ state: 'exhausted', next_step_at: inMinutes(5) });
    harness.below.steps = [[told(JANE, 'primary')]];
    await oncallChanges(kind);
    expect(harness.below.pages).toMatchObject([{ incident_id: id, name: JANE.name }]);
    expect(harness.below.asked.takeStep.at(-1)?.reason).toBe('Another responder can be paged');
    await accept(0);
    expect(await incident(id)).toMatchObject({ reach: 'reached', escalation: { state: 'running' } });
  });

  test('if its service gets an owner', async () => {
    harness.below.team = null;
    const id = await withNobodyOnCall();
    Object.assign(harness.below, { team: 'payments', steps: [[told(JANE, 'primary')]] });
    await oncallChanges('service_set');
    expect(harness.below.pages).toMatchObject([{ incident_id: id }]);
    expect(await incident(id)).toMatchObject({ team: 'payments' });
  });

  test('if another person replaces the responder whose page failed', async () => {
    const id = await undelivered();
    harness.below.steps = [[told(JOE, 'primary')]];
    await oncallChanges();
    expect(harness.below.pages.at(-1)).toMatchObject({ incident_id: id, name: JOE.name });
  });

  test('if a responder without an address gets one', async () => {
    harness.below.steps = [[told(JANE, 'primary', { channel: 'mock', reachable: false })]];
    await opened();
    harness.below.steps = [[told(JANE, 'primary')]];
    await oncallChanges('person_set');
    expect(harness.below.pages).toHaveLength(1);
  });

  test('if its unknown assignee is known now, and pages them too', async () => {
    harness.below.steps = [];
    harness.below.primary = null;
    const words = { title: 'Dark', service: alertOf().service, severity: 'high', assigned_to: 'Ghost' };
    const { id } = await harness.port.create(words, maria);
    await harness.drain();
    const ghost = { name: 'Ghost', email: 'ghost@example.com' };
    harness.below.people.push(ghost);
    await oncallChanges('person_set');
    expect(harness.below.asked.takeStep.at(-1)).toMatchObject({ incident_id: id, step: 1, assignee: ghost });
    expect(await incident(id)).toMatchObject({ assignee_email: ghost.email });
  });

  test('at a hand-off that was planned after it was exhausted', async () => {
    const id = await withNobodyOnCall();
    harness.below.nextHandoffAt = inMinutes(2);
    await oncallChanges('override_added');
    expect(await escalationOf(id)).toMatchObject({ state: 'exhausted', next_step_at: inMinutes(2) });
    harness.below.steps = [[told(JANE, 'primary')]];
    await harness.later(minutes(2));
    expect(harness.below.pages).toHaveLength(1);
  });

  test('however many incidents wait', async () => {
    harness.below.steps = [];
    await harness.port.attach({ alerts: Array.from({ length: 120 }, () => alertOf({})) }, maria);
    await harness.drain();
    harness.below.steps = [[told(JANE, 'primary')]];
    await oncallChanges();
    expect(new Set(harness.below.pages.map(({ incident_id }) => incident_id)).size).toBe(120);
  });

  test('also if oncall is away for a moment after its event', async () => {
    await withNobodyOnCall();
    harness.below.steps = [[told(JANE, 'primary')]];
    harness.below.away = true;
    await oncallChanges();
    harness.below.away = false;
    await harness.later(5_000);
    expect(harness.below.pages).toHaveLength(1);
  });

  test('if a channel is configured by which its responder can be paged', async () => {
    harness.below.steps = [[told(JANE, 'primary', { channel: 'mock', reachable: false })]];
    await opened();
    harness.below.steps = [[told(JANE, 'primary')]];
    await restored();
    expect(harness.below.pages).toHaveLength(1);
  });
});

describe('an exhausted policy whose escalation was stopped while another responder came on call', () => {
  type Act = (id: string) => Promise<unknown>;
  const acknowledge: Act = (id) => harness.port.update({ id, status: 'acknowledged' }, maria);
  const resolve: Act = (id) => harness.port.update({ id, status: 'resolved' }, maria);
  const snooze: Act = (id) => harness.port.snooze({ id, minutes: 30 }, maria);
  const undo: Act = (id) => harness.port.undo({ id }, maria);

  test.each([
    ['undone acknowledgement', acknowledge, undo],
    ['undone resolution', resolve, undo],
    ['undone snooze', snooze, undo],
    ['acknowledgement taken back', acknowledge, (id) => harness.port.unacknowledge({ id }, maria)],
    ['reopening', resolve, (id) => harness.port.reopen({ id }, maria)],
    ['snooze ended by hand', snooze, (id) => harness.port.endSnooze({ id }, maria)],
    ['snooze that is over', snooze, () => harness.later(minutes(31))],
  ] satisfies [string, Act, Act][])('pages at once after: %s', async (_, stop, goOn) => {
    const id = await withNobodyOnCall();
    await stop(id);
    harness.below.steps = [[told(JANE, 'primary')]];
    await oncallChanges();
    expect(harness.below.pages).toEqual([]);
    await goOn(id);
    await harness.drain();
    expect(harness.below.pages).toMatchObject([{ incident_id: id, name: JANE.name }]);
  });

  test.each([
    ['an acknowledgement', acknowledge],
    ['a resolution', resolve],
    ['a snooze', snooze],
  ] satisfies [string, Act][])(
    'runs at once after an undo of %s that cancelled a page still being retried',
    async (_, stop) => {
      harness.below.steps = [[told(JANE, 'primary')]];
      const id = await opened();
      await harness.later(minutes(1));
      expect(await escalationOf(id)).toMatchObject({ state: 'exhausted' });
      await stop(id);
      await undo(id);
      await harness.drain();
      expect(steps()).toBe(2);
      expect(await incident(id)).toMatchObject({ reach: 'pending', escalation: { state: 'running' } });
    },
  );

  test('waits for its next try after an undo if the same responders are on call', async () => {
    const id = await undelivered();
    await acknowledge(id);
    await oncallChanges();
    await undo(id);
    await harness.drain();
    expect([steps(), (await escalationOf(id))?.state]).toEqual([1, 'exhausted']);
  });
});

describe('an exhausted policy whose severity rises out of support hours', () => {
  /** Exhausted at a low severity. Then a responder comes on call, but support hours are over. */
  async function afterHours(): Promise<string> {
    const id = await withNobodyOnCall({ severity: 'low' });
    Object.assign(harness.below, { steps: [[told(JANE, 'primary')]], waitUntil: inMinutes(600) });
    await oncallChanges();
    expect(harness.below.pages).toEqual([]);
    return id;
  }

  test('restarts if a person raises the severity', async () => {
    const id = await afterHours();
    await harness.port.update({ id, severity: 'critical' }, maria);
    await harness.drain();
    expect(harness.below.pages).toMatchObject([{ incident_id: id, name: JANE.name }]);
    expect(harness.below.asked.takeStep.at(-1)).toMatchObject({ step: 1, severity: 'critical' });
    expect(await incident(id)).toMatchObject({ reach: 'pending', escalation: { state: 'running' } });
  });

  test('restarts also after a timeout of its acknowledgement', async () => {
    harness.below.ackTimeout = 10;
    harness.below.steps = [];
    const id = await opened({ severity: 'low' });
    await harness.port.update({ id, status: 'acknowledged' }, maria);
    await harness.drain();
    await harness.later(minutes(11));
    expect(await incident(id)).toMatchObject({ status: 'acknowledged', escalation: { state: 'exhausted' } });
    harness.below.steps = [[told(JANE, 'primary')]];
    await harness.port.update({ id, severity: 'critical' }, maria);
    await harness.drain();
    expect(harness.below.pages).toMatchObject([{ incident_id: id }]);
  });

  test('waits if the severity can still wait, or if the same change acknowledges the incident', async () => {
    const [medium, acknowledged] = [await afterHours(), await afterHours()];
    await harness.port.update({ id: medium, severity: 'medium' }, maria);
    await harness.port.update({ id: acknowledged, severity: 'critical', status: 'acknowledged' }, maria);
    await harness.drain();
    expect(harness.below.pages).toEqual([]);
  });

  test('is exhausted again after an undo, which cancels its pages', async () => {
    const id = await afterHours();
    const { severity, escalation, reach } = await incident(id);
    await harness.port.update({ id, severity: 'critical' }, maria);
    await harness.drain();
    expect(await harness.port.undo({ id }, maria)).toMatchObject({ severity, escalation, reach });
    await harness.drain();
    expect(harness.below.pages).toHaveLength(1);
    expect(harness.below.asked.cancel.at(-1)).toMatchObject({ incident_id: id, reason: 'undone' });
  });
});

describe('an exhausted policy waits for its next try', () => {
  test('if the same responders are on call', async () => {
    await undelivered();
    await oncallChanges();
    await oncallChanges('person_set');
    expect(steps()).toBe(1);
  });

  test('if no one is on call yet', async () => {
    await withNobodyOnCall();
    const before = steps();
    await oncallChanges();
    expect(steps()).toBe(before);
  });

  test('if the change of oncall concerns no responder', async () => {
    await withNobodyOnCall();
    harness.below.steps = [[told(JANE, 'primary')]];
    const before = harness.below.asked.foreseeStep.length;
    await oncallChanges('feed_created');
    await oncallChanges('escalation');
    expect([harness.below.pages, harness.below.asked.foreseeStep.length]).toEqual([[], before]);
  });

  test('if support hours are over and its severity can wait', async () => {
    const id = await withNobodyOnCall({ severity: 'low' });
    Object.assign(harness.below, { steps: [[told(JANE, 'primary')]], waitUntil: inMinutes(600) });
    const before = steps();
    await oncallChanges();
    expect([steps(), (await escalationOf(id))?.state]).toEqual([before, 'exhausted']);
  });

  test.each(['acknowledged', 'resolved', 'snoozed'] as const)('never, if the incident is %s', async (what) => {
    const id = await withNobodyOnCall();
    if (what === 'snoozed') await harness.port.snooze({ id, minutes: 600 }, maria);
    else await harness.port.update({ id, status: what }, maria);
    harness.below.steps = [[told(JANE, 'primary')]];
    await oncallChanges();
    await harness.later(hours(2));
    expect(harness.below.pages).toEqual([]);
  });
});

describe('a channel that works again', () => {
  test('runs what it did not deliver, and nothing else', async () => {
    const id = await undelivered();
    await withNobodyOnCall();
    harness.below.steps = [[told(JANE, 'primary')]];
    const before = steps();
    await restored('slack');
    // Jane is another address for the incident without a responder, so that one runs; the undelivered one does not.
    expect(harness.below.asked.takeStep.slice(before).map(({ incident_id }) => incident_id)).not.toContain(id);
    await restored('email');
    expect(harness.below.pages.filter(({ incident_id }) => incident_id === id)).toHaveLength(2);
  });

  test.each(['no one on call', 'no team'])('runs no policy that failed because of %s', async (why) => {
    if (why === 'no team') harness.below.team = null;
    await withNobodyOnCall();
    const before = steps();
    await restored();
    expect(steps()).toBe(before);
  });

  test('pages no one again whose page is accepted then, although late', async () => {
    const id = await undelivered();
    harness.below.facts.push({ kind: 'channel_restored', data: { channel: 'email' } });
    await harness.drain();
    await harness.later(seconds(3));
    await accept(0);
    await harness.later(minutes(2));
    expect(steps()).toBe(1);
    expect(await incident(id)).toMatchObject({ reach: 'reached', escalation: { state: 'exhausted' } });
  });

  test('also runs what an undo brings back, if it was restored before the undo', async () => {
    const id = await undelivered();
    await harness.port.update({ id, status: 'acknowledged' }, maria);
    await restored();
    await harness.later(seconds(40));
    await harness.port.undo({ id }, maria);
    await harness.drain();
    expect(steps()).toBe(1);
    await harness.later(seconds(20));
    expect(harness.below.asked.takeStep.at(-1)).toMatchObject({ incident_id: id, reason: 'A channel works again' });
    expect(steps()).toBe(2);
  });

  test('keeps its distance to the last extra run through an undo', async () => {
    const id = await undelivered();
    await harness.later(minutes(5));
    await fail(1);
    await restored();
    await fail(2);
    expect(steps()).toBe(3);
    await harness.port.update({ id, status: 'acknowledged' }, maria);
    await harness.port.undo({ id }, maria);
    await restored();
    expect(steps()).toBe(3);
  });

  test('that fails again lengthens no back-off, and notifies the fallback only at the regular try', async () => {
    const id = await undelivered();
    const regular = inMinutes(5);
    expect(fallbacks()).toBe(1);
    harness.clock.advance(minutes(1));
    await restored();
    expect(harness.below.pages).toHaveLength(2);
    await fail(1);
    expect(await escalationOf(id)).toMatchObject({ state: 'exhausted', next_step_at: regular });
    expect([fallbacks(), (await incident(id)).reach]).toEqual([1, 'no_one']);
    await harness.later(minutes(4));
    await fail(2);
    expect(await escalationOf(id)).toMatchObject({ next_step_at: inMinutes(15) });
    expect(fallbacks()).toBe(2);
  });

  test('and still fails at the time of the regular try counts as that try', async () => {
    await undelivered();
    harness.clock.advance(minutes(4.5));
    await restored();
    await harness.later(minutes(1));
    expect(fallbacks()).toBe(2);
  });

  test('and fails in turn runs a policy once per five minutes at most', async () => {
    const id = await undelivered();
    await harness.later(minutes(5));
    await fail(1);
    const regular = inMinutes(15);
    await restored();
    const afterExtraRun = inMinutes(5);
    await fail(2);
    expect(steps()).toBe(3);
    for (let n = 0; n < 4; n++) await restored();
    expect(steps()).toBe(3);
    expect(await escalationOf(id)).toMatchObject({ next_step_at: afterExtraRun });
    await harness.later(minutes(5));
    expect(steps()).toBe(4);
    await fail(3);
    expect(await escalationOf(id)).toMatchObject({ next_step_at: regular });
    expect(fallbacks()).toBe(2);
  });

  test('sends no page after an acknowledgement at the same time', async () => {
    const id = await undelivered();
    harness.below.facts.push({ kind: 'channel_restored', data: { channel: 'email' } });
    await harness.drain();
    harness.clock.advance(seconds(10));
    await Promise.all([harness.module.drain(), harness.port.update({ id, status: 'acknowledged' }, maria)]);
    await harness.drain();
    expect((await escalationOf(id))?.state).toBe('stopped');
    const before = steps();
    await harness.later(hours(2));
    expect(steps()).toBe(before);
  });

  test('is read by two processes at once, and each policy runs once', async () => {
    const ids = [await undelivered(), await undelivered()];
    harness.below.facts.push({ kind: 'channel_restored', data: { channel: 'email' } });
    const other = harness.again();
    await harness.drain();
    harness.clock.advance(seconds(10));
    await Promise.all([harness.module.drain(), other.drain(), harness.module.drain(), other.drain()]);
    await harness.drain();
    expect(steps()).toBe(2 * ids.length);
  });
});
