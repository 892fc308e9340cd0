import type { Db } from '../../kernel/db/pool';
import { invalid } from '../../kernel/ports/problem';
import type { Severity } from '../../kernel/ports/values';
import { earlier } from '../domain/onCall';
import {
  defaultPolicy,
  OUTSIDE_SUPPORT_HOURS,
  type Policy,
  resolveStep,
  stepOf,
  type TeamNow,
  teamsIn,
  unknownTargets,
} from '../domain/policy';
import { opensAt } from '../domain/supportHours';
import type { NewEscalation } from '../store/escalations';
import { existingTargets, type PolicyRow, peopleIn, policyOf } from '../store/policies';
import { type TeamAt, teamsAt } from '../store/teams';
import type { TurnOf } from '../store/turns';
import { readyZones } from '../store/zones';

/** A policy and the names of the people in its targets. */
export type Drafted = Policy & { names: Record<string, string> };

/**
 * Checks the targets of a draft as for a policy that is stored.
 * @throws Problem `invalid` with every target that does not exist
 */
export async function draftedPolicy(db: Db, policy: Policy): Promise<Drafted> {
  const { teams, names } = await existingTargets(db, teamsIn(policy.steps), peopleIn(policy.steps));
  const faults = unknownTargets(policy.steps, { teams, people: new Set(Object.keys(names)) });
  if (faults.length > 0) throw invalid(faults.map(({ path, message }) => ({ path: `policy.${path}`, message })));
  return { ...policy, names };
}

/** The targets and the answer of a step at an instant, both to run it and to preview it. */
export interface StepPlan {
  /** The number of the step, never beyond the last. */
  step: number;
  resolved: Pick<NewEscalation, 'targets' | 'answer'>;
  /** Set if the people of the step take turns; `stored` is null for a draft. */
  rotates: { stored: TurnOf | null } | null;
}

interface Asked {
  step: number;
  /** Null if unknown; such a page never waits for support hours. */
  severity: Severity | null;
  by_hand?: boolean;
  /** A draft to use instead of the stored policy. */
  draft?: Drafted;
}

export async function planOf(db: Db, team: TeamAt | null, asked: Asked, at: Date): Promise<StepPlan> {
  const row = asked.draft ?? (team === null ? undefined : await policyOf(db, team.team));
  const policy: Policy = row ?? defaultPolicy(team?.team ?? '');
  const step = Math.min(asked.step, policy.steps.length);
  const asks = stepOf(policy, step);
  await readyZones([policy.support_hours]);
  const waitUntil = asked.by_hand ? null : supportHoursWait(policy, asked.severity, at);
  const teams = await teamsOf(db, team, policy, at);
  const { why, targets } = resolveTargets(team, { row, policy, step, teams }, waitUntil);
  const answer = {
    why,
    wait_minutes: asks.wait_minutes,
    ...((asks.acknowledgements ?? 1) > 1 && { acknowledgements: asks.acknowledgements }),
    steps: policy.steps.length,
    repeat: policy.repeat,
    next_handoff_at: nextHandoff(policy, teams)?.toISOString() ?? null,
    wait_until: waitUntil?.toISOString() ?? null,
  };
  const stored = asked.draft !== undefined || team === null ? null : { policy: team.team, step };
  const rotates = asks.round_robin === true && targets.length > 0 ? { stored } : null;
  return { step, resolved: { targets, answer }, rotates };
}

/** When a page of low or medium severity may go out; null without support hours or while they are open. */
function supportHoursWait({ support_hours }: Policy, severity: Severity | null, at: Date): Date | null {
  if (support_hours === null || (severity !== 'medium' && severity !== 'low')) return null;
  const opens = opensAt(support_hours, at);
  return opens > at ? opens : null;
}

/** The teams whose calendars the policy uses, and the owner; none without an owner. */
async function teamsOf(db: Db, owner: TeamAt | null, policy: Policy, at: Date): Promise<Map<string, TeamNow>> {
  if (owner === null) return new Map();
  const others = teamsIn(policy.steps).filter((name) => name !== owner.team);
  return new Map([[owner.team, owner], ...(await teamsAt(db, others, at))]);
}

/** The first instant at which any step of the policy may have another target, because a calendar it uses changes. */
const nextHandoff = ({ steps }: Policy, teams: ReadonlyMap<string, TeamNow>): Date | null =>
  teamsIn(steps).reduce<Date | null>((next, name) => earlier(next, teams.get(name)?.onCall.until ?? null), null);

interface Chosen {
  row: Pick<PolicyRow, 'names'> | undefined;
  policy: Policy;
  step: number;
  teams: ReadonlyMap<string, TeamNow>;
}

function resolveTargets(team: TeamAt | null, { row, policy, step, teams }: Chosen, waitUntil: Date | null) {
  if (team === null) return { why: 'no_team', targets: [] };
  if (waitUntil !== null) return { why: OUTSIDE_SUPPORT_HOURS, targets: [] };
  return resolveStep(stepOf(policy, step), { team: team.team, teams, names: row?.names ?? {} });
}
