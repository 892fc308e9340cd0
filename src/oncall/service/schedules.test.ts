import { days, hours, minutes } from '../../kernel/clock';
import type { Problem } from '../../kernel/ports/problem';
import { ada, type OncallHarness, oncallHarness } from '../../testing/oncall';
import type { Member } from '../domain/simpleSchedule';
import { versionsFrom } from '../store/schedules';

let harness: OncallHarness;
let team: string;
let teams = 0;
beforeAll(async () => {
  harness = await oncallHarness();
});
beforeEach(() => {
  teams += 1;
  team = `team ${teams}`;
  harness.clock.set('2026-01-05T09:00:00.000Z');
});
afterAll(() => harness.database.drop());

const member = (name: string, role: Member['role']): Member => ({
  name,
  email: `${name.toLowerCase()}@example.com`,
  role,
});
const ANN = member('Ann', 'primary');
const BOB = member('Bob', 'primary');
const CY = member('Cy', 'secondary');

const create = (members = [ANN, BOB, CY], more: { rotation_type?: 'daily' | 'weekly' | 'biweekly' } = {}) =>
  harness.port.createSchedule({ team, members, ...more }, ada);
const current = () => harness.port.current({ team }, ada);
const historyOf = async () => (await harness.port.history({ team }, ada)).history;
const typesOf = async () => (await historyOf()).map(({ event_type }) => event_type);
const problem = (promise: Promise<unknown>): Promise<Problem> =>
  promise.then(
    () => {
      throw new Error('This should have been refused.');
    },
    (error: Problem) => error,
  );

describe('a schedule of members with a zone or a later start', () => {
  const LATER = '2026-01-05T10:00:00.000Z';
  const plan = (members: Member[], more: { time_zone?: string; effective_from?: string; rotation_type?: 'daily' }) =>
    harness.port.createSchedule({ team, members, ...more }, ada);
  const versions = async () => (await harness.port.scheduleVersions({ team }, ada)).versions;
  const primary = async () => (await current()).primary?.name;

  test('hands over at midnight of its zone, which an edit keeps', async () => {
    const made = await plan([ANN, BOB], { time_zone: 'Asia/Tokyo', rotation_type: 'daily' });
    expect(made.time_zone).toBe('Asia/Tokyo');
    expect((await current()).until).toBe('2026-01-05T15:00:00.000Z');
    const edited = await harness.port.updateSchedule({ team, add_members: [CY] }, ada);
    expect([edited.time_zone, edited.layers.length]).toEqual(['Asia/Tokyo', 2]);
    expect((await current()).until).toBe('2026-01-05T15:00:00.000Z');
  });

  test('replaces another schedule only from its start, and is then changed by PATCH', async () => {
    await create([ANN]);
    const planned = await plan([BOB], { effective_from: LATER, time_zone: 'Asia/Tokyo', rotation_type: 'daily' });
    expect(planned).toMatchObject({ members: [ANN], layered: false, time_zone: 'UTC' });
    expect(await primary()).toBe('Ann');
    expect((await versions())[0]).toMatchObject({ effective_from: LATER, time_zone: 'Asia/Tokyo' });
    harness.clock.set(LATER);
    await harness.oncall.drain();
    expect(await primary()).toBe('Bob');
    const edited = await harness.port.updateSchedule({ team, add_members: [CY] }, ada);
    expect(edited).toMatchObject({
      members: [BOB, CY],
      layered: false,
      time_zone: 'Asia/Tokyo',
      rotation_type: 'daily',
    });
  });

  test('replaces layers from its start, and layers replace it from theirs', async () => {
    const rotation = { unit: 'daily' as const, handoff: '2026-01-05T00:00', slots: [[ANN]] };
    const layers = [{ name: 'days', rotation }];
    await harness.port.putSchedule({ team, layers }, ada);
    expect(await plan([BOB], { effective_from: LATER })).toMatchObject({ layered: true });
    await harness.port.putSchedule({ team, layers, effective_from: '2026-01-05T11:00:00Z' }, ada);
    const layered = async () => (await harness.port.getSchedule({ team }, ada)).layered;
    harness.clock.set(LATER);
    await harness.oncall.drain();
    expect([await layered(), await primary()]).toEqual([false, 'Bob']);
    harness.clock.set('2026-01-05T11:00:00.000Z');
    await harness.oncall.drain();
    expect([await layered(), await primary()]).toEqual([true, 'Ann']);
  });

  test('of a new team begins later, also after an edit', async () => {
    await plan([ANN], { effective_from: LATER, time_zone: 'Asia/Tokyo' });
    const edited = await harness.port.updateSchedule({ team, add_members: [CY] }, ada);
    expect(edited.members).toEqual([ANN, CY]);
    await expect(current()).rejects.toMatchObject({ status: 404 });
    harness.clock.set(LATER);
    await harness.oncall.drain();
    expect(await current()).toMatchObject({ primary: { name: 'Ann' }, secondary: { name: 'Cy' } });
    expect((await harness.port.getSchedule({ team }, ada)).time_zone).toBe('Asia/Tokyo');
  });

  test('is refused if it begins in the past, and changes nothing', async () => {
    await create([ANN]);
    expect(await problem(plan([BOB], { effective_from: '2020-01-01T00:00:00Z' }))).toMatchObject({
      status: 422,
      extra: { errors: [{ path: 'effective_from', message: 'Must not be in the past' }] },
    });
    expect([await primary(), (await versions()).length]).toEqual(['Ann', 1]);
  });

  test('records its start and its zone in the history', async () => {
    await plan([ANN], { effective_from: LATER, time_zone: 'Asia/Tokyo' });
    expect((await historyOf())[0]?.details).toEqual({
      members_count: 1,
      rotation_type: 'weekly',
      time_zone: 'Asia/Tokyo',
      effective_from: LATER,
    });
  });
});

