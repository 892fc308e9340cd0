import { hours } from '../../kernel/clock';
import type { Service } from '../../kernel/contract';
import { withRetry } from '../../kernel/db';
import { Problem } from '../../kernel/problem';
import type { OncallContract } from '../contract';
import { type Happening, remember } from '../store/history';
import { addOverride, type EndedOverride, endOverride, overridesAt } from '../store/overrides';
import { lockSchedule } from '../store/schedules';
import { teamAt } from '../store/teams';
import { noSchedule, type ServiceDeps } from './deps';
import { promiseOverrideOver } from './promises';

type Answers = Pick<Service<OncallContract>, 'current' | 'setOverride' | 'removeOverride' | 'listOverrides'>;

export function overrideAnswers({ db, clock, metrics, defaultOverrideHours }: ServiceDeps): Answers {
  return {
    async current({ team }) {
      const found = await teamAt(db, team, clock.now());
      if (found === undefined) throw noSchedule(team);
      metrics.lookups.inc({ team });
      const { primary, secondary, override } = found.onCall;
      if (primary === null) throw new Problem('not-found', `Nobody is on call for team '${team}'`);
      const { id: schedule_id, rotation_type } = found.schedule;
      const overriding = override && {
        override: true as const,
        reason: override.reason,
        expires_at: override.ends_at.toISOString(),
      };
      return { team, primary: { ...primary, ...overriding }, secondary, schedule_id, rotation_type };
    },

    async setOverride({ team, user_name, user_email, reason, duration_hours = defaultOverrideHours }, { actor }) {
      const endsAt = await withRetry(db, async (trx) => {
        const schedule = await lockSchedule(trx, team);
        if (schedule === undefined) throw noSchedule(team);
        // The clock is read under the lock, so that the takeover that comes last also begins last.
        const now = clock.now();
        const ends_at = new Date(now.getTime() + hours(duration_hours));
        const earlier = await endOverride(trx, schedule.id, now);
        const id = await addOverride(trx, {
          schedule_id: schedule.id,
          in: { name: user_name, email: user_email },
          reason,
          created_by: actor,
          starts_at: now,
          ends_at,
        });
        await promiseOverrideOver(trx, id, ends_at, now);
        const details = { user_name, reason, duration_hours, expires_at: ends_at.toISOString() };
        const started = { event_type: 'override_start', team, actor, at: now, details };
        await remember(trx, [...(earlier ? [overrideEnded(earlier, { team, actor, at: now })] : []), started]);
        return ends_at;
      });
      return {
        status: 'override_set',
        team,
        overridden_to: user_name,
        duration_hours,
        expires_at: endsAt.toISOString(),
      };
    },

    async removeOverride({ team }, { actor }) {
      const ended = await withRetry(db, async (trx) => {
        const schedule = await lockSchedule(trx, team);
        const now = clock.now();
        const override = schedule && (await endOverride(trx, schedule.id, now));
        if (override) await remember(trx, [overrideEnded(override, { team, actor, at: now, byHand: true })]);
        return override;
      });
      if (!ended?.ranShort) throw new Problem('not-found', `No active override for team '${team}'`);
      return { status: 'override_removed', team };
    },

    async listOverrides() {
      return (await overridesAt(db, clock.now())).map(({ team, in_name, in_email, reason, starts_at, ends_at }) => ({
        team,
        user_name: in_name,
        user_email: in_email,
        reason,
        created_at: starts_at.toISOString(),
        expires_at: ends_at.toISOString(),
        duration_hours: Math.round((ends_at.getTime() - starts_at.getTime()) / hours(1)),
      }));
    },
  };
}

/** How an override ended: by hand, because another change ended it, or by itself, only nobody had written it down yet. */
export function overrideEnded(
  { in_name, ends_at, ranShort }: EndedOverride,
  { team, actor, at, byHand = false }: { team: string; actor: string; at: Date; byHand?: boolean },
): Happening {
  if (!ranShort) return overrideExpired({ team, in_name, ends_at });
  return { event_type: 'override_end', team, actor, at, details: { user_name: in_name, removed_manually: byHand } };
}

export const overrideExpired = ({
  team,
  in_name,
  ends_at,
}: Pick<EndedOverride, 'in_name' | 'ends_at'> & { team: string }): Happening => ({
  event_type: 'override_expired',
  team,
  actor: 'system',
  at: ends_at,
  details: { user_name: in_name, expired_at: ends_at.toISOString() },
});
