import { minutes } from '../../kernel/clock';
import { someone } from '../../testing/http';
import {
  alertOf,
  type IncidentsHarness,
  incidentsHarness,
  JANE,
  JOE,
  openedBy,
  outcomeOf,
  type SentPage,
  told,
} from '../../testing/incidents';

let harness: IncidentsHarness;
beforeEach(async () => {
  harness = await incidentsHarness();
});
afterEach(() => harness.end());

const maria = someone();
const jane = someone({ actor: 'jane', email: JANE.email });
const escalationOf = async (id: string) => (await harness.port.get({ id }, maria)).escalation;
const inMinutes = (n: number) => new Date(harness.clock.now().getTime() + minutes(n)).toISOString();

async function oncallChanges(kind = 'policy_set'): Promise<void> {
  harness.below.oncallEvents.push(kind);
  await harness.drain();
}

describe('a policy that waits for support hours', () => {
  async function waiting(): Promise<string> {
    Object.assign(harness.below, { steps: [[told(JANE, 'primary')]], waitUntil: inMinutes(600) });
    const id = await openedBy(harness, alertOf({ severity: 'low' }));
    await harness.drain();
    expect(harness.below.pages).toEqual([]);
    return id;
  }

  test.each(['policy_set', 'service_set'])('pages at once if %s removes them', async (kind) => {
    const id = await waiting();
    harness.below.waitUntil = null;
    await oncallChanges(kind);
    expect(harness.below.pages).toMatchObject([{ incident_id: id, name: JANE.name }]);
    expect(harness.below.asked.takeStep.at(-1)?.reason).toBe('Support hours no longer apply');
    await harness.later(minutes(700));
    expect(harness.below.pages).toHaveLength(1);
  });

  test('pages at their new begin if that is earlier', async () => {
    const id = await waiting();
    harness.below.waitUntil = inMinutes(60);
    await oncallChanges();
    expect(await escalationOf(id)).toMatchObject({ next_step_at: inMinutes(60) });
    await harness.later(minutes(59));
    harness.below.waitUntil = null;
    await harness.later(minutes(1));
    expect(harness.below.pages).toMatchObject([{ incident_id: id }]);
  });

  test('pages an assignee too who is known by then', async () => {
    Object.assign(harness.below, { steps: [[told(JANE, 'primary')]], waitUntil: inMinutes(600), primary: null });
    const words = { title: 'Slow', service: alertOf().service, severity: 'low', assigned_to: 'Ghost' };
    const { id } = await harness.port.create(words, maria);
    await harness.drain();
    const ghost = { name: 'Ghost', email: 'ghost@example.com' };
    harness.below.people.push(ghost);
    harness.below.waitUntil = null;
    await oncallChanges('person_set');
    expect(harness.below.asked.takeStep.at(-1)).toMatchObject({ incident_id: id, step: 1, assignee: ghost });
  });

  test('keeps waiting if they stay', async () => {
    const id = await waiting();
    const before = await escalationOf(id);
    await oncallChanges();
    await harness.later(minutes(5));
    expect([harness.below.pages, await escalationOf(id)]).toEqual([[], before]);
  });

  test('spares the person who reopened its incident', async () => {
    const id = await waiting();
    await harness.port.update({ id, status: 'resolved' }, jane);
    await harness.port.reopen({ id }, jane);
    await harness.drain();
    Object.assign(harness.below, { waitUntil: null, steps: [[told(JANE, 'primary'), told(JOE, 'member')]] });
    await oncallChanges();
    expect(harness.below.pages).toMatchObject([{ incident_id: id, name: JOE.name }]);
  });

  test('pages at once after an undo if they were removed meanwhile', async () => {
    const id = await waiting();
    await harness.port.update({ id, status: 'acknowledged' }, maria);
    harness.below.waitUntil = null;
    await oncallChanges();
    expect(harness.below.pages).toEqual([]);
    await harness.port.undo({ id }, maria);
    await harness.drain();
    expect(harness.below.pages).toMatchObject([{ incident_id: id, name: JANE.name }]);
  });

  test('pages also if its step was running at the time of the change', async () => {
    Object.assign(harness.below, { steps: [[told(JANE, 'primary')]], waitUntil: inMinutes(600) });
    harness.below.answersAreLost = true;
    await openedBy(harness, alertOf({ severity: 'low' }));
    await harness.drain();
    harness.below.waitUntil = null;
    await oncallChanges();
    harness.below.answersAreLost = false;
    await harness.later(minutes(1));
    expect(harness.below.pages).toHaveLength(1);
  });
});

