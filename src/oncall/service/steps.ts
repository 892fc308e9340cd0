import type { Db } from '../../kernel/db/pool';
import { invalid } from '../../kernel/ports/problem';
import type { Severity } from '../../kernel/ports/values';
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
import { type TeamAt, teamAt } from '../store/teams';
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
  await readyZones([policy.support_hours]);
  const waitUntil = asked.by_hand ? null : supportHoursWait(policy, asked.severity, at);
  const { why, targets } = await resolveTargets(db, team, { row, policy, step }, waitUntil, at);
  const answer = {
    why,
    wait_minutes: stepOf(policy, step).wait_minutes,
    steps: policy.steps.length,
    repeat: policy.repeat,
    next_handoff_at: team?.onCall.until?.toISOString() ?? null,
    wait_until: waitUntil?.toISOString() ?? null,
  };
  return { step, resolved: { targets, answer } };
}

/** When a page of low or medium severity may go out; null without support hours or while they are open. */
function supportHoursWait({ support_hours }: Policy, severity: Severity | null, at: Date): Date | null {
  if (support_hours === null || (severity !== 'medium' && severity !== 'low')) return null;
  const opens = opensAt(support_hours, at);
  return opens > at ? opens : null;
}

interface Chosen {
  row: Pick<PolicyRow, 'names'> | undefined;
  policy: Policy;
  step: number;
}

async function resolveTargets(
  db: Db,
  team: TeamAt | null,
  { row, policy, step }: Chosen,
  waitUntil: Date | null,
  at: Date,
) {
  if (team === null) return { why: 'no_team', targets: [] };
  if (waitUntil !== null) return { why: OUTSIDE_SUPPORT_HOURS, targets: [] };
  const wanted = stepOf(policy, step);
  const teams = new Map<string, TeamNow>([[team.team, team]]);
  for (const name of teamsIn([wanted])) {
    const other = teams.has(name) ? undefined : await teamAt(db, name, at);
    if (other !== undefined) teams.set(name, other);
  }
  return resolveStep(wanted, { team: team.team, teams, names: row?.names ?? {} });
}
