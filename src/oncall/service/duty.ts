import { inSlices } from '../../kernel/async/slices';
import { mapSteps } from '../../kernel/async/steps';
import { days } from '../../kernel/clock';
import type { Caller, Service } from '../../kernel/ports/contract';
import type { OncallContract } from '../contract';
import { offDutyTimes } from '../domain/offDuty';
import { keyOf } from '../domain/rotation';
import { type Handoff, handoffsIn, shiftsIn, stretchesIn } from '../domain/shifts';
import type { OnDuty, Role } from '../domain/types';
import { allCalendars, type Calendar, calendarsOfPerson, type Range } from '../store/calendars';
import { scheduledTeamsAt } from '../store/teams';
import { emailOf } from './callerEmail';
import { type ServiceDeps, withDeps } from './deps';
import { dutyOf, handoffOf, rangeOf, shiftOf, sourceOf } from './present';
import { requireAffordable, spanOf } from './spans';

type Answers = Pick<Service<OncallContract>, 'onCallNow' | 'nextHandoffs' | 'myShifts'>;

const MY_SPAN_DAYS = 60;
const AHEAD_DAYS = 7;
const MONTH_DAYS = 31;
/** How far ahead the end of a duty is searched. */
const RELIEF_DAYS = 731;

/** The people on call in all teams, the next hand-offs, and the shifts of the caller. */
export const dutyAnswers = (deps: ServiceDeps): Answers => withDeps(deps, { onCallNow, nextHandoffs, myShifts });

type Input<K extends keyof Answers> = Parameters<Answers[K]>[0];
type Output<K extends keyof Answers> = Promise<Awaited<ReturnType<Answers[K]>>>;

async function onCallNow(deps: ServiceDeps, _input: Input<'onCallNow'>, { signal }: Caller): Output<'onCallNow'> {
  const { db, clock } = deps;
  const at = clock.now();
  const ahead = { from: at, to: new Date(at.getTime() + days(RELIEF_DAYS)) };
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
}

async function nextHandoffs(
  deps: ServiceDeps,
  { limit, ...span }: Input<'nextHandoffs'>,
  { signal }: Caller,
): Output<'nextHandoffs'> {
  const { db, clock } = deps;
  const range = spanOf(span, { now: clock.now(), length: AHEAD_DAYS, longest: MONTH_DAYS });
  const { total, soonest } = await inSlices(handoffsAhead(await allCalendars(db, range), range, limit), signal);
  return {
    ...rangeOf(range),
    total,
    handoffs: soonest.map((handoff) => ({ ...handoffOf(handoff), team: handoff.team })),
  };
}

async function myShifts(deps: ServiceDeps, input: Input<'myShifts'>, caller: Caller): Output<'myShifts'> {
  const { db, clock } = deps;
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
}

const asRole =
  <R extends string>(role: R) =>
  <T extends object>(duty: T) => ({ ...duty, role });

const byStart = (a: { starts_at: string }, b: { starts_at: string }): number => (a.starts_at < b.starts_at ? -1 : 1);

function* shiftsOfPerson({ team, versions, overrides }: Calendar, email: string, { from, to }: Range) {
  const shifts = yield* shiftsIn(yield* stretchesIn(versions, overrides, from, to));
  const key = keyOf({ email });
  const mine = shifts.filter(({ person }) => keyOf(person) === key);
  return yield* mapSteps(mine, (shift) => ({ ...shiftOf(shift), team }));
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
