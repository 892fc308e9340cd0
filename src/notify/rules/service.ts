import { record } from '../../kernel/events/events';
import type { Service } from '../../kernel/ports/contract';
import { type FieldFault, invalid } from '../../kernel/ports/problem';
import type { NotifyContract } from '../contract';
import type { MethodDeps } from '../methods/deps';
import { ownPerson, personOf } from '../methods/owner';
import { methodsOf } from '../methods/store';
import { recheckPages } from '../pages/recheck';
import { groupNames, shownDefaults } from './rules';
import { rulesOfAll, type StoredRules, saveRules } from './store';

type Answers = Pick<Service<NotifyContract>, 'notificationRules' | 'setNotificationRules'>;
type RuleDeps = Pick<MethodDeps, 'db' | 'clock' | 'channels' | 'poke'>;

/** Reading and replacing the notification rules of a person. */
export const ruleAnswers = (deps: RuleDeps): Answers => ({
  notificationRules: ({ person: given }, caller) => shown(deps, given ?? ownPerson(caller)),
  async setNotificationRules({ person: given, high, low, quiet_hours }, caller) {
    const { db, clock, channels } = deps;
    const person = personOf(given, caller);
    const ids = new Set((await methodsOf(db, person)).map(({ id }) => id));
    const groups = groupNames(channels.all);
    const known = (name: string) => (name.startsWith('*') ? groups.has(name.slice(1)) : ids.has(name));
    const faults = [...faultsIn('high', high, known), ...faultsIn('low', low, known)];
    if (faults.length > 0) throw invalid(faults);
    const now = clock.now();
    await db.transaction(async (trx) => {
      await saveRules(trx, { person_email: person, high, low, quiet_hours }, { by: caller.actor, at: now });
      const data = { person, high, low, quiet_hours };
      const fact = { kind: 'notification_rules_set', subject: person, actor: caller.actor, data, at: now };
      await record(trx, [fact], caller);
      await recheckPages(trx, person, now);
    });
    deps.poke();
    return shown(deps, person);
  },
});

async function shown({ db, channels }: RuleDeps, person: string | null) {
  const [methods, [own]] = await Promise.all(
    person === null ? [[], []] : [methodsOf(db, person), rulesOfAll(db, [person])],
  );
  const { high = null, low = null, quiet_hours = null } = own ?? {};
  return {
    person,
    high: high ?? shownDefaults(channels.all, 'high', methods),
    low: low ?? shownDefaults(channels.all, 'low', methods),
    quiet_hours,
    defaults: high === null && low === null,
    set: [...(high === null ? [] : (['high'] as const)), ...(low === null ? [] : (['low'] as const))],
  };
}

const faultsIn = (list: 'high' | 'low', rules: StoredRules['high'], known: (name: string) => boolean): FieldFault[] =>
  (rules ?? []).flatMap(({ methods }, rule) =>
    methods.flatMap((name, at) =>
      known(name) ? [] : [{ path: `${list}.${rule}.methods.${at}`, message: `No contact method or kind '${name}'` }],
    ),
  );
