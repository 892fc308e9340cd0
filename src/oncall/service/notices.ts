import { days, hours, minutes } from '../../kernel/clock';
import { systemCaller } from '../../kernel/contract';
import { withRetry } from '../../kernel/db';
import { enqueue, type HandlersOf } from '../../kernel/jobs';
import { inSlices } from '../../kernel/slices';
import type { Steps } from '../../kernel/steps';
import type { Target } from '../../notify/contract';
import type { Gap } from '../domain/coverage';
import { type Handoff, handoffsIn, stretchesIn } from '../domain/shifts';
import { allCalendars, type Calendar } from '../store/calendars';
import { claimNotices, type NewNotice, noticesAfter, takeBackNotices } from '../store/notices';
import { handoffNotices, rooms } from '../store/registry';
import { findGaps } from './coverage';
import type { ServiceDeps } from './deps';
import type { OncallJob, OncallJobs } from './promises';
import { targetOf } from './told';

/**
 * What people are told ahead of time: that they come on or go off, and a team's room that a gap begins. Each once; and
 * where a hand-off that was told is planned otherwise, that it is no longer so.
 */

export interface NoticeDeps extends Pick<ServiceDeps, 'db' | 'clock' | 'notify' | 'defaultTeam'> {
  /** How long before a hand-off, where a team says nothing else; 0 switches notices off. */
  handoffNoticeMinutes: number;
}

type Message = Pick<OncallJobs['tell_notice'], 'team' | 'message' | 'to'>;
type Notice = NewNotice<Message> & Message;

/** An edit of a calendar is seen at the latest after this. */
const LOOK_AGAIN_MS = minutes(5);
const GAPS_AHEAD_MS = days(7);
const GAPS_EVERY_MS = hours(1);
const INSTANTS_ARE_MS = minutes(1);

export function noticeJobs(
  deps: NoticeDeps,
): Pick<HandlersOf<OncallJobs>, 'notices' | 'gap_reminders' | 'tell_notice'> {
  const { db, clock, notify, handoffNoticeMinutes } = deps;

  /** How long before a hand-off each team is told; and the longest of all. */
  async function leads() {
    const own = await handoffNotices(db);
    const leadOf = (team: string): number => minutes(own.get(team) ?? handoffNoticeMinutes);
    return { leadOf, longest: minutes(Math.max(handoffNoticeMinutes, ...own.values())) };
  }

  /** Promises each notice that was not promised before, in the transaction that remembers it, and takes back what is no longer so. */
  const promise = (found: readonly Notice[], untrue: readonly string[] = []): Promise<void> =>
    withRetry(db, async (trx) => {
      const now = clock.now();
      const rows = found.map(({ key, at, withdrawal }) => ({ key, at, withdrawal }));
      const fresh = await claimNotices(trx, rows, now);
      const messages = found
        .filter(({ key }) => fresh.has(key))
        .map(({ key, team, message, to }) => ({ key, team, message, to }));
      const taken = await takeBackNotices<Message>(trx, untrue);
      const corrections = taken.map(({ key, withdrawal }) => ({ key: `not:${key}`, ...withdrawal }));
      // A hand-off may be planned, withdrawn and planned again: each time is a message of its own.
      const jobs = [...messages, ...corrections].map(({ key, ...message }): OncallJob => {
        return { kind: 'tell_notice', payload: { key: `${key}:${now.getTime()}`, ...message } };
      });
      await enqueue(trx, now, jobs);
    });

  return {
    async notices() {
      const { leadOf, longest } = await leads();
      if (longest === 0) return;
      const now = clock.now();
      const told = await noticesAfter(db, now);
      const reach = [now.getTime() + longest + LOOK_AGAIN_MS, ...told.map(({ at }) => at.getTime() + INSTANTS_ARE_MS)];
      const to = new Date(Math.max(...reach));
      const ahead: { notice: Notice; due: number }[] = [];
      for (const calendar of await allCalendars(db, { from: now, to })) {
        const lead = leadOf(calendar.team);
        for (const handoff of await inSlices(handoffsAfter(calendar, now, to))) {
          const due = lead === 0 ? Number.POSITIVE_INFINITY : handoff.at.getTime() - lead;
          ahead.push(...noticesOf(calendar, handoff).map((notice) => ({ notice, due })));
        }
      }
      const still = new Set(ahead.map(({ notice }) => notice.key));
      await promise(
        ahead.filter(({ due }) => due <= now.getTime()).map(({ notice }) => notice),
        told.filter(({ key }) => !still.has(key)).map(({ key }) => key),
      );
      const later = ahead.map(({ due }) => due).filter((due) => due > now.getTime());
      const runAt = new Date(Math.min(now.getTime() + LOOK_AGAIN_MS, ...later));
      await enqueue(db, now, [{ ...LOOK_FOR_HANDOFFS, runAt }]);
    },

    async gap_reminders() {
      const { leadOf, longest } = await leads();
      if (longest === 0) return;
      const from = clock.now();
      const to = new Date(from.getTime() + GAPS_AHEAD_MS);
      const { gaps } = await findGaps(deps, { from, to }, undefined, systemCaller('gap-reminders'));
      const roomOf = await rooms(db);
      const ahead = beginnings(gaps).filter(({ starts_at }) => starts_at > from);
      await promise(
        ahead.flatMap((gap) =>
          gap.team === null || leadOf(gap.team) === 0 ? [] : reminderOf(gap, gap.team, roomOf.get(gap.team) ?? null),
        ),
      );
      await enqueue(db, from, [{ ...LOOK_FOR_GAPS, runAt: new Date(from.getTime() + GAPS_EVERY_MS) }]);
    },

    async tell_notice({ key, team, message, to }) {
      await notify.tell(
        { key, incident_id: `on-call:${team}`.slice(0, 255), message, severity: null, to: [to] },
        systemCaller(key),
      );
    },
  };
}

