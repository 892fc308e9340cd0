import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { hours, minutes, seconds } from '../../kernel/clock';
import { someone } from '../../testing/http';
import {
  alertOf,
  factsOf,
  type IncidentsHarness,
  incidentsHarness,
  JANE,
  JOE,
  openedBy,
  outcomeOf,
  ROOM,
  timelineOf,
  told,
} from '../../testing/incidents';
import { groupKeyOf, verdictOf } from '../domain/reach';

let harness: IncidentsHarness;
beforeEach(async () => {
  harness = await incidentsHarness({ fallbackTarget: 'slack:fallback' });
  harness.below.accepts = false;
});
afterEach(() => harness.end());

const KIM = { name: 'Kim Ha', email: 'kim@example.com' };
const maria = someone();
const incident = (id: string) => harness.port.get({ id }, maria);
const reachOf = async (id: string) => (await incident(id)).reach;
const clockOf = async (id: string) => (await incident(id)).escalation;
const steps = () => harness.below.asked.takeStep.map(({ step, round }) => `${round}.${step}`);
const inMinutes = (n: number) => new Date(harness.clock.now().getTime() + minutes(n)).toISOString();
const kinds = (id: string) => timelineOf(harness, id);
const fallbacks = () => harness.below.asked.tell.filter(({ key }) => key.includes(':fallback:')).length;

/** Adds the result of the page number `n`, from 0. */
const says = (kind: Parameters<typeof outcomeOf>[0], n: number): void => {
  harness.below.facts.push(outcomeOf(kind, harness.below.pages[n]!));
};
const accept = async (n: number) => {
  says('notification_sent', n);
  await harness.drain();
};
const fail = async (n: number) => {
  says('notification_failed', n);
  await harness.drain();
};

async function opened(over: Parameters<typeof alertOf>[0] = {}): Promise<string> {
  const id = await openedBy(harness, alertOf(over));
  await harness.drain();
  return id;
}

describe('a step whose people take turns', () => {
  const passedOver = () => harness.below.asked.takeStep.map(({ step, passed_over = [] }) => [step, passed_over]);
  beforeEach(() => {
    harness.below.inTurn = true;
    harness.below.waitMinutes = 30;
    harness.below.steps = [[told(JANE, 'member'), told(JOE, 'member')], [told(KIM, 'member')]];
  });

  test('pages its next person at once if the one in turn was not reached', async () => {
    const id = await opened();
    await fail(0);
    expect(passedOver()).toEqual([
      [1, []],
      [1, [JANE.email]],
    ]);
    await accept(1);
    expect(await reachOf(id)).toBe('reached');
    expect(await clockOf(id)).toMatchObject({ state: 'running', step: 1, next_step: 2, next_step_at: inMinutes(30) });
  });

  test('is followed by the next one only when none of them was reached', async () => {
    await opened();
    await fail(0);
    await harness.later(seconds(60));
    expect(passedOver()).toEqual([
      [1, []],
      [1, [JANE.email]],
      [2, []],
    ]);
  });

  test('pages no further person if the incident was acknowledged meanwhile', async () => {
    const id = await opened();
    await harness.port.update({ id, status: 'acknowledged' }, maria);
    await fail(0);
    expect(passedOver()).toHaveLength(1);
  });
});

