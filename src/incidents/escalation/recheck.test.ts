import { minutes } from '../../kernel/clock';
import { someone } from '../../testing/http';
import { alertOf, type IncidentsHarness, incidentsHarness, JANE, JOE, openedBy, told } from '../../testing/incidents';

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

  test('keeps waiting if no one else is on call', async () => {
    const id = await reopened();
    const before = await escalationOf(id);
    await oncallChanges('schedule_updated');
    expect([harness.below.pages, await escalationOf(id)]).toEqual([[], before]);
    await harness.later(minutes(5));
    expect(harness.below.pages).toMatchObject([{ incident_id: id, name: JANE.name }]);
  });
});