describe('creating a schedule', () => {
  test('returns it, rotating weekly by default', async () => {
    expect(await create()).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      team,
      rotation_type: 'weekly',
      members: [ANN, BOB, CY],
      created_at: '2026-01-05T09:00:00.000Z',
      updated_at: null,
    });
  });

  test('stores it: it can be read alone and in the list, oldest first', async () => {
    const first = await create();
    team = `younger than ${team}`;
    harness.clock.advance(minutes(1));
    const second = await create([BOB]);
    expect(await harness.port.getSchedule({ team: first.team }, ada)).toEqual(first);
    const all = await harness.port.listSchedules({}, ada);
    expect(all.filter(({ id }) => id === first.id || id === second.id)).toEqual([first, second]);
  });

  test('is recorded with its actor', async () => {
    await create();
    expect(await historyOf()).toEqual([
      {
        event_id: expect.any(String),
        event_type: 'schedule_created',
        team,
        actor: 'ada',
        timestamp: '2026-01-05T09:00:00.000Z',
        details: { members_count: 3, rotation_type: 'weekly' },
      },
    ]);
  });

  test('is an event for the modules above', async () => {
    await create();
    const row = await harness.database.db('events').where({ subject: team }).first();
    expect(row).toMatchObject({ kind: 'schedule_created', actor: 'ada', data: { members_count: 3 } });
  });

  test('is counted, a replacement is not', async () => {
    const before = await harness.metric('oncall_schedules_created_total');
    await create();
    await create();
    expect(await harness.metric('oncall_schedules_created_total')).toBe(before + 1);
  });

  test('without a primary is refused and stores nothing', async () => {
    const refused = await problem(create([CY]));
    expect(refused).toMatchObject({ status: 400, detail: "At least one member with role 'primary' is required" });
    expect(await problem(harness.port.getSchedule({ team }, ada))).toMatchObject({ status: 404 });
    expect(await historyOf()).toEqual([]);
  });

  test('makes its members people, identified by their address in lower case', async () => {
    await create([{ name: 'Uma', email: ' UMA@Example.com ', role: 'primary' }]);
    expect(await harness.port.people({}, ada)).toContainEqual({
      email: 'uma@example.com',
      name: 'Uma',
      time_zone: 'UTC',
    });
  });

  test('keeps the zone of known people, and takes their newer name', async () => {
    await harness.port.setPerson({ email: 'vic@example.com', name: 'V', time_zone: 'Asia/Tokyo' }, ada);
    await create([{ name: 'Vic', email: 'vic@example.com', role: 'primary' }]);
    expect(await harness.port.people({}, ada)).toContainEqual({
      email: 'vic@example.com',
      name: 'Vic',
      time_zone: 'Asia/Tokyo',
    });
  });

  test('takes members without a valid address, who are not people for other modules', async () => {
    await create([{ name: 'Walt', email: 'room 12', role: 'primary' }]);
    expect((await current()).primary).toEqual({ name: 'Walt', email: 'room 12' });
    expect((await harness.port.people({}, ada)).map(({ name }) => name)).not.toContain('Walt');
  });

  test.each(['équipe 🚒', 'Tëam with "quotes" & %25', '中文', "o'hara; drop table teams", ' untrimmed '])(
    'takes the team name «%s» as it is',
    async (name) => {
      team = name;
      await create();
      expect(await harness.port.getSchedule({ team: name }, ada)).toMatchObject({ team: name });
      expect((await current()).team).toBe(name);
    },
  );

  test('distinguishes teams by case', async () => {
    await create();
    team = team.toUpperCase();
    expect(await problem(current())).toMatchObject({ status: 404 });
  });
});

