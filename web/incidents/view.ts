import { addressOf, filtersIn, searchIn } from '../live/address';
import type { Ports } from '../ports';

/** The view of the list: its address and the query for the server. */
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

export const viewOf = (query: Record<string, string>): View => ({ ...filtersIn(FILTERS, query), ...searchIn(query) });

/** The address of a view. A change of the view shows its first page. */
export const hrefOf = (view: View, change: Partial<View> = {}): string =>
  addressOf('/incidents', FILTERS, { ...view, page: 1, ...change });

export const isFiltered = ({ severity, service, team, assignee, opened, q }: View): boolean =>
  [severity, service, team, assignee, opened].some((each) => each !== null) || q !== '';

/** The states of an open incident, in the words of the API. */
const OPEN = 'open,acknowledged,in_progress';
/** The filter for all open incidents; `status=open` of the API means the unacknowledged ones. */
export const UNRESOLVED = 'unresolved';

const DAYS = { day: 1, week: 7, month: 30 } as const;
/** A full minute, so that the same view sends the same query. */
const sinceOf = (opened: string): string =>
  new Date(
    Math.floor((Date.now() - (DAYS[opened as keyof typeof DAYS] ?? 30) * 86_400_000) / 60_000) * 60_000,
  ).toISOString();

/** The most urgent first: severity, then reach, then newest. */
const DEFAULT_SORT = '-urgency';

/** A column; a minus before it puts the largest value first. */
export const SORTABLE = ['severity', 'created_at'] as const;
export const sortedBy = (view: View): { column: string; descending: boolean } => {
  const sort = view.sort ?? DEFAULT_SORT;
  return { column: sort.replace(/^-/, ''), descending: sort.startsWith('-') };
};

/** The sort after a press on a column's head: reversed if the list is sorted by it already. */
export function sortHref(view: View, column: string): string {
  const now = sortedBy(view);
  const descending = now.column === column ? !now.descending : true;
  const sort = `${descending ? '-' : ''}${column}`;
  return hrefOf(view, { sort: sort === DEFAULT_SORT ? null : sort });
}

export function questionOf(view: View): Parameters<Ports['incidents']['list']>[0] {
  const { column, descending } = sortedBy(view);
  return {
    page: view.page,
    // Twice the page size for the first page, so that a row below waiting rows does not count as removed.
    per_page: view.page === 1 ? 2 * PER_PAGE : PER_PAGE,
    sort: column,
    order: descending ? 'desc' : 'asc',
    ...(view.status !== null && { status: view.status === UNRESOLVED ? OPEN : view.status }),
    ...(view.severity !== null && { severity: view.severity }),
    ...(view.service !== null && { service: view.service }),
    ...(view.team !== null && { team: view.team }),
    ...(view.assignee === 'me' ? { mine: 'true' as const } : view.assignee !== null && { assigned_to: view.assignee }),
    ...(view.opened !== null && { from: sinceOf(view.opened) }),
    ...(view.q !== '' && { q: view.q }),
  };
}
