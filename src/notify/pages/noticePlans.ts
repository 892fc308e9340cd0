import type { Db } from '../../kernel/db/pool';
import type { Channels } from '../channels/open';
import type { RuleMethod } from '../rules/rules';
import { type PagePlan, readPeople, usableOf } from './plan';

/**
 * The plans of a notice: one message by the first rule whose methods work. If every method of the rules fails, the other
 * usable methods of the person are used; a person whose methods all fail gets it by the first rule.
 */
export async function noticePlans(
  { db, channels }: { db: Db; channels: Channels },
  plans: readonly PagePlan[],
): Promise<PagePlan[]> {
  const lost = plans.filter(({ rules }) => !rules.some(({ methods }) => methods.some(works)));
  const { methods } = await readPeople(
    db,
    lost.map(({ person }) => person.email),
  );
  return plans.map((plan) => {
    const rule = plan.rules.find((each) => each.methods.some(works));
    const others: readonly RuleMethod[] = rule?.methods ?? usableOf(methods.get(plan.person.email) ?? [], channels);
    const working = others.filter(works);
    const rules = working.length > 0 ? [{ afterMinutes: 0, unlessDelivered: false, methods: working }] : plan.rules;
    return { ...plan, rules, heldUntil: null };
  });
}

const works = ({ state }: Pick<RuleMethod, 'state'>): boolean => state !== 'failing';
