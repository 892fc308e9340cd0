import { ports } from '../ports';
import { useQuery } from '../useQuery';
import type { Seen } from './view';

const MOST_OFFERED = 200;

/** Services that forms, filters and the palette offer: those without a responder first, at most 200. */
export const useServices = (): readonly Seen[] =>
  useQuery('services offered', () => ports.gateway.seenServices({ per_page: MOST_OFFERED }), { modules: ['oncall'] })
    .value?.services ?? [];
