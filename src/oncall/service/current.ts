import type { Service } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import type { OncallContract } from '../contract';
import { earlier, type OnCall, onCallAt } from '../domain/onCall';
import { calendarOf, nextChange } from '../store/calendars';
import { anySchedule } from '../store/schedules';
import { teamAt } from '../store/teams';
import { noSchedule, type ServiceDeps } from './deps';
import { dutyOf } from './present';

/** The people on call for a team, now or at another instant; for a past instant also of a deleted schedule. */
export function currentAnswer({ db, clock, metrics }: ServiceDeps): Pick<Service<OncallContract>, 'current'> {
  async function onCallOf(team: string, at: Date | null) {
    if (at === null) {
      const now = clock.now();
      const here = await teamAt(db, team, now);
      if (here === undefined) throw noSchedule(team);
      return { at: now, onCall: here.onCall, schedule: here.schedule };
    }
    const [calendar, schedule, next] = await Promise.all([
      // One minute, because instants are whole minutes.
      calendarOf(db, team, { from: at, to: new Date(at.getTime() + 60_000) }),
      anySchedule(db, team),
      nextChange(db, team, at),
    ]);
    if (calendar === undefined || schedule === undefined) throw noSchedule(team);
    const onCall = onCallAt(calendar.versions, calendar.overrides, at);
    return { at, onCall: { ...onCall, until: earlier(onCall.until, next) }, schedule };
  }

  return {
    async current({ team, role, at: asked }) {
      const { at, onCall, schedule } = await onCallOf(team, asked === undefined ? null : new Date(asked));
      metrics.lookups.inc({ team });
      const { primary, primaries, secondary, secondaries, until } = onCall;
      if ((role === 'primary' ? primary : secondary) === null) throw nobody(team, role);
      return {
        team,
        primary: primary && { name: primary.name, email: primary.email, ...overriding(onCall) },
        secondary: secondary && { name: secondary.name, email: secondary.email },
        primaries: primaries.map(dutyOf),
        secondaries: secondaries.map(dutyOf),
        at: at.toISOString(),
        until: until?.toISOString() ?? null,
        schedule_id: schedule.id,
        rotation_type: schedule.rotation_type,
      };
    },
  };
}

const nobody = (team: string, role: string): Problem =>
  new Problem('not-found', `No one is ${role === 'primary' ? 'on call' : 'secondary'} for team '${team}'`);

const overriding = ({ override }: OnCall) =>
  override && { override: true as const, reason: override.reason, expires_at: override.ends_at.toISOString() };