describe('replacing a schedule', () => {
  test('keeps its id, its creation time, its history and the person on call', async () => {
    const first = await create([ANN, BOB]);
    const onCall = (await current()).primary;
    harness.clock.advance(hours(1));
    const second = await create([CY, BOB, ANN, member('Dee', 'primary')], { rotation_type: 'daily' });
    expect(second).toMatchObject({
      id: first.id,
      created_at: first.created_at,
      updated_at: '2026-01-05T10:00:00.000Z',
    });
    expect((await current()).primary).toEqual(onCall);
    expect(await typesOf()).toEqual(['schedule_created', 'schedule_created']);
    expect((await historyOf())[1]?.details).toEqual({ members_count: 4, rotation_type: 'daily', replaced: true });
  });

  test('never changes who was on call before', async () => {
    const { id } = await create([ANN, BOB]);
    harness.clock.advance(days(3));
    await create([member('Eve', 'primary')]);
    const past = (await versionsFrom(harness.database.db, id, new Date('2026-01-06T00:00:00Z')))[0];
    expect(past?.layers[0]?.rotation.slots).toHaveLength(2);
    expect((await current()).primary?.name).toBe('Eve');
  });

  test('keeps the override in force', async () => {
    await create();
    await harness.port.setOverride({ team, user_name: 'Zed', user_email: 'zed@example.com' }, ada);
    await create([BOB]);
    expect((await current()).primary).toMatchObject({ name: 'Zed', override: true });
  });

  test('while another process does the same leaves one schedule with one id', async () => {
    const other = harness.another();
    const made = await Promise.all(
      [harness.port, other.port, harness.port, other.port, harness.port].map((port, n) =>
        port.createSchedule({ team, members: [member(`P${n}`, 'primary')] }, ada),
      ),
    );
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect((await harness.port.listSchedules({}, ada)).filter((each) => each.team === team)).toHaveLength(1);
    const creations = (await historyOf()).filter(({ event_type }) => event_type === 'schedule_created');
    expect(creations.map(({ details }) => details['replaced'] ?? false)).toEqual([false, true, true, true, true]);
  });

  test('by many at once leaves the members and the calendar of one of them', async () => {
    await create();
    for (let round = 0; round < 8; round++) {
      const names = Array.from({ length: 8 }, (_, n) => `P${round}.${n}`);
      await Promise.all(names.map((name) => create([member(name, 'primary')])));
      const kept = await harness.port.getSchedule({ team }, ada);
      expect((await current()).primary?.name).toBe(kept.members[0]?.name);
    }
  });

  test('by a process whose clock is behind still applies from then on', async () => {
    await create([ANN]);
    harness.clock.advance(-minutes(1));
    await create([BOB]);
    harness.clock.advance(minutes(1));
    expect((await current()).primary?.name).toBe('Bob');
  });

  test('whose version has not begun yet by this clock has no one on call', async () => {
    await create([ANN]);
    harness.clock.advance(-minutes(1));
    expect(await problem(current())).toMatchObject({ status: 404, detail: `No one is on call for team '${team}'` });
  });
});