describe('a step', () => {
  test('is pending until an address accepts its page, then reached; the wait of the policy does not change', async () => {
    const id = await opened();
    expect([await reachOf(id), (await clockOf(id))?.next_step_at]).toEqual(['pending', inMinutes(5)]);
    await accept(0);
    expect([await reachOf(id), (await clockOf(id))?.next_step_at]).toEqual(['reached', inMinutes(5)]);
    await harness.later(minutes(2));
    expect(steps()).toEqual(['0.1']);
  });

  test('whose last page failed for good is followed by the next one at once', async () => {
    harness.below.waitMinutes = 30;
    const id = await opened();
    await fail(0);
    expect(steps()).toEqual(['0.1', '0.2']);
    expect((await kinds(id)).slice(-3)).toEqual(['page_failed', 'nobody_reached', 'escalated']);
    expect(await clockOf(id)).toMatchObject({ state: 'running', step: 2, next_step: 3, next_step_at: inMinutes(30) });
    await accept(1);
    expect(await reachOf(id)).toBe('reached');
  });

  test('waits for the results of all its pages before it counts as reaching no one', async () => {
    harness.below.steps[0] = [told(JANE, 'primary'), told(JOE, 'primary'), ROOM];
    await opened();
    await fail(1);
    expect(steps()).toEqual(['0.1']);
    await fail(0);
    expect(steps()).toEqual(['0.1', '0.2']);
  });

  test('of which one page was accepted waits, although the others fail', async () => {
    harness.below.steps[0] = [told(JANE, 'primary'), told(JOE, 'primary')];
    const id = await opened();
    await accept(0);
    await fail(1);
    await harness.later(minutes(4));
    expect(steps()).toEqual(['0.1']);
    expect(await reachOf(id)).toBe('reached');
  });

  test('whose accepted page did not arrive is followed by the next one at once', async () => {
    harness.below.waitMinutes = 30;
    const id = await opened();
    await accept(0);
    says('notification_undelivered', 0);
    await harness.drain();
    expect(steps()).toEqual(['0.1', '0.2']);
    expect((await kinds(id)).slice(-3)).toEqual(['page_failed', 'nobody_reached', 'escalated']);
  });

  test.each([
    ['failed', ['0.1', '0.2']],
    ['not_accepted', ['0.1']],
  ])('whose page was accepted, and is then unreached because %s, takes these steps', async (reason, taken) => {
    harness.below.waitMinutes = 30;
    await opened();
    await accept(0);
    const { kind: _, data } = outcomeOf('notification_sent', harness.below.pages[0]!);
    const { notification_id: page_id, ...rest } = data;
    harness.below.facts.push({ kind: 'page_unreached', data: { ...rest, page_id, reason } });
    await harness.drain();
    expect(steps()).toEqual(taken);
  });

  test('whose accepted page did not arrive is pending while another page is tried, and then late', async () => {
    harness.below.waitMinutes = 30;
    harness.below.steps[0] = [told(JANE, 'primary'), told(JOE, 'primary')];
    await opened();
    await accept(0);
    says('notification_undelivered', 0);
    await harness.drain();
    expect(steps()).toEqual(['0.1']);
    await harness.later(seconds(60));
    expect(steps()).toEqual(['0.1', '0.2']);
  });

  test.each<[string, Parameters<typeof outcomeOf>[0][]]>([
    ['sent, undelivered, delivered', ['notification_sent', 'notification_undelivered', 'notification_delivered']],
    ['delivered, sent', ['notification_delivered', 'notification_sent']],
    ['delivered, undelivered', ['notification_delivered', 'notification_undelivered']],
  ])('counts a page as arrived after the results %s of one batch', async (_, results) => {
    const id = await opened();
    for (const kind of results) says(kind, 0);
    await harness.drain();
    expect([await reachOf(id), steps()]).toEqual(['reached', ['0.1']]);
  });

  test('that no address accepted within the minute is followed by the next one, although its retries go on', async () => {
    harness.below.waitMinutes = 30;
    const id = await opened();
    await harness.later(seconds(59));
    expect(steps()).toEqual(['0.1']);
    await harness.later(seconds(1));
    expect(steps()).toEqual(['0.1', '0.2']);
    const { timeline } = await harness.port.timeline({ id }, maria);
    expect(timeline.find(({ event_type }) => event_type === 'nobody_reached')?.detail).toMatchObject({
      step: 1,
      why: 'not_accepted',
    });
  });

  test('counts as reaching no one after the configured time', async () => {
    const patient = harness.again({ reachedWithinMs: 120_000 });
    await openedBy(harness);
    await patient.drain();
    harness.clock.advance(seconds(119));
    await patient.drain();
    expect(steps()).toEqual(['0.1']);
    harness.clock.advance(seconds(1));
    while ((await patient.drain()) > 0);
    expect(steps()).toEqual(['0.1', '0.2']);
  });

  test('that was accepted late is shown as such and does not advance the escalation', async () => {
    const id = await opened();
    await harness.later(minutes(1));
    await fail(1);
    const before = await clockOf(id);
    await harness.later(seconds(30));
    await accept(0);
    expect(steps()).toEqual(['0.1', '0.2', '0.3']);
    expect(await clockOf(id)).toEqual(before);
    expect(await reachOf(id)).toBe('reached');
    const { timeline } = await harness.port.timeline({ id }, maria);
    expect(timeline.at(-1)).toMatchObject({
      event_type: 'paged',
      detail: { late: true, name: JANE.name, waited_seconds: 90 },
    });
  });

  test('that pages only by mock is skipped at once like an empty one', async () => {
    harness.below.steps[0] = [told(JANE, 'primary', { channel: 'mock', reachable: false })];
    const id = await opened();
    expect(steps()).toEqual(['0.1', '0.2']);
    expect((await kinds(id)).slice(-2)).toEqual(['nobody_reached', 'escalated']);
  });

  test('before the latest one does not advance the escalation when it fails', async () => {
    const id = await opened();
    await harness.port.escalateIncident({ id }, maria);
    await harness.drain();
    await accept(1);
    const before = await clockOf(id);
    await fail(0);
    expect([steps(), await clockOf(id)]).toEqual([['0.1', '0.2'], before]);
    expect(await kinds(id)).toContain('page_failed');
  });

  test('by hand that fails advances the escalation like every other', async () => {
    const id = await opened();
    await accept(0);
    await harness.port.escalateIncident({ id }, maria);
    await harness.drain();
    await fail(1);
    expect(steps()).toEqual(['0.1', '0.2', '0.3']);
  });
});

