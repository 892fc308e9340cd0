import { pageIn } from '../live/listing';
import { instantIn } from '../live/SpanFilter';
import type { Ports } from '../ports';

/** The delivery log's view as its address says it. */
export interface View {
  status: string | null;
  channel: string | null;
  incident: string | null;
  from: string | null;
  to: string | null;
  q: string;
  page: number;
  /** The notification whose attempts are shown. */
  id: string | null;
}

export const PER_PAGE = 25;
const NAMED = ['status', 'channel', 'incident', 'from', 'to', 'id'] as const;

export const viewOf = (query: Record<string, string>): View => ({
  status: query['status'] || null,
  channel: query['channel'] || null,
  incident: query['incident'] || null,
  from: instantIn(query['from']),
  to: instantIn(query['to']),
  q: query['q'] ?? '',
  page: pageIn(query),
  id: query['id'] || null,
});

/** The address of a view. A change of what is shown begins at its first page and shows no single one. */
export function hrefOf(view: View, change: Partial<View> = {}): string {
  const next = { ...view, page: 1, id: null, ...change };
  const query = new URLSearchParams();
  for (const name of NAMED) if (next[name] !== null) query.set(name, next[name]);
  if (next.q !== '') query.set('q', next.q);
  if (next.page > 1) query.set('page', String(next.page));
  return query.size === 0 ? '/notifications' : `/notifications?${query}`;
}

export const isFiltered = ({ status, channel, incident, from, to, q }: View): boolean =>
  [status, channel, incident, from, to].some((each) => each !== null) || q !== '';

export const questionOf = ({
  status,
  channel,
  incident,
  from,
  to,
  q,
  page,
}: View): Parameters<Ports['notify']['list']>[0] => ({
  page,
  per_page: PER_PAGE,
  ...(status !== null && { status }),
  ...(channel !== null && { channel }),
  ...(incident !== null && { incident_id: incident }),
  ...(from !== null && { from }),
  ...(to !== null && { to }),
  ...(q.trim() !== '' && { q: q.trim() }),
});