describe('changing a schedule', () => {
  const change = (what: object) => harness.port.updateSchedule({ team, ...what }, ada);

  test('changes the rotation and records the old and the new one', async () => {
    await create();
    harness.clock.advance(minutes(1));
    expect(await change({ rotation_type: 'daily' })).toMatchObject({
      rotation_type: 'daily',
      updated_at: '2026-01-05T09:01:00.000Z',
    });
    expect((await historyOf())[1]).toMatchObject({
      event_type: 'schedule_updated',
      details: { rotation_type: { old: 'weekly', new: 'daily' } },
    });
  });

  test('adds and removes members by name', async () => {
    await create();
    const changed = await change({ add_members: [member('Dee', 'primary')], remove_members: ['Cy'] });
    expect(changed.members.map(({ name }) => name)).toEqual(['Ann', 'Bob', 'Dee']);
    expect((await historyOf())[1]?.details).toEqual({ added_members: ['Dee'], removed_members: ['Cy'] });
  });

  test('removes a member by address, and refuses an unknown one without changing anything', async () => {
    await create();
    const { version } = await change({ remove_members: ['CY@example.com'] });
    expect((await harness.port.getSchedule({ team }, ada)).members.map(({ name }) => name)).toEqual(['Ann', 'Bob']);
    const refused = await problem(change({ rotation_type: 'daily', remove_members: ['cy@example.com'] }));
    expect(refused).toMatchObject({ status: 422, extra: { errors: [{ path: 'remove_members.0' }] } });
    expect(refused.detail).toContain('Members: Ann <ann@example.com>, Bob <bob@example.com>');
    expect((await harness.port.getSchedule({ team }, ada)).version).toBe(version);
  });

  test('keeps the person on call if the order of the members changes', async () => {
    await create();
    const onCall = (await current()).primary;
    await change({ add_members: [member('Dee', 'primary'), member('Eve', 'primary')] });
    expect((await current()).primary).toEqual(onCall);
  });

  test('hands over at once if the person on call is removed, and records it', async () => {
    await create([ANN, BOB]);
    const gone = (await current()).primary?.name;
    const next = gone === 'Ann' ? 'Bob' : 'Ann';
    const before = await harness.metric('oncall_rotation_changes_total', { team });
    await change({ remove_members: [gone] });
    expect((await current()).primary?.name).toBe(next);
    expect((await historyOf()).at(-1)).toMatchObject({
      event_type: 'rotation_change',
      actor: 'ada',
      details: { old_primary: gone, new_primary: next },
    });
    expect(await harness.metric('oncall_rotation_changes_total', { team })).toBe(before + 1);
  });

  test('that leaves no primary is refused and changes nothing', async () => {
    const before = await create([ANN, CY]);
    const refused = await problem(change({ rotation_type: 'daily', remove_members: ['Ann'] }));
    expect(refused).toMatchObject({
      status: 400,
      detail: 'Cannot remove all primary members. At least one primary is required.',
    });
    expect(await harness.port.getSchedule({ team }, ada)).toEqual(before);
    expect(await typesOf()).toEqual(['schedule_created']);
  });

  test('with nothing to change updates only updated_at', async () => {
    const before = await create();
    harness.clock.advance(minutes(2));
    expect(await change({})).toEqual({ ...before, updated_at: '2026-01-05T09:02:00.000Z' });
    expect(await typesOf()).toEqual(['schedule_created']);
  });

  test('by two people at once loses neither change', async () => {
    await create();
    await Promise.all(['Dee', 'Eve', 'Flo', 'Gus'].map((name) => change({ add_members: [member(name, 'primary')] })));
    const { members } = await harness.port.getSchedule({ team }, ada);
    expect(members.map(({ name }) => name).sort()).toEqual(['Ann', 'Bob', 'Cy', 'Dee', 'Eve', 'Flo', 'Gus']);
  });
});

describe('deleting a schedule', () => {
  const remove = () => harness.port.deleteSchedule({ team }, ada);

  test('makes it unknown everywhere', async () => {
    await create();
    expect(await remove()).toEqual({ status: 'deleted', team });
    for (const asked of [harness.port.getSchedule({ team }, ada), current(), remove()]) {
      expect(await problem(asked)).toMatchObject({ status: 404, detail: `No schedule found for team '${team}'` });
    }
    expect((await harness.port.teams({}, ada)).map((each) => each.team)).not.toContain(team);
    expect((await harness.port.listSchedules({}, ada)).map((each) => each.team)).not.toContain(team);
  });

  test('keeps its past readable', async () => {
    const { id } = await create();
    harness.clock.advance(hours(1));
    await remove();
    const past = (await versionsFrom(harness.database.db, id, new Date('2026-01-05T09:30:00Z')))[0];
    const since = (await versionsFrom(harness.database.db, id, new Date('2026-01-05T10:00:00Z')))[0];
    expect([past?.layers.length, since?.layers.length]).toEqual([2, 0]);
    expect(await typesOf()).toEqual(['schedule_created', 'schedule_deleted']);
  });

  test('ends its override', async () => {
    await create();
    await harness.port.setOverride({ team, user_name: 'Zed', user_email: 'zed@example.com' }, ada);
    await remove();
    expect((await harness.port.listOverrides({}, ada)).map((each) => each.team)).not.toContain(team);
    await create();
    expect((await current()).primary?.override).toBeUndefined();
    expect(await typesOf()).toContain('override_end');
  });

  test('and creating it again gives it the same id and a new order', async () => {
    const first = await create();
    await remove();
    harness.clock.advance(days(1));
    const second = await create([BOB]);
    expect(second).toMatchObject({ id: first.id, created_at: '2026-01-06T09:00:00.000Z', updated_at: null });
    expect((await current()).primary?.name).toBe('Bob');
  });

  test('stops its hand-offs', async () => {
    await create([ANN, BOB], { rotation_type: 'daily' });
    await remove();
    harness.clock.advance(days(5));
    await harness.oncall.drain();
    expect(await typesOf()).toEqual(['schedule_created', 'schedule_deleted']);
  });
});

