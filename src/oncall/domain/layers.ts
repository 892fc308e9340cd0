import type { Steps } from '../../kernel/async/steps';
import { DAY_MINUTES } from './localDates';
import { type Restriction, type Span, windowsOf } from './restrictions';
import { type Person, type Rotation, slotOf, turnsOf } from './rotation';
import type { Role } from './types';
import { instantOf, minuteAfter, minuteOf, type Zone } from './zones';

/** One layer of a calendar: the slot of its rotation that has the turn is on call while its restrictions are open. */
export interface Layer {
  name: string;
  role: Role;
  level: number;
  rotation: Rotation;
  restrictions?: readonly Restriction[];
  /** Instants; a layer without them has no beginning and no end. */
  starts_at?: string | null | undefined;
  ends_at?: string | null | undefined;
}

/** A slot on duty. */
export interface Duty extends Span {
  slot: number;
}

export interface LayerCalendar {
  layer: Layer;
  /** The slot on duty; null if there is none. */
  slotAt(minute: number): number | null;
  /** The first minute after this one at which another slot may be on duty; infinite if there is none. */
  nextEdge(minute: number): number;
  /** The duties of a span in order, cut at its ends. */
  within(from: number, to: number): Duty[];
}

/** The span of a layer in minutes, rounded outward. */
export const spanOf = ({ starts_at, ends_at }: Pick<Layer, 'starts_at' | 'ends_at'>): Span => ({
  start: starts_at == null ? Number.NEGATIVE_INFINITY : minuteOf(new Date(starts_at)),
  end: ends_at == null ? Number.POSITIVE_INFINITY : minuteAfter(new Date(ends_at)),
});

/** The calendar of one layer in a zone. */
export function layerCalendar(layer: Layer, zone: Zone): LayerCalendar {
  const { rotation, restrictions = [] } = layer;
  const windows = windowsOf(restrictions, zone);
  const span = spanOf(layer);
  const alone = rotation.slots.length < 2;
  const turns = turnsOf(rotation, windows, zone);
  const slotInTurn = (minute: number): number => (alone ? 0 : slotOf(rotation, turns.at(minute)));

  return {
    layer,
    slotAt: (minute) =>
      span.start <= minute && minute < span.end && windows.openAt(minute) ? slotInTurn(minute) : null,
    nextEdge(minute) {
      if (minute >= span.end) return Number.POSITIVE_INFINITY;
      if (minute < span.start) return span.start;
      return Math.min(span.end, windows.nextEdge(minute), alone ? Number.POSITIVE_INFINITY : turns.next(minute));
    },
    within(from, to) {
      const start = Math.max(from, span.start);
      const end = Math.min(to, span.end);
      if (start >= end) return [];
      const open = windows.within(start, end);
      if (alone) return open.map((window) => ({ ...window, slot: 0 }));
      const all = turns.within(start, end).map((turn) => ({ ...turn, slot: slotOf(rotation, turn.turn) }));
      return windows.always ? all.map(({ start: a, end: b, slot }) => ({ start: a, end: b, slot })) : clip(all, open);
    },
  };
}

/** How many turns and windows are computed without a pause: about a millisecond of work. */
const WITHOUT_PAUSE = 1_500;
const TURNS_A_DAY = { hourly: 24, daily: 1, weekly: 1 / 7, monthly: 1 / 28 } as const;
/** To count a turn by restrictions, the windows of so many days are read. */
const DAYS_EACH_TURN = 6;

/** An estimate of the turns and windows that a day of a layer takes to compute. */
export function scannedADay({ rotation, restrictions = [] }: Layer): number {
  const { unit, length, slots } = rotation;
  const counted = rotation.turns === 'in_restrictions' && restrictions.length > 0;
  const units = slots.length < 2 ? 0 : TURNS_A_DAY[unit] / (counted ? 1 : length);
  return 2 * restrictions.length + units * (counted ? DAYS_EACH_TURN * restrictions.length : 1);
}

const partOf = (layer: Layer): number => Math.ceil((WITHOUT_PAUSE / Math.max(1, scannedADay(layer))) * DAY_MINUTES);

/** The duties of a layer in a span, as `within` returns them, computed in parts of so many minutes. */
export function* dutiesIn(
  calendar: LayerCalendar,
  from: number,
  to: number,
  part = partOf(calendar.layer),
): Steps<Duty[]> {
  const duties: Duty[] = [];
  for (let start = from; start < to; start += part) {
    for (const duty of calendar.within(start, Math.min(start + part, to))) {
      const last = duties.at(-1);
      // A duty that continues from one part into the next is one duty.
      if (last !== undefined && last.end === start && duty.start === start && last.slot === duty.slot) {
        last.end = duty.end;
      } else duties.push(duty);
    }
    yield;
  }
  return duties;
}

/** Cuts turns to the open windows; both are in order. */
function clip(duties: readonly Duty[], open: readonly Span[]): Duty[] {
  const clipped: Duty[] = [];
  let next = 0;
  for (const window of open) {
    while (next < duties.length && (duties[next] as Duty).end <= window.start) next += 1;
    for (let i = next; i < duties.length && (duties[i] as Duty).start < window.end; i++) {
      const { start, end, slot } = duties[i] as Duty;
      clipped.push({ start: Math.max(start, window.start), end: Math.min(end, window.end), slot });
    }
  }
  return clipped;
}

/** The people of a slot; none for null. */
export const peopleIn = ({ rotation }: Layer, slot: number | null): readonly Person[] =>
  slot === null ? [] : (rotation.slots[slot] ?? []);

/** An edge as an instant; null if it is infinite. */
export const edgeOf = (minute: number): Date | null => (Number.isFinite(minute) ? instantOf(minute) : null);
