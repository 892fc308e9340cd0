import { inSlices } from '../../kernel/async/slices';
import { days, hours, minutes } from '../../kernel/clock';
import { withRetry } from '../../kernel/db/pool';
import { enqueue, type HandlersOf } from '../../kernel/jobs/jobs';
import { systemCaller } from '../../kernel/ports/contract';
import type { Gap } from '../domain/coverage';
import { localTime } from '../domain/localTime';
import { reachSentence } from '../domain/reachSentence';
import { handoffsIn, type Stretch, stretchesIn } from '../domain/shifts';
import type { Role } from '../domain/types';
import { allCalendars } from '../store/calendars';
import { noticesAfter } from '../store/notices';
import { chosenZones, rooms } from '../store/registry';
import { findGaps } from './coverage';
import type { ServiceDeps } from './deps';
import {
  enqueueNotices,
  handoffOfKey,
  isStillTrue,
  LOOK_AGAIN_MS,
  leadTimes,
  type Notice,
  type NoticeSettings,
  noticeKey,
  noticesIn,
  peopleOf,
} from './handoffNotices';
import type { OncallJob, OncallJobs } from './jobKinds';
import { zoneOfCalendar } from './present';
import { shiftAsCalendar } from './shiftCalendar';

/**
 * Notices ahead of time: to people who come on or go off call, and to the room of a team before a gap begins. Each is
 * sent once. If a hand-off changes after its notice, a second message withdraws it.
 */

export type NoticeDeps = Pick<ServiceDeps, 'db' | 'clock' | 'notify' | 'defaultTeam'> & NoticeSettings;

const GAPS_AHEAD_MS = days(7);
const GAPS_EVERY_MS = hours(1);
const INSTANTS_ARE_MS = minutes(1);

/** The jobs that send notices. */
export const noticeJobs = (
  deps: NoticeDeps,
): Pick<HandlersOf<OncallJobs>, 'notices' | 'gap_reminders' | 'tell_notice'> => ({
  notices: () => lookForHandoffs(deps),
  gap_reminders: () => lookForGaps(deps),
  tell_notice: (notice) => tellNotice(deps, notice),
});

async function lookForHandoffs(deps: NoticeDeps): Promise<void> {
  const { db, clock } = deps;
  const { leadOf, longest } = await leadTimes(db, deps);
  if (longest === 0) return;
  const now = clock.now();
  const sent = await noticesAfter(db, now);
  const reach = [now.getTime() + longest + LOOK_AGAIN_MS, ...sent.map(({ at }) => at.getTime() + INSTANTS_ARE_MS)];
  const to = new Date(Math.max(...reach));
  const zones = await chosenZones(db);
  const ahead: { notice: Notice; due: number }[] = [];
  const stretchesOf = new Map<string, readonly Stretch[]>();
  for (const calendar of await allCalendars(db, { from: now, to })) {
    const { schedule_id, team, versions, overrides } = calendar;
    const stretches = await inSlices(stretchesIn(versions, overrides, now, to));
    stretchesOf.set(schedule_id, stretches);
    const lead = leadOf(team);
    for (const handoff of (await inSlices(handoffsIn(stretches))).filter(({ at }) => at > now)) {
      const due = lead === 0 ? Number.POSITIVE_INFINITY : handoff.at.getTime() - lead;
      const subject = { schedule_id, team, zone: zoneOfCalendar(versions, handoff.at) };
      const notices = await inSlices(noticesIn(subject, handoff, zones, true));
      ahead.push(...notices.map((notice) => ({ notice, due })));
    }
  }
  const still = new Set(ahead.map(({ notice }) => notice.key));
  const peopleAt = (id: string, at: Date, role: string) => peopleOf(stretchesOf.get(id) ?? [], at, role as Role);
  await enqueueAll(
    deps,
    ahead.filter(({ due }) => due <= now.getTime()).map(({ notice }) => notice),
    sent.filter(({ key }) => !still.has(key) && !isStillTrue(key, peopleAt)).map(({ key }) => key),
  );
  const later = ahead.map(({ due }) => due).filter((due) => due > now.getTime());
  const runAt = new Date(Math.min(now.getTime() + LOOK_AGAIN_MS, ...later));
  await enqueue(db, now, [{ ...LOOK_FOR_HANDOFFS, runAt }]);
}

