import { type Ports, ports } from '../ports';
import { useQuery } from '../useQuery';
import type { Rules, Urgency } from './rules';

/** The rules of a person, fetched again after each change of theirs. */
export const useRules = (person: string) =>
  useQuery(`notification-rules-${person}`, () => ports.notify.notificationRules({ person }), {
    modules: ['notify'],
    by: ({ subject }) => subject === person,
  });

export type Change = Partial<Pick<Parameters<Ports['notify']['setNotificationRules']>[0], Urgency | 'quiet_hours'>>;

/** Stores the rules with a change; a list that the person never set stays the default. */
export const saveRules = (person: string, rules: Rules, change: Change) =>
  ports.notify.setNotificationRules({
    person,
    high: rules.set.includes('high') ? rules.high : null,
    low: rules.set.includes('low') ? rules.low : null,
    quiet_hours: rules.quiet_hours,
    ...change,
  });
