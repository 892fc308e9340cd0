import { inSlices } from '../../kernel/async/slices';
import { mapSteps } from '../../kernel/async/steps';
import { days, minutes } from '../../kernel/clock';
import type { Caller, Service } from '../../kernel/ports/contract';
import { invalid } from '../../kernel/ports/problem';
import type { OncallContract } from '../contract';
import {
  type CalendarSpan,
  type Covered,
  everyTarget,
  type Gap,
  gapsIn,
  keyOf,
  longestWait,
  unownedGap,
} from '../domain/coverage';
import { gapFixesOf } from '../domain/gapFixes';
import { onCallPeople } from '../domain/onCallPeople';
import { defaultPolicy, type Policy, type StepTarget, teamsIn } from '../domain/policy';
import { MOST } from '../domain/queryCost';
import { stretchesIn } from '../domain/shifts';
import { minuteAfter, minuteOf } from '../domain/zones';
import { allCalendars, type Calendar } from '../store/calendars';
import { policiesOf } from '../store/policies';
import { noSchedule, type ServiceDeps } from './deps';
import { targetOf } from './notifyTarget';
import { MOST_WEAK, weakPeople } from './reach';
import { requireAffordable } from './spans';

type Answers = Pick<Service<OncallContract>, 'coverage'>;
type Deps = Pick<ServiceDeps, 'db' | 'clock' | 'notify' | 'defaultTeam'>;

/** The most targets that notify accepts in one query. */
const MOST_ASKED = 5_000;
const MOST_GAPS = 1_000;
/** The longest wait before the last step of a policy: twenty steps of a day each. */
const LONGEST_WAIT = 20 * 1_440;

export interface FoundGap extends Gap {
  policy: Policy;
}

export interface Range {
  from: Date;
  to: Date;
}

/**
 * The gaps of every policy and of services without an owner, or of the policy of one team, over a span; `people` returns
 * everyone who is on call in the span or named by a policy.
 */
export async function findGaps(
  deps: Deps,
  range: Range,
  only: string | undefined,
  caller: Caller,
  check: (calendars: readonly Calendar[], span: Range) => Promise<void> = async () => {},
) {
  const { db, defaultTeam } = deps;
  const span = { start: minuteOf(range.from), end: minuteAfter(range.to) };
  const all = await allCalendars(db, { from: range.from, to: new Date(range.to.getTime() + minutes(LONGEST_WAIT)) });
  const set = await policiesOf(
    db,
    all.map(({ team }) => team),
  );
  const chosen = all.filter(({ team }) => only === undefined || team === only);
  const plans = chosen.map(({ team }) => {
    const row = set.get(team);
    return { team, policy: (row ?? defaultPolicy(team)) as Policy, names: row?.names ?? {} };
  });
  const to = new Date(range.to.getTime() + minutes(Math.max(0, ...plans.map(({ policy }) => longestWait(policy)))));
  const needed = new Set([...chosen.map(({ team }) => team), ...plans.flatMap(({ policy }) => teamsIn(policy.steps))]);
  const calendars = new Map<string, CalendarSpan>();
  const { signal } = caller;
  const wanted = all.filter(({ team }) => needed.has(team));
  await check(wanted, { from: range.from, to });
  for (const { team, versions, overrides } of wanted) {
    const stretches = await inSlices(stretchesIn(versions, overrides, range.from, to), signal);
    calendars.set(team, { versions, overrides, stretches });
  }
  const reachable = await reachability(deps, await inSlices(everyTarget(plans, calendars), signal), caller);
  const gaps: FoundGap[] = [];
  for (const plan of plans) {
    const found = await inSlices(gapsIn({ ...plan, calendars, reachable, span }), signal);
    for (const gap of found) gaps.push({ ...gap, policy: plan.policy });
  }
  if (only === undefined && !all.some(({ team }) => team === defaultTeam)) {
    const policy = defaultPolicy(defaultTeam ?? '');
    gaps.push({ ...unownedGap(span, policy), policy });
  }
  const sorted = gaps.sort((a, b) => a.starts_at.getTime() - b.starts_at.getTime());
  return { policies: plans.length, gaps: sorted, people: () => inSlices(onCallPeople(calendars, plans, span), signal) };
}

/** Whether notify can reach each target, in one query for all. One address that works is enough. */
async function reachability(
  { notify }: Deps,
  targets: readonly StepTarget[],
  caller: Caller,
): Promise<Covered['reachable']> {
  const reached = new Set<string>();
  for (let at = 0; at < targets.length; at += MOST_ASKED) {
    const asked = targets.slice(at, at + MOST_ASKED);
    const { told } = await notify.wouldTell({ to: asked.map((target) => targetOf(target)) }, caller);
    for (const { to, reachable } of told) if (reachable) reached.add(keyOf(asked[to] as StepTarget));
  }
  return (target) => reached.has(keyOf(target));
}

/** Coverage: the gaps of all policies or of one team. */
export function coverageAnswers(deps: Deps): Answers {
  return {
    async coverage({ days: length, team }, caller) {
      const from = deps.clock.now();
      const to = new Date(from.getTime() + days(length));
      const { policies, gaps, people } = await findGaps(deps, { from, to }, team, caller, requireCoverable);
      if (team !== undefined && policies === 0) throw noSchedule(team);
      const weak = await weakPeople(deps, await people(), caller);
      return {
        from: from.toISOString(),
        to: to.toISOString(),
        policies,
        covered: gaps.length === 0,
        gaps_total: gaps.length,
        gaps: await inSlices(mapSteps(gaps.slice(0, MOST_GAPS), gapOf), caller.signal),
        people_total: weak.length,
        people: weak.slice(0, MOST_WEAK),
      };
    },
  };
}

/** All schedules together may cost as much as this number of single ones. */
const MOST_TOGETHER = 20;

/**
 * Sums the cost of all schedules.
 * @throws Problem `invalid` at `days` if one schedule or all of them together are too much for the span
 */
async function requireCoverable(calendars: readonly Calendar[], span: Range): Promise<void> {
  let work = 0;
  for (const calendar of calendars) {
    const { versions, overrides, team } = calendar;
    const asked = { versions, overrides, members: true };
    const cost = await requireAffordable(asked, span, { path: 'days', what: `The schedule of team '${team}'` });
    work += cost.work;
  }
  const share = (MOST_TOGETHER * MOST.work) / Math.max(1, work);
  if (share >= 1) return;
  const most = Math.max(1, Math.floor(((span.to.getTime() - span.from.getTime()) * share) / days(1)));
  const message = `All schedules together change so often that at most ${most} days of them are computed at once. Name a team, or ask for fewer days`;
  throw invalid([{ path: 'days', message }]);
}

const gapOf = ({ policy, ...gap }: FoundGap) => ({
  ...gap,
  starts_at: gap.starts_at.toISOString(),
  ends_at: gap.ends_at.toISOString(),
  mends: gapFixesOf(gap, policy).map(({ at, until, ...mend }) => ({
    ...mend,
    at: at?.toISOString() ?? null,
    until: until?.toISOString() ?? null,
  })),
});
