/** The view of a list in its address: filters by name, a search and a page. Unset values are left out. */
interface Searched {
  q: string;
  page: number;
}

/** The page number in an address; without one the first. */
export const pageIn = ({ page }: Record<string, string>): number => Math.max(1, Math.floor(Number(page)) || 1);

/** The filters in an address; null for each that is missing. */
export const filtersIn = <N extends string>(names: readonly N[], query: Record<string, string>) =>
  Object.fromEntries(names.map((name) => [name, query[name] || null])) as Record<N, string | null>;

export const searchIn = (query: Record<string, string>): Searched => ({ q: query['q'] ?? '', page: pageIn(query) });

export function addressOf<N extends string>(
  path: string,
  names: readonly N[],
  view: Searched & Record<N, string | null>,
): string {
  const query = new URLSearchParams();
  for (const name of names) if (view[name] !== null) query.set(name, view[name]);
  if (view.q !== '') query.set('q', view.q);
  if (view.page > 1) query.set('page', String(view.page));
  return query.size === 0 ? path : `${path}?${query}`;
}
