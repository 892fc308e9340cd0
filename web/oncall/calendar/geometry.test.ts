import fc from 'fast-check';
import { daysOf, hoursOf, midnightsOf, spanOfDays, stepped, viewOf, ZOOMS } from './days';
import { draggedSpan, gridOf, moved, snapped } from './drag';
import { clipped, instantAt, joined, labelFor, packed, percent, shareOf } from './geometry';
import { dragged, movedByKey, nextToMove, type Part, partsOf, partUnder, pickUp, shifted } from './movedOverride';
import { DAY, HOUR, instantOf, instantOfLocal, isZone, localAt, MINUTE, wallAt } from './zones';

const at = (iso: string): number => Date.parse(iso);
const BERLIN = 'Europe/Berlin';
const ZONES = [BERLIN, 'America/Chicago', 'Australia/Lord_Howe', 'Asia/Kolkata', 'America/Sao_Paulo', 'UTC'];
const someZone = fc.constantFrom(...ZONES);
const someMinute = fc.integer({ min: at('2017-01-01T00:00Z') / MINUTE, max: at('2030-01-01T00:00Z') / MINUTE });

describe('local times', () => {
  it('are those of the zone at an instant', () => {
    expect(localAt(BERLIN, at('2026-03-29T00:59:00Z'))).toBe('2026-03-29T01:59');
    expect(localAt(BERLIN, at('2026-03-29T01:00:00Z'))).toBe('2026-03-29T03:00');
  });

  it('map a skipped time to the first instant after the gap', () => {
    expect(instantOfLocal(BERLIN, '2026-03-29T02:30')).toBe(at('2026-03-29T01:00:00Z'));
    expect(instantOfLocal('Australia/Lord_Howe', '2026-10-04T02:10')).toBe(at('2026-10-03T15:30:00Z'));
    expect(instantOfLocal('America/Sao_Paulo', '2018-11-04T00:00')).toBe(at('2018-11-04T03:00:00Z'));
  });

  it('map a repeated time to its first occurrence', () => {
    expect(instantOfLocal(BERLIN, '2026-10-25T02:30')).toBe(at('2026-10-25T00:30:00Z'));
    expect(instantOfLocal('America/Chicago', '2026-11-01T01:30')).toBe(at('2026-11-01T06:30:00Z'));
  });

  it('map back to the same instant, except in the second occurrence of a repeated hour', () => {
    fc.assert(
      fc.property(someZone, someMinute, (zone, minute) => {
        const instant = minute * MINUTE;
        const wall = wallAt(zone, instant);
        const back = instantOf(zone, wall);
        expect(wallAt(zone, back)).toBe(wall);
        expect(instant - back).toBeGreaterThanOrEqual(0);
        expect(instant - back).toBeLessThanOrEqual(HOUR);
      }),
      { numRuns: 300 },
    );
  });

  it('accept the names of zones only', () => {
    expect([isZone(BERLIN), isZone('Mars/Olympus')]).toEqual([true, false]);
  });
});

