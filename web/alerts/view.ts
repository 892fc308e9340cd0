/** The list's view as its address says it. */
export interface View {
  status: string | null;
  severity: string | null;
  service: string | null;
  source: string | null;
  /** `name:value`. */
  label: string | null;
  q: string;
  page: number;
}

export const PER_PAGE = 25;
const FILTERS = ['status', 'severity', 'service', 'source', 'label'] as const;

export function viewOf(query: Record<string, string>): View {
  const page = Number(query['page']);
  const filters = Object.fromEntries(FILTERS.map((name) => [name, query[name] || null]));
  return {
    ...(filters as Omit<View, 'q' | 'page'>),
    q: query['q'] ?? '',
    page: Number.isInteger(page) && page > 0 ? page : 1,
  };
}

/** The address of a view. A change of what is shown begins at its first page. */
export function hrefOf(view: View, change: Partial<View> = {}): string {
  const next = { ...view, page: 1, ...change };
  const query = new URLSearchParams();
  for (const name of FILTERS) if (next[name] !== null) query.set(name, next[name]);
  if (next.q !== '') query.set('q', next.q);
  if (next.page > 1) query.set('page', String(next.page));
  return query.size === 0 ? '/alerts' : `/alerts?${query}`;
}

export const isFiltered = ({ severity, service, source, label, q }: View): boolean =>
  [severity, service, source, label].some((each) => each !== null) || q !== '';

/** What the server is asked: the filters that are set, under their own names. */
export const filtersOf = (view: View) => ({
  ...Object.fromEntries(FILTERS.flatMap((name) => (view[name] === null ? [] : [[name, view[name]]]))),
  ...(view.q.trim() !== '' && { q: view.q.trim() }),
});
