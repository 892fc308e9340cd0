import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { minutes, seconds } from '../../kernel/clock';
import type { Problem } from '../../kernel/ports/problem';
import { someone } from '../../testing/http';
import {
  alertOf,
  factsOf,
  type IncidentsHarness,
  incidentsHarness,
  JANE,
  JOE,
  openedBy,
  timelineOf,
} from '../../testing/incidents';
import { STATUSES, type Status } from '../contract';
import { transition } from '../domain/states';

let harness: IncidentsHarness;
beforeAll(async () => {
  harness = await incidentsHarness();
});
afterAll(() => harness.end());

const maria = someone();
const incident = (id: string) => harness.port.get({ id }, maria);
const move = (id: string, status: Status) => harness.port.update({ id, status }, maria);
const linesOf = async (name: string) => (await harness.registry.getSingleMetricAsString(name)).split('\n');

/** The table of the API, written independently of the product. */
const FOLLOWERS: Record<Status, Status[]> = {
  open: ['open', 'acknowledged', 'in_progress', 'resolved'],
  acknowledged: ['acknowledged', 'in_progress', 'resolved'],
  in_progress: ['in_progress', 'resolved'],
  resolved: ['resolved'],
};

test('every sequence of transitions follows the state machine', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...STATUSES), fc.integer({ min: 0, max: 1e7 }), fc.boolean())),
      (walk) => {
        let now = Date.parse('2026-01-05T09:00:00.000Z');
        let at = {
          status: 'open' as Status,
          created_at: new Date(now).toISOString(),
          acknowledged_at: null as string | null,
        };
        for (const [to, wait, byPerson] of walk) {
          now += wait;
          if (!FOLLOWERS[at.status].includes(to)) {
            expect(() => transition(at, to, new Date(now), { byPerson })).toThrow(
              `Cannot transition from '${at.status}' to '${to}'.`,
            );
            continue;
          }
          const change = transition(at, to, new Date(now), { byPerson });
          expect(change === null).toBe(to === at.status);
          if (change === null) continue;
          const acknowledges = at.acknowledged_at === null && (to !== 'resolved' || byPerson);
          expect([change.mttaMs !== null, change.acknowledgedAt !== null]).toEqual([acknowledges, acknowledges]);
          expect(change.mttrMs === null).toBe(to !== 'resolved');
          at = {
            ...at,
            status: to,
            acknowledged_at: at.acknowledged_at ?? change.acknowledgedAt?.toISOString() ?? null,
          };
        }
      },
    ),
  );
});

test.each(STATUSES.flatMap((from) => STATUSES.map((to) => [from, to] as const)))(
  'from %s to %s follows the table',
  async (from, to) => {
    const id = await openedBy(harness);
    if (from !== 'open') await move(id, from);
    const moved = move(id, to);
    if (FOLLOWERS[from].includes(to)) expect(await moved).toMatchObject({ status: to });
    else await expect(moved).rejects.toMatchObject({ kind: 'conflict' });
    expect(await incident(id)).toMatchObject({ status: FOLLOWERS[from].includes(to) ? to : from });
  },
);

test('a refused transition names the allowed ones', async () => {
  const id = await openedBy(harness);
  await move(id, 'acknowledged');
  const refused = await move(id, 'open').catch((problem: Problem) => problem.detail as never);
  expect(refused).toBe("Cannot transition from 'acknowledged' to 'open'. Allowed: ['in_progress', 'resolved']");
  await move(id, 'resolved');
  const over = await move(id, 'open').catch((problem: Problem) => problem.detail as never);
  expect(over).toBe("Cannot transition from 'resolved' to 'open'. Allowed: none (terminal state)");
});

