/** Where days and spans are on the calendar strip, in per cent of its width. Pure; days are those of the viewer's zone. */

export interface StripDay {
  /** The first instant of the day that the strip shows, in milliseconds. */
  at: number;
  x: number;
  width: number;
  weekend: boolean;
}

const ONE_DAY = 1;
const SATURDAY = 6;
const SUNDAY = 0;
/** A span of minutes must be visible among days. */
const LEAST_WIDTH = 0.4;

const share = (from: number, to: number, at: number): number => ((at - from) / (to - from)) * 100;
const clamped = (n: number): number => Math.min(100, Math.max(0, n));

/** The local days between two instants; the first and the last can be parts of days. */
export function daysOf(from: number, to: number): StripDay[] {
  const days: StripDay[] = [];
  for (let at = from; at < to; ) {
    const next = new Date(at);
    next.setHours(0, 0, 0, 0);
    // Not 24 hours later, because a day with a clock change is longer or shorter.
    next.setDate(next.getDate() + ONE_DAY);
    const end = Math.min(to, next.getTime());
    const weekday = new Date(at).getDay();
    days.push({
      ...{ at, x: share(from, to, at), width: share(from, to, end) - share(from, to, at) },
      weekend: weekday === SATURDAY || weekday === SUNDAY,
    });
    at = end;
  }
  return days;
}

/** Where a span is on the strip, cut at its edges. */
export function placeOf(from: number, to: number, span: { starts_at: string; ends_at: string }) {
  const x = clamped(share(from, to, Date.parse(span.starts_at)));
  const end = clamped(share(from, to, Date.parse(span.ends_at)));
  return { x: Math.min(x, 100 - LEAST_WIDTH), width: Math.max(LEAST_WIDTH, end - x) };
}
