import { minutes } from '../../kernel/clock';
import { someone } from '../../testing/http';
import { incidentSuite } from '../../testing/incidentSuite';
import { JANE, JOE, openedBy, told } from '../../testing/incidents';

/** Escalations whose policy asks for the acknowledgements of two people. */

const harness = incidentSuite({ every: 'test' });
const KIM = { name: 'Kim Ha', email: 'kim@example.com' };
const as = ({ name, email }: typeof JANE) => someone({ actor: name, email });
const [jane, joe, kim] = [as(JANE), as(JOE), as(KIM)];
const acknowledge = (id: string, by = jane) => harness.port.update({ id, status: 'acknowledged' }, by);
const clockOf = async (id: string) => (await harness.port.get({ id }, jane)).escalation;
const acknowledged = async (id: string) =>
  (await harness.port.timeline({ id }, jane)).timeline.filter(({ event_type }) => event_type === 'acknowledged');
const steps = () => harness.below.asked.takeStep.map(({ step }) => step);

/** Opens an incident whose policy asks for two people. Its first step has not run yet. */
async function created(): Promise<string> {
  harness.below.acknowledgements = 2;
  harness.below.steps = [
    [told(JANE, 'primary'), told(JOE, 'primary')],
    [told(JANE, 'member'), told(KIM, 'member')],
    [told(KIM, 'member')],
  ];
  return openedBy(harness);
}

async function opened(): Promise<string> {
  const id = await created();
  await harness.drain();
  return id;
}

test('the first acknowledgement takes the incident, and the escalation continues', async () => {
  const id = await opened();
  expect(await acknowledge(id)).toMatchObject({
    status: 'acknowledged',
    escalation: { state: 'running', next_step: 2, acknowledgements: { wanted: 2, by: [JANE.name] } },
  });
  await harness.later(minutes(5));
  expect(steps()).toEqual([1, 2]);
});

test('a later step does not page those who have acknowledged', async () => {
  const id = await opened();
  await acknowledge(id);
  await harness.later(minutes(5));
  expect(harness.below.asked.takeStep.at(-1)).toMatchObject({ step: 2, acknowledged_by: [JANE.email] });
});

test('the acknowledgement of the second person stops the escalation', async () => {
  const id = await opened();
  await acknowledge(id);
  await acknowledge(id, joe);
  expect(await clockOf(id)).toMatchObject({ state: 'stopped', acknowledgements: { by: [JANE.name, JOE.name] } });
  await harness.later(minutes(60));
  expect(steps()).toEqual([1]);
});

test('one person who acknowledges twice counts once', async () => {
  const id = await opened();
  await acknowledge(id);
  await acknowledge(id);
  expect(await clockOf(id)).toMatchObject({ state: 'running', acknowledgements: { by: [JANE.name] } });
  expect(await acknowledged(id)).toHaveLength(1);
});

test('an answer says how many have acknowledged, until enough have', async () => {
  const id = await opened();
  const said = async (by: typeof jane) => {
    const { result, words } = await harness.port.answer({ incident_id: id, action: 'acknowledge' }, by);
    return `${result}: ${words}`;
  };
  const { title } = await harness.port.get({ id }, jane);
  const continues = '(1 of 2 people; the escalation continues)';
  expect(await said(jane)).toBe(`done: Acknowledged: ${title} ${continues}`);
  expect(await said(jane)).toMatch(/^already: Already acknowledged by .+ at \d\d:\d\d UTC/);
  expect(await said(jane)).toContain(continues);
  expect(await said(joe)).toBe(`done: Acknowledged: ${title}`);
});

test('the timeline says how many have acknowledged', async () => {
  const id = await opened();
  await acknowledge(id);
  await acknowledge(id, joe);
  expect((await acknowledged(id)).map(({ actor, detail }) => [actor, detail['acknowledgements']])).toEqual([
    [JANE.name, { count: 1, wanted: 2 }],
    [JOE.name, { count: 2, wanted: 2 }],
  ]);
});

