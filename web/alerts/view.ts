import { addressOf, filtersIn, searchIn } from '../live/address';

/** The view of the list, as its address holds it. */
export interface View {
  status: string | null;
  severity: string | null;
  service: string | null;
  source: string | null;
  /** The id of an incident of an upstream. */
  affected_by: string | null;
  /** `name:value`. */
  label: string | null;
  q: string;
  page: number;
}

export const PER_PAGE = 25;
const FILTERS = ['status', 'severity', 'service', 'source', 'affected_by', 'label'] as const;

export const viewOf = (query: Record<string, string>): View => ({ ...filtersIn(FILTERS, query), ...searchIn(query) });

/** The address of a view. A change of the view shows its first page. */
export const hrefOf = (view: View, change: Partial<View> = {}): string =>
  addressOf('/alerts', FILTERS, { ...view, page: 1, ...change });

export const isFiltered = ({ severity, service, source, affected_by, label, q }: View): boolean =>
  [severity, service, source, affected_by, label].some((each) => each !== null) || q !== '';

/** The query for the server: the filters that are set, under their own names. */
export const filtersOf = (view: View) => ({
  ...Object.fromEntries(FILTERS.flatMap((name) => (view[name] === null ? [] : [[name, view[name]]]))),
  ...(view.q.trim() !== '' && { q: view.q.trim() }),
});
