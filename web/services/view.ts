import type { Ports } from '../ports';

/** A service, for the list and for its own page. */

export type Listed = Awaited<ReturnType<Ports['gateway']['seenServices']>>;
export type Seen = Listed['services'][number];

export const PER_PAGE = 50;
/** The modules whose events change the list. */
export const TOUCHED = { modules: ['oncall', 'incidents', 'alerts'] as const };

export const hrefOfService = (service: string): string => `/services/${encodeURIComponent(service)}`;

export function hrefOfList(q: string, page = 1): string {
  const query = new URLSearchParams({ ...(q !== '' && { q }), ...(page > 1 && { page: String(page) }) });
  return query.size === 0 ? '/services' : `/services?${query}`;
}