test('the first acknowledgement cancels only the pages of that person, and the last one all', async () => {
  const id = await opened();
  await acknowledge(id);
  await harness.drain();
  expect(harness.below.asked.cancel).toMatchObject([{ incident_id: id, person: JANE.email }]);
  await acknowledge(id, joe);
  await harness.drain();
  expect(harness.below.asked.cancel.at(-1)).not.toHaveProperty('person');
});

test('those who were paged get a notice only when enough people have acknowledged', async () => {
  const id = await opened();
  await acknowledge(id);
  await harness.later(minutes(1));
  expect(harness.below.asked.tellOutcome).toEqual([]);
  await acknowledge(id, joe);
  await harness.later(minutes(1));
  expect(harness.below.asked.tellOutcome).toMatchObject([{ incident_id: id, outcome: 'acknowledged' }]);
});

test.each(['in_progress', 'resolved'] as const)('the status %s stops the escalation at once', async (status) => {
  const id = await opened();
  await acknowledge(id);
  await harness.port.update({ id, status }, jane);
  expect(await clockOf(id)).toMatchObject({ state: 'stopped' });
});

test('the acknowledgement of an API key counts for everybody', async () => {
  const id = await opened();
  await acknowledge(id, someone({ actor: 'script', kind: 'key', email: null }));
  expect(await clockOf(id)).toMatchObject({ state: 'stopped' });
});

test('an undone acknowledgement does not count', async () => {
  const id = await opened();
  await acknowledge(id);
  await harness.port.undo({ id }, jane);
  expect(await clockOf(id)).toMatchObject({ state: 'running', acknowledgements: { by: [] } });
  await acknowledge(id, joe);
  expect(await clockOf(id)).toMatchObject({ state: 'running', acknowledgements: { by: [JOE.name] } });
});

test('two people who acknowledge at the same time stop the escalation', async () => {
  const id = await opened();
  await Promise.all([acknowledge(id), acknowledge(id, joe)]);
  expect(await clockOf(id)).toMatchObject({ state: 'stopped' });
});

test('an escalation that restarts asks for all of them again', async () => {
  const id = await opened();
  await acknowledge(id);
  await acknowledge(id, joe);
  await harness.port.unacknowledge({ id }, kim);
  await harness.drain();
  expect(await clockOf(id)).toMatchObject({ state: 'running', acknowledgements: { wanted: 2, by: [] } });
});

test('a step whose people have all acknowledged gives way to the next one', async () => {
  const id = await opened();
  harness.below.steps = [[told(JANE, 'primary')], [told(JANE, 'member')], [told(KIM, 'member')]];
  await acknowledge(id);
  await harness.later(minutes(5));
  expect(steps()).toEqual([1, 2, 3]);
});

