import fc from 'fast-check';
import { keepTurns } from './domain/keepTurn';
import type { Layer } from './domain/layers';
import { everybody, onCallAt, type Version } from './domain/onCall';
import { windowsOf } from './domain/restrictions';
import { type Person, type Rotation, slotOf, turnsOf } from './domain/rotation';
import { changePlan, draftOf, type Member, type RotationType, requirePrimary, ZONE } from './domain/simpleSchedule';
import type { Override } from './domain/types';
import { instantOf, minuteOf, zoneOf } from './domain/zones';

const at = (text: string): Date => new Date(text.length === 10 ? `${text}T00:00:00Z` : text);
const person = (name: string): Person => ({ name, email: `${name.toLowerCase()}@example.com` });
const primary = (name: string): Member => ({ ...person(name), role: 'primary' });
const secondary = (name: string): Member => ({ ...person(name), role: 'secondary' });
const DAY = 86_400_000;
const MONDAY = at('2026-01-05T09:00:00Z');

const layers = (type: RotationType, members: Member[], before: Layer[] = [], now = MONDAY): Layer[] =>
  keepTurns(draftOf({ rotation_type: type, members }), before.length === 0 ? null : version(before), now);
const version = (list: Layer[]): Version => ({ effective_from: at('1900-01-01'), time_zone: ZONE, layers: list });
const primaryAt = (list: Layer[], when: Date) => onCallAt([version(list)], [], when).primary?.name;
const takeover = (name: string, from: string, to: string): Override => ({
  id: 'o',
  kind: 'takeover',
  role: null,
  layer: null,
  out: null,
  in: person(name),
  reason: null,
  starts_at: at(from),
  ends_at: at(to),
});

const THREE = [primary('Ann'), primary('Bob'), primary('Cy')];

describe('simple schedules hand over on Mondays or at midnight, counted from 2024-01-01', () => {
  const NAMES = ['Ann', 'Bob', 'Cy'];
  const TABLE: [day: string, daily: number, weekly: number, biweekly: number][] = [
    ['2023-12-31', 2, 2, 2],
    ['2024-01-01', 0, 0, 0],
    ['2024-01-07', 0, 0, 0],
    ['2024-01-08', 1, 1, 0],
    ['2024-02-29', 2, 2, 1],
    ['2024-03-01', 0, 2, 1],
    ['2024-12-30', 1, 1, 2],
    ['2025-01-06', 2, 2, 2],
    ['2026-01-01', 2, 2, 1],
    ['2026-01-05', 0, 0, 1],
    ['2026-01-12', 1, 1, 2],
    ['2026-12-27', 2, 2, 2],
    ['2026-12-28', 0, 0, 0],
    ['2027-01-01', 1, 0, 0],
    ['2027-01-04', 1, 1, 0],
    ['2028-02-29', 2, 1, 0],
  ];
  test.each(TABLE)('on %s the places in the order are %i daily, %i weekly and %i biweekly', (day, d, w, b) => {
    for (const hour of ['T00:00:00.000Z', 'T23:59:59.999Z']) {
      expect(primaryAt(layers('daily', THREE), at(day + hour))).toBe(NAMES[d]);
      expect(primaryAt(layers('weekly', THREE), at(day + hour))).toBe(NAMES[w]);
      expect(primaryAt(layers('biweekly', THREE), at(day + hour))).toBe(NAMES[b]);
    }
  });

  test('a schedule has one layer per role that has a member', () => {
    expect(layers('weekly', [primary('Ann'), secondary('Bob')]).map(({ role }) => role)).toEqual([
      'primary',
      'secondary',
    ]);
    expect(layers('weekly', [primary('Ann')])).toHaveLength(1);
  });

  test('primaries and secondaries rotate on their own', () => {
    const list = layers('daily', [...THREE, secondary('Dee'), secondary('Eve')]);
    const pairs = [0, 1, 2, 3, 4, 5].map((n) => {
      const { primary: one, secondary: two } = onCallAt([version(list)], [], new Date(MONDAY.getTime() + n * DAY));
      return `${one?.name}+${two?.name}`;
    });
    expect(new Set(pairs).size).toBe(6);
  });

  test('a single primary is always on call, and no hand-off is ahead', () => {
    const list = layers('daily', [primary('Ann'), secondary('Bob')]);
    expect(onCallAt([version(list)], [], MONDAY)).toMatchObject({ primary: person('Ann'), until: null });
  });

  test('no one is on call before the first version and after a deletion', () => {
    expect(onCallAt([], [], MONDAY)).toMatchObject({ primary: null, secondary: null, until: null });
    expect(onCallAt([version([])], [], MONDAY)).toMatchObject({ primaries: [], secondaries: [] });
  });
});

