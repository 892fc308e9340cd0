import type { Service } from '../../kernel/contract';
import { withRetry } from '../../kernel/db';
import type { OncallContract } from '../contract';
import { changePlan, requirePrimary } from '../domain/seedStyle';
import { remember } from '../store/history';
import { endOverride, overridesAt } from '../store/overrides';
import { rooms } from '../store/registry';
import { allSchedules, findSchedule, lockSchedule, type ScheduleRow } from '../store/schedules';
import { noSchedule, type ServiceDeps } from './deps';
import { overrideEnded } from './overrides';
import { editPlan, endPlan, putPlan } from './plans';
import { leaveNoPointer } from './policies';

type Answers = Pick<
  Service<OncallContract>,
  'createSchedule' | 'listSchedules' | 'getSchedule' | 'updateSchedule' | 'deleteSchedule' | 'teams'
>;

export function scheduleAnswers({ db, clock, metrics }: ServiceDeps): Answers {
  return {
    async createSchedule({ team, rotation_type, members }, { actor }) {
      requirePrimary(members);
      const change = { actor, now: clock.now() };
      const made = await withRetry(db, (trx) => putPlan(trx, team, { rotation_type, members }, change));
      if (made.created) metrics.schedulesCreated.inc();
      if (made.rotated) metrics.rotationChanges.inc({ team });
      return scheduleOf(made.row);
    },

    async listSchedules() {
      return (await allSchedules(db)).map(scheduleOf);
    },

    async getSchedule({ team }) {
      const row = await findSchedule(db, team);
      if (row === undefined) throw noSchedule(team);
      return scheduleOf(row);
    },

    async updateSchedule({ team, ...wanted }, { actor }) {
      const { row, rotated } = await withRetry(db, async (trx) => {
        const before = await lockSchedule(trx, team);
        if (before === undefined) throw noSchedule(team);
        return editPlan(trx, before, changePlan(before, wanted), { actor, now: clock.now() });
      });
      if (rotated) metrics.rotationChanges.inc({ team });
      return scheduleOf(row);
    },

    async deleteSchedule({ team }, { actor }) {
      await withRetry(db, async (trx) => {
        const row = await lockSchedule(trx, team);
        if (row === undefined) throw noSchedule(team);
        await leaveNoPointer(trx, team);
        const now = clock.now();
        const override = await endOverride(trx, row.id, now);
        await endPlan(trx, row, now);
        const deleted = { event_type: 'schedule_deleted', team, actor, at: now, details: {} };
        await remember(trx, [...(override ? [overrideEnded(override, { team, actor, at: now })] : []), deleted]);
      });
      return { status: 'deleted', team };
    },

    async teams() {
      const [schedules, roomOf, overrides] = await Promise.all([
        allSchedules(db),
        rooms(db),
        overridesAt(db, clock.now()),
      ]);
      const overridden = new Set(overrides.map(({ team }) => team));
      return schedules.map(({ team, members, rotation_type }) => ({
        team,
        members_count: members.length,
        rotation_type,
        has_override: overridden.has(team),
        room: roomOf.get(team) ?? null,
      }));
    },
  };
}

const scheduleOf = ({ id, team, rotation_type, members, created_at, updated_at }: ScheduleRow) => ({
  id,
  team,
  rotation_type,
  members,
  created_at: created_at.toISOString(),
  updated_at: updated_at?.toISOString() ?? null,
});
