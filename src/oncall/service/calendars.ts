import { inSlices } from '../../kernel/async/slices';
import { mapSteps } from '../../kernel/async/steps';
import type { Caller, Service } from '../../kernel/ports/contract';
import { type OncallContract, ROLES } from '../contract';
import { keepTurns } from '../domain/keepTurn';
import { levelGapsOf } from '../domain/levelGaps';
import { type Version, versionAt } from '../domain/onCall';
import type { Listed } from '../domain/queryCost';
import { gapsOf, handoffsIn, layerShiftsIn, type Stretch, shiftsIn, stretchesIn } from '../domain/shifts';
import type { Role } from '../domain/types';
import { instantOf, minuteOf } from '../domain/zones';
import { type Calendar, calendarOf, type Range } from '../store/calendars';
import { versionsOf } from '../store/schedules';
import { readyZones } from '../store/zones';
import { noSchedule, type ServiceDeps, withDeps } from './deps';
import { gapOf, handoffOf, layerOf, levelGapOf, rangeOf, rowsIn, shiftOf, zoneOfCalendar } from './present';
import { requireAffordable, spanOf } from './spans';
import { plannedFrom } from './writeSchedule';

type Answers = Pick<
  Service<OncallContract>,
  'scheduleShifts' | 'scheduleGaps' | 'scheduleHandoffs' | 'scheduleVersions' | 'previewSchedule'
>;

const SPAN_DAYS = 30;

/** Shifts, gaps and hand-offs over a span, computed from versions and overrides when they are requested. */
export const calendarAnswers = (deps: ServiceDeps): Answers =>
  withDeps(deps, {
    scheduleShifts,
    scheduleGaps,
    scheduleHandoffs,
    scheduleVersions,
    previewSchedule,
  });

type Input<K extends keyof Answers> = Parameters<Answers[K]>[0];
type Output<K extends keyof Answers> = Promise<Awaited<ReturnType<Answers[K]>>>;

/** The calendar of a team over the span of a query, with its stretches and the head of the answer. */
async function calendarFor(
  deps: ServiceDeps,
  input: { team: string; from?: string | undefined; to?: string | undefined },
  { signal }: Caller,
  listed: readonly Listed[],
) {
  const { db, clock } = deps;
  const range = spanOf(input, { now: clock.now(), length: SPAN_DAYS });
  const calendar = await calendarOf(db, input.team, range);
  if (calendar === undefined) throw noSchedule(input.team);
  await requireAffordable({ ...calendar, listed }, range);
  const all = await inSlices(stretchesIn(calendar.versions, calendar.overrides, range.from, range.to), signal);
  const head = { team: input.team, time_zone: zoneOfCalendar(calendar.versions, range.from), ...rangeOf(range) };
  return { range, calendar, all, head };
}

async function scheduleShifts(
  deps: ServiceDeps,
  { layers, ...input }: Input<'scheduleShifts'>,
  caller: Caller,
): Output<'scheduleShifts'> {
  const listed = layers === 'true' ? (['shifts', 'layers'] as const) : (['shifts'] as const);
  const { range, calendar, all, head } = await calendarFor(deps, input, caller, listed);
  const shifts = await inSlices(shiftsAnswer(all), caller.signal);
  if (layers !== 'true') return { ...head, shifts };
  return { ...head, shifts, layers: await inSlices(rowsAnswer(calendar.versions, range), caller.signal) };
}

async function scheduleGaps(
  deps: ServiceDeps,
  { role, ...input }: Input<'scheduleGaps'>,
  caller: Caller,
): Output<'scheduleGaps'> {
  const { all, head } = await calendarFor(deps, input, caller, []);
  return { ...head, gaps: gapsOf(all, role).map(gapOf) };
}

async function scheduleHandoffs(
  deps: ServiceDeps,
  input: Input<'scheduleHandoffs'>,
  caller: Caller,
): Output<'scheduleHandoffs'> {
  const { all, head } = await calendarFor(deps, input, caller, ['handoffs']);
  return { ...head, handoffs: await inSlices(handoffsAnswer(all), caller.signal) };
}

