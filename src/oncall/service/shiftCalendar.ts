import { createHash } from 'node:crypto';
import { inSlices } from '../../kernel/async/slices';
import { days, minutes } from '../../kernel/clock';
import { calendarText } from '../domain/icalendar';
import { stretchesIn } from '../domain/shifts';
import type { Role } from '../domain/types';
import { instantOf, minuteOf } from '../domain/zones';
import { calendarOf } from '../store/calendars';
import type { ServiceDeps } from './deps';
import { handoffOfKey } from './handoffNotices';
import type { OncallJobs } from './jobKinds';

/** A longer shift is written with this length. */
const LOOKED_AHEAD_MS = days(31);

type Deps = Pick<ServiceDeps, 'db' | 'clock'>;
type Notice = Pick<OncallJobs['tell_notice'], 'key' | 'team' | 'to'>;

/**
 * The shift that a notice of a hand-off announces, as a calendar of one event. A withdrawal has the same event, cancelled.
 * Null for a notice about anything else, such as the end of a shift.
 */
export async function shiftAsCalendar({ db, clock }: Deps, { key, team, to }: Notice): Promise<string | null> {
  const handoff = handoffOfKey(key);
  if (handoff === null || handoff.way !== 'on' || to.kind !== 'person' || to.email === null) return null;
  const { at, role } = handoff;
  const cancelled = key.startsWith('not:');
  const ends_at = cancelled ? null : await endOfShift({ db }, team, { at, role, email: to.email.toLowerCase() });
  if (!cancelled && ends_at === null) return null;
  const now = clock.now();
  const event = {
    // A hand-off can be planned, withdrawn and planned again: a later message replaces the earlier one by its sequence.
    ...{ uid: uidOf(key), sequence: Math.floor(now.getTime() / 1_000), cancelled, changed_at: now },
    ...{ key, starts_at: at, ends_at: ends_at ?? new Date(at.getTime() + minutes(1)) },
    ...{ summary: `On call: ${team}, ${role}`, description: `${to.name} is on call as ${role} of ${team}.` },
  };
  return calendarText('On call', [event], null);
}

/** Equal in a notice and in its withdrawal, whose keys end in different random parts. */
const uidOf = (key: string): string => {
  const same = key.replace(/^not:/, '').replace(/:[0-9a-f]{12}$/, '');
  return `${createHash('sha256').update(same).digest('hex').slice(0, 32)}@tocsin`;
};

/** The end of the time in which a person is in a role without a break; null if they are not in it at this instant. */
async function endOfShift(
  { db }: Pick<Deps, 'db'>,
  team: string,
  { at, role, email }: { at: Date; role: Role; email: string },
): Promise<Date | null> {
  const to = new Date(at.getTime() + LOOKED_AHEAD_MS);
  const calendar = await calendarOf(db, team, { from: at, to });
  if (calendar === undefined) return null;
  const stretches = await inSlices(stretchesIn(calendar.versions, calendar.overrides, at, to));
  const isHere = ({ roles }: (typeof stretches)[number]) =>
    roles[role].people.some((person) => person.email.trim().toLowerCase() === email);
  const here = stretches.filter(({ end }) => end > minuteOf(at));
  const away = here.findIndex((stretch) => !isHere(stretch));
  const last = here.at(away === -1 ? -1 : away - 1);
  return away === 0 || last === undefined ? null : instantOf(last.end);
}