describe('a policy that reaches no one', () => {
  test('with one step notifies the fallback and is tried again after 5, 15 and then every 60 minutes', async () => {
    harness.below.steps = [[told(JANE, 'primary')]];
    const id = await opened();
    await fail(0);
    expect(await clockOf(id)).toMatchObject({ state: 'exhausted', next_step: 1, next_step_at: inMinutes(5) });
    expect([fallbacks(), await reachOf(id)]).toEqual([1, 'no_one']);
    for (const [n, wait] of [5, 15, 60, 60].entries()) {
      await harness.later(minutes(wait) - 1);
      expect(steps()).toHaveLength(n + 1);
      await harness.later(1);
      expect([steps().length, await reachOf(id)]).toEqual([n + 2, 'pending']);
      await fail(n + 1);
      expect([fallbacks(), await reachOf(id)]).toEqual([n + 2, 'no_one']);
    }
  });

  test('goes through all its steps first', async () => {
    const id = await opened();
    for (const n of [0, 1, 2, 3]) await fail(n);
    expect(steps()).toEqual(['0.1', '0.2', '0.3']);
    expect(await clockOf(id)).toMatchObject({ state: 'exhausted', next_step: 1, next_step_at: inMinutes(5) });
    expect(fallbacks()).toBe(1);
  });

  test('only in its last step is not tried again, because a person was reached', async () => {
    harness.below.steps = [[told(JANE, 'primary')], [told(JOE, 'secondary')]];
    const id = await opened();
    await accept(0);
    await harness.later(minutes(5));
    await fail(1);
    expect(await clockOf(id)).toMatchObject({ state: 'exhausted', next_step: null });
    expect([fallbacks(), await reachOf(id)]).toEqual([0, 'reached']);
  });

  test('in a later round is tried again, although an earlier round reached a person', async () => {
    Object.assign(harness.below, { steps: [[told(JANE, 'primary')]], repeat: 1 });
    const id = await opened();
    await accept(0);
    await harness.later(minutes(5));
    await fail(1);
    expect(await clockOf(id)).toMatchObject({ state: 'exhausted', next_step: 1, next_step_at: inMinutes(5) });
    expect([fallbacks(), await reachOf(id)]).toEqual([1, 'no_one']);
  });

  test('is tried again at the next hand-off', async () => {
    Object.assign(harness.below, { steps: [[told(JANE, 'primary')]], nextHandoffAt: inMinutes(2) });
    const id = await opened();
    await fail(0);
    expect(await clockOf(id)).toMatchObject({ next_step_at: inMinutes(2) });
  });

  test('is tried again as soon as a channel works again, and waits the full time after that', async () => {
    harness.below.steps = [[told(JANE, 'primary')]];
    const ids = await Promise.all([opened(), opened()]);
    says('notification_failed', 0);
    await fail(1);
    harness.below.facts.push({ kind: 'channel_restored', data: { channel: 'email' } });
    await harness.drain();
    await harness.later(seconds(10));
    expect(steps()).toHaveLength(4);
    await accept(2);
    await accept(3);
    for (const id of ids) expect(await reachOf(id)).toBe('reached');
    await harness.later(minutes(5));
    expect(steps()).toHaveLength(4);
  });

  test('is tried again even if its last wait ended in the same instant as the result', async () => {
    Object.assign(harness.below, { steps: [[told(JANE, 'primary')]], waitMinutes: 1 });
    const id = await opened();
    await harness.later(minutes(1));
    expect(await clockOf(id)).toMatchObject({ state: 'exhausted', next_step: 1 });
    expect([fallbacks(), await reachOf(id)]).toEqual([1, 'no_one']);
  });
});

