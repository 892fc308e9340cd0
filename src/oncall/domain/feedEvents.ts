import { atOnce, type Steps } from '../../kernel/async/steps';

/**
 * Vocabulary. A calendar is **published** as **events**. Other programs identify an event by its `uid` and compare
 * versions of it by `sequence`. An **entry** is a shift as the calendar has it now. Its **key** (schedule, role,
 * person, reason) stays the same if the shift moves. An entry is matched to an event that was published before by key
 * and time.
 */
export interface Entry {
  key: string;
  starts_at: Date;
  ends_at: Date;
  summary: string;
  description: string;
}

export interface PublishedEvent extends Entry {
  uid: string;
  /** Rises with each change that a reader must see. */
  sequence: number;
  /** The shift does not exist any more; the event is listed as cancelled until its time is over. */
  cancelled: boolean;
  changed_at: Date;
}

export interface Window {
  from: Date;
  to: Date;
}

export interface Reconciled {
  /** All events to publish, in order. */
  events: PublishedEvent[];
  /** The events among them that are new or changed. */
  changed: PublishedEvent[];
  /** Events that are not published any more. */
  gone: PublishedEvent[];
}

const DAY_MS = 86_400_000;
const PAST_DAYS = 15;
const NEXT_DAYS = 180;
/** An hourly rotation of one role fits. */
const MOST_ENTRIES = 5_000;
const MOST_CANCELLED = 5_000;

/**
 * The window to compute for a schedule that changes so often that the whole window is too much. It keeps more of the
 * future than of the past.
 */
export function affordable({ from, to }: Window, now: Date, days: number): Window {
  if ((to.getTime() - from.getTime()) / DAY_MS <= days) return { from, to };
  const today = Math.floor(now.getTime() / DAY_MS);
  const past = Math.min(PAST_DAYS, Math.floor(days / 4));
  const next = Math.max(1, Math.floor(days) - past);
  return { from: new Date((today - past) * DAY_MS), to: new Date((today + next) * DAY_MS) };
}

/** The window of a feed, in whole days, so that the passing of time changes a calendar at most once a day. */
export function windowAt(now: Date): Window {
  const today = Math.floor(now.getTime() / DAY_MS);
  return { from: new Date((today - PAST_DAYS) * DAY_MS), to: new Date((today + NEXT_DAYS + 1) * DAY_MS) };
}

/**
 * How far a shift is followed beyond the window. A shift without a beginning or an end is cut at the turn of a year, so
 * that it stays the same event until the next one.
 */
export const reachAround = ({ from, to }: Window): Window => ({
  from: new Date(Date.UTC(from.getUTCFullYear() - 1, 0)),
  to: new Date(Date.UTC(to.getUTCFullYear() + 2, 0)),
});

/**
 * Updates the published events to the current entries of the calendar. An unchanged event is the same object as before.
 */
export function* reconcileIn(
  published: readonly PublishedEvent[],
  all: readonly Entry[],
  { window, now, newUid }: { window: Window; now: Date; newUid: () => string },
): Steps<Reconciled> {
  const known = published.filter(({ ends_at }) => ends_at > window.from);
  const entries = all.slice(0, MOST_ENTRIES);
  const pairs = yield* pairsOf(known, entries);
  const kept = new Set(pairs.values());
  const current = entries.map((entry): PublishedEvent => {
    const before = pairs.get(entry);
    return before === undefined
      ? { ...entry, uid: newUid(), sequence: 0, cancelled: false, changed_at: now }
      : updatedEvent(before, entry, now);
  });
  const missing = known.filter((event) => !kept.has(event)).map((event) => cancelledEvent(event, window, now));
  const cancelled = missing.filter((event) => event.cancelled).sort(lastChangedFirst);
  const ahead = missing.filter((event) => !event.cancelled);
  const events = [...current, ...ahead, ...cancelled.slice(0, MOST_CANCELLED)].sort(inOrder);
  const before = new Set(published);
  const still = new Set(events.map(({ uid }) => uid));
  return {
    events,
    changed: events.filter((event) => !before.has(event)),
    gone: published.filter(({ uid }) => !still.has(uid)),
  };
}

