import { withRetry } from '../../kernel/db/pool';
import { type NewEvent, record } from '../../kernel/events/events';
import type { Service } from '../../kernel/ports/contract';
import { Problem } from '../../kernel/ports/problem';
import type { AlertsContract, AlertsEvent } from '../contract';
import { MOST_WINDOWS } from '../contract/serviceWindows';
import { changeConfiguration } from '../store/mutes';
import { otherWindows, saveServiceWindow, serviceWindows } from '../store/serviceWindows';
import type { RuleDeps } from './deps';

/** Operations of the correlation windows of services. */
export const serviceWindowOperations = ({
  db,
  clock,
  configuration,
}: RuleDeps): Pick<Service<AlertsContract>, 'listServiceWindows' | 'setServiceWindow'> => ({
  listServiceWindows: async ({ service }) => ({ windows: await serviceWindows(db, service) }),

  async setServiceWindow({ service, minutes }, caller) {
    await withRetry(db, async (trx) => {
      await changeConfiguration(trx);
      if (minutes !== null && (await otherWindows(trx, service)) >= MOST_WINDOWS) {
        throw new Problem('conflict', `There are already ${MOST_WINDOWS} services with a window. Remove some first.`);
      }
      const at = clock.now();
      await saveServiceWindow(trx, { service, minutes }, { updated_at: at, updated_by: caller.actor });
      const event: NewEvent<AlertsEvent> = {
        ...{ kind: 'service_window_set', subject: service, actor: caller.actor, data: { minutes }, at },
      };
      await record(trx, [event], caller);
    });
    await configuration.refreshed();
    return { service, minutes };
  },
});
