import { type Db, withRetry } from '../../kernel/db/pool';
import type { By } from '../../kernel/events/events';
import type { Caller, Service } from '../../kernel/ports/contract';
import { requireCurrent } from '../../kernel/ports/ifMatch';
import { Problem } from '../../kernel/ports/problem';
import type { OncallContract } from '../contract';
import { changePlan, requirePrimary } from '../domain/simpleSchedule';
import { type HistoryEntry, recordHistory } from '../store/history';
import { endAllOverrides, overridesAt } from '../store/overrides';
import { handoffNotices, rooms } from '../store/registry';
import {
  allSchedules,
  latestVersion,
  lockSchedule,
  type ScheduleRow,
  type ScheduleView,
  viewSchedule,
  viewSchedules,
} from '../store/schedules';
import { noSchedule, type ServiceDeps, withDeps } from './deps';
import { withHandoffNotices } from './handoffNotices';
import { overrideEnded } from './overrides';
import { requireUnreferenced } from './policies';
import { layerOf } from './present';
import { editPlan, endPlan, type Planned, putLayers, putPlan, withdrawPlan } from './writeSchedule';

type Answers = Pick<
  Service<OncallContract>,
  | 'createSchedule'
  | 'putSchedule'
  | 'withdrawVersion'
  | 'listSchedules'
  | 'getSchedule'
  | 'updateSchedule'
  | 'deleteSchedule'
  | 'teams'
>;

/** Schedules: list, read, create, edit, delete. */
export const scheduleAnswers = (deps: ServiceDeps): Answers =>
  withDeps(deps, {
    createSchedule,
    putSchedule,
    listSchedules,
    getSchedule,
    updateSchedule,
    withdrawVersion,
    deleteSchedule,
    teams,
  });

type Input<K extends keyof Answers> = Parameters<Answers[K]>[0];
type Output<K extends keyof Answers> = Promise<Awaited<ReturnType<Answers[K]>>>;

function count(deps: ServiceDeps, team: string, { created, rotated }: Planned): void {
  const { metrics } = deps;
  if (created) metrics.schedulesCreated.inc();
  if (rotated) metrics.rotationChanges.inc({ team });
}

async function setLayers(deps: ServiceDeps, input: LayersInput, by: By) {
  const { db, clock } = deps;
  const { team, time_zone, layers, effective_from, if_match } = input;
  const now = clock.now();
  const { made, view } = await withRetry(db, async (trx) => {
    const draft = {
      time_zone,
      layers: layers.map((layer) => ({ ...layer, rotation: { ...layer.rotation, turn_offset: 0 } })),
      effective_from: dateOf(effective_from),
    };
    const check = (before: ScheduleRow) => requireSeen(trx, before, if_match);
    const planned = await withHandoffNotices(trx, team, now, deps, () =>
      putLayers(trx, team, draft, { by, now }, check),
    );
    return { made: planned, view: await viewOf(trx, team, now) };
  });
  count(deps, team, made);
  return view;
}

const dateOf = (instant: string | undefined): Date | undefined =>
  instant === undefined ? undefined : new Date(instant);

async function createSchedule(
  deps: ServiceDeps,
  { team, members, layers, if_match, ...rest }: Input<'createSchedule'>,
  by: Caller,
): Output<'createSchedule'> {
  const { db, clock } = deps;
  if (layers !== undefined) return setLayers(deps, { team, layers, if_match, ...rest }, by);
  const { rotation_type, time_zone, effective_from } = rest;
  const plan = { rotation_type, members: members ?? [], time_zone, effective_from: dateOf(effective_from) };
  requirePrimary(plan.members);
  const change = { by, now: clock.now() };
  const { made, view } = await withRetry(db, async (trx) => {
    const check = (before: ScheduleRow) => requireSeen(trx, before, if_match);
    const planned = await withHandoffNotices(trx, team, change.now, deps, () =>
      putPlan(trx, team, plan, change, check),
    );
    return { made: planned, view: await viewOf(trx, team, change.now) };
  });
  count(deps, team, made);
  return view;
}

async function putSchedule(deps: ServiceDeps, input: Input<'putSchedule'>, by: Caller): Output<'putSchedule'> {
  return setLayers(deps, input, by);
}

async function listSchedules(deps: ServiceDeps): Output<'listSchedules'> {
  const { db, clock } = deps;
  return (await viewSchedules(db, clock.now())).map(scheduleOf);
}

