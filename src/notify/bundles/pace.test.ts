import fc from 'fast-check';
import { type Pace, type RecentPage, turnOf, WINDOW_MS } from './pace';

const START = Date.parse('2026-01-05T09:00:00Z');
const at = (second: number) => new Date(START + second * 1_000);
const AT_ONCE = 3;
const turn = (pace: Pace, severity: string | null, now: Date) => turnOf(pace, { severity, now, atOnce: AT_ONCE });
const page = (second: number, severity: string | null = 'high'): RecentPage => ({ at: at(second), severity });

test('the first three pages within a minute go at once', () => {
  for (const recent of [[], [page(0)], [page(0), page(1)], [page(-60), page(0), page(1)]]) {
    expect(turn({ recent, bundledAt: null }, 'high', at(2))).toEqual({ kind: 'at_once', why: 'few' });
  }
});

test('the fourth one waits until a minute after the first', () => {
  const recent = [page(0), page(10), page(20)];
  expect(turn({ recent, bundledAt: null }, 'high', at(30))).toEqual({ kind: 'gather', until: at(60) });
});

test('a minute passes between two bundles', () => {
  const recent = [page(10), page(50), page(60)];
  expect(turn({ recent, bundledAt: at(60) }, 'high', at(65))).toEqual({ kind: 'gather', until: at(120) });
});

test('a page more severe than those of the last minute goes at once', () => {
  const recent = [page(0), page(1), page(2, 'low')];
  expect(turn({ recent, bundledAt: null }, 'critical', at(3))).toEqual({ kind: 'at_once', why: 'more_severe' });
  expect(turn({ recent: [...recent, page(3, 'critical')], bundledAt: null }, 'critical', at(4)).kind).toBe('gather');
});

test('whatever comes, the first page goes at once and none waits longer than a minute', () => {
  const severity = fc.constantFrom('critical', 'high', 'medium', 'low', null);
  const pages = fc.array(fc.record({ gap: fc.integer({ min: 0, max: 90_000 }), severity }), { maxLength: 60 });
  fc.assert(
    fc.property(pages, (given) => {
      const recent: RecentPage[] = [];
      let now = START;
      let bundledAt: Date | null = null;
      let due: Date | null = null;
      for (const { gap, severity: own } of given) {
        now += gap;
        if (due !== null && due.getTime() <= now) [bundledAt, due] = [due, null];
        const before = recent.filter((one) => one.at.getTime() > now - WINDOW_MS);
        const found = turn({ recent, bundledAt }, own, new Date(now));
        if (before.length < AT_ONCE) expect(found.kind).toBe('at_once');
        if (found.kind === 'gather') {
          expect(found.until.getTime()).toBeGreaterThan(now);
          expect(found.until.getTime() - now).toBeLessThanOrEqual(WINDOW_MS);
          if (bundledAt !== null) expect(found.until.getTime() - bundledAt.getTime()).toBeGreaterThanOrEqual(WINDOW_MS);
          due ??= found.until;
        }
        recent.push({ at: new Date(now), severity: own });
      }
    }),
  );
});
