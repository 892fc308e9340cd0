import type { Service } from '../../kernel/ports/contract';
import type { OncallContract } from '../contract';
import { onceEach, type StepTarget, zoneOf } from '../domain/policy';
import { keyOf } from '../domain/rotation';
import type { TeamAt } from '../store/teams';
import type { StepPlan } from './steps';

/** The targets of a step: those of its policy, those that the command adds, and without the people who know already. */

export type StepInput = Parameters<Service<OncallContract>['takeStep']>[0];

/** The addresses of people who know of the incident, so that a step does not page them. */
export const sparedBy = ({ spare, acknowledged_by }: StepInput): Set<string> =>
  new Set([...(spare === null ? [] : [spare]), ...acknowledged_by].map((email) => keyOf({ email })));

/** The addresses of people whose turn in this run of the step reached nobody. */
export const passedOverBy = ({ passed_over }: StepInput): Set<string> =>
  new Set(passed_over.map((email) => keyOf({ email })));

/** The targets of a step without the spared people, and whether one of them was a target. */
export function withoutSpared(
  spared: ReadonlySet<string>,
  targets: StepTarget[],
): { targets: StepTarget[]; spared: boolean } {
  const others = targets.filter((target) => target.kind !== 'person' || !spared.has(keyOf(target)));
  return { targets: others, spared: others.length < targets.length };
}

type AdditionalTargets = Pick<StepInput, 'step' | 'assignee' | 'announce' | 'fallback'>;

/** The targets of the policy, then the assignee, the room of the team and the fallback. */
export function targetsFor(
  { step, assignee, announce, fallback }: AdditionalTargets,
  team: TeamAt | null,
  { targets, answer }: StepPlan['resolved'],
): StepTarget[] {
  const named = assignee !== null && step === 1 && (answer.wait_until ?? null) === null;
  return onceEach([
    ...targets,
    ...(named ? [{ kind: 'person', role: 'assignee', ...assignee, ...zoneOf(team) } as const] : []),
    ...(announce ? [{ kind: 'room', role: 'room', address: team?.room ?? null } as const] : []),
    ...(fallback !== null ? [{ kind: 'room', role: 'room', address: fallback } as const] : []),
  ]);
}
