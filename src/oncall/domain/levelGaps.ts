import type { LayerShifts } from './shifts';
import type { Role } from './types';
import { instantOf, minuteAfter, minuteOf } from './zones';

/** A span in which the layers of one level put no one on call; other levels and overrides do not count. */
export interface LevelGap {
  role: Role;
  level: number;
  starts_at: Date;
  ends_at: Date;
}

/** The gaps of each level of each role in a span, in order of role, level and time. */
export function levelGapsOf(rows: readonly LayerShifts[], from: Date, to: Date): LevelGap[] {
  const levels = new Map<string, LayerShifts[]>();
  for (const row of rows) {
    const key = `${row.layer.role} ${row.layer.level}`;
    levels.set(key, [...(levels.get(key) ?? []), row]);
  }
  return [...levels.values()].flatMap((same) => {
    const { role, level } = (same[0] as LayerShifts).layer;
    return uncovered(same, minuteOf(from), minuteAfter(to)).map((gap) => ({ role, level, ...gap }));
  });
}

function uncovered(rows: readonly LayerShifts[], from: number, to: number) {
  const duties = rows
    .flatMap(({ shifts }) => shifts.filter(({ people }) => people.length > 0))
    .sort((a, b) => a.starts_at.getTime() - b.starts_at.getTime());
  const gaps: Pick<LevelGap, 'starts_at' | 'ends_at'>[] = [];
  let covered = from;
  for (const { starts_at, ends_at } of duties) {
    const start = minuteOf(starts_at);
    if (start > covered) gaps.push({ starts_at: instantOf(covered), ends_at: starts_at });
    covered = Math.max(covered, minuteOf(ends_at));
  }
  if (covered < to) gaps.push({ starts_at: instantOf(covered), ends_at: instantOf(to) });
  return gaps;
}