export const reconcile = (...asked: Parameters<typeof reconcileIn>): Reconciled => atOnce(reconcileIn(...asked));

function updatedEvent(event: PublishedEvent, entry: Entry, now: Date): PublishedEvent {
  const same =
    !event.cancelled &&
    isSameSpan(event, entry) &&
    event.summary === entry.summary &&
    event.description === entry.description;
  return same ? event : { ...event, ...entry, cancelled: false, sequence: event.sequence + 1, changed_at: now };
}

/** Cancels an event. Events that begin after the window stay: a process whose clock is a day ahead published them. */
function cancelledEvent(event: PublishedEvent, { to }: Window, now: Date): PublishedEvent {
  if (event.cancelled || event.starts_at >= to) return event;
  return { ...event, cancelled: true, sequence: event.sequence + 1, changed_at: now };
}

/**
 * Matches entries to events: by key and span first, cancelled events included, then by the nearest event of the same
 * key from which the shift can have moved.
 */
function* pairsOf(events: readonly PublishedEvent[], entries: readonly Entry[]): Steps<Map<Entry, PublishedEvent>> {
  const exact = new Map([...events].sort(cancelledFirst).map((event) => [placeOf(event), event]));
  const pairs = new Map<Entry, PublishedEvent>();
  for (const entry of entries) {
    const event = exact.get(placeOf(entry));
    if (event !== undefined) pairs.set(entry, event);
    yield;
  }
  const taken = new Set(pairs.values());
  const free = new Map<string, Set<PublishedEvent>>();
  for (const event of events) {
    if (event.cancelled || taken.has(event)) continue;
    const ofKey = free.get(event.key) ?? new Set();
    free.set(event.key, ofKey.add(event));
  }
  for (const entry of entries) {
    yield;
    const candidates = pairs.has(entry) ? undefined : free.get(entry.key);
    const event = candidates && nearest(entry, candidates);
    if (event === undefined) continue;
    candidates?.delete(event);
    pairs.set(entry, event);
  }
  return pairs;
}

/** The nearest event of those that begin within a day of the entry or share half of the shorter span. */
function nearest(entry: Entry, candidates: Iterable<PublishedEvent>): PublishedEvent | undefined {
  let found: PublishedEvent | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const event of candidates) {
    const distance = Math.abs(event.starts_at.getTime() - entry.starts_at.getTime());
    if (distance >= least || (distance > DAY_MS && !sharesHalf(event, entry))) continue;
    found = event;
    least = distance;
  }
  return found;
}

function sharesHalf(a: Entry, b: Entry): boolean {
  const shared =
    Math.min(a.ends_at.getTime(), b.ends_at.getTime()) - Math.max(a.starts_at.getTime(), b.starts_at.getTime());
  return shared * 2 >= Math.min(lengthOf(a), lengthOf(b));
}

const lengthOf = ({ starts_at, ends_at }: Entry): number => ends_at.getTime() - starts_at.getTime();

const placeOf = ({ key, starts_at, ends_at }: Entry): string => `${starts_at.getTime()} ${ends_at.getTime()} ${key}`;

const isSameSpan = (a: Entry, b: Entry): boolean =>
  a.starts_at.getTime() === b.starts_at.getTime() && a.ends_at.getTime() === b.ends_at.getTime();

const cancelledFirst = (a: PublishedEvent, b: PublishedEvent): number => Number(b.cancelled) - Number(a.cancelled);
const lastChangedFirst = (a: PublishedEvent, b: PublishedEvent): number =>
  b.changed_at.getTime() - a.changed_at.getTime();
const inOrder = (a: PublishedEvent, b: PublishedEvent): number =>
  a.starts_at.getTime() - b.starts_at.getTime() || (a.uid < b.uid ? -1 : 1);
