import { days } from '../../kernel/clock';
import type { Service } from '../../kernel/contract';
import { type OncallContract, ROLES } from '../contract';
import { type Version, versionAt } from '../domain/calendar';
import type { OnDuty, Role } from '../domain/duty';
import { keepTurns } from '../domain/edits';
import { levelGapsOf } from '../domain/levels';
import { reliefOf } from '../domain/relief';
import { keyOf } from '../domain/rotation';
import { gapsOf, handoffsOf, layerShifts, shiftsOf, stretches } from '../domain/shifts';
import { instantOf, minuteOf } from '../domain/zones';
import { allCalendars, type Calendar, calendarOf, calendarsOfPerson, type Range } from '../store/calendars';
import { versionsOf } from '../store/schedules';
import { scheduledTeamsAt } from '../store/teams';
import {
  dutyOf,
  gapOf,
  handoffOf,
  layerOf,
  levelGapOf,
  rangeOf,
  rowOf,
  shiftOf,
  sourceOf,
  zoneOfCalendar,
} from './answers';
import { noSchedule, type ServiceDeps } from './deps';
import { emailOf } from './me';
import { plannedFrom } from './plans';
import { requireAffordable, spanOf } from './spans';

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

/** What the calendars say over a span; everything is computed from versions and overrides when it is asked. */
export function calendarAnswers({ db, clock }: ServiceDeps): Answers {
  async function asked(input: { team: string; from?: string | undefined; to?: string | undefined }) {
    const range = spanOf(input, { now: clock.now(), length: SPAN_DAYS });
    const calendar = await calendarOf(db, input.team, range);
    if (calendar === undefined) throw noSchedule(input.team);
    requireAffordable(calendar.versions, range);
    const all = stretches(calendar.versions, calendar.overrides, range.from, range.to);
    const head = { team: input.team, time_zone: zoneOfCalendar(calendar.versions, range.from), ...rangeOf(range) };
    return { range, calendar, all, head };
  }

  return {
    async scheduleShifts({ layers, ...input }) {
      const { range, calendar, all, head } = await asked(input);
      const rows = layers === 'true' && { layers: layerShifts(calendar.versions, range.from, range.to).map(rowOf) };
      return { ...head, shifts: shiftsOf(all).map(shiftOf), ...rows };
    },

    async scheduleGaps({ role, ...input }) {
      const { all, head } = await asked(input);
      return { ...head, gaps: gapsOf(all, role).map(gapOf) };
    },

    async scheduleHandoffs(input) {
      const { all, head } = await asked(input);
      return { ...head, handoffs: handoffsOf(all).map(handoffOf) };
    },

    async scheduleVersions({ team, limit }) {
      const rows = await versionsOf(db, team, limit);
      if (rows === undefined) throw noSchedule(team);
      return rows.map(({ effective_from, until, created_at, layers, ...rest }) => ({
        ...rest,
        layers: layers.map(layerOf),
        effective_from: effective_from.toISOString(),
        until: until?.toISOString() ?? null,
        created_at: created_at.toISOString(),
      }));
    },

    async previewSchedule({ team = null, layers, time_zone, effective_from, ...span }) {
      const now = clock.now();
      const range = spanOf(span, { now, length: SPAN_DAYS });
      const draft = {
        time_zone,
        layers: layers.map((layer) => ({ ...layer, rotation: { ...layer.rotation, turn_offset: 0 } })),
      };
      const from = plannedFrom(effective_from === undefined ? undefined : new Date(effective_from), now) ?? now;
      const reach = { from: new Date(Math.min(from.getTime(), range.from.getTime())), to: range.to };
      const before = team === null ? undefined : await calendarOf(db, team, reach);
      const versions = edited(before, draft, from);
      requireAffordable(versions, range);
      const all = stretches(versions, before?.overrides ?? [], range.from, range.to);
      const edit = versions.at(-1) as Version;
      const begins = new Date(Math.max(edit.effective_from.getTime(), range.from.getTime()));
      return {
        team,
        time_zone,
        ...rangeOf(range),
        draft: edit.layers.map(layerOf),
        layers: layerShifts(versions, range.from, range.to).map(rowOf),
        shifts: shiftsOf(all).map(shiftOf),
        gaps: rolesIn(versions)
          .flatMap((role) => gapsOf(all, role))
          .map(gapOf),
        level_gaps: levelGapsOf(layerShifts([edit], begins, range.to), begins, range.to).map(levelGapOf),
        handoffs: handoffsOf(all).map(handoffOf),
      };
    },

    async onCallNow() {
      const at = clock.now();
      const ahead = { from: at, to: new Date(at.getTime() + days(FORESEEN_DAYS)) };
      const [standing, all] = await Promise.all([scheduledTeamsAt(db, at), allCalendars(db, ahead)]);
      const calendars = new Map(all.map((calendar) => [calendar.team, calendar]));
      const teams = standing.map(({ team, onCall: { primaries, secondaries, until } }) => {
        const relieved = (role: Role, people: readonly OnDuty[]) => {
          const calendar = calendars.get(team) ?? { versions: [], overrides: [] };
          const gone = reliefOf(calendar, role, people, ahead);
          return people.map((duty) => ({ ...dutyOf(duty), relieved_at: gone.get(keyOf(duty))?.toISOString() ?? null }));
        };
        return {
          team,
          primaries: relieved('primary', primaries),
          secondaries: relieved('secondary', secondaries),
          until: until?.toISOString() ?? null,
        };
      });
      return { at: at.toISOString(), teams: teams.sort((a, b) => (a.team < b.team ? -1 : 1)) };
    },

    async nextHandoffs({ limit, ...span }) {
      const range = spanOf(span, { now: clock.now(), length: AHEAD_DAYS, longest: MONTH_DAYS });
      const all = (await allCalendars(db, range)).flatMap(({ team, versions, overrides }) =>
        handoffsOf(stretches(versions, overrides, range.from, range.to)).map((handoff) => ({
          ...handoffOf(handoff),
          team,
        })),
      );
      all.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.team < b.team ? -1 : 1));
      return { ...rangeOf(range), handoffs: all.slice(0, limit) };
    },

    async myShifts(input, caller) {
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
      for (const { versions } of here) requireAffordable(versions, range);
      const shifts = here.flatMap((calendar) => shiftsOfPerson(calendar, email, range));
      return { email, ...rangeOf(range), on_call: running, shifts: shifts.sort(byStart) };
    },
  };
}