async function getSchedule(deps: ServiceDeps, { team }: Input<'getSchedule'>): Output<'getSchedule'> {
  const { db, clock } = deps;
  return viewOf(db, team, clock.now());
}

async function updateSchedule(
  deps: ServiceDeps,
  { team, if_match, ...wanted }: Input<'updateSchedule'>,
  by: Caller,
): Output<'updateSchedule'> {
  const { db, clock, metrics } = deps;
  const { rotated, view } = await withRetry(db, async (trx) => {
    const before = await lockSchedule(trx, team);
    if (before === undefined) throw noSchedule(team);
    await requireSeen(trx, before, if_match);
    if (before.layered) {
      throw new Problem(
        'conflict',
        `Schedule of team '${team}' uses layers. Use PUT /api/v1/schedules/${team} to change it.`,
      );
    }
    const now = clock.now();
    const changed = changePlan(before, wanted);
    const edit = await withHandoffNotices(trx, team, now, deps, () => editPlan(trx, before, changed, { by, now }));
    return { ...edit, view: await viewOf(trx, team, now) };
  });
  if (rotated) metrics.rotationChanges.inc({ team });
  return view;
}

async function withdrawVersion(
  deps: ServiceDeps,
  { team, version, if_match }: Input<'withdrawVersion'>,
  by: Caller,
): Output<'withdrawVersion'> {
  const { db, clock } = deps;
  return withRetry(db, async (trx) => {
    const row = await lockSchedule(trx, team);
    if (row === undefined) throw noSchedule(team);
    await requireSeen(trx, row, if_match);
    const now = clock.now();
    await withHandoffNotices(trx, team, now, deps, () => withdrawPlan(trx, row, version, { by, now }));
    return viewOf(trx, team, now);
  });
}

async function deleteSchedule(
  deps: ServiceDeps,
  { team, if_match }: Input<'deleteSchedule'>,
  by: Caller,
): Output<'deleteSchedule'> {
  const { db, clock } = deps;
  await withRetry(db, async (trx) => {
    const row = await lockSchedule(trx, team);
    if (row === undefined) throw noSchedule(team);
    await requireSeen(trx, row, if_match);
    await requireUnreferenced(trx, team);
    const now = clock.now();
    const ended = await withHandoffNotices(trx, team, now, deps, async () => {
      const overrides = await endAllOverrides(trx, row.id, now);
      await endPlan(trx, row, { by, now });
      return overrides;
    });
    const deleted: HistoryEntry = { event_type: 'schedule_deleted', team, actor: by.actor, at: now, details: {} };
    await recordHistory(
      trx,
      [...ended.map((override) => overrideEnded(override, { team, actor: by.actor, at: now })), deleted],
      by,
    );
  });
  return { status: 'deleted', team };
}

async function teams(deps: ServiceDeps): Output<'teams'> {
  const { db, clock } = deps;
  const [schedules, roomOf, noticeOf, overrides] = await Promise.all([
    allSchedules(db),
    rooms(db),
    handoffNotices(db),
    overridesAt(db, clock.now()),
  ]);
  const overridden = new Set(overrides.map(({ team }) => team));
  return schedules.map(({ team, members, rotation_type }) => ({
    team,
    members_count: members.length,
    rotation_type,
    has_override: overridden.has(team),
    room: roomOf.get(team) ?? null,
    handoff_notice_minutes: noticeOf.get(team) ?? null,
  }));
}

type LayersInput = Parameters<Answers['putSchedule']>[0];

/** Compares the version of the caller with the latest one. Without a header, every version is accepted. */
async function requireSeen(trx: Db, { id }: ScheduleRow, ifMatch: string | undefined): Promise<void> {
  if (ifMatch !== undefined) requireCurrent(ifMatch, await latestVersion(trx, id));
}

async function viewOf(db: Db, team: string, now: Date) {
  const view = await viewSchedule(db, team, now);
  if (view === undefined) throw noSchedule(team);
  return scheduleOf(view);
}

const scheduleOf = ({ created_at, updated_at, layers, ...view }: ScheduleView) => ({
  id: view.id,
  team: view.team,
  rotation_type: view.rotation_type,
  members: view.members,
  time_zone: view.time_zone,
  layers: layers.map(layerOf),
  layered: view.layered,
  version: view.version,
  created_at: created_at.toISOString(),
  updated_at: updated_at?.toISOString() ?? null,
});