test('twenty people who acknowledge at once leave one acknowledgement and one measurement', async () => {
  const id = await openedBy(harness);
  const [count] = (await linesOf('incident_mtta_seconds')).filter((line) => line.includes('_count'));
  harness.clock.advance(seconds(90));
  const answers = await Promise.all(Array.from({ length: 20 }, () => move(id, 'acknowledged')));
  expect(new Set(answers.map(({ acknowledged_at }) => acknowledged_at)).size).toBe(1);
  expect((await timelineOf(harness, id)).filter((type) => type === 'acknowledged')).toHaveLength(1);
  const [after] = (await linesOf('incident_mtta_seconds')).filter((line) => line.includes('_count'));
  expect(Number(after!.split(' ')[1])).toBe(Number(count!.split(' ')[1]) + 1);
});

test('acknowledging measures from the opening, and starting work later does not measure again', async () => {
  const id = await openedBy(harness);
  harness.clock.advance(seconds(90));
  expect(await move(id, 'acknowledged')).toMatchObject({ mtta_seconds: 90, mttr_seconds: null, resolved_at: null });
  harness.clock.advance(minutes(10));
  expect(await move(id, 'in_progress')).toMatchObject({ mtta_seconds: 90 });
  harness.clock.advance(minutes(10));
  expect(await move(id, 'resolved')).toMatchObject({ mtta_seconds: 90, mttr_seconds: 1290 });
});

test('resolving without an acknowledgement counts as both', async () => {
  const id = await openedBy(harness);
  harness.clock.advance(seconds(30));
  const { acknowledged_at, resolved_at, ...rest } = await move(id, 'resolved');
  expect(acknowledged_at).toBe(resolved_at);
  expect(rest).toMatchObject({ mtta_seconds: 30, mttr_seconds: 30 });
});

test('resolving by an API key counts as acknowledging too', async () => {
  const id = await openedBy(harness);
  harness.clock.advance(seconds(30));
  const resolved = await harness.port.update({ id, status: 'resolved' }, someone({ actor: 'ci', kind: 'key' }));
  expect(resolved).toMatchObject({ mtta_seconds: 30, acknowledged_at: resolved.resolved_at });
});

describe('acknowledging an unassigned incident', () => {
  let id: string;
  beforeEach(async () => {
    harness.below.primary = null;
    id = await openedBy(harness);
    harness.below.primary = JANE;
  });
  const acknowledge = (caller = maria) => harness.port.update({ id, status: 'acknowledged' }, caller);
  const jane = someone({ actor: 'jane', email: 'Jane@example.com' });

  test('assigns it to the person who did it, by their name, without a page', async () => {
    harness.below.asked.tell.length = 0;
    expect(await acknowledge(jane)).toMatchObject({ assigned_to: JANE.name, assignee_email: JANE.email });
    await harness.drain();
    expect(harness.below.asked.tell).toEqual([]);
    expect((await harness.port.timeline({ id }, maria)).timeline.slice(-2)).toMatchObject([
      { event_type: 'acknowledged', actor: 'jane' },
      { event_type: 'assigned', actor: 'jane', detail: { previous: null, new: JANE.name, reason: 'acknowledged' } },
    ]);
  });

  test('uses the name of the account for a person without a schedule', async () => {
    expect(await acknowledge()).toMatchObject({ assigned_to: 'maria', assignee_email: 'maria@example.com' });
  });

  test('works while oncall is away and for an account without an address', async () => {
    harness.below.away = true;
    expect(await acknowledge(someone({ email: null }))).toMatchObject({ assigned_to: 'maria', assignee_email: null });
    harness.below.away = false;
  });

  test('happens by starting work, and in bulk', async () => {
    expect(await harness.port.update({ id, status: 'in_progress' }, maria)).toMatchObject({ assigned_to: 'maria' });
    harness.below.primary = null;
    const other = await openedBy(harness);
    harness.below.primary = JANE;
    const { results } = await harness.port.bulk({ ids: [other], status: 'acknowledged' }, maria);
    expect(results).toMatchObject([{ incident: { assigned_to: 'maria' } }]);
  });

  test('happens too if an API key had acknowledged it before', async () => {
    await acknowledge(someone({ actor: 'ci', kind: 'key', email: null }));
    expect(await acknowledge()).toMatchObject({ assigned_to: 'maria' });
  });

  test.each(['key', 'integration', 'system'] as const)('leaves it unassigned for a caller of kind %s', async (kind) => {
    const caller = someone({ actor: 'ci', kind, email: null });
    expect(await acknowledge(caller)).toMatchObject({ status: 'acknowledged', assigned_to: null });
  });

  test('leaves it to the assignee that the same change names', async () => {
    const both = { id, status: 'acknowledged', assigned_to: JOE.email };
    expect(await harness.port.update(both, maria)).toMatchObject({ assigned_to: JOE.email });
  });

  test('assigns it once if two people do it at once', async () => {
    const callers = ['ann', 'bob', 'cem'].map((actor) => someone({ actor, email: `${actor}@example.com` }));
    await Promise.all(callers.map((caller) => acknowledge(caller)));
    const { timeline } = await harness.port.timeline({ id }, maria);
    const [acknowledged] = timeline.filter(({ event_type }) => event_type === 'acknowledged');
    const assigned = timeline.filter(({ event_type }) => event_type === 'assigned');
    expect(assigned).toMatchObject([{ actor: acknowledged?.actor, detail: { new: acknowledged?.actor } }]);
  });

  test('does not take an incident from its assignee', async () => {
    const taken = await openedBy(harness);
    const answer = await harness.port.update({ id: taken, status: 'acknowledged' }, maria);
    expect(answer.assigned_to).toBe(JANE.name);
  });
});