async function scheduleVersions(
  deps: ServiceDeps,
  { team, limit, page, per_page = limit }: Input<'scheduleVersions'>,
): Output<'scheduleVersions'> {
  const { db } = deps;
  const { total, rows } = await versionsOf(db, { team, page, per_page });
  if (total === 0) throw noSchedule(team);
  const versions = rows.map(({ effective_from, until, created_at, layers, ...rest }) => ({
    ...rest,
    layers: layers.map(layerOf),
    effective_from: effective_from.toISOString(),
    until: until?.toISOString() ?? null,
    created_at: created_at.toISOString(),
  }));
  return { total, page, per_page, versions };
}

async function previewSchedule(
  deps: ServiceDeps,
  { team = null, layers, time_zone, effective_from, ...span }: Input<'previewSchedule'>,
  { signal }: Caller,
): Output<'previewSchedule'> {
  const { db, clock } = deps;
  const now = clock.now();
  const range = spanOf(span, { now, length: SPAN_DAYS });
  const draft = {
    time_zone,
    layers: layers.map((layer) => ({ ...layer, rotation: { ...layer.rotation, turn_offset: 0 } })),
  };
  const from = plannedFrom(effective_from === undefined ? undefined : new Date(effective_from), now) ?? now;
  const reach = { from: new Date(Math.min(from.getTime(), range.from.getTime())), to: range.to };
  const before = team === null ? undefined : await calendarOf(db, team, reach);
  const overrides = before?.overrides ?? [];
  await requireAffordable({ versions: [{ ...draft, effective_from: new Date(0) }], listed: PREVIEWED }, range);
  await readyZones([draft]);
  const versions = edited(before, draft, from);
  await requireAffordable({ versions, overrides, listed: PREVIEWED }, range);
  const all = await inSlices(stretchesIn(versions, overrides, range.from, range.to), signal);
  const edit = versions.at(-1) as Version;
  const begins = new Date(Math.max(edit.effective_from.getTime(), range.from.getTime()));
  return {
    team,
    time_zone,
    ...rangeOf(range),
    draft: edit.layers.map(layerOf),
    layers: await inSlices(rowsAnswer(versions, range), signal),
    shifts: await inSlices(shiftsAnswer(all), signal),
    gaps: rolesIn(versions)
      .flatMap((role) => gapsOf(all, role))
      .map(gapOf),
    level_gaps: await inSlices(levelGapsAnswer(edit, { from: begins, to: range.to }), signal),
    handoffs: await inSlices(handoffsAnswer(all), signal),
  };
}

/** The roles that need a person: always primary, and secondary if a layer has that role. */
const rolesIn = (versions: readonly Version[]): Role[] =>
  ROLES.filter(
    (role) => role === 'primary' || versions.some(({ layers }) => layers.some((layer) => layer.role === role)),
  );

/**
 * The versions of a schedule with a draft. A draft alone has no beginning. No version after the beginning of the draft
 * is shown.
 */
function edited(before: Calendar | undefined, draft: Pick<Version, 'time_zone' | 'layers'>, from: Date): Version[] {
  if (before === undefined) return [{ ...draft, effective_from: new Date(0) }];
  const minute = minuteOf(from);
  const earlier = before.versions.filter(({ effective_from }) => minuteOf(effective_from) <= minute);
  const layers = keepTurns(draft, versionAt(earlier, from), from);
  return [...earlier, { ...draft, layers, effective_from: instantOf(minute) }];
}

const PREVIEWED = ['shifts', 'handoffs', 'layers'] as const;

function* shiftsAnswer(all: readonly Stretch[]) {
  return yield* mapSteps(yield* shiftsIn(all), shiftOf);
}

function* handoffsAnswer(all: readonly Stretch[]) {
  return yield* mapSteps(yield* handoffsIn(all), handoffOf);
}

function* rowsAnswer(versions: readonly Version[], { from, to }: Range) {
  return yield* rowsIn(yield* layerShiftsIn(versions, from, to));
}

function* levelGapsAnswer(version: Version, { from, to }: Range) {
  return levelGapsOf(yield* layerShiftsIn([version], from, to), from, to).map(levelGapOf);
}