const anInstant = fc.date({ min: at('1970-01-01'), max: at('2100-12-31'), noInvalidDate: true });
const aType = fc.constantFrom<RotationType>('daily', 'weekly', 'biweekly');
const aTeam = fc
  .uniqueArray(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 9 })
  .map((ids) => ids.map((id) => primary(`P${id}`)));
const UTC = zoneOf('UTC');
const turns = (rotation: Rotation) => turnsOf(rotation, windowsOf([], UTC), UTC);
const slotIndexAt = (rotation: Rotation, when: Date) => slotOf(rotation, turns(rotation).at(minuteOf(when)));
const slotAt = (rotation: Rotation, when: Date) => rotation.slots[slotIndexAt(rotation, when)]!;
const nextTurnAt = (rotation: Rotation, when: Date) => instantOf(turns(rotation).next(minuteOf(when)));
const turnMs = ({ unit, length }: Rotation) => (unit === 'weekly' ? 7 : 1) * length * DAY;
const rotationIn = (list: Layer[]): Rotation => list[0]!.rotation;

describe('rotation arithmetic', () => {
  test('consecutive turns take every member in order, in any year, before and after the anchor', () => {
    fc.assert(
      fc.property(aType, aTeam, anInstant, (type, team, when) => {
        fc.pre(team.length > 1);
        const rotation = rotationIn(layers(type, team));
        const next = nextTurnAt(rotation, when);
        const before = new Date(next.getTime() - 1);
        expect(slotIndexAt(rotation, before)).toBe(slotIndexAt(rotation, when));
        expect(slotIndexAt(rotation, next)).toBe((slotIndexAt(rotation, when) + 1) % team.length);
      }),
    );
  });

  test('a hand-off is at most one turn ahead, at midnight, and on a Monday unless daily', () => {
    fc.assert(
      fc.property(aType, anInstant, (type, when) => {
        const rotation = rotationIn(layers(type, THREE));
        const next = nextTurnAt(rotation, when);
        const ahead = next.getTime() - when.getTime();
        expect(ahead).toBeGreaterThan(0);
        expect(ahead).toBeLessThanOrEqual(turnMs(rotation));
        expect(next.toISOString()).toMatch(/T00:00:00\.000Z$/);
        if (type !== 'daily') expect(next.getUTCDay()).toBe(1);
      }),
    );
  });

  test('in thirty years of weeks, with week 53 and leap days, no one is skipped or taken twice', () => {
    const rotation = rotationIn(layers('weekly', THREE));
    let when = at('2015-01-01');
    let last = slotAt(rotation, when)[0]?.name;
    for (let week = 0; week < 52 * 30; week++) {
      when = nextTurnAt(rotation, when);
      const name = slotAt(rotation, when)[0]?.name;
      expect([last, name]).toEqual([last, { Ann: 'Bob', Bob: 'Cy', Cy: 'Ann' }[last!]]);
      last = name;
    }
  });

  test('an edit keeps the person on call while they are still a member', () => {
    fc.assert(
      fc.property(aType, aType, aTeam, aTeam, anInstant, (oldType, newType, oldTeam, newTeam, when) => {
        const before = layers(oldType, oldTeam);
        const current = primaryAt(before, when)!;
        fc.pre(newTeam.some(({ name }) => name === current));
        expect(primaryAt(layers(newType, newTeam, before, when), when)).toBe(current);
      }),
    );
  });

  test('if the person on call is removed, the next in the old order who stays has the turn', () => {
    fc.assert(
      fc.property(aType, aTeam, anInstant, fc.nat(), (type, team, when, pick) => {
        const before = layers(type, team);
        const current = slotIndexAt(rotationIn(before), when);
        const inTurn = [...team.slice(current), ...team.slice(0, current)].slice(1);
        const staying = inTurn.filter((_, i) => (pick >> i) % 2 === 0);
        fc.pre(staying.length > 0);
        const edited = team.filter((member) => staying.includes(member));
        expect(primaryAt(layers(type, edited, before, when), when)).toBe(staying[0]?.name);
      }),
    );
  });

  test('setting the same schedule again changes nothing, even for a person with two turns', () => {
    const team = [primary('Ann'), primary('Bob'), primary('Ann'), primary('Cy')];
    fc.assert(
      fc.property(aType, anInstant, fc.nat(7), (type, when, turns) => {
        const before = layers(type, team);
        const again = layers(type, team, before, when);
        const later = new Date(when.getTime() + turns * turnMs(rotationIn(before)));
        expect(primaryAt(again, later)).toBe(primaryAt(before, later));
      }),
    );
  });

  test('a person with a corrected name is still on call', () => {
    const before = layers('weekly', THREE);
    const renamed = THREE.map((member) => ({ ...member, name: `${member.name} Smith` }));
    expect(primaryAt(layers('weekly', renamed, before, MONDAY), MONDAY)).toBe(`${primaryAt(before, MONDAY)} Smith`);
  });

  test('a team of new members starts at the place that the calendar gives', () => {
    const strangers = [primary('Xi'), primary('Yo'), primary('Zoe')];
    const before = layers('weekly', THREE);
    expect(primaryAt(layers('weekly', strangers, before), MONDAY)).toBe(primaryAt(layers('weekly', strangers), MONDAY));
  });
});