describe('the people on call now', () => {
  test('are the primary and the secondary of the calendar', async () => {
    const { id } = await create([ANN, CY]);
    expect(await current()).toMatchObject({
      team,
      primary: { name: 'Ann', email: 'ann@example.com' },
      secondary: { name: 'Cy', email: 'cy@example.com' },
      schedule_id: id,
      rotation_type: 'weekly',
    });
  });

  test('change at midnight and not a millisecond before', async () => {
    await create([ANN, BOB], { rotation_type: 'daily' });
    const { primary } = await current();
    harness.clock.set('2026-01-05T23:59:59.999Z');
    expect((await current()).primary).toEqual(primary);
    harness.clock.set('2026-01-06T00:00:00.000Z');
    expect((await current()).primary).not.toEqual(primary);
  });

  test('have no secondary if no layer has that role', async () => {
    await create([ANN]);
    expect((await current()).secondary).toBeNull();
  });

  test('are counted by team, and unknown teams are not', async () => {
    await create();
    await current();
    await current();
    await problem(harness.port.current({ team: 'no such team' }, ada));
    expect(await harness.metric('oncall_lookups_total', { team })).toBe(2);
    expect(await harness.metric('oncall_lookups_total', { team: 'no such team' })).toBe(0);
  });
});

describe('totals', () => {
  test('of teams have members, rotation, override, room and lead time of notices', async () => {
    await create();
    await harness.port.setTeamRoom({ team, room: 'slack:payments' }, ada);
    const seen = async () => (await harness.port.teams({}, ada)).find((each) => each.team === team);
    expect(await seen()).toEqual({
      team,
      members_count: 3,
      rotation_type: 'weekly',
      has_override: false,
      room: 'slack:payments',
      handoff_notice_minutes: null,
    });
    await harness.port.setOverride({ team, user_name: 'Zed', user_email: 'zed@example.com', duration_hours: 1 }, ada);
    expect((await seen())?.has_override).toBe(true);
    harness.clock.advance(hours(1));
    expect((await seen())?.has_override).toBe(false);
  });

  test('count all rows and history entries', async () => {
    const before = await harness.port.stats({}, ada);
    await create([ANN, BOB, CY], { rotation_type: 'biweekly' });
    await harness.port.setOverride({ team, user_name: 'Zed', user_email: 'zed@example.com' }, ada);
    const after = await harness.port.stats({}, ada);
    expect(after.total_schedules).toBe(before.total_schedules + 1);
    expect(after.total_members).toBe(before.total_members + 3);
    expect(after.active_overrides).toBe(before.active_overrides + 1);
    expect(after.total_history_events).toBe(before.total_history_events + 2);
    expect(after.rotation_types['biweekly']).toBe((before.rotation_types['biweekly'] ?? 0) + 1);
    expect(after.event_types['override_start']).toBe((before.event_types['override_start'] ?? 0) + 1);
  });

  test('of the history are right however many write at once', async () => {
    await create();
    const before = await harness.port.stats({}, ada);
    await Promise.all(
      [1, 2, 3, 4, 5, 6].map((n) =>
        harness.port.setOverride({ team, user_name: `Z${n}`, user_email: 'z@example.com' }, ada),
      ),
    );
    const after = await harness.port.stats({}, ada);
    expect(after.total_history_events - before.total_history_events).toBe(11);
    const { rows } = await harness.database.db.raw('select count(*) as n from history');
    expect(after.total_history_events).toBe(rows[0].n);
  });
});

describe('the history', () => {
  test('returns its last rows, oldest first', async () => {
    await create();
    for (const name of ['Dee', 'Eve', 'Flo']) {
      harness.clock.advance(minutes(1));
      await harness.port.updateSchedule({ team, add_members: [member(name, 'secondary')] }, ada);
    }
    const { history: last } = await harness.port.history({ team, event_type: 'schedule_updated', limit: 2 }, ada);
    expect(last.map(({ details }) => details)).toEqual([{ added_members: ['Eve'] }, { added_members: ['Flo'] }]);
    expect((await harness.port.history({ team, event_type: 'no_such' }, ada)).history).toEqual([]);
  });

  test.each(['update history set team = team', 'delete from history', 'truncate history'])(
    'cannot be rewritten: %s',
    async (statement) => {
      await create();
      await expect(harness.database.db.raw(statement)).rejects.toThrow('append-only');
    },
  );
});
