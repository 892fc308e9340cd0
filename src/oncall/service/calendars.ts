import { inSlices } from '../../kernel/async/slices';
import { mapSteps } from '../../kernel/async/steps';
import { days } from '../../kernel/clock';
import type { Caller, Service } from '../../kernel/ports/contract';
import { type OncallContract, ROLES } from '../contract';
import { keepTurns } from '../domain/keepTurn';
import { levelGapsOf } from '../domain/levelGaps';
import { offDutyTimes } from '../domain/offDuty';
import { type Version, versionAt } from '../domain/onCall';
import type { Listed } from '../domain/queryCost';
import { keyOf } from '../domain/rotation';
import { gapsOf, type Handoff, handoffsIn, layerShiftsIn, type Stretch, shiftsIn, stretchesIn } from '../domain/shifts';
import type { OnDuty, Role } from '../domain/types';
import { instantOf, minuteOf } from '../domain/zones';
import { allCalendars, type Calendar, calendarOf, calendarsOfPerson, type Range } from '../store/calendars';
import { versionsOf } from '../store/schedules';
import { scheduledTeamsAt } from '../store/teams';
import { readyZones } from '../store/zones';
import { emailOf } from './callerEmail';
import { noSchedule, type ServiceDeps } from './deps';
import {
  dutyOf,
  gapOf,
  handoffOf,
  layerOf,
  levelGapOf,
  rangeOf,
  rowsIn,
  shiftOf,
  sourceOf,
  zoneOfCalendar,
} from './present';
import { requireAffordable, spanOf } from './spans';
import { plannedFrom } from './writeSchedule';

type Answers = Pick<
  Service<OncallContract>,
  | 'scheduleShifts'
  | 'scheduleGaps'
  | 'scheduleHandoffs'
  | 'scheduleVersions'
  | 'previewSchedule'
  | 'onCallNow'
  | 'nextHandoffs'
  | 'myShifts'
>;

const SPAN_DAYS = 30;
const MY_SPAN_DAYS = 60;
const AHEAD_DAYS = 7;
const MONTH_DAYS = 31;
const FORESEEN_DAYS = 731;

