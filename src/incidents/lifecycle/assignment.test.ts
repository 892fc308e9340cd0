import { minutes, seconds } from '../../kernel/clock';
import { someone } from '../../testing/http';
import { alertOf, type IncidentsHarness, incidentsHarness, JANE, JOE, openedBy } from '../../testing/incidents';

let harness: IncidentsHarness;
beforeEach(async () => {
  harness = await incidentsHarness();
});
afterEach(() => harness.end());

const maria = someone();
const incident = (id: string) => harness.port.get({ id }, maria);
const steps = () => harness.below.asked.takeStep.map(({ step }) => step);
const assign = (id: string, assigned_to: string, status?: 'acknowledged' | 'in_progress' | 'resolved') =>
  harness.port.update({ id, assigned_to, ...(status && { status }) }, maria);

async function opened(): Promise<string> {
  const id = await openedBy(harness, alertOf());
  await harness.drain();
  return id;
}

async function acknowledged(): Promise<string> {
  const id = await opened();
  await harness.port.update({ id, status: 'acknowledged' }, maria);
  await harness.drain();
  return id;
}

/** Empty, spaces, zero-width space, soft hyphen, word joiner, Hangul filler and the blank of Braille. */
const BLANKS = ['', '   ', '\u200b', ' \u00ad\u2060 ', '\u3164', '\u2800'];

describe('an unknown assignee', () => {
  test.each(['acknowledged', 'in_progress'] as const)(
    'restarts the policy of an incident that is %s',
    async (status) => {
      const id = await opened();
      await harness.port.update({ id, status }, maria);
      harness.below.accepts = false;
      expect(await assign(id, 'Ghost')).toMatchObject({ status, assigned_to: 'Ghost', reach: 'pending' });
      await harness.drain();
      expect(steps()).toEqual([1, 1]);
      const { timeline, escalation } = await incident(id);
      expect(escalation).toMatchObject({ state: 'running', next_step: 2 });
      expect(timeline.filter(({ event_type }) => event_type === 'nobody_reached')).toMatchObject([
        { actor: 'system', detail: { why: 'assignee_not_reached', name: 'Ghost' } },
      ]);
    },
  );

  test('is not paged a second time if the same change is sent again', async () => {
    const id = await acknowledged();
    await assign(id, 'Ghost');
    await harness.drain();
    await assign(id, 'Ghost');
    await harness.drain();
    expect(steps()).toEqual([1, 1]);
  });

  test('restarts nothing if the same change acknowledges the incident', async () => {
    const id = await opened();
    expect(await assign(id, 'Ghost', 'acknowledged')).toMatchObject({ escalation: { state: 'stopped' } });
    await harness.drain();
    expect(steps()).toEqual([1]);
  });

  describe('that an API key names together with a status', () => {
    const script = someone({ kind: 'key', actor: 'script' });
    const send = (id: string, status: 'acknowledged' | 'in_progress', caller = script) =>
      harness.port.update({ id, status, assigned_to: 'Ghost' }, caller);

    test.each(['acknowledged', 'in_progress'] as const)('restarts the policy: %s', async (status) => {
      const id = await opened();
      expect(await send(id, status)).toMatchObject({ status, assigned_to: 'Ghost', escalation: { state: 'running' } });
      await harness.drain();
      expect(steps()).toEqual([1, 1]);
      const kinds = (await incident(id)).timeline.map(({ event_type }) => event_type);
      expect(kinds.slice(-4)).toEqual(['assigned', status, 'nobody_reached', 'escalated']);
    });

    test('restarts the policy also if the incident has that assignee already', async () => {
      const id = await opened();
      await assign(id, 'Ghost');
      await send(id, 'acknowledged');
      await harness.drain();
      expect(steps()).toEqual([1, 1]);
    });

    test('restarts it once, and does not stop it, if the same change is sent again', async () => {
      const id = await opened();
      for (let n = 0; n < 3; n++) {
        await send(id, 'acknowledged');
        await harness.drain();
      }
      expect(steps()).toEqual([1, 1]);
      expect(await incident(id)).toMatchObject({ escalation: { state: 'running' } });
    });

    test('is undone: the incident is open, and its policy goes on', async () => {
      const id = await opened();
      await send(id, 'acknowledged');
      await harness.drain();
      const undone = await harness.port.undo({ id }, script);
      expect(undone).toMatchObject({ status: 'open', assigned_to: JANE.name, escalation: { state: 'running' } });
      await harness.drain();
      expect(harness.below.asked.cancel.at(-1)).toMatchObject({ incident_id: id, reason: 'undone' });
    });

    test.each([script, maria])('restarts the policy if the status is only repeated, by $kind', async (caller) => {
      const id = await acknowledged();
      expect(await send(id, 'acknowledged', caller)).toMatchObject({ escalation: { state: 'running' } });
      await harness.drain();
      expect(steps()).toEqual([1, 1]);
    });

    test('restarts nothing if the change resolves the incident', async () => {
      const id = await opened();
      await harness.port.update({ id, status: 'resolved', assigned_to: 'Ghost' }, script);
      await harness.drain();
      expect(steps()).toEqual([1]);
    });
  });

  test('leaves a running policy, a snooze and the end of the incident as they are', async () => {
    const [open, snoozed, over] = [await opened(), await opened(), await opened()];
    await harness.port.snooze({ id: snoozed, minutes: 60 }, maria);
    await harness.port.update({ id: over, status: 'resolved' }, maria);
    const before = (await incident(open)).escalation;
    for (const id of [open, snoozed, over]) await assign(id, 'Ghost');
    await harness.drain();
    expect(steps()).toEqual([1, 1, 1]);
    expect((await incident(open)).escalation).toEqual(before);
  });

  test('restarts the policy too if oncall answers only later', async () => {
    const id = await acknowledged();
    harness.below.away = true;
    await assign(id, 'Ghost');
    await harness.drain();
    harness.below.away = false;
    await harness.later(seconds(10));
    expect(steps()).toEqual([1, 1]);
  });

  test('is undone: the escalation stops again, and pages that still wait are cancelled', async () => {
    const id = await acknowledged();
    await assign(id, 'Ghost');
    await harness.drain();
    const undone = await harness.port.undo({ id }, maria);
    expect(undone).toMatchObject({ status: 'acknowledged', assigned_to: JANE.name, escalation: { state: 'stopped' } });
    await harness.later(minutes(30));
    expect(steps()).toEqual([1, 1]);
    expect(harness.below.asked.cancel.at(-1)).toMatchObject({ incident_id: id, reason: 'undone' });
  });
});