describe('races', () => {
  test('the same failure twice advances the escalation once', async () => {
    await opened();
    says('notification_failed', 0);
    await fail(0);
    await fail(0);
    expect(steps()).toEqual(['0.1', '0.2']);
  });

  test('a failure that is read after an acceptance of the same page changes nothing', async () => {
    const id = await opened();
    says('notification_sent', 0);
    await fail(0);
    await harness.later(minutes(2));
    expect([steps(), await reachOf(id)]).toEqual([['0.1'], 'reached']);
  });

  test.each(['notification_sent', 'notification_failed'] as const)(
    'a %s that arrives before the result of its step is saved counts as soon as that is saved',
    async (kind) => {
      const id = await openedBy(harness);
      let early = true;
      harness.below.meanwhile = async () => {
        if (!early) return;
        early = false;
        harness.below.facts.push(outcomeOf(kind, { ...page, incident_id: id, key: `${id}:1` }));
        await harness.again().drain();
      };
      const page = { key: '', incident_id: '', notification_id: randomUUID(), name: JANE.name };
      harness.below.steps[0] = [told(JANE, 'primary')];
      harness.below.nextId = page.notification_id;
      await harness.drain();
      expect(steps()).toEqual(kind === 'notification_sent' ? ['0.1'] : ['0.1', '0.2']);
      if (kind === 'notification_sent') expect(await reachOf(id)).toBe('reached');
    },
  );

  test.each(['acknowledged', 'in_progress', 'resolved'] as const)(
    'a failure after the incident is %s is only recorded',
    async (status) => {
      const id = await opened();
      await harness.port.update({ id, status }, maria);
      await fail(0);
      await harness.later(hours(2));
      expect([steps(), await clockOf(id)]).toMatchObject([['0.1'], { state: 'stopped' }]);
      expect(await kinds(id)).toContain('page_failed');
      expect(fallbacks()).toBe(0);
    },
  );

  test.each(['acknowledged', 'in_progress'] as const)(
    'a step by hand that reached no one while the incident is %s is an entry and an event',
    async (status) => {
      const id = await opened();
      await harness.port.update({ id, status }, maria);
      await harness.port.escalateIncident({ id }, maria);
      expect(await reachOf(id)).toBe('pending');
      const before = (await factsOf(harness, id)).length;
      await fail(1);
      expect(await reachOf(id)).toBe('no_one');
      const detail = { step: 2, round: 0, why: 'failed', next_step_at: null };
      const { timeline } = await incident(id);
      expect(timeline.at(-1)).toMatchObject({ event_type: 'nobody_reached', actor: 'system', detail });
      expect((await factsOf(harness, id)).slice(before)).toMatchObject([
        { kind: 'incident_nobody_reached', data: detail },
      ]);
    },
  );

  test('a failure during a snooze is only recorded, and the snooze ends as usual', async () => {
    const id = await opened();
    await harness.port.snooze({ id, minutes: 10 }, maria);
    expect(await reachOf(id)).toBe('not_paged');
    await fail(0);
    expect(steps()).toEqual(['0.1']);
    await harness.later(minutes(10));
    expect([steps(), await reachOf(id)]).toEqual([['0.1', '0.1'], 'pending']);
  });

  test('an acknowledgement, a failure and the step’s own timer at once take one step at most, and none after it', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => opened()));
    for (const n of ids.keys()) says('notification_failed', n);
    harness.clock.advance(minutes(5));
    const other = harness.again();
    await Promise.all([
      harness.module.drain(),
      other.drain(),
      ...ids.map((id) => harness.port.update({ id, status: 'acknowledged' }, maria)),
    ]);
    await harness.drain();
    for (const id of ids) {
      expect((await clockOf(id))?.state).toBe('stopped');
      const taken = harness.below.asked.takeStep.filter(({ incident_id }) => incident_id === id);
      expect(new Set(taken.map(({ key }) => key)).size).toBe(taken.length);
      expect(taken.length).toBeLessThanOrEqual(2);
    }
  });

  test('two processes that read the same failures take each next step once', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => opened()));
    for (const n of ids.keys()) says('notification_failed', n);
    const other = harness.again();
    await Promise.all([harness.module.drain(), other.drain(), harness.module.drain(), other.drain()]);
    await harness.drain();
    expect(harness.below.asked.takeStep).toHaveLength(20);
    for (const id of ids) expect((await kinds(id)).filter((kind) => kind === 'nobody_reached')).toHaveLength(1);
  });

  test('a process that was away for longer than the minute reads earlier acceptances before it judges', async () => {
    const id = await opened();
    says('notification_sent', 0);
    harness.clock.advance(minutes(3));
    const next = harness.again();
    while ((await next.drain()) > 0);
    expect([steps(), await reachOf(id)]).toEqual([['0.1'], 'reached']);
  });

  test('a restart between the failure and the next step loses neither', async () => {
    await opened();
    says('notification_failed', 0);
    const next = harness.again();
    while ((await next.drain()) > 0);
    expect(steps()).toEqual(['0.1', '0.2']);
  });

  test('a snooze that ends while pages are sent is not undone by their failure', async () => {
    const id = await opened();
    await harness.port.snooze({ id, minutes: 10 }, maria);
    await harness.port.endSnooze({ id }, maria);
    says('notification_failed', 0);
    await harness.drain();
    expect(steps()).toEqual(['0.1', '0.1']);
    expect(await clockOf(id)).toMatchObject({ state: 'running', next_step: 2 });
  });
});