/** Shifts, gaps and hand-offs over a span, computed from versions and overrides when they are requested. */
export function calendarAnswers({ db, clock }: ServiceDeps): Answers {
  async function calendarFor(
    input: { team: string; from?: string | undefined; to?: string | undefined },
    { signal }: Caller,
    listed: readonly Listed[],
  ) {
    const range = spanOf(input, { now: clock.now(), length: SPAN_DAYS });
    const calendar = await calendarOf(db, input.team, range);
    if (calendar === undefined) throw noSchedule(input.team);
    await requireAffordable({ ...calendar, listed }, range);
    const all = await inSlices(stretchesIn(calendar.versions, calendar.overrides, range.from, range.to), signal);
    const head = { team: input.team, time_zone: zoneOfCalendar(calendar.versions, range.from), ...rangeOf(range) };
    return { range, calendar, all, head };
  }

  return {
    async scheduleShifts({ layers, ...input }, caller) {
      const listed = layers === 'true' ? (['shifts', 'layers'] as const) : (['shifts'] as const);
      const { range, calendar, all, head } = await calendarFor(input, caller, listed);
      const shifts = await inSlices(shiftsAnswer(all), caller.signal);
      if (layers !== 'true') return { ...head, shifts };
      return { ...head, shifts, layers: await inSlices(rowsAnswer(calendar.versions, range), caller.signal) };
    },

    async scheduleGaps({ role, ...input }, caller) {
      const { all, head } = await calendarFor(input, caller, []);
      return { ...head, gaps: gapsOf(all, role).map(gapOf) };
    },

    async scheduleHandoffs(input, caller) {
      const { all, head } = await calendarFor(input, caller, ['handoffs']);
      return { ...head, handoffs: await inSlices(handoffsAnswer(all), caller.signal) };
    },

    async scheduleVersions({ team, limit, page, per_page = limit }) {
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
    },

    async previewSchedule({ team = null, layers, time_zone, effective_from, ...span }, { signal }) {
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
    },

    async onCallNow(_input, { signal }) {
      const at = clock.now();
      const ahead = { from: at, to: new Date(at.getTime() + days(FORESEEN_DAYS)) };
      const [standing, all] = await Promise.all([scheduledTeamsAt(db, at), allCalendars(db, ahead)]);
      const calendars = new Map(all.map((calendar) => [calendar.team, calendar]));
      const relieved = async (team: string, role: Role, people: readonly OnDuty[]) => {
        const calendar = calendars.get(team) ?? { versions: [], overrides: [] };
        const gone = await inSlices(offDutyTimes(calendar, role, people, ahead), signal);
        return people.map((duty) => ({ ...dutyOf(duty), relieved_at: gone.get(keyOf(duty))?.toISOString() ?? null }));
      };
      const teams = [];
      for (const { team, onCall } of standing) {
        teams.push({
          team,
          primaries: await relieved(team, 'primary', onCall.primaries),
          secondaries: await relieved(team, 'secondary', onCall.secondaries),
          until: onCall.until?.toISOString() ?? null,
        });
      }
      return { at: at.toISOString(), teams: teams.sort((a, b) => (a.team < b.team ? -1 : 1)) };
    },

    async nextHandoffs({ limit, ...span }, { signal }) {
      const range = spanOf(span, { now: clock.now(), length: AHEAD_DAYS, longest: MONTH_DAYS });
      const { total, soonest } = await inSlices(handoffsAhead(await allCalendars(db, range), range, limit), signal);
      return {
        ...rangeOf(range),
        total,
        handoffs: soonest.map((handoff) => ({ ...handoffOf(handoff), team: handoff.team })),
      };
    },

    async myShifts(input, caller) {
      const { signal } = caller;
      const now = clock.now();
      const range = spanOf(input, { now, length: MY_SPAN_DAYS });
      const email = await emailOf(db, caller);
      if (email === null) return { email, ...rangeOf(range), on_call: [], shifts: [] };
      const here = (await calendarsOfPerson(db, email, range)).filter(({ deleted }) => !deleted);
      const running = (await scheduledTeamsAt(db, now)).flatMap(({ team, onCall }) =>
        [...onCall.primaries.map(asRole('primary')), ...onCall.secondaries.map(asRole('secondary'))]
          .filter((duty) => keyOf(duty) === keyOf({ email }))
          .map(({ role, source }) => ({
            team,
            role,
            source: sourceOf(source),
            until: onCall.until?.toISOString() ?? null,
          })),
      );
      for (const { versions, overrides, team } of here) {
        await requireAffordable({ versions, overrides }, range, { what: `The schedule of team '${team}'` });
      }
      const shifts = [];
      for (const calendar of here) shifts.push(...(await inSlices(shiftsOfPerson(calendar, email, range), signal)));
      return { email, ...rangeOf(range), on_call: running, shifts: shifts.sort(byStart) };
    },
  };
}

/** The roles that need a person: always primary, and secondary if a layer has that role. */
const rolesIn = (versions: readonly Version[]): Role[] =>
  ROLES.filter(
    (role) => role === 'primary' || versions.some(({ layers }) => layers.some((layer) => layer.role === role)),
  );

const asRole =
  <R extends string>(role: R) =>
  <T extends object>(duty: T) => ({ ...duty, role });

const byStart = (a: { starts_at: string }, b: { starts_at: string }): number => (a.starts_at < b.starts_at ? -1 : 1);

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

function* shiftsOfPerson({ team, versions, overrides }: Calendar, email: string, { from, to }: Range) {
  const shifts = yield* shiftsIn(yield* stretchesIn(versions, overrides, from, to));
  const key = keyOf({ email });
  const mine = shifts.filter(({ person }) => keyOf(person) === key);
  return yield* mapSteps(mine, (shift) => ({ ...shiftOf(shift), team }));
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

/**
 * The soonest hand-offs of all calendars. At most `limit` of each calendar are kept, because no more can be among them.
 */
function* handoffsAhead(calendars: readonly Calendar[], { from, to }: Range, limit: number) {
  let soonest: (Handoff & { team: string })[] = [];
  let total = 0;
  for (const { team, versions, overrides } of calendars) {
    const handoffs = yield* handoffsIn(yield* stretchesIn(versions, overrides, from, to));
    total += handoffs.length;
    soonest.push(...handoffs.slice(0, limit).map((handoff) => ({ ...handoff, team })));
    soonest = soonest.sort(bySoonest).slice(0, limit);
    yield;
  }
  return { total, soonest };
}

const bySoonest = (a: Handoff & { team: string }, b: Handoff & { team: string }): number =>
  a.at.getTime() - b.at.getTime() || (a.team < b.team ? -1 : a.team > b.team ? 1 : 0);
