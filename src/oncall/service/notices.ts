import { days, hours, minutes } from '../../kernel/clock';
import { systemCaller } from '../../kernel/contract';
import { withRetry } from '../../kernel/db';
import { enqueue, type HandlersOf } from '../../kernel/jobs';
import type { Target } from '../../notify/contract';
import { type Handoff, handoffsOf, stretches } from '../domain/shifts';
import { allCalendars, type Calendar } from '../store/calendars';
import { claimNotices } from '../store/notices';
import { rooms } from '../store/registry';
import { findGaps } from './coverage';
import type { ServiceDeps } from './deps';
import type { OncallJob, OncallJobs } from './promises';
import { targetOf } from './told';

/** What people are told ahead of time: that they come on or go off, and a team's room that a gap begins. Each once. */

export interface NoticeDeps extends Pick<ServiceDeps, 'db' | 'clock' | 'notify'> {
  /** How long before a hand-off; 0 switches all notices off. */
  handoffNoticeMinutes: number;
}

type Notice = OncallJobs['tell_notice'];

/** An edit of a calendar is seen at the latest after this. */
const LOOK_AGAIN_MS = minutes(5);
const GAPS_AHEAD_MS = days(7);
const GAPS_EVERY_MS = hours(1);

export function noticeJobs(
  deps: NoticeDeps,
): Pick<HandlersOf<OncallJobs>, 'notices' | 'gap_reminders' | 'tell_notice'> {
  const { db, clock, notify } = deps;
  const lead = minutes(deps.handoffNoticeMinutes);

  /** Promises each notice that was not promised before, in the transaction that remembers it. */
  const promise = (found: readonly Notice[]): Promise<void> =>
    withRetry(db, async (trx) => {
      const now = clock.now();
      const fresh = await claimNotices(
        trx,
        found.map(({ key }) => key),
        now,
      );
      const jobs = found
        .filter(({ key }) => fresh.has(key))
        .map((payload): OncallJob => ({ kind: 'tell_notice', payload }));
      await enqueue(trx, now, jobs);
    });

  return {
    async notices() {
      if (lead === 0) return;
      const now = clock.now();
      const to = new Date(now.getTime() + lead + LOOK_AGAIN_MS);
      const ahead = (await allCalendars(db, { from: now, to })).flatMap((calendar) =>
        handoffsOf(stretches(calendar.versions, calendar.overrides, now, to))
          .filter(({ at }) => at > now)
          .map((handoff) => ({ calendar, handoff, due: handoff.at.getTime() - lead })),
      );
      await promise(
        ahead
          .filter(({ due }) => due <= now.getTime())
          .flatMap(({ calendar, handoff }) => noticesOf(calendar, handoff)),
      );
      const later = ahead.map(({ due }) => due).filter((due) => due > now.getTime());
      const runAt = new Date(Math.min(now.getTime() + LOOK_AGAIN_MS, ...later));
      await enqueue(db, now, [{ ...LOOK_FOR_HANDOFFS, runAt }]);
    },

    async gap_reminders() {
      if (lead === 0) return;
      const from = clock.now();
      const to = new Date(from.getTime() + GAPS_AHEAD_MS);
      const { gaps } = await findGaps(deps, { from, to }, undefined, systemCaller('gap-reminders'));
      const roomOf = await rooms(db);
      const ahead = gaps.filter(({ starts_at }) => starts_at > from);
      await promise(
        ahead.map(({ team, starts_at, whole, lack, steps }) => {
          const what = whole ? 'a page' : `step ${steps.map(({ step }) => step).join(', ')} of an escalation`;
          const whom = lack === 'nobody' ? 'nobody' : 'only people without an address';
          return {
            key: `gap:${team}:${starts_at.toISOString()}:${steps.map(({ step }) => step).join()}`,
            team,
            message: `From ${wordsOf(starts_at)} ${what} of ${team} reaches ${whom}`,
            to: { kind: 'room', address: roomOf.get(team) ?? null },
          };
        }),
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

function noticesOf({ schedule_id, team }: Calendar, { at, role, on, off }: Handoff): Notice[] {
  const notice =
    (way: 'on' | 'off', verb: string) =>
    (person: { name: string; email: string }): Notice => ({
      key: `handoff:${schedule_id}:${at.toISOString()}:${role}:${way}:${person.email.trim().toLowerCase()}`.slice(
        0,
        200,
      ),
      team,
      message: `${person.name}, you ${verb} as ${role} of ${team} at ${wordsOf(at)}`,
      to: targetOf({ kind: 'person', role: 'person', ...person }) as Target,
    });
  return [...on.map(notice('on', 'go on call')), ...off.map(notice('off', 'go off call'))];
}

const wordsOf = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
