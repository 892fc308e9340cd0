import { stampBoth } from './calendar/format';
import {
  finalLane,
  groupsOf,
  labelOf,
  layerLane,
  type OverrideShown,
  rolesOf,
  type ScheduleShifts,
  scopeOf,
} from './calendar/lanesFromShifts';
import { nextGap, nowOf } from './calendar/onCallFigures';
import { labelIn, lookOf } from './calendar/timelineParts';
import { dateAfter, daysShown, hrefOf, readView, zonesOf } from './calendar/view';

const ana = { name: 'Ana', email: 'ana@example.com' };
const ben = { name: 'Ben', email: 'ben@example.com' };
const weekly = { kind: 'layer', layer: 'weekly', level: 0 } as const;
const march = (day: number, hour = 0): string => new Date(Date.UTC(2026, 2, day, hour)).toISOString();
const at = (day: number, hour = 0): number => Date.parse(march(day, hour));

const course: ScheduleShifts = {
  shifts: [
    { role: 'primary', person: ana, starts_at: march(1), ends_at: march(3), source: weekly },
    {
      role: 'primary',
      person: ben,
      starts_at: march(3),
      ends_at: march(4),
      source: { kind: 'override', id: 'o', reason: 'Dentist' },
    },
    { role: 'primary', person: ana, starts_at: march(4), ends_at: march(6), source: weekly },
  ],
  layers: [
    { layer: 'weekly', role: 'primary', level: 0, shifts: [{ starts_at: march(1), ends_at: march(6), people: [ana] }] },
  ],
  gaps: [{ role: 'primary', starts_at: march(6), ends_at: march(8), planned: false }],
};
const override: OverrideShown = {
  id: 'o',
  kind: 'replace',
  role: 'primary',
  layer: null,
  out: ana,
  in: ben,
  reason: 'Dentist',
  starts_at: march(3),
  ends_at: march(4),
  version: 'first',
};

describe('the lanes of a schedule', () => {
  const groups = groupsOf(course, [override], 'UTC');
  const lane = (key: string) => groups.flatMap(({ lanes }) => lanes).find((each) => each.key === key);

  it('are its layers, its overrides and the final schedule', () => {
    expect(groups.map(({ key }) => key)).toEqual(['primary', 'overrides', 'final']);
  });

  it('mark an override in the final lane, with its reason as the tooltip', () => {
    expect(lane(finalLane('primary'))?.blocks.map(({ kind, label }) => `${kind} ${label}`)).toEqual([
      'shift Ana',
      'over Ben',
      'shift Ana',
      'gap No one, 2 days',
    ]);
    expect(lane(finalLane('primary'))?.blocks[1]?.title).toBe('Ben, Tue 3 Mar 00:00 to Wed 4 Mar 00:00, Dentist');
  });

  it('show a layer without overrides', () => {
    expect(lane(layerLane('weekly'))?.blocks).toHaveLength(1);
  });

  it('have none for a role that no layer fills', () => {
    expect(rolesOf(course)).toEqual(['primary']);
    expect(lane(finalLane('secondary'))).toBeUndefined();
  });

  it('name the role or layer of a selected span', () => {
    expect(scopeOf(finalLane('secondary'))).toEqual({ role: 'secondary', layer: null });
    expect(scopeOf(layerLane('weekend days'))).toEqual({ role: null, layer: 'weekend days' });
    expect(scopeOf('overrides')).toEqual({ role: null, layer: null });
  });

  it('are described in words for screen readers', () => {
    expect(labelOf(course, 'UTC', '2026-03-08')).toBe(
      'Primary: Ana, Ben; no one from Fri 6 Mar 00:00. Until Sun 8 March.',
    );
  });
});