describe('a policy that waits because the person who reopened the incident works on it', () => {
  async function reopened(): Promise<string> {
    harness.below.steps = [[told(JANE, 'primary')]];
    const id = await openedBy(harness, alertOf());
    await harness.drain();
    await harness.port.update({ id, status: 'resolved' }, jane);
    await harness.port.reopen({ id }, jane);
    await harness.drain();
    harness.below.pages.length = 0;
    return id;
  }

  test('pages another responder who is put on call, and not that person', async () => {
    const id = await reopened();
    harness.below.steps = [[told(JANE, 'member'), told(JOE, 'primary')]];
    await oncallChanges('override_start');
    expect(harness.below.pages).toMatchObject([{ incident_id: id, name: JOE.name }]);
    expect(await harness.port.get({ id }, maria)).toMatchObject({ reach: 'reached' });
  });

  test.each(['acknowledged', 'resolved', 'snoozed'] as const)(
    'pages that responder also after an undo of its being %s',
    async (what) => {
      const id = await reopened();
      if (what === 'snoozed') await harness.port.snooze({ id, minutes: 30 }, maria);
      else await harness.port.update({ id, status: what }, maria);
      harness.below.steps = [[told(JANE, 'member'), told(JOE, 'primary')]];
      await oncallChanges('override_start');
      await harness.port.undo({ id }, maria);
      await harness.drain();
      expect(harness.below.pages).toMatchObject([{ incident_id: id, name: JOE.name }]);
    },
  );

  test('keeps waiting if no one else is on call', async () => {
    const id = await reopened();
    const before = await escalationOf(id);
    await oncallChanges('schedule_updated');
    expect([harness.below.pages, await escalationOf(id)]).toEqual([[], before]);
    await harness.later(minutes(5));
    expect(harness.below.pages).toMatchObject([{ incident_id: id, name: JANE.name }]);
  });
});

describe('a policy that is exhausted after its incident was reopened by the primary', () => {
  const ZOE = { name: 'Zoe Poe', email: 'zoe@example.com' };

  /** Step 1 spares Jane, and the page of step 2 to Joe fails. */
  async function exhausted(): Promise<string> {
    harness.below.steps = [[told(JANE, 'primary')]];
    const id = await openedBy(harness, alertOf());
    await harness.drain();
    await harness.port.update({ id, status: 'resolved' }, jane);
    harness.below.accepts = false;
    harness.below.steps = [[told(JANE, 'primary')], [told(JOE, 'secondary')]];
    await harness.port.reopen({ id }, jane);
    await harness.drain();
    harness.below.facts.push(outcomeOf('notification_failed', harness.below.pages.at(-1) as SentPage));
    await harness.drain();
    expect(await escalationOf(id)).toMatchObject({ state: 'exhausted' });
    harness.below.pages.length = 0;
    return id;
  }

  test('waits for its next try if a change concerns no other responder', async () => {
    const id = await exhausted();
    await oncallChanges('schedule_created');
    expect([harness.below.pages, (await escalationOf(id))?.state]).toEqual([[], 'exhausted']);
  });

  test('pages another responder who is put on call, and not that person', async () => {
    const id = await exhausted();
    harness.below.steps = [[told(JANE, 'primary')], [told(JOE, 'secondary'), told(ZOE, 'secondary')]];
    await oncallChanges('override_start');
    expect(harness.below.pages.map(({ incident_id, name }) => [incident_id, name])).toEqual([
      [id, JOE.name],
      [id, ZOE.name],
    ]);
  });

  test('pages that person at its regular try', async () => {
    await exhausted();
    await harness.later(minutes(5));
    expect(harness.below.pages).toMatchObject([{ name: JANE.name }]);
  });
});
