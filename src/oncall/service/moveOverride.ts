import { inSlices } from '../../kernel/async/slices';
import { mapSteps } from '../../kernel/async/steps';
import { type Db, withRetry } from '../../kernel/db/pool';
import type { Caller, Service } from '../../kernel/ports/contract';
import { requireCurrent } from '../../kernel/ports/ifMatch';
import { type OncallContract, ROLES } from '../contract';
import { gapsOf, shiftsIn, stretchesIn } from '../domain/shifts';
import { calendarOf, type Range } from '../store/calendars';
import { recordHistory } from '../store/history';
import { moveOverride, type OverrideRow, overrideById } from '../store/overrides';
import { noSchedule, type ServiceDeps, withDeps } from './deps';
import { withHandoffNotices } from './handoffNotices';
import { enqueueOverrideEnd } from './jobKinds';
import { movedSpanOf, roleOf } from './overrideSpans';
import { findOverride, isOver, lockOverride, overrideOf, personOf, spanIn, versionOf } from './overrides';
import { gapOf, rangeOf, shiftOf, zoneOfCalendar } from './present';
import { requireOnCall } from './requireOnCall';
import { requireAffordable, spanOf } from './spans';

type Answers = Pick<Service<OncallContract>, 'moveOverride' | 'previewMove'>;

type Moved = Pick<OverrideRow, 'starts_at' | 'ends_at'>;

const PREVIEW_DAYS = 30;

type Deps = Pick<ServiceDeps, 'db' | 'clock' | 'handoffNoticeMinutes'>;
type Input<K extends keyof Answers> = Parameters<Answers[K]>[0];
type Output<K extends keyof Answers> = Promise<Awaited<ReturnType<Answers[K]>>>;

/** Moving an override to another span, and the preview of a move. */
export const moveAnswers = (deps: Deps): Answers => withDeps(deps, { moveOverride: move, previewMove });

async function move(
  deps: Deps,
  { id: wanted, if_match, ...span }: Input<'moveOverride'>,
  by: Caller,
): Output<'moveOverride'> {
  const { db, clock } = deps;
  return withRetry(db, async (trx) => {
    const { id, team } = await lockOverride(trx, wanted);
    // Read again under the lock: another call may have moved it in the meantime.
    const row = (await overrideById(trx, id)) as OverrideRow;
    const now = clock.now();
    requireCurrent(if_match, versionOf(row));
    if (row.ends_at <= now) throw isOver();
    const to = movedSpanOf(row, span, now);
    await requireEffect(trx, row, to);
    if (!(await withHandoffNotices(trx, team, now, deps, () => moveOverride(trx, row, to)))) throw isOver();
    await enqueueOverrideEnd(trx, id, to.ends_at, now);
    const details = { override_id: id, before: spanIn(row), after: spanIn(to) };
    await recordHistory(trx, [{ event_type: 'override_moved', team, actor: by.actor, at: now, details }], by);
    return overrideOf({ ...row, ...to }, now);
  });
}

async function previewMove(
  { db, clock }: Deps,
  { id: wanted, from, to, ...span }: Input<'previewMove'>,
  caller: Caller,
): Output<'previewMove'> {
  const row = await findOverride(db, wanted);
  const now = clock.now();
  if (row.ends_at <= now) throw isOver();
  const moved = movedSpanOf(row, span, now);
  await requireEffect(db, row, moved);
  return outcomeOf(db, row, moved, spanOf({ from, to }, { now, length: PREVIEW_DAYS }), caller);
}

/** The calendar over a range with one override moved. The order of the overrides does not change. */
async function outcomeOf(
  db: Db,
  { id, team, starts_at, ends_at }: OverrideRow,
  moved: Moved,
  range: Range,
  { signal }: Caller,
) {
  const calendar = await calendarOf(db, team, around(range, { from: starts_at, to: ends_at }));
  if (calendar === undefined) throw noSchedule(team);
  const overrides = calendar.overrides.map((each) => (each.id === id ? { ...each, ...moved } : each));
  await requireAffordable({ versions: calendar.versions, overrides, listed: ['shifts'] }, range);
  const all = await inSlices(stretchesIn(calendar.versions, overrides, range.from, range.to), signal);
  const shifts = await inSlices(shiftsIn(all), signal);
  return {
    ...{ team, time_zone: zoneOfCalendar(calendar.versions, range.from), ...rangeOf(range) },
    shifts: await inSlices(mapSteps(shifts, shiftOf), signal),
    gaps: ROLES.flatMap((role) => gapsOf(all, role)).map(gapOf),
  };
}

/** The shortest range that holds two others. */
const around = (one: Range, other: Range): Range => ({
  from: new Date(Math.min(one.from.getTime(), other.from.getTime())),
  to: new Date(Math.max(one.to.getTime(), other.to.getTime())),
});

/**
 * Checks that an override changes the calendar in its new span too.
 * @throws Problem `invalid` if its layer does not exist there, or the person it takes out is not on call there
 */
async function requireEffect(db: Db, row: OverrideRow, moved: Moved): Promise<void> {
  await roleOf(db, row.schedule_id, { ...row, ...moved });
  const { id, team, role, layer, out_name, out_email } = row;
  const out = personOf(out_name, out_email);
  const reach = around({ from: row.starts_at, to: row.ends_at }, { from: moved.starts_at, to: moved.ends_at });
  await requireOnCall(db, team, { id, role, layer, out, ...moved }, reach);
}
