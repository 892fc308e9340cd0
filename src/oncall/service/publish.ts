import { randomUUID } from 'node:crypto';
import { inSlices } from '../../kernel/async/slices';
import { mapSteps, type Steps } from '../../kernel/async/steps';
import { minutes } from '../../kernel/clock';
import { type Db, withRetry } from '../../kernel/db/pool';
import { ROLES } from '../contract';
import {
  affordable,
  type Entry,
  type PublishedEvent,
  type Reconciled,
  reachAround,
  reconcileIn,
  type Window,
  windowAt,
} from '../domain/feedEvents';
import { affordableDaysIn } from '../domain/queryCost';
import { keyOf } from '../domain/rotation';
import type { Shift } from '../domain/shifts';
import { uncutShiftsIn } from '../domain/uncutShifts';
import { type Calendar, calendarOf, calendarsOfPerson } from '../store/calendars';
import { type FeedRow, feedByHash, noteFetch } from '../store/feeds';
import { eventsOf, lockPublication, publicationOf, writeEvents } from '../store/publications';
import type { ServiceDeps } from './deps';
import { secretHash } from './feeds';

/** A calendar for other programs. */
export interface PublishedCalendar {
  name: string;
  changed_at: Date;
  /** The end of the calendar, if its schedule changes so often that the usual time ahead is too much; else null. */
  until: Date | null;
  events: readonly PublishedEvent[];
}

/** The calendar at a secret address; null if the address is unknown. */
export type Published = (secret: string) => Promise<PublishedCalendar | null>;

const SECRET = /^[\w-]{43}$/;
const NOTED_EVERY_MS = minutes(1);

type Deps = Pick<ServiceDeps, 'db' | 'clock'>;

/** Reads the calendar of a feed and updates its published events. */
export const publishing =
  (deps: Deps): Published =>
  (secret) =>
    publish(deps, secret);

async function publish({ db, clock }: Deps, secret: string): Promise<PublishedCalendar | null> {
  const feed = SECRET.test(secret) ? await feedByHash(db, secretHash(secret)) : undefined;
  if (feed === undefined) return null;
  const now = clock.now();
  const calendar = await readCalendar(db, feed, now);
  if (calendar === null) return null;
  if (now.getTime() - (feed.last_fetched_at?.getTime() ?? 0) >= NOTED_EVERY_MS) await noteFetch(db, feed.id, now);
  return { name: feed.team === null ? 'My on-call shifts' : `On call: ${feed.team}`, ...calendar };
}

/** Updates the published events. Without a change it takes no lock; with one it compares again under the lock. */
async function readCalendar(db: Db, feed: FeedRow, now: Date): Promise<Omit<PublishedCalendar, 'name'> | null> {
  const seen = await reconcileFeed(db, feed, now);
  if (isSame(seen)) {
    const publication = await publicationOf(db, feed.publication_id);
    return publication === undefined ? null : { ...publication, events: seen.events, until: seen.until };
  }
  return withRetry(db, async (trx) => {
    const publication = await lockPublication(trx, feed.publication_id);
    if (publication === undefined) return null;
    const changes = await reconcileFeed(trx, feed, now);
    if (isSame(changes)) return { ...publication, events: changes.events, until: changes.until };
    const { events, until } = changes;
    return { events, until, changed_at: await writeEvents(trx, feed.publication_id, changes, now) };
  });
}

async function reconcileFeed(on: Db, feed: FeedRow, now: Date): Promise<Reconciled & Pick<PublishedCalendar, 'until'>> {
  const calendars = await calendarsOf(on, feed, windowAt(now));
  let most = Number.POSITIVE_INFINITY;
  for (const { versions } of calendars) {
    most = Math.min(most, (await inSlices(affordableDaysIn(versions, ['shifts']))) / ROLES.length);
  }
  const window = affordable(windowAt(now), now, most);
  const published = await eventsOf(on, feed.publication_id);
  const entries = await inSlices(entriesOf(calendars, feed, window));
  const until = window.to < windowAt(now).to ? window.to : null;
  const reconciled = await inSlices(reconcileIn(published, entries, { window, now, newUid: randomUUID }));
  return { ...reconciled, until };
}

const isSame = ({ changed, gone }: Reconciled): boolean => changed.length === 0 && gone.length === 0;

async function calendarsOf(db: Db, { team, email }: FeedRow, window: Window): Promise<Calendar[]> {
  const reach = reachAround(window);
  if (team === null) return calendarsOfPerson(db, email ?? '', reach);
  return [await calendarOf(db, team, reach)].flatMap((calendar) => calendar ?? []);
}

function* entriesOf(calendars: readonly Calendar[], { email }: FeedRow, window: Window): Steps<Entry[]> {
  const reach = reachAround(window);
  const entries: Entry[] = [];
  for (const calendar of calendars) {
    const shifts = yield* uncutShiftsIn(calendar.versions, calendar.overrides, window, reach);
    const mine = shifts.filter(({ person }) => email === null || keyOf(person) === email);
    for (const entry of yield* mapSteps(mine, (shift) => entryOf(calendar, shift, email === null))) entries.push(entry);
  }
  return entries.sort((a, b) => a.starts_at.getTime() - b.starts_at.getTime());
}

function entryOf({ schedule_id, team }: Calendar, { role, person, source, ...span }: Shift, named: boolean): Entry {
  const reason = source.kind === 'layer' ? `layer ${source.layer}` : `override ${source.override.id}`;
  const who = named ? `${person.name} is on call` : 'On call';
  return {
    key: `${schedule_id} ${role} ${keyOf(person)} ${reason}`,
    starts_at: span.starts_at,
    ends_at: span.ends_at,
    summary: `${who} for ${team}${role === 'secondary' ? ' (secondary)' : ''}`,
    description:
      source.kind === 'layer' ? `Layer ${source.layer}` : `Override: ${source.override.reason ?? 'no reason given'}`,
  };
}