/** Somebody is to be primary; a secondary is missed only where a layer has that role. */
const rolesIn = (versions: readonly Version[]): Role[] =>
  ROLES.filter(
    (role) => role === 'primary' || versions.some(({ layers }) => layers.some((layer) => layer.role === role)),
  );

const asRole =
  <R extends string>(role: R) =>
  <T extends object>(duty: T) => ({ ...duty, role });

const byStart = (a: { starts_at: string }, b: { starts_at: string }): number => (a.starts_at < b.starts_at ? -1 : 1);

/** The versions that would be there with a draft. A draft alone has always counted; after one begins, no later version is shown. */
function edited(before: Calendar | undefined, draft: Pick<Version, 'time_zone' | 'layers'>, from: Date): Version[] {
  if (before === undefined) return [{ ...draft, effective_from: new Date(0) }];
  const minute = minuteOf(from);
  const earlier = before.versions.filter(({ effective_from }) => minuteOf(effective_from) <= minute);
  const layers = keepTurns(draft, versionAt(earlier, from), from);
  return [...earlier, { ...draft, layers, effective_from: instantOf(minute) }];
}

const shiftsOfPerson = ({ team, versions, overrides }: Calendar, email: string, { from, to }: Range) =>
  shiftsOf(stretches(versions, overrides, from, to))
    .filter(({ person }) => keyOf(person) === keyOf({ email }))
    .map((shift) => ({ ...shiftOf(shift), team }));
