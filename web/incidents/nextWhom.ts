import { useAsked } from '../asking';
import { saidTarget } from '../oncall/policy/sentences';
import { ports } from '../ports';
import { incident as words } from '../words/incident';
import type { Whole } from './happened';

/** Whom the next step will page, as its policy says it: `Secondary of payments`. Null while nobody knows. */
export function useNextWhom({ team, escalation }: Whole): string | null {
  const step = escalation?.state === 'running' ? escalation.next_step : null;
  const wanted = team !== null && step !== null;
  const policy = useAsked(wanted ? `policy ${team}` : null, () => ports.oncall.getPolicy({ team: team ?? '' }), {
    modules: ['oncall'],
  });
  const people = useAsked(wanted ? 'people' : null, () => ports.oncall.people({}));
  if (step === null || policy.value === undefined) return null;
  const names = new Map((people.value ?? []).map(({ email, name }) => [email, name]));
  const targets = policy.value.steps[Math.min(step, policy.value.steps.length) - 1]?.targets ?? [];
  return words.clock.whom(
    targets.map((target) => saidTarget(target, names)).map(({ text, strong }) => `${text} ${strong}`.trim()),
  );
}
