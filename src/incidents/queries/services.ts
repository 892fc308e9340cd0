import { days } from '../../kernel/clock';
import type { Service } from '../../kernel/ports/contract';
import { MOST_SERVICES } from '../../kernel/ports/values';
import type { IncidentsContract } from '../contract';
import type { Deps } from '../deps';
import { knowsService, serviceNames, serviceNoise } from '../store/services';

type ServiceQueries = Pick<Service<IncidentsContract>, 'serviceNames' | 'serviceNoise'>;

/** The operations on services: their names, and how many incidents of each are open or recent. */
export const createServiceQueries = ({ db, clock }: Pick<Deps, 'db' | 'clock'>): ServiceQueries => ({
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