describe('who is on call now', () => {
  it('ends at a change of person, not at a change of reason', () => {
    const split = { ...course, shifts: course.shifts.map((shift) => ({ ...shift, person: ana })) };
    expect(nowOf(split, 'primary', at(2)).until).toBeNull();
    expect(nowOf(course, 'primary', at(2))).toMatchObject({ until: march(3), next: [{ person: ben }] });
  });

  it('is no one in a gap, and names the next person', () => {
    const later = {
      ...course,
      shifts: [
        ...course.shifts,
        { role: 'primary' as const, person: ana, starts_at: march(8), ends_at: march(9), source: weekly },
      ],
    };
    expect(nowOf(later, 'primary', at(7))).toMatchObject({ people: [], until: march(8), next: [{ person: ana }] });
  });

  it('finds the next gap of the shown roles', () => {
    expect(nextGap(course, ['primary'], at(7))?.starts_at).toBe(march(6));
    expect(nextGap(course, ['secondary'], at(7))).toBeNull();
    expect(nextGap(course, ['primary'], at(8))).toBeNull();
  });
});

describe('the address of a calendar', () => {
  const today = '2026-03-28';
  const usual = readView({}, today);

  it('leaves out default values, and restores all others', () => {
    expect(hrefOf('Web & Co', usual, today)).toBe('/oncall/Web%20%26%20Co');
    const view = { zoom: 'day', date: '2026-03-29', zone: 'Asia/Kolkata', also: 'none' } as const;
    const { searchParams } = new URL(hrefOf('web', view, today), 'http://here');
    expect(readView(Object.fromEntries(searchParams), today)).toEqual(view);
  });

  it('falls back to defaults for invalid values', () => {
    expect(readView({ zoom: 'eon', date: '2026-02-31x', zone: 'Mars/Olympus', also: '?' }, today)).toEqual(usual);
  });

  it('shows a phone one week from its day on, and pages by a week', () => {
    expect(daysShown(usual, true)).toEqual({ first: today, count: 7 });
    expect(dateAfter(usual, true, -1)).toBe('2026-03-21');
    expect(daysShown({ ...usual, zoom: 'day' }, true)).toEqual({ first: today, count: 1 });
    expect(dateAfter({ ...usual, zoom: 'month' }, true, 1)).toBe('2026-04-28');
  });

  it("uses the viewer's zone, with the schedule's beside it if they differ", () => {
    expect(zonesOf(usual, 'Europe/Berlin', 'America/Chicago')).toEqual({
      zone: 'America/Chicago',
      otherZone: 'Europe/Berlin',
    });
    expect(zonesOf(usual, 'Europe/Berlin', 'Europe/Berlin').otherZone).toBeNull();
    expect(zonesOf({ ...usual, zone: 'Europe/Berlin' }, 'Europe/Berlin', 'America/Chicago').otherZone).toBe(
      'America/Chicago',
    );
    expect(zonesOf({ ...usual, also: 'none' }, 'Europe/Berlin', 'America/Chicago').otherZone).toBeNull();
  });

  it("writes an instant in the viewer's zone, and in the schedule's if its local time differs", () => {
    const instant = Date.parse('2026-03-28T08:00:00Z');
    expect(stampBoth('Europe/Berlin', 'Asia/Kolkata', instant)).toBe('Sat 28 Mar 09:00 (Sat 28 Mar 13:30 Kolkata)');
    expect(stampBoth('Europe/Berlin', 'Europe/Paris', instant)).toBe('Sat 28 Mar 09:00');
    expect(stampBoth('Europe/Berlin', null, instant)).toBe('Sat 28 Mar 09:00');
  });
});

describe('a gap', () => {
  const gap = { key: 'g', kind: 'gap', from: 0, to: 10, label: 'No one, 48 h', title: '', who: null } as const;

  it('is a warning until it is over', () => {
    expect([lookOf(gap, 9).box, lookOf(gap, 10).box]).toEqual(['gap', 'away']);
  });

  it('drops its length first, then its word as a whole', () => {
    expect([labelIn(gap, 200), labelIn(gap, 60), labelIn(gap, 30)]).toEqual(['No one, 48 h', 'No one', '']);
  });
});