async function lookForGaps(deps: NoticeDeps): Promise<void> {
  const { db, clock } = deps;
  const { leadOf, longest } = await leadTimes(db, deps);
  if (longest === 0) return;
  const from = clock.now();
  const to = new Date(from.getTime() + GAPS_AHEAD_MS);
  const { gaps } = await findGaps(deps, { from, to }, undefined, systemCaller('gap-reminders'));
  const roomOf = await rooms(db);
  const ahead = beginnings(gaps).filter(({ starts_at }) => starts_at > from);
  await enqueueAll(
    deps,
    ahead.flatMap((gap) =>
      gap.team === null || leadOf(gap.team) === 0 ? [] : reminderOf(gap, gap.team, roomOf.get(gap.team) ?? null),
    ),
  );
  await enqueue(db, from, [{ ...LOOK_FOR_GAPS, runAt: new Date(from.getTime() + GAPS_EVERY_MS) }]);
}

async function tellNotice(deps: NoticeDeps, notice: OncallJobs['tell_notice']): Promise<void> {
  const { key, team, to } = notice;
  const message = await withReach(deps, notice);
  const calendar = await shiftAsCalendar(deps, notice);
  await deps.notify.tell(
    {
      ...{ key, incident_id: `on-call:${team}`.slice(0, 255), message, severity: null, to: [to], notice: true },
      ...(calendar !== null && { calendar }),
    },
    systemCaller(key),
  );
}

/** The message of a person who comes on call, and how pages reach them. */
async function withReach(
  { db, notify }: Pick<NoticeDeps, 'db' | 'notify'>,
  { key, message, to }: OncallJobs['tell_notice'],
): Promise<string> {
  const isWithdrawn = key.startsWith('not:');
  if (to.kind !== 'person' || to.email === null || isWithdrawn || handoffOfKey(key)?.way !== 'on') return message;
  // A notice without it is better than none, for example while notify is a version behind.
  const { people } = await notify.reach({ people: [to.email] }, systemCaller(key)).catch(() => ({ people: [] }));
  const zone = (await chosenZones(db)).get(to.email.trim().toLowerCase()) ?? 'UTC';
  return people[0] === undefined ? message : `${message}\n\n${reachSentence(people[0], (at) => localTime(at, zone))}`;
}

const enqueueAll = (
  { db, clock }: NoticeDeps,
  found: readonly Notice[],
  outdated: readonly string[] = [],
): Promise<void> => withRetry(db, (trx) => enqueueNotices(trx, found, outdated, clock.now()));

/** Enqueued at every start; a job that exists already stays. */
export const LOOK_FOR_HANDOFFS: OncallJob = { kind: 'notices', key: 'notices', payload: {} };
export const LOOK_FOR_GAPS: OncallJob = { kind: 'gap_reminders', key: 'gap_reminders', payload: {} };

/**
 * Gaps that do not only continue another gap of their team. A continuation in which no step reaches anyone, after one
 * in which some did, counts as new.
 */
function beginnings(gaps: readonly Gap[]): readonly Gap[] {
  const ends = new Map(gaps.map((gap) => [`${gap.team} ${gap.ends_at.getTime()}`, gap]));
  return gaps.filter((gap) => {
    const before = ends.get(`${gap.team} ${gap.starts_at.getTime()}`);
    return before === undefined || (gap.whole && !before.whole);
  });
}

function reminderOf({ starts_at, whole, lack, steps }: Gap, team: string, room: string | null): Notice {
  const numbers = steps.map(({ step }) => step);
  const what = whole ? 'a page' : `step ${numbers.join(', ')} of an escalation`;
  const reached = lack === 'nobody' ? 'no one' : 'only people without an address';
  return {
    key: noticeKey(`gap:${starts_at.toISOString()}:${numbers.join()}:${team}`),
    ...{ at: null, withdrawal: null, team },
    message: `From ${wordsOf(starts_at)} ${what} of ${team} reaches ${reached}`,
    to: { kind: 'room', address: room },
  };
}

const wordsOf = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
