import { randomBytes } from 'node:crypto';
import { inSlices } from '../../kernel/async/slices';
import { mapSteps, type Steps } from '../../kernel/async/steps';
import { minutes } from '../../kernel/clock';
import type { Db } from '../../kernel/db/pool';
import { enqueue } from '../../kernel/jobs/jobs';
import type { Target } from '../../notify/contract';
import { localTime } from '../domain/localTime';
import { type Handoff, handoffOf, handoffsIn, type Stretch, stretchesIn } from '../domain/shifts';
import type { Role } from '../domain/types';
import { instantOf, minuteOf } from '../domain/zones';
import { calendarOf } from '../store/calendars';
import { claimNotices, type NewNotice, noticesOfSchedule, takeBackNotices } from '../store/notices';
import { chosenZones, handoffNotices } from '../store/registry';
import { lockSchedule } from '../store/schedules';
import { type ScheduledTeam, teamAt } from '../store/teams';
import type { OncallJob, OncallJobs } from './jobKinds';
import { targetOf } from './notifyTarget';
import { zoneOfCalendar } from './present';

/**
 * Notices to people who come on or go off call: before a planned hand-off, and at once after a change that applies now.
 */

type Message = Pick<OncallJobs['tell_notice'], 'team' | 'message' | 'to'>;
export type Notice = NewNotice<Message> & Message;

export interface NoticeSettings {
  /** How long before a hand-off people are notified, if a team has no value of its own; 0 switches notices off. */
  handoffNoticeMinutes: number;
}

/** The limit of notify is a little higher; the rest is for the suffix of each message. */
const LONGEST_KEY = 170;
/** A key of a notice, cut to its limit. */
export const noticeKey = (text: string): string => text.slice(0, LONGEST_KEY);

type Way = 'on' | 'off';

export interface Subject {
  schedule_id: string;
  team: string;
  /** The zone of the schedule, for people who have not chosen one. */
  zone: string;
}

const handoffKey = ({ schedule_id }: Pick<Subject, 'schedule_id'>, at: Date, role: string, way: Way, email: string) =>
  noticeKey(`handoff:${schedule_id}:${at.toISOString()}:${role}:${way}:${email.trim().toLowerCase()}`);

/** A notice for each person who comes on or goes off call; `zones` are the chosen zones by address. */
export function noticesIn(
  subject: Subject,
  handoff: Handoff,
  zones: ReadonlyMap<string, string>,
  ahead: boolean,
): Steps<Notice[]> {
  const { at, role, on, off } = handoff;
  const { team } = subject;
  const notice = (way: Way, person: { name: string; email: string }): Notice => {
    const when = localTime(at, zones.get(person.email.trim().toLowerCase()) ?? subject.zone);
    const what = ahead
      ? `you go ${way} call as ${role} of ${team} at ${when}`
      : `you are ${way} call as ${role} of ${team} since ${when}`;
    const to = targetOf({ kind: 'person', role: 'person', ...person }) as Target;
    const withdrawal = { team, message: `${person.name}, it is no longer true that ${what}`, to };
    const key = handoffKey(subject, at, role, way, person.email);
    return { key, at, withdrawal, team, message: `${person.name}, ${what}`, to };
  };
  const ways = [
    ...on.map((person) => ({ way: 'on', person }) as const),
    ...off.map((person) => ({ way: 'off', person }) as const),
  ];
  return mapSteps(ways, ({ way, person }) => notice(way, person));
}

const KEY = /^handoff:([0-9a-f-]{36}):([^Z]+Z):(primary|secondary):(on|off):/;

/** The hand-off that a notice is about, by its key or that of its withdrawal; null for another notice. */
export function handoffOfKey(key: string): { at: Date; role: Role; way: 'on' | 'off' } | null {
  const [, , at = '', role = '', way = ''] = KEY.exec(key.replace(/^not:/, '')) ?? [];
  return way === '' ? null : { at: new Date(at), role: role as Role, way: way as Way };
}

/**
 * Whether the notice of a hand-off still holds, even if another change now causes the hand-off: a person who was to
 * come on call is on call at that instant, and a person who was to go off call is not.
 * @param peopleAt the people of a role of a schedule at an instant
 */
export function isStillTrue(
  key: string,
  peopleAt: (scheduleId: string, at: Date, role: string) => readonly { email: string }[],
): boolean {
  const [, schedule_id = '', at = '', role = '', way = ''] = KEY.exec(key) ?? [];
  if (way === '') return false;
  const instant = new Date(at);
  const here = peopleAt(schedule_id, instant, role).some(
    ({ email }) => handoffKey({ schedule_id }, instant, role, way as Way, email) === key,
  );
  return here === (way === 'on');
}

/** The people of a role at an instant, in stretches that begin before it. */
export const peopleOf = (stretches: readonly Stretch[], at: Date, role: Role) =>
  stretches.find(({ end }) => minuteOf(at) < end)?.roles[role].people ?? [];