test('the timeline shows the actor of a transition and both statuses', async () => {
  const id = await openedBy(harness);
  await move(id, 'acknowledged');
  const { timeline } = await harness.port.timeline({ id }, maria);
  expect(timeline.at(-1)).toMatchObject({
    event_type: 'acknowledged',
    actor: 'maria',
    detail: { from: 'open', to: 'acknowledged' },
  });
});

test('an empty change changes nothing, and returns the incident as it is', async () => {
  const id = await openedBy(harness);
  const before = await incident(id);
  expect(await harness.port.update({ id }, maria)).toMatchObject({ status: 'open', updated_at: before.updated_at });
  await harness.port.update({ id, status: null, notes: '', assigned_to: null }, maria);
  expect(await timelineOf(harness, id)).toHaveLength(before.timeline.length);
});

test('a refused transition also rolls back its note and its assignee', async () => {
  const id = await openedBy(harness);
  await move(id, 'resolved');
  const all = harness.port.update({ id, status: 'open', notes: 'again?', assigned_to: JOE.name }, maria);
  await expect(all).rejects.toMatchObject({ kind: 'conflict' });
  expect(await incident(id)).toMatchObject({ assigned_to: JANE.name, notes: [] });
});

test('an acknowledgement cancels queued pages', async () => {
  const id = await openedBy(harness);
  await move(id, 'acknowledged');
  await harness.drain();
  expect(harness.below.asked.cancel).toContainEqual(
    expect.objectContaining({ incident_id: id, reason: 'acknowledged' }),
  );
});

test('pages after an acknowledgement are not cancelled, however late the cancellation runs', async () => {
  const id = await openedBy(harness);
  await harness.drain();
  const told_before = harness.clock.now().toISOString();
  harness.below.away = true;
  await harness.port.update({ id, status: 'acknowledged' }, maria);
  await harness.drain();
  harness.below.away = false;
  await harness.later(minutes(1));
  expect(harness.below.asked.cancel.at(-1)).toEqual({ incident_id: id, reason: 'acknowledged', told_before });
});

test('a new assignee is found by name and paged once', async () => {
  const id = await openedBy(harness);
  await harness.drain();
  const paged = harness.below.asked.tell.length;
  const changed = await harness.port.update({ id, assigned_to: JOE.name }, maria);
  expect(changed).toMatchObject({ assigned_to: JOE.name, assignee_email: JOE.email });
  await harness.drain();
  await harness.port.update({ id, assigned_to: JOE.name }, maria);
  await harness.drain();
  expect(harness.below.asked.tell.slice(paged)).toMatchObject([
    { incident_id: id, severity: 'high', to: [{ kind: 'person', name: JOE.name, email: JOE.email }] },
  ]);
  const { timeline } = await harness.port.timeline({ id }, maria);
  expect(timeline.slice(-2)).toMatchObject([
    { event_type: 'assigned', actor: 'maria', detail: { previous: JANE.name, new: JOE.name } },
    { event_type: 'paged', detail: { why: 'assigned', told: [{ name: JOE.name, reachable: true }] } },
  ]);
});