describe('the people on call', () => {
  const list = layers('weekly', [primary('Ann'), primary('Bob'), secondary('Cy'), secondary('Dee')]);
  const over = takeover('Zed', '2026-01-06T10:00:00Z', '2026-01-06T12:00:00Z');

  test.each([
    ['not yet', 'just before it starts', '2026-01-06T09:59:59.999Z'],
    ['in force', 'when it starts', '2026-01-06T10:00:00Z'],
    ['in force', 'just before it ends', '2026-01-06T11:59:59.999Z'],
    ['over', 'when it ends', '2026-01-06T12:00:00Z'],
  ])('a takeover is %s %s', (state, _, when) => {
    const inForce = state === 'in force';
    const found = onCallAt([version(list)], [over], at(when));
    expect(found.override).toBe(inForce ? over : null);
    expect(found.primary?.name === 'Zed').toBe(inForce);
    expect(found.secondary === null).toBe(inForce);
  });

  test('a takeover applies until its end, and the calendar until its hand-off', () => {
    expect(onCallAt([version(list)], [over], over.starts_at).until).toEqual(over.ends_at);
    expect(onCallAt([version(list)], [], MONDAY).until).toEqual(at('2026-01-12'));
  });

  test('a person who takes over a team without a calendar is on call', () => {
    expect(onCallAt([], [over], over.starts_at).primaries).toMatchObject([person('Zed')]);
  });

  test('layers of one role add up, and the first is the primary', () => {
    const two = [...layers('weekly', [primary('Ann')]), ...layers('weekly', [primary('Bob')])];
    expect(onCallAt([version(two)], [], MONDAY)).toMatchObject({
      primary: person('Ann'),
      primaries: [person('Ann'), person('Bob')],
    });
  });

  test('the next hand-off is the earliest of all layers', () => {
    const mixed = [...layers('biweekly', THREE), ...layers('daily', [secondary('Dee'), secondary('Eve')])];
    expect(onCallAt([version(mixed)], [], MONDAY).until).toEqual(at('2026-01-06'));
  });

  test('the people of a team are the members of all layers and the person who took over', () => {
    expect(everybody(version(list), [over], over.starts_at).map(({ name }) => name)).toEqual([
      'Zed',
      'Ann',
      'Bob',
      'Cy',
      'Dee',
    ]);
  });
});

