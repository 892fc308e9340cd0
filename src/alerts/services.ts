import { type Clock, days } from '../kernel/clock';
import type { Db } from '../kernel/db/pool';
import type { Service } from '../kernel/ports/contract';
import { MOST_SERVICES } from '../kernel/ports/values';
import type { AlertsContract } from './contract';
import { knowsService, serviceNames, serviceNoise } from './store/services';

type ServiceQueries = Pick<Service<AlertsContract>, 'serviceNames' | 'serviceNoise'>;

/** Operations about services: their names, and how many alerts they had. */
export const serviceQueries = ({ db, clock }: { db: Db; clock: Clock }): ServiceQueries => ({
  async serviceNames({ after, service }) {
    if (service !== undefined) return { names: (await knowsService(db, service)) ? [service] : [] };
    return { names: await serviceNames(db, after, MOST_SERVICES) };
  },
  async serviceNoise({ services }) {
    const now = clock.now().getTime();
    const since = { week: new Date(now - days(7)), month: new Date(now - days(30)) };
    return { services: await serviceNoise(db, services, since) };
  },
});