describe('a name that the incident has as text already', () => {
  const LU = { name: 'Lu', email: 'lu@example.com' };
  const OTHER_LU = { name: 'Lu', email: 'lu.other@example.com' };

  /** An incident assigned to the text `Lu`, a name without a person at that time. */
  async function assignedToLu(): Promise<string> {
    const id = await opened();
    await assign(id, 'Lu');
    await harness.drain();
    harness.below.asked.tell.length = 0;
    return id;
  }

  test('is refused if several people have it, and the refusal names them', async () => {
    const id = await assignedToLu();
    harness.below.people.push(LU, OTHER_LU);
    await expect(assign(id, 'Lu')).rejects.toMatchObject({
      kind: 'invalid',
      detail: expect.stringMatching(/assigned_to: Several people .*lu@example\.com .*lu\.other@example\.com/),
    });
  });

  test('pages the person who has that name by now, once', async () => {
    const id = await assignedToLu();
    harness.below.people.push(LU);
    expect(await assign(id, 'Lu')).toMatchObject({ assigned_to: 'Lu', assignee_email: LU.email });
    await harness.drain();
    await assign(id, 'Lu');
    await harness.drain();
    expect(harness.below.asked.tell).toMatchObject([{ incident_id: id, to: [LU] }]);
  });

  test('means the same person while oncall is away', async () => {
    const id = await assignedToLu();
    harness.below.people.push(LU);
    await assign(id, 'Lu');
    await harness.drain();
    harness.below.away = true;
    const before = (await incident(id)).timeline.length;
    await assign(id, 'Lu');
    harness.below.away = false;
    await harness.later(seconds(10));
    expect(harness.below.asked.tell).toHaveLength(1);
    expect((await incident(id)).timeline).toHaveLength(before);
  });
});

describe('a blank assignee', () => {
  test.each(BLANKS)('takes the assignee of an open incident away: %j', async (blank) => {
    const id = await opened();
    expect(await assign(id, blank)).toMatchObject({ assigned_to: null, assignee_email: null });
    await harness.drain();
    expect(steps()).toEqual([1]);
  });

  test.each(BLANKS)('is no assignee of an acknowledgement, whose person gets the incident: %j', async (blank) => {
    harness.below.primary = null;
    harness.below.steps = [];
    const id = await opened();
    expect(await assign(id, blank, 'acknowledged')).toMatchObject({ assigned_to: 'maria' });
  });

  test('is refused for an acknowledged incident, naming the field', async () => {
    const id = await acknowledged();
    await expect(assign(id, '\u200b')).rejects.toMatchObject({
      kind: 'invalid',
      detail: expect.stringContaining('assigned_to: Must not be blank'),
    });
    expect(await incident(id)).toMatchObject({ assigned_to: JANE.name });
  });

  test('leaves a new incident to the primary', async () => {
    const words = { title: 'Quiet', service: alertOf().service, severity: 'low', assigned_to: '\u200b' };
    expect(await harness.port.create(words, maria)).toMatchObject({ assigned_to: JANE.name });
  });
});

describe('other blank texts', () => {
  test('are no author of a note; its actor is the author', async () => {
    const id = await opened();
    for (const author of BLANKS) {
      expect(await harness.port.addNote({ id, author, content: 'Looking' }, maria)).toMatchObject({ author: 'maria' });
    }
  });

  test.each(BLANKS)('are no note: %j', async (content) => {
    const id = await opened();
    await expect(harness.port.addNote({ id, content }, maria)).rejects.toMatchObject({ kind: 'invalid' });
    await harness.port.update({ id, notes: content }, maria);
    expect((await incident(id)).notes).toEqual([]);
  });

  test('are no title', async () => {
    const words = { title: '\u200b', service: alertOf().service, severity: 'low', assigned_to: JOE.name };
    await expect(harness.port.create(words, maria)).rejects.toMatchObject({ kind: 'invalid' });
  });
});