describe('changing a plan', () => {
  const plan = { rotation_type: 'weekly' as const, members: [primary('Ann'), secondary('Bob')] };

  test('changes the rotation, then adds, then removes members', () => {
    const changed = changePlan(plan, {
      rotation_type: 'daily',
      add_members: [primary('Cy')],
      remove_members: ['Ann'],
    });
    expect(changed.members.map(({ name }) => name)).toEqual(['Bob', 'Cy']);
    expect(changed.details).toEqual({
      rotation_type: { old: 'weekly', new: 'daily' },
      added_members: ['Cy'],
      removed_members: ['Ann'],
    });
  });

  test('skips an address that is there, and adds one address twice if it is given twice', () => {
    const { members } = changePlan(plan, { add_members: [secondary('Ann'), primary('Cy'), secondary('Cy')] });
    expect(members.map(({ name, role }) => `${name} ${role}`)).toEqual([
      'Ann primary',
      'Bob secondary',
      'Cy primary',
      'Cy secondary',
    ]);
  });

  test('adds a namesake with another address, but no address a second time', () => {
    const namesake = { ...secondary('Ann'), email: 'ann.two@example.com' };
    const renamed = { ...secondary('Ann Lee'), email: 'ANN@example.com' };
    const { members, details } = changePlan(plan, { add_members: [namesake, renamed] });
    expect(members.map(({ email }) => email)).toEqual(['ann@example.com', 'bob@example.com', 'ann.two@example.com']);
    expect(details).toEqual({ added_members: ['Ann'] });
  });

  test.each(['Bob', 'bob@example.com', ' BOB@Example.com'])('removes the member %j', (given) => {
    const { members, details } = changePlan(plan, { remove_members: [given] });
    expect(members.map(({ name }) => name)).toEqual(['Ann']);
    expect(details).toEqual({ removed_members: ['Bob'] });
  });

  test('lets the address decide between members of one name, and names them if only the name is given', () => {
    const namesakes = { ...plan, members: [...plan.members, { ...secondary('Bob'), email: 'bob.two@example.com' }] };
    const { members } = changePlan(namesakes, { remove_members: ['bob.two@example.com'] });
    expect(members.map(({ email }) => email)).toEqual(['ann@example.com', 'bob@example.com']);
    expect(() => changePlan(namesakes, { remove_members: ['Bob'] })).toThrow(
      "remove_members.0: Several members have the name 'Bob'. Give one of the addresses: bob@example.com, bob.two@example.com",
    );
  });

  test('refuses to remove a person who is not a member, and names the members', () => {
    const change = { add_members: [secondary('Cy')], remove_members: ['Bob', 'zed@example.com'] };
    expect(() => changePlan(plan, change)).toThrow(
      "remove_members.1: No member has the name or address 'zed@example.com'. Members: Ann <ann@example.com>, Bob <bob@example.com>, Cy <cy@example.com>",
    );
  });

  test('may replace the last primary in one change', () => {
    expect(changePlan(plan, { add_members: [primary('Cy')], remove_members: ['Ann'] }).members).toHaveLength(2);
  });

  test('refuses to leave no primary', () => {
    expect(() => changePlan(plan, { remove_members: ['Ann'] })).toThrow(
      'Cannot remove all primary members. At least one primary is required.',
    );
  });

  test('refuses more than 200 members', () => {
    const many = Array.from({ length: 199 }, (_, n) => primary(`P${n}`));
    expect(() => changePlan(plan, { add_members: many })).toThrow('at most 200 members');
  });

  test.each([[{}], [{ rotation_type: null, add_members: null, remove_members: null }], [{ add_members: [] }]])(
    'records no change for %j',
    (change) => {
      expect(changePlan(plan, change)).toEqual({ ...plan, details: {} });
    },
  );

  test('a new plan needs a primary', () => {
    expect(() => requirePrimary([secondary('Bob')])).toThrow("At least one member with role 'primary' is required");
    expect(() => requirePrimary(plan.members)).not.toThrow();
  });
});