test('the same assignee in other words is not paged again', async () => {
  const id = await openedBy(harness);
  await harness.drain();
  const paged = harness.below.asked.tell.length;
  const changed = await harness.port.update({ id, assigned_to: JANE.email }, maria);
  expect(changed).toMatchObject({ assigned_to: JANE.email, assignee_email: JANE.email });
  await harness.drain();
  expect(harness.below.asked.tell).toHaveLength(paged);
});

test('an unknown assignee is kept as text, and the timeline marks them as unreachable', async () => {
  const id = await openedBy(harness);
  const changed = await harness.port.update({ id, assigned_to: 'the night watch' }, maria);
  expect(changed).toMatchObject({ assigned_to: 'the night watch', assignee_email: null });
  const { timeline } = await harness.port.timeline({ id }, maria);
  expect(timeline.at(-1)?.detail).toMatchObject({ reachable: false, reason: 'unknown_person' });
});

describe('a name that several people have', () => {
  const OTHER_JOE = { name: JOE.name, email: 'joe.doe@example.com' };
  beforeAll(() => harness.below.people.push(OTHER_JOE));
  afterAll(() => harness.below.people.pop());
  const refusal = {
    kind: 'invalid',
    detail: expect.stringMatching(/assigned_to: Several people .*joe@example\.com \(payments\), joe\.doe@example\.com/),
  };

  test('is refused as an assignee, and the refusal names the candidates', async () => {
    const id = await openedBy(harness);
    const change = harness.port.update({ id, assigned_to: JOE.name, notes: 'Please look' }, maria);
    await expect(change).rejects.toMatchObject(refusal);
    expect(await incident(id)).toMatchObject({ assigned_to: JANE.name, notes: [] });
  });

  test('is refused for a new incident too, which is not opened', async () => {
    const { service } = alertOf();
    const words = { title: 'Dark', service, severity: 'low', assigned_to: JOE.name };
    await expect(harness.port.create(words, maria)).rejects.toMatchObject(refusal);
    expect((await harness.port.list({ service }, maria)).total).toBe(0);
  });

  test('is decided by an e-mail address', async () => {
    const id = await openedBy(harness);
    const changed = await harness.port.update({ id, assigned_to: OTHER_JOE.email }, maria);
    expect(changed).toMatchObject({ assignee_email: OTHER_JOE.email });
  });

  test('pages all of them if oncall was away when the assignee was named', async () => {
    const id = await openedBy(harness);
    await harness.drain();
    harness.below.away = true;
    await harness.port.update({ id, assigned_to: JOE.name }, maria);
    harness.below.away = false;
    harness.below.asked.tell.length = 0;
    await harness.later(seconds(10));
    expect(harness.below.asked.tell).toMatchObject([{ to: [{ email: JOE.email }, { email: OTHER_JOE.email }] }]);
    expect((await harness.port.timeline({ id }, maria)).timeline.findLast(({ detail }) => detail['why'])).toMatchObject(
      {
        event_type: 'paged',
        detail: { why: 'several_of_this_name', told: [{ email: JOE.email }, { email: OTHER_JOE.email }] },
      },
    );
  });
});

test('an assignee named while oncall is away is found and paged when it is back', async () => {
  const id = await openedBy(harness);
  await harness.drain();
  harness.below.away = true;
  await harness.port.update({ id, assigned_to: JOE.email }, maria);
  await harness.drain();
  harness.below.away = false;
  await harness.later(seconds(10));
  expect(await incident(id)).toMatchObject({ assigned_to: JOE.email, assignee_email: JOE.email });
  expect(harness.below.asked.tell.at(-1)).toMatchObject({ incident_id: id, to: [{ email: JOE.email }] });
});