describe('an assignee', () => {
  const assign = async (id: string, to = JOE.name) => {
    await harness.port.update({ id, assigned_to: to }, maria);
    await harness.drain();
  };

  test('is reached if their address accepts the page', async () => {
    const id = await opened();
    await assign(id);
    await accept(1);
    expect(await reachOf(id)).toBe('reached');
  });

  test('whose page fails continues with the next step', async () => {
    const id = await opened();
    await accept(0);
    await assign(id);
    await fail(1);
    expect(steps()).toEqual(['0.1', '0.2']);
    const { timeline } = await harness.port.timeline({ id }, maria);
    expect(timeline.find(({ event_type }) => event_type === 'nobody_reached')?.detail).toMatchObject({
      why: 'assignee_not_reached',
      name: JOE.name,
    });
  });

  test('without an address restarts the policy of an acknowledged incident', async () => {
    const id = await opened();
    await harness.port.update({ id, status: 'acknowledged' }, maria);
    harness.below.reachable = false;
    await assign(id);
    expect(steps()).toEqual(['0.1', '0.1']);
    expect(await incident(id)).toMatchObject({ status: 'acknowledged', reach: 'pending' });
  });

  test('changes nothing after another one replaced them', async () => {
    const id = await opened();
    await accept(0);
    await assign(id);
    await assign(id, JANE.name);
    await fail(1);
    expect(steps()).toEqual(['0.1']);
  });

  test('changes nothing if the incident is resolved or snoozed', async () => {
    const [over, asleep] = [await opened(), await opened()];
    await assign(over);
    await assign(asleep);
    await harness.port.update({ id: over, status: 'resolved' }, maria);
    await harness.port.snooze({ id: asleep, minutes: 60 }, maria);
    says('notification_failed', 2);
    await fail(3);
    await harness.later(minutes(2));
    expect(steps()).toEqual(['0.1', '0.1']);
  });
});