describe('days', () => {
  it('have their real length', () => {
    const hours = (zone: string, date: string) => daysOf(zone, date, 1)[0]?.hours;
    expect(hours(BERLIN, '2026-03-29')).toBe(23);
    expect(hours(BERLIN, '2026-10-25')).toBe(25);
    expect(hours('Australia/Lord_Howe', '2026-10-04')).toBe(23.5);
    expect(hours('Asia/Kolkata', '2026-03-29')).toBe(24);
  });

  it('leave out a day that the zone skipped', () => {
    expect(daysOf('Pacific/Apia', '2011-12-29', 3).map(({ date }) => date)).toEqual(['2011-12-29', '2011-12-31']);
  });

  it('are adjacent', () => {
    fc.assert(
      fc.property(someZone, fc.constantFrom(...ZOOMS), someMinute, (zone, zoom, minute) => {
        const { first, count } = viewOf(zoom, localAt(zone, minute * MINUTE).slice(0, 10));
        const days = daysOf(zone, first, count);
        days.slice(1).forEach((day, before) => {
          expect(day.from).toBe(days[before]?.to);
        });
        const { from, to } = spanOfDays(days);
        expect(from <= minute * MINUTE && minute * MINUTE < to).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('start on a Monday; a month starts with the selected day', () => {
    expect(viewOf('weeks', '2026-03-29')).toEqual({ first: '2026-03-23', count: 14 });
    expect(viewOf('week', '2026-03-30')).toEqual({ first: '2026-03-30', count: 7 });
    expect(viewOf('month', '2028-02-29')).toEqual({ first: '2028-02-29', count: 31 });
  });

  it('page by the number of days shown', () => {
    expect(stepped('day', '2026-03-01', -1)).toBe('2026-02-28');
    expect(stepped('weeks', '2026-03-29', 1)).toBe('2026-04-06');
    expect(stepped('month', '2026-01-31', 1)).toBe('2026-03-03');
  });

  it('mark the hours by local time, without skipped hours', () => {
    const [day] = daysOf(BERLIN, '2026-03-29', 1);
    expect(hoursOf(BERLIN, day!, 2).map(({ label }) => label)).not.toContain('02:00');
    expect(hoursOf(BERLIN, day!, 6)).toEqual([
      { instant: at('2026-03-29T04:00:00Z'), label: '06:00' },
      { instant: at('2026-03-29T10:00:00Z'), label: '12:00' },
      { instant: at('2026-03-29T16:00:00Z'), label: '18:00' },
    ]);
  });

  it('begin at other instants in another zone', () => {
    const view = { from: at('2026-03-06T23:00:00Z'), to: at('2026-03-08T23:00:00Z') };
    expect(midnightsOf('America/Chicago', view)).toEqual([at('2026-03-07T06:00:00Z'), at('2026-03-08T06:00:00Z')]);
  });
});

describe('positions', () => {
  const view = { from: 0, to: 200 };

  it('convert an instant to a share and back', () => {
    expect(shareOf(view, 50)).toBe(0.25);
    expect(instantAt(view, 0.25)).toBe(50);
    expect(percent(1 / 3)).toBe('33.333%');
  });

  it('clip a span to the view', () => {
    expect(clipped(view, { from: -10, to: 20 })).toEqual({ from: 0, to: 20 });
    expect(clipped(view, { from: 200, to: 220 })).toBeNull();
  });

  it('shorten a name to its first word, two letters, or nothing', () => {
    expect(labelFor('Farah Al-Mansouri', 125)).toBe('Farah Al-Mansouri');
    expect(labelFor('Farah Al-Mansouri', 124)).toBe('Farah');
    expect(labelFor('Farah, Ben', 50)).toBe('Fa');
    expect(labelFor('Farah', 43)).toBe('Farah');
    expect(labelFor('Farah', 42)).toBe('Fa');
    expect(labelFor('Farah', 19)).toBe('');
  });

  it('never put two overlapping spans in one row, and use no more rows than overlap at once', () => {
    const someSpan = fc
      .tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 20 }))
      .map(([from, length]) => ({ from, to: from + length }));
    fc.assert(
      fc.property(fc.array(someSpan, { maxLength: 12 }), (spans) => {
        const placed = packed(spans);
        for (const a of placed.spans) {
          for (const b of placed.spans) {
            if (a !== b && a.row === b.row) expect(a.to <= b.from || b.to <= a.from).toBe(true);
          }
        }
        const atOnce = spans.map((one) => spans.filter(({ from, to }) => from <= one.from && one.from < to).length);
        expect(placed.rows).toBe(Math.max(1, ...atOnce));
      }),
    );
  });

  it('join equal neighbours', () => {
    const spans = [
      { from: 0, to: 5, who: 'a' },
      { from: 5, to: 9, who: 'a' },
      { from: 9, to: 12, who: 'b' },
    ];
    expect(joined(spans, (a, b) => a.who === b.who)).toEqual([
      { from: 0, to: 9, who: 'a' },
      { from: 9, to: 12, who: 'b' },
    ]);
  });
});

describe('a drag', () => {
  it('snaps to full local hours, also in a zone half an hour from UTC', () => {
    expect(snapped('Asia/Kolkata', at('2026-03-10T04:35:00Z'), HOUR)).toBe(at('2026-03-10T04:30:00Z'));
  });

  it('includes the cell in which it began, in either direction', () => {
    const [early, late] = [at('2026-03-10T08:40:00Z'), at('2026-03-10T11:10:00Z')];
    const span = { from: at('2026-03-10T08:00:00Z'), to: at('2026-03-10T11:00:00Z') };
    expect(draggedSpan('UTC', 'weeks', early, late)).toEqual(span);
    expect(draggedSpan('UTC', 'weeks', late, early)).toEqual(span);
  });

  it('covers full local days in a month, whatever their length', () => {
    const span = draggedSpan(BERLIN, 'month', at('2026-03-29T09:00:00Z'), at('2026-03-29T09:00:00Z'));
    expect(span.to - span.from).toBe(23 * HOUR);
  });

  it('is never empty, and moves by at least one step across every clock change', () => {
    fc.assert(
      fc.property(
        someZone,
        fc.constantFrom(...ZOOMS),
        someMinute,
        fc.integer({ min: -3, max: 3 }),
        (zone, zoom, m, days) => {
          const began = m * MINUTE;
          const { from, to } = draggedSpan(zone, zoom, began, began + days * DAY);
          expect(to).toBeGreaterThan(from);
          expect(from).toBeLessThanOrEqual(began);
          expect(moved(zone, began, gridOf(zoom), 1)).toBeGreaterThan(began);
          expect(moved(zone, began, gridOf(zoom), -1)).toBeLessThan(began);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('an override that is moved', () => {
  const NOW = at('2026-03-28T02:13:40Z');
  const wall = { zone: BERLIN, zoom: 'weeks', now: NOW } as const;
  const coming = { from: at('2026-03-28T08:15:00Z'), to: at('2026-03-28T12:15:00Z') };
  const running = { from: at('2026-03-28T01:00:00Z'), to: at('2026-03-28T09:00:00Z') };
  const over = { from: at('2026-03-27T01:00:00Z'), to: at('2026-03-27T09:00:00Z') };

  it('moves as a whole before it begins, by its end while it runs, and not at all after it ended', () => {
    expect([coming, running, over].map((span) => partsOf(span, NOW))).toEqual([['whole', 'start', 'end'], ['end'], []]);
  });

  it('is resized near an edge and moved elsewhere; each part of a narrow one takes a third', () => {
    const part = (px: number, widthPx: number, span = coming) => partUnder(span, NOW, { px, widthPx, reachPx: 8 });
    expect([part(8, 100), part(50, 100), part(92, 100)]).toEqual(['start', 'whole', 'end']);
    expect([part(1, 9), part(5, 9), part(8, 9)]).toEqual(['start', 'whole', 'end']);
    expect([part(50, 100, running), part(50, 100, over)]).toEqual(['end', null]);
  });

  it('keeps its minutes and its local duration across a clock change', () => {
    const { from, to } = dragged(pickUp('o', coming, 'whole'), coming.from, coming.from + 25 * HOUR, wall);
    expect([localAt(BERLIN, from), localAt(BERLIN, to)]).toEqual(['2026-03-29T11:15', '2026-03-29T15:15']);
  });

  it('neither begins nor ends before now', () => {
    expect(shifted(running, 'end', -20, wall)).toEqual({ ...running, to: at('2026-03-28T03:00:00Z') });
    expect(shifted(coming, 'whole', -20, wall)).toEqual({
      from: at('2026-03-28T02:13:00Z'),
      to: at('2026-03-28T06:13:00Z'),
    });
  });

  it('follows the arrow keys: as a whole, by the edge that Home or End selected, or by its end with Shift', () => {
    const press = (keys: string[]) =>
      keys.reduce(
        (held, key) => {
          const next = movedByKey({ key: key.replace('+', ''), shiftKey: key.startsWith('+') }, held, wall);
          return typeof next === 'object' && next !== null ? next : held;
        },
        pickUp('o', coming, 'whole'),
      );
    expect(press(['ArrowRight', 'ArrowRight', 'ArrowLeft'])).toMatchObject({
      from: coming.from + HOUR,
      to: coming.to + HOUR,
    });
    expect(press(['Home', 'ArrowRight'])).toMatchObject({ from: coming.from + HOUR, to: coming.to });
    expect(press(['End', 'ArrowLeft'])).toMatchObject({ from: coming.from, to: coming.to - HOUR });
    expect(press(['+ArrowRight'])).toMatchObject({ part: 'whole', from: coming.from, to: coming.to + HOUR });
    expect(movedByKey({ key: 'Escape', shiftKey: false }, pickUp('o', coming, 'whole'), wall)).toBeNull();
    expect(movedByKey({ key: 'x', shiftKey: false }, pickUp('o', coming, 'whole'), wall)).toBeUndefined();
  });

  it('is followed by the next one that has not ended', () => {
    const all = [
      { id: 'coming', ...coming },
      { id: 'over', ...over },
      { id: 'running', ...running },
    ];
    const first = nextToMove(all, null, { by: 1, now: NOW });
    expect([first?.id, first?.part]).toEqual(['running', 'end']);
    expect(nextToMove(all, first, { by: 1, now: NOW })?.id).toBe('coming');
    expect(nextToMove(all, first, { by: -1, now: NOW })?.id).toBe('coming');
    expect(nextToMove([{ id: 'over', ...over }], null, { by: 1, now: NOW })).toBeNull();
  });

  it('is never reversed and never reaches into the past, wherever it is dragged', () => {
    fc.assert(
      fc.property(
        someZone,
        fc.constantFrom(...ZOOMS),
        someMinute,
        fc.constantFrom<Part>('whole', 'start', 'end'),
        fc.tuple(
          fc.integer({ min: -600, max: 600 }),
          fc.integer({ min: 1, max: 3000 }),
          fc.integer({ min: -40, max: 40 }),
        ),
        (zone, zoom, m, part, [ahead, length, steps]) => {
          const span = { from: (m + ahead) * MINUTE, to: (m + ahead + length) * MINUTE };
          if (!partsOf(span, m * MINUTE).includes(part)) return;
          const { from, to } = shifted(span, part, steps, { zone, zoom, now: m * MINUTE });
          expect(to).toBeGreaterThan(Math.max(from, m * MINUTE));
          expect(from).toBeGreaterThanOrEqual(Math.min(span.from, m * MINUTE));
          if (part !== 'end' && from !== span.from) expect(from).toBeGreaterThanOrEqual(m * MINUTE);
        },
      ),
      { numRuns: 300 },
    );
  });
});