test('an assignee named while oncall is away, who proves to be unknown, is marked as unreachable', async () => {
  harness.below.away = true;
  const words = { title: 'Dark', service: alertOf().service, severity: 'low', assigned_to: 'the night watch' };
  const { id } = await harness.port.create(words, maria);
  await harness.drain();
  harness.below.away = false;
  await harness.later(seconds(10));
  const { timeline } = await harness.port.timeline({ id }, maria);
  const detail = { assigned_to: 'the night watch', reachable: false, reason: 'unknown_person' };
  expect(timeline).toContainEqual(expect.objectContaining({ event_type: 'assigned', actor: 'system', detail }));
});

test('reassigning neither stops nor restarts the escalation', async () => {
  const id = await openedBy(harness);
  await harness.drain();
  const { escalation } = await incident(id);
  harness.clock.advance(minutes(1));
  expect((await harness.port.update({ id, assigned_to: JOE.name }, maria)).escalation).toEqual(escalation);
});

test('the author of a note in a change is its actor, and the timeline shows its beginning', async () => {
  const id = await openedBy(harness);
  await harness.port.update({ id, notes: 'x'.repeat(150) }, maria);
  const { notes, timeline } = await incident(id);
  expect(notes).toMatchObject([{ author: 'maria', content: 'x'.repeat(150) }]);
  expect(timeline.at(-1)).toMatchObject({
    event_type: 'note_added',
    actor: 'maria',
    detail: { note_id: notes[0]!.id, preview: 'x'.repeat(100) },
  });
});

test('a note shows its real actor beside a given author', async () => {
  const id = await openedBy(harness);
  const note = await harness.port.addNote({ id, author: 'Dr. Who', content: '  hello  ' }, maria);
  expect(note).toMatchObject({ incident_id: id, author: 'Dr. Who', actor: 'maria', content: 'hello' });
  const { notes, timeline } = await incident(id);
  expect(notes).toMatchObject([{ author: 'Dr. Who', actor: 'maria' }]);
  expect(timeline.at(-1)?.actor).toBe('maria');
});

test('a note without a given author, also in a change, has its actor as author', async () => {
  const id = await openedBy(harness);
  await harness.port.addNote({ id, author: ' ', content: 'one' }, maria);
  await harness.port.update({ id, notes: 'two' }, maria);
  const signed = { author: 'maria', actor: 'maria' };
  expect((await incident(id)).notes).toMatchObject([signed, signed]);
});

test('a note of an earlier version has no known actor', async () => {
  const id = await openedBy(harness);
  await harness.port.addNote({ id, author: 'Dr. Who', content: 'one' }, maria);
  await harness.db('incident_notes').where({ incident_id: id }).update({ actor: null });
  expect((await incident(id)).notes).toMatchObject([{ author: 'Dr. Who', actor: null }]);
});

test('notes and assignee of a resolved incident can change, without a page', async () => {
  const id = await openedBy(harness);
  await move(id, 'resolved');
  await harness.drain();
  const paged = harness.below.asked.tell.length;
  await harness.port.update({ id, notes: 'It was the cable.', assigned_to: JOE.name }, maria);
  await harness.drain();
  expect(await incident(id)).toMatchObject({ assigned_to: JOE.name, notes: [{ content: 'It was the cable.' }] });
  expect(harness.below.asked.tell).toHaveLength(paged);
});

test('an incident opened by hand has an assignee, an escalation and no alerts', async () => {
  const made = await harness.port.create(
    { title: 'Phones are dead', service: ' Phones ', severity: 'critical', assigned_to: JOE.name },
    maria,
  );
  expect(made).toMatchObject({
    service: 'phones',
    status: 'open',
    assigned_to: JOE.name,
    assignee_email: JOE.email,
    team: 'payments',
    alert_count: 0,
    escalation: { state: 'running', step: 1 },
  });
  await harness.drain();
  expect(harness.below.asked.takeStep.at(-1)).toMatchObject({
    incident_id: made.id,
    step: 1,
    announce: true,
    assignee: JOE,
  });
});