describe('the reach of an incident', () => {
  test('is not_paged while its page waits for support hours', async () => {
    harness.below.waitUntil = inMinutes(90);
    const id = await opened({ severity: 'low' });
    expect(await reachOf(id)).toBe('not_paged');
    harness.below.waitUntil = null;
    await harness.later(minutes(90));
    expect(await reachOf(id)).toBe('pending');
  });

  test('is not_paged if a person acknowledged before any page was accepted', async () => {
    const id = await openedBy(harness);
    await harness.port.update({ id, status: 'acknowledged' }, maria);
    expect(await reachOf(id)).toBe('not_paged');
  });

  test('filters and sorts lists, the worst first', async () => {
    harness.below.steps = [[told(JANE, 'primary')]];
    const [none, some] = [await opened(), await opened()];
    says('notification_failed', 0);
    await accept(1);
    const list = (over: object) => harness.port.list({ ...over }, maria);
    expect((await list({ reach: 'no_one,pending' })).incidents.map(({ id }) => id)).toEqual([none]);
    expect((await list({ sort: 'reach' })).incidents.map(({ id }) => id)).toEqual([none, some]);
  });

  test('changes without touching when the incident was updated', async () => {
    const id = await opened();
    const before = (await incident(id)).updated_at;
    await harness.later(seconds(10));
    await accept(0);
    expect((await incident(id)).updated_at).toBe(before);
  });

  test('that becomes worse is an event for the modules above', async () => {
    harness.below.steps = [[told(JANE, 'primary')]];
    const id = await opened();
    await fail(0);
    const facts = (await factsOf(harness, id)).map(({ kind }) => kind);
    expect(facts).toEqual(expect.arrayContaining(['incident_nobody_reached', 'incident_escalation_exhausted']));
  });
});

describe('the verdict', () => {
  const outcome = fc.constantFrom<('sent' | 'failed' | undefined)[]>('sent', 'failed', undefined);
  const at = (ms: number) => new Date(1_700_000_000_000 + ms);

  test('is reached with one acceptance, no_one when all failed or the time is over, and else pending', () => {
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 1, maxLength: 8 }), fc.nat(120_000), (all, ms) => {
        const counting = all.map((_, n) => `n${n}`);
        const outcomes = Object.fromEntries(all.flatMap((each, n) => (each === undefined ? [] : [[`n${n}`, each]])));
        const verdict = verdictOf({ counting, outcomes, reach: 'pending', notifiedAt: at(0) }, at(ms), 60_000);
        if (all.includes('sent')) expect(verdict).toBe('reached');
        else if (ms >= 60_000 || all.every((each) => each === 'failed')) expect(verdict).toBe('no_one');
        else expect(verdict).toBe('pending');
      }),
    );
  });

  test('depends only on pages of steps and assignments', () => {
    const id = randomUUID();
    expect(groupKeyOf(`${id}:12`, id)).toBe(`${id}:12`);
    expect(groupKeyOf(`${id}:12#3`, id)).toBe(`${id}:12`);
    expect(groupKeyOf(`${id}:assignee:opened`, id)).toBe(`${id}:assignee:opened`);
    for (const other of [`${id}:fallback:2`, `${id}:`, id, null, 7, `${randomUUID()}:1`]) {
      expect(groupKeyOf(other, id)).toBeNull();
    }
  });
});

test('the summary of an incident whose fallback was notified names the pages of its steps', async () => {
  harness.below.steps = [[told(JANE, 'primary')]];
  const id = await opened();
  await fail(0);
  await harness.later(hours(1));
  expect(fallbacks()).toBeGreaterThan(0);
  const { fuses } = await harness.port.fuses({ incidents: id }, maria);
  expect(fuses).toMatchObject([{ incident_id: id }]);
  expect(fuses[0]?.paged.map(({ step, names }) => [step, names])).toContainEqual([1, [JANE.name]]);
});

test('while only the end of the policy is due, a preview of the incident is refused', async () => {
  harness.below.steps = [[told(JANE, 'primary')]];
  harness.below.repeat = 0;
  const id = await opened();
  await accept(0);
  expect(await clockOf(id)).toMatchObject({ next_step: null, next_step_at: expect.any(String) });
  await expect(harness.port.previewIncident({ id }, maria)).rejects.toMatchObject({ kind: 'conflict' });
});
