import { useState } from 'preact/hooks';
import { fullSentenceOf } from '../../live/problems';
import { ports, problemOf } from '../../ports';
import { say } from '../../ui/toast';
import { overrideWords as words } from '../../words/oncallTeam';
import type { Span } from '../calendar/days';
import type { OverrideShown } from '../calendar/model';
import { stamp } from '../calendar/names';

const instant = (ms: number): string => new Date(ms).toISOString();
const spanOf = ({ starts_at, ends_at }: Pick<OverrideShown, 'starts_at' | 'ends_at'>): Span => ({
  from: Date.parse(starts_at),
  to: Date.parse(ends_at),
});

/** Asks for another span, where the override still is the one that was seen. What stays is not said. */
export function askMove(of: OverrideShown, to: Span) {
  const { from } = spanOf(of);
  return ports.oncall.moveOverride({
    id: of.id,
    ...(to.from !== from && { starts_at: instant(to.from) }),
    ends_at: instant(to.to),
    if_match: `"${of.version}"`,
  });
}

/**
 * Overrides that are moved on the calendar: shown where they were put before the server has said so, and back where they
 * were if it refuses. `again` reads what the server says of the calendar.
 */
export function useMoving(zone: string, again: () => Promise<void>) {
  const [under, setUnder] = useState<ReadonlyMap<string, Span>>(new Map());

  async function move(of: OverrideShown, to: Span): Promise<void> {
    setUnder((all) => new Map(all).set(of.id, to));
    try {
      const moved = await askMove(of, to);
      await again();
      say(words.moved(stamp(zone, to.from), stamp(zone, to.to)), () => void move(moved, spanOf(of)));
    } catch (error) {
      const problem = problemOf(error);
      say(problem.kind === 'stale' ? words.movedMeanwhile : words.notMoved(fullSentenceOf(problem)));
      await again();
    } finally {
      setUnder((all) => new Map([...all].filter(([id]) => id !== of.id)));
    }
  }

  return {
    move,
    /** An override as it is to be drawn. */
    shown(of: OverrideShown): OverrideShown {
      const to = under.get(of.id);
      return to === undefined ? of : { ...of, starts_at: instant(to.from), ends_at: instant(to.to), moving: true };
    },
  };
}