test('an incident opened without an assignee, or with an empty one, is assigned to the primary', async () => {
  const open = (assigned_to: string | null) =>
    harness.port.create({ title: 'Quiet', service: alertOf().service, severity: 'low', assigned_to }, maria);
  expect(await open(null)).toMatchObject({ assigned_to: JANE.name });
  expect(await open('')).toMatchObject({ assigned_to: JANE.name });
});

test('an incident whose assignee could not be looked up is opened all the same, and they are paged later', async () => {
  harness.below.away = true;
  const { id } = await harness.port.create(
    { title: 'Dark', service: alertOf().service, severity: 'low', assigned_to: JOE.name },
    maria,
  );
  await harness.drain();
  harness.below.away = false;
  await harness.later(seconds(10));
  expect(await incident(id)).toMatchObject({ assigned_to: JOE.name, assignee_email: JOE.email });
  expect(harness.below.asked.tell.at(-1)).toMatchObject({ incident_id: id, to: [{ email: JOE.email }] });
});

test('one Idempotency-Key opens one incident, also when it is sent twenty times at once', async () => {
  const caller = someone({ idempotencyKey: randomUUID() });
  const input = { title: 'Once', service: alertOf().service, severity: 'low' };
  const made = await Promise.all(Array.from({ length: 20 }, () => harness.port.create(input, caller)));
  expect(new Set(made.map(({ id }) => id)).size).toBe(1);
  expect(await harness.db('incidents').where({ service: input.service })).toHaveLength(1);
  await expect(harness.port.create({ ...input, title: 'Twice' }, caller)).rejects.toMatchObject({ kind: 'invalid' });
});

test('a page that failed is shown on its incident, and one of an unknown incident is ignored', async () => {
  const id = await openedBy(harness);
  for (const incident_id of [randomUUID(), 'INT-1', id]) {
    const page = { channel: 'slack', recipient: 'ops', reason: 'no such channel' };
    harness.below.facts.push({
      kind: 'notification_failed',
      data: { incident_id, notification_id: randomUUID(), key: null, ...page },
    });
  }
  await harness.drain();
  await harness.drain();
  const { timeline } = await harness.port.timeline({ id }, maria);
  const failed = timeline.filter(({ event_type }) => event_type === 'page_failed');
  expect(failed).toMatchObject([{ actor: 'system', detail: { channel: 'slack', reason: 'no such channel' } }]);
});

test('a change by a person is an event with its actor', async () => {
  const id = await openedBy(harness);
  await move(id, 'acknowledged');
  const facts = await factsOf(harness, id);
  // The system adds events when the incident begins to affect the dependents of its service.
  expect(facts.filter(({ actor_kind }) => actor_kind !== 'system')).toMatchObject([
    { kind: 'incident_created', actor: 'prometheus' },
    { kind: 'incident_acknowledged', actor: 'maria', data: { from: 'open', to: 'acknowledged' } },
  ]);
});

test.each([
  ['with an assignee', JANE],
  ['without an assignee', null],
])('an acknowledgement of an incident %s reads it once', async (_what, primary) => {
  harness.below.primary = primary;
  const id = await openedBy(harness);
  harness.below.primary = JANE;
  const statements: string[] = [];
  const listen = ({ sql }: { sql: string }) => statements.push(sql);
  harness.db.on('query', listen);
  const acknowledged = await harness.port.update({ id, status: 'acknowledged' }, someone());
  harness.db.removeListener('query', listen);
  expect(statements.filter((sql) => /\b(from|join) incidents\b/.test(sql))).toHaveLength(1);
  const { alerts: _alerts, alerts_total: _total, notes: _notes, timeline: _entries, ...read } = await incident(id);
  expect(read).toMatchObject(acknowledged);
});
