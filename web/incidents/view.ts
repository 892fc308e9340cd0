import type { Ports } from '../ports';

/** The list's view as its address says it, and what the server is asked for it. */
export interface View {
  status: string | null;
  severity: string | null;
  service: string | null;
  team: string | null;
  assignee: string | null;
  opened: string | null;
  q: string;
  sort: string | null;
  page: number;
}

export const PER_PAGE = 25;
const FILTERS = ['status', 'severity', 'service', 'team', 'assignee', 'opened', 'sort'] as const;

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
  for (const name of FILTERS) if (next[name] !== null) query.set(name, next[name] as string);
  if (next.q !== '') query.set('q', next.q);
  if (next.page > 1) query.set('page', String(next.page));
  return query.size === 0 ? '/incidents' : `/incidents?${query}`;
}

export const isFiltered = ({ severity, service, team, assignee, opened, q }: View): boolean =>
  [severity, service, team, assignee, opened].some((each) => each !== null) || q !== '';

export const questionOf = (view: View): Parameters<Ports['incidents']['list']>[0] => ({
  page: view.page,
  per_page: PER_PAGE,
  ...(view.status !== null && { status: view.status }),
  ...(view.severity !== null && { severity: view.severity }),
  ...(view.service !== null && { service: view.service }),
});