/** How long before a hand-off the people of each team are notified, in milliseconds; 0 for no notice. */
export async function leadTimes(db: Db, { handoffNoticeMinutes }: NoticeSettings) {
  const own = await handoffNotices(db);
  return {
    leadOf: (team: string): number => minutes(own.get(team) ?? handoffNoticeMinutes),
    longest: minutes(Math.max(handoffNoticeMinutes, ...own.values())),
  };
}

/** Enqueues and records each notice that is new, and withdraws those that do not hold any more. */
export async function enqueueNotices(
  trx: Db,
  found: readonly Notice[],
  outdated: readonly string[],
  now: Date,
): Promise<void> {
  const rows = found.map(({ key, at, withdrawal }) => ({ key, at, withdrawal }));
  const fresh = await claimNotices(trx, rows, now);
  const messages = found
    .filter(({ key }) => fresh.has(key))
    .map(({ key, team, message, to }) => ({ key, team, message, to }));
  const taken = await takeBackNotices<Message>(trx, outdated);
  const corrections = taken.map(({ key, withdrawal }) => ({ key: `not:${key}`, ...withdrawal }));
  // A hand-off may be planned, withdrawn and planned again. Each time is a message of its own.
  const jobs = [...messages, ...corrections].map(
    ({ key, ...message }): OncallJob => ({
      kind: 'tell_notice',
      payload: { key: `${key}:${randomBytes(6).toString('hex')}`, ...message },
    }),
  );
  await enqueue(trx, now, jobs);
}

/**
 * Makes a change of the calendar of a team. In the same transaction it notifies the people that the change puts on call
 * or takes off call at once, including the person who made it, and the people of hand-offs that could begin before the
 * next look at all calendars. A change that leaves all people in place notifies no one.
 */
export async function withHandoffNotices<T>(
  trx: Db,
  team: string,
  now: Date,
  settings: NoticeSettings,
  change: () => Promise<T>,
): Promise<T> {
  // Changes of one team wait for each other here, so that each compares with the result of the last one.
  await lockSchedule(trx, team);
  const before = await teamAt(trx, team, now);
  const changed = await change();
  const after = await teamAt(trx, team, now);
  const subject = after ?? before;
  const { leadOf } = await leadTimes(trx, settings);
  if (subject === undefined || leadOf(team) === 0) return changed;
  await notifyNow(trx, subject, { before, after, now });
  await notifySoon(trx, subject, now);
  return changed;
}

interface Change {
  before: ScheduledTeam | undefined;
  after: ScheduledTeam | undefined;
  now: Date;
}

async function notifyNow(trx: Db, { team, schedule, version }: ScheduledTeam, { before, after, now }: Change) {
  const at = instantOf(minuteOf(now));
  const handoffs = [
    ...handoffOf(at, 'primary', before?.onCall.primaries ?? [], after?.onCall.primaries ?? []),
    ...handoffOf(at, 'secondary', before?.onCall.secondaries ?? [], after?.onCall.secondaries ?? []),
  ];
  if (handoffs.length === 0) return;
  const subject = { schedule_id: schedule.id, team, zone: version?.time_zone ?? 'UTC' };
  const zones = await chosenZones(trx);
  const notices: Notice[] = [];
  for (const handoff of handoffs) notices.push(...(await inSlices(noticesIn(subject, handoff, zones, false))));
  // Within one minute a person can come and go several times: the notice of the opposite direction is deleted.
  await takeBackNotices(
    trx,
    handoffs.flatMap(({ role, on, off }) => [
      ...on.map(({ email }) => handoffKey(subject, at, role, 'off', email)),
      ...off.map(({ email }) => handoffKey(subject, at, role, 'on', email)),
    ]),
  );
  await enqueueNotices(trx, notices, [], now);
}

/** The time between two looks at all calendars. */
export const LOOK_AGAIN_MS = minutes(5);
/** A little longer, because a look can be late. */
const SOON_MS = LOOK_AGAIN_MS + minutes(1);

/** Sends the notices of the hand-offs that begin soon and are not sent yet, and withdraws those that do not hold. */
async function notifySoon(trx: Db, { team, schedule }: ScheduledTeam, now: Date): Promise<void> {
  const to = new Date(now.getTime() + SOON_MS);
  const calendar = await calendarOf(trx, team, { from: now, to });
  if (calendar === undefined) return;
  const { versions, overrides } = calendar;
  const stretches = await inSlices(stretchesIn(versions, overrides, now, to));
  const handoffs = (await inSlices(handoffsIn(stretches))).filter(({ at }) => at > now);
  const zones = handoffs.length === 0 ? new Map<string, string>() : await chosenZones(trx);
  const found: Notice[] = [];
  for (const handoff of handoffs) {
    const subject = { schedule_id: schedule.id, team, zone: zoneOfCalendar(versions, handoff.at) };
    found.push(...(await inSlices(noticesIn(subject, handoff, zones, true))));
  }
  const still = new Set(found.map(({ key }) => key));
  const peopleAt = (_: string, at: Date, role: string) => peopleOf(stretches, at, role as Role);
  const sent = await noticesOfSchedule(trx, schedule.id, { from: now, to });
  const outdated = sent.filter((key) => !still.has(key) && !isStillTrue(key, peopleAt));
  await enqueueNotices(trx, found, outdated, now);
}
