import { days, minutes } from '../../kernel/clock';
import type { Caller, Service } from '../../kernel/contract';
import type { OncallContract } from '../contract';
import type { Version } from '../domain/calendar';
import {
  type CalendarSpan,
  type Covered,
  everyTarget,
  type Gap,
  gapsOfPolicy,
  keyOf,
  longestWait,
  unownedGap,
} from '../domain/coverage';
import { mendsOf } from '../domain/mends';
import { defaultPolicy, type Policy, type ToTell, teamsIn } from '../domain/policy';
import { stretches } from '../domain/shifts';
import { minuteAfter, minuteOf } from '../domain/zones';
import { allCalendars } from '../store/calendars';
import { policiesOf } from '../store/policies';
import { noSchedule, type ServiceDeps } from './deps';
import { requireAffordable } from './spans';
import { targetOf } from './told';

type Answers = Pick<Service<OncallContract>, 'coverage'>;
type Deps = Pick<ServiceDeps, 'db' | 'clock' | 'notify' | 'defaultTeam'>;

/** So many targets does notify judge in one question. */
const MOST_ASKED = 5_000;
const MOST_GAPS = 1_000;
/** No policy waits longer before its last step: twenty steps, a day each. */
const LONGEST_WAIT = 20 * 1_440;

export interface FoundGap extends Gap {
  policy: Policy;
}

export interface Range {
  from: Date;
  to: Date;
}

/** The gaps of every policy and of services that nobody owns, or of one team's policy, over a span. */
export async function findGaps(
  deps: Deps,
  range: Range,
  only: string | undefined,
  caller: Caller,
  check: (team: string, versions: readonly Version[], span: Range) => void = () => {},
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
  for (const { team, versions, overrides } of all) {
    if (!needed.has(team)) continue;
    check(team, versions, { from: range.from, to });
    calendars.set(team, { versions, overrides, stretches: stretches(versions, overrides, range.from, to) });
    await breath();
  }
  const reachable = await reachability(deps, everyTarget(plans, calendars), caller);
  const gaps: FoundGap[] = [];
  for (const plan of plans) {
    gaps.push(...gapsOfPolicy({ ...plan, calendars, reachable, span }).map((gap) => ({ ...gap, policy: plan.policy })));
    await breath();
  }
  if (only === undefined && !all.some(({ team }) => team === defaultTeam)) {
    const policy = defaultPolicy(defaultTeam ?? '');
    gaps.push({ ...unownedGap(span, policy), policy });
  }
  return { policies: plans.length, gaps: gaps.sort((a, b) => a.starts_at.getTime() - b.starts_at.getTime()) };
}

/** Others are answered between two teams. */
const breath = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Asked once for everybody: whoever has one address that works can be told. */
async function reachability(
  { notify }: Deps,
  targets: readonly ToTell[],
  caller: Caller,
): Promise<Covered['reachable']> {
  const reached = new Set<string>();
  for (let at = 0; at < targets.length; at += MOST_ASKED) {
    const asked = targets.slice(at, at + MOST_ASKED);
    const { told } = await notify.wouldTell({ to: asked.map(targetOf) }, caller);
    for (const { to, reachable } of told) if (reachable) reached.add(keyOf(asked[to] as ToTell));
  }
  return (target) => reached.has(keyOf(target));
}

export function coverageAnswers(deps: Deps): Answers {
  return {
    async coverage({ days: length, team }, caller) {
      const from = deps.clock.now();
      const to = new Date(from.getTime() + days(length));
      const { policies, gaps } = await findGaps(deps, { from, to }, team, caller, (name, versions, span) =>
        requireAffordable(versions, span, { path: 'days', what: `The schedule of team '${name}'` }),
      );
      if (team !== undefined && policies === 0) throw noSchedule(team);
      return {
        from: from.toISOString(),
        to: to.toISOString(),
        policies,
        covered: gaps.length === 0,
        gaps_total: gaps.length,
        gaps: gaps.slice(0, MOST_GAPS).map(({ policy, ...gap }) => ({
          ...gap,
          starts_at: gap.starts_at.toISOString(),
          ends_at: gap.ends_at.toISOString(),
          mends: mendsOf(gap, policy).map(({ at, until, ...mend }) => ({
            ...mend,
            at: at?.toISOString() ?? null,
            until: until?.toISOString() ?? null,
          })),
        })),
      };
    },
  };
}