describe('an acknowledgement before the first step has run', () => {
  const asked = () => harness.below.asked.takeStep;
  const said = async (id: string, by: typeof jane) =>
    (await harness.port.answer({ incident_id: id, action: 'acknowledge' }, by)).words;

  test('leaves the escalation running if the step asks for two people', async () => {
    const id = await created();
    expect(await acknowledge(id)).toMatchObject({ status: 'acknowledged', escalation: { state: 'stopped' } });
    await harness.drain();
    expect(asked()).toMatchObject([{ step: 1, acknowledged_by: [JANE.email] }]);
    expect(await harness.port.get({ id }, jane)).toMatchObject({
      status: 'acknowledged',
      reach: 'reached',
      escalation: { state: 'running', next_step: 2, acknowledgements: { wanted: 2, by: [JANE.name] } },
    });
    await harness.later(minutes(5));
    expect(steps()).toEqual([1, 2]);
    await acknowledge(id, joe);
    expect(await clockOf(id)).toMatchObject({ state: 'stopped' });
  });

  test('stops the escalation if the step asks for one person, and cancels the pages to all', async () => {
    const id = await created();
    harness.below.acknowledgements = 1;
    await acknowledge(id);
    await harness.later(minutes(60));
    expect(asked()).toEqual([]);
    expect(await clockOf(id)).toMatchObject({ state: 'stopped' });
    expect(harness.below.asked.cancel.filter(({ person }) => person === undefined)).toHaveLength(1);
  });

  test('counts while the pages of the step are being sent', async () => {
    const id = await created();
    let once = true;
    harness.below.meanwhile = async () => {
      if (once) await acknowledge(id);
      once = false;
    };
    await harness.drain();
    expect(await clockOf(id)).toMatchObject({ state: 'running', next_step: 2, acknowledgements: { by: [JANE.name] } });
    expect(harness.below.asked.cancel).toMatchObject([{ person: JANE.email }]);
    await harness.later(minutes(5));
    expect(steps()).toEqual([1, 2]);
  });

  test.each([
    ['an API key', someone({ kind: 'key', actor: 'ci' }), 'acknowledged'],
    ['a person', jane, 'in_progress'],
  ] as const)(
    'by %s while the pages are being sent cancels the pages that are stored after it',
    async (_who, by, status) => {
      const id = await created();
      harness.below.acknowledgements = 1;
      let takenAt: Date | null = null;
      harness.below.meanwhile = async () => {
        if (takenAt !== null) return;
        await harness.port.update({ id, status }, by);
        harness.clock.advance(10);
        takenAt = harness.clock.now();
      };
      await harness.drain();
      expect(await clockOf(id)).toMatchObject({ state: 'stopped' });
      const after = harness.below.asked.cancel.filter(
        ({ told_before }) => new Date(told_before ?? 0) >= (takenAt as unknown as Date),
      );
      expect(after).toMatchObject([{ incident_id: id }]);
    },
  );

  test('that comes from both people stops the escalation, and each has an entry', async () => {
    const id = await created();
    await acknowledge(id);
    await acknowledge(id, joe);
    await harness.later(minutes(60));
    expect(steps()).toEqual([]);
    expect(await clockOf(id)).toMatchObject({ state: 'stopped', acknowledgements: { by: [JANE.name, JOE.name] } });
    expect((await acknowledged(id)).map(({ actor }) => actor)).toEqual([JANE.name, JOE.name]);
  });

  test('waits for oncall while it is away, and counts then', async () => {
    const id = await created();
    harness.below.away = true;
    await acknowledge(id);
    await harness.drain();
    harness.below.away = false;
    await harness.later(minutes(1));
    expect(await clockOf(id)).toMatchObject({ state: 'running', acknowledgements: { by: [JANE.name] } });
  });

  test('counts after a restart too', async () => {
    const id = await opened();
    await acknowledge(id);
    await acknowledge(id, joe);
    await harness.port.unacknowledge({ id }, kim);
    await acknowledge(id);
    await harness.drain();
    expect(await clockOf(id)).toMatchObject({ state: 'running', acknowledgements: { wanted: 2, by: [JANE.name] } });
  });

  test.each([true, false])('can be undone, after a restart: %j', async (restarted) => {
    const id = await created();
    if (restarted) {
      await harness.drain();
      await acknowledge(id);
      await acknowledge(id, joe);
      await harness.port.unacknowledge({ id }, kim);
    }
    const before = steps().length;
    await acknowledge(id);
    await harness.port.undo({ id }, jane);
    await harness.drain();
    expect([...new Set(steps().slice(before))]).toEqual([1]);
    expect(await clockOf(id)).toMatchObject({ state: 'running', acknowledgements: { by: [] } });
  });

  test('is over once the incident is resolved', async () => {
    const id = await created();
    await acknowledge(id);
    await harness.port.update({ id, status: 'resolved' }, jane);
    await harness.later(minutes(60));
    expect(steps()).toEqual([]);
  });

  test('an answer of the second person after the policy is exhausted counts', async () => {
    const id = await opened();
    await acknowledge(id);
    for (let n = 0; n < 4; n++) await harness.later(minutes(5));
    expect(await clockOf(id)).toMatchObject({ state: 'exhausted' });
    expect(await said(id, jane)).toContain('(1 of 2 people)');
    expect(await said(id, joe)).toMatch(/^Acknowledged: /);
    expect(await clockOf(id)).toMatchObject({ state: 'stopped', acknowledgements: { by: [JANE.name, JOE.name] } });
  });
});
