import type { Ports } from '../ports';

/** The delivery log's view as its address says it. */
export interface View {
  status: string | null;
  channel: string | null;
  incident: string | null;
  q: string;
  page: number;
  /** The notification whose attempts are shown. */
  id: string | null;
}

export const PER_PAGE = 25;
const FILTERS = ['status', 'channel', 'incident', 'id'] as const;

export function viewOf(query: Record<string, string>): View {
  const page = Number(query['page']);
  const [status, channel, incident, id] = FILTERS.map((name) => query[name] || null) as [
    string | null,
    string | null,
    string | null,
    string | null,
  ];
  return { status, channel, incident, id, q: query['q'] ?? '', page: Number.isInteger(page) && page > 0 ? page : 1 };
}

/** The address of a view. A change of what is shown begins at its first page and shows no single one. */
export function hrefOf(view: View, change: Partial<View> = {}): string {
  const next = { ...view, page: 1, id: null, ...change };
  const query = new URLSearchParams();
  for (const name of FILTERS) if (next[name] !== null) query.set(name, next[name]);
  if (next.q !== '') query.set('q', next.q);
  if (next.page > 1) query.set('page', String(next.page));
  return query.size === 0 ? '/notifications' : `/notifications?${query}`;
}

export const isFiltered = ({ status, channel, incident, q }: View): boolean =>
  [status, channel, incident].some((each) => each !== null) || q !== '';

export const questionOf = ({ status, channel, incident, q, page }: View): Parameters<Ports['notify']['list']>[0] => ({
  page,
  per_page: PER_PAGE,
  ...(status !== null && { status }),
  ...(channel !== null && { channel }),
  ...(incident !== null && { incident_id: incident }),
  ...(q.trim() !== '' && { recipient: q.trim() }),
});
