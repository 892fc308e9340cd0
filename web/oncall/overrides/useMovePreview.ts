import { useRef, useState } from 'preact/hooks';
import { fullSentenceOf } from '../../live/problems';
import { ports, problemOf } from '../../ports';
import { overrideWords as words } from '../../text/oncallTeam';
import { say } from '../../ui/toast';
import type { Span } from '../calendar/days';
import { stamp } from '../calendar/format';
import type { OverrideShown, ScheduleShifts } from '../calendar/lanesFromShifts';

const instant = (ms: number): string => new Date(ms).toISOString();
const spanOf = ({ starts_at, ends_at }: Pick<OverrideShown, 'starts_at' | 'ends_at'>): Span => ({
  from: Date.parse(starts_at),
  to: Date.parse(ends_at),
});

/** The changed fields of a move; fields that stay the same are left out. */
function moveTo(of: OverrideShown, to: Span) {
  return { id: of.id, ...(to.from !== spanOf(of).from && { starts_at: instant(to.from) }), ends_at: instant(to.to) };
}

/** Requests another span for an override, if it is still the version that was shown. */
export const askMove = (of: OverrideShown, to: Span) =>
  ports.oncall.moveOverride({ ...moveTo(of, to), if_match: `"${of.version}"` });

/** The previewed shifts during a move, until the server has answered. */
type Outcome = Pick<ScheduleShifts, 'shifts' | 'gaps'>;

/**
 * Overrides that are moved on the calendar. The new position and the server's preview of the final lane are shown at
 * once; if the server refuses the move, the old position comes back. `again` reloads the calendar.
 */
export function useMovePreview(zone: string, view: Span, again: () => Promise<void>) {
  const [under, setUnder] = useState<ReadonlyMap<string, Span>>(new Map());
  const foresight = useForesight(view);

  async function move(of: OverrideShown, to: Span): Promise<void> {
    setUnder((all) => new Map(all).set(of.id, to));
    foresight.ask(of, to);
    try {
      const moved = await askMove(of, to);
      await again();
      say(words.moved(stamp(zone, to.from), stamp(zone, to.to)), () => void move(moved, spanOf(of)));
    } catch (error) {
      foresight.forget();
      const problem = problemOf(error);
      say(problem.kind === 'stale' ? words.movedMeanwhile : words.notMoved(fullSentenceOf(problem)));
      await again();
    } finally {
      foresight.forget();
      setUnder((all) => new Map([...all].filter(([id]) => id !== of.id)));
    }
  }

  return {
    move,
    /** Shows an override at a span during a drag; null ends the drag without a change. */
    carry(of: OverrideShown | undefined, to: Span | null): void {
      if (of === undefined || to === null) foresight.forget();
      else foresight.ask(of, to);
    },
    /** An override with the position to draw. */
    shown(of: OverrideShown): OverrideShown {
      const to = under.get(of.id);
      return to === undefined ? of : { ...of, starts_at: instant(to.from), ends_at: instant(to.to), moving: true };
    },
    /** The shifts with the preview, if there is one. */
    foreseen: (course: ScheduleShifts | undefined): ScheduleShifts | undefined =>
      course && { ...course, ...foresight.outcome },
  };
}

interface Question {
  of: OverrideShown;
  to: Span;
}

/** One request at a time, then the latest: a pointer moves faster than the network. */
function useForesight(view: Span) {
  const [outcome, setOutcome] = useState<(Outcome & { foreseen: string }) | null>(null);
  const state = useRef<{ wanted: Question | null; asked: Question | null }>({ wanted: null, asked: null });

  async function next(): Promise<void> {
    const { wanted, asked } = state.current;
    if (asked !== null || wanted === null) return;
    state.current = { wanted: null, asked: wanted };
    const { of, to } = wanted;
    const range = { from: instant(view.from), to: instant(view.to) };
    try {
      const { shifts, gaps } = await ports.oncall.previewMove({ ...moveTo(of, to), ...range });
      if (state.current.asked === wanted) setOutcome({ shifts, gaps, foreseen: of.id });
    } catch {
      // A failed preview shows nothing; the request of the drop reports the error.
      if (state.current.asked === wanted) setOutcome(null);
    }
    if (state.current.asked === wanted) state.current.asked = null;
    void next();
  }

  return {
    outcome,
    ask(of: OverrideShown, to: Span): void {
      const { asked, wanted } = state.current;
      const last = wanted ?? asked;
      if (last?.of.id === of.id && last.to.from === to.from && last.to.to === to.to) return;
      state.current.wanted = { of, to };
      void next();
    },
    forget(): void {
      state.current = { wanted: null, asked: null };
      setOutcome(null);
    },
  };
}