/** Promised at every start; where they stand already they stay. */
export const LOOK_FOR_HANDOFFS: OncallJob = { kind: 'notices', key: 'notices', payload: {} };
export const LOOK_FOR_GAPS: OncallJob = { kind: 'gap_reminders', key: 'gap_reminders', payload: {} };

/** Notify takes a little more, of which each telling needs some. */
const LONGEST_KEY = 170;

function* handoffsAfter({ versions, overrides }: Calendar, now: Date, to: Date): Steps<Handoff[]> {
  return (yield* handoffsIn(yield* stretchesIn(versions, overrides, now, to))).filter(({ at }) => at > now);
}

function noticesOf({ schedule_id, team }: Calendar, { at, role, on, off }: Handoff): Notice[] {
  const notice =
    (way: 'on' | 'off') =>
    (person: { name: string; email: string }): Notice => {
      const key = `handoff:${schedule_id}:${at.toISOString()}:${role}:${way}:${person.email.trim().toLowerCase()}`;
      const what = `you go ${way} call as ${role} of ${team} at ${wordsOf(at)}`;
      const to = targetOf({ kind: 'person', role: 'person', ...person }) as Target;
      const withdrawal = { team, message: `${person.name}, it is no longer so that ${what}`, to };
      return { key: key.slice(0, LONGEST_KEY), at, withdrawal, team, message: `${person.name}, ${what}`, to };
    };
  return [...on.map(notice('on')), ...off.map(notice('off'))];
}

/** Gaps that do not only go on where another of their team ends: those that are worse count as new. */
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
  const whom = lack === 'nobody' ? 'nobody' : 'only people without an address';
  return {
    key: `gap:${starts_at.toISOString()}:${numbers.join()}:${team}`.slice(0, LONGEST_KEY),
    ...{ at: null, withdrawal: null, team },
    message: `From ${wordsOf(starts_at)} ${what} of ${team} reaches ${whom}`,
    to: { kind: 'room', address: room },
  };
}

const wordsOf = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
